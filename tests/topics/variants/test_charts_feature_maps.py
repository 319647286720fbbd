"""Render the charts of feature maps and schedules."""

import vl_convert as vlc

from dropout_core.charts.theme import DROPPED, KEPT
from dropout_core.topics.variants.charts_feature_maps import map_chart, schedule_chart
from dropout_core.topics.variants.numerics import MAPS, SIDE


def drawn(spec: dict) -> str:
    return vlc.vegalite_to_svg({**spec, "width": 1000})


def test_whole_maps_or_single_values():
    full, holes = drawn(map_chart(0.0, 1)), drawn(map_chart(0.5, 1))
    assert full.count(f'stroke="{DROPPED}"') == 0
    assert holes.count(f'stroke="{DROPPED}"') > 0
    assert holes.count("→ 0.0<") >= 1
    assert full.count(f'fill="{KEPT}"') == 2 * MAPS * SIDE * SIDE


def test_schedules_say_when_the_rate_acts():
    svg = drawn(schedule_chart(0.3))
    assert svg.count(">p = 0.30<") == 4
    assert svg.count(">p = 0<") == 2
