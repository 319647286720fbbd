"""Test that names and numbers in the charts of regularisers do not lie on top of each other."""

import re

import numpy as np
import pytest
import vl_convert

from dropout_core.reference import record_tables, records
from dropout_core.topics.regularisers import charts
from dropout_core.topics.regularisers.cached import NAME, NOTHING, TRIALS

pytestmark = pytest.mark.slow
RATES = (0.0, 0.2, 0.5, 0.95)
NAMES = re.compile(r'translate\([\d.]+,([\d.]+)\)"[^>]*>(?:no )?dropout<')


@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial != NOTHING])
def test_the_names_of_two_curves_are_a_line_apart(trial):
    histories = record_tables.histories(records.load(NAME))
    svg = vl_convert.vegalite_to_svg(charts.curves(histories, trial, NOTHING) | {"width": 800})
    first, second = (float(y) for y in NAMES.findall(svg))
    assert abs(first - second) >= 14


@pytest.mark.parametrize(("rate", "anchor"), [(0.0, "start"), (0.2, "start"), (0.5, "end"), (0.95, "end")])
def test_the_number_stays_off_the_axis(rate, anchor):
    ratios = [np.full(5, 1 / (1 - p)) for p in RATES]
    svg = vl_convert.vegalite_to_svg(charts.shift(ratios, RATES, rate) | {"width": 400})
    (found,) = re.findall(r'text-anchor="(\w+)"[^>]*>×', svg)
    assert found == anchor
