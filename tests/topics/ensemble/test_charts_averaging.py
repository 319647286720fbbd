"""Check that the charts of averages draw every number in the right place."""

import json

import pytest
import vl_convert

from dropout_core.charts.theme import AVERAGED, NEUTRAL
from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.ensemble import charts_averaging
from dropout_core.topics.ensemble.charts_averaging import Line
from dropout_core.topics.ensemble.findings import Curve

RATES = (0.1, 0.2, 0.3)
CURVE = Curve((1, 10, 100, 1000), (12.0, 9.0, 8.0, 7.5), (11.0, 8.5, 7.7, 7.3), (13.0, 9.5, 8.3, 7.7))


def svg(spec: dict) -> str:
    """Render the chart with Vega."""
    return vl_convert.vegalite_to_svg(spec | {"width": 600})


def test_the_right_share_of_the_sliders_rate_is_written():
    ways = {way: [Estimate(10 * i + 50, 10 * i + 48, 10 * i + 52) for i in range(3)] for way in charts_averaging.WAYS}
    drawn = svg(charts_averaging.right(dict.fromkeys(charts_averaging.WAYS, "way"), ways, RATES, 0.2, 300))
    assert drawn.count("60.0 % (58.0–62.0)") == 4
    assert "% of 300 images right" in drawn


def test_gaps_are_labelled():
    by_depth = {depth: [Estimate(0.01 * depth, 0.0, 0.05)] * 3 for depth in (1, 2, 3)}
    drawn = svg(charts_averaging.gaps(by_depth, RATES, 5))
    assert all(name in drawn for name in ("1 layer", "2 layers", "3 layers"))


@pytest.mark.parametrize("reports", [False, True])
def test_the_difference_at_k_is_drawn_with_zero_and_coloured_by_its_verdict(reports):
    by_count = [Estimate(3, 2, 4), Estimate(0.5, 0.1, 0.9), Estimate(0, -0.3, 0.3), Estimate(-0.1, -0.4, 0.2)]
    differences = dict(zip(CURVE.counts, by_count, strict=True))
    for k, said, colour in ((10, "k = 10: +0.50 (+0.10 to +0.90)", AVERAGED), (100, "k = 100: +0.00", NEUTRAL)):
        control = charts_averaging.members(k, CURVE.counts, reports)
        spec = charts_averaging.minus_scaled(differences, "points", ".2f", control, 50)
        drawn = svg(spec)
        assert said in drawn
        assert "about 50" in drawn
        assert f'fill="{colour}"' in drawn
        scale = spec["layer"][0]["layer"][0]["encoding"]["y"]["scale"]
        assert scale["domain"] == [-0.4, 4], "all intervals, and zero, lie within the axis"
        assert ('"select"' in json.dumps(spec)) == reports


def test_a_curve_that_ends_early_shows_its_last_point():
    short = Curve((1, 10), (30.0, 12.0), (29.0, 11.0), (31.0, 13.0))
    both = [
        Line(CURVE, "subnetworks", "#3b82f6"),
        Line(short, "trees", "#7b8494"),
    ]
    drawn = svg(
        charts_averaging.averaging(
            both, Estimate(8, 7, 9), "error", ".1f", [4, 60], charts_averaging.members(100, CURVE.counts)
        )
    )
    assert "k = 100 subnetworks: 8.0" in drawn
    assert "k = 10 trees: 12.0" in drawn


def test_how_alike_members_are_is_written():
    by_measure = {"disagreement": {"subnetworks": Estimate(0.12, 0.1, 0.14), "trees": Estimate(0.44, 0.4, 0.5)}}
    drawn = svg(
        charts_averaging.similarity(by_measure, {"disagreement": "differ", "subnetworks": "nets", "trees": "trees"})
    )
    assert "differ: nets" in drawn
    assert "0.44 (0.40–0.50)" in drawn
