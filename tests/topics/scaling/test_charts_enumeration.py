"""Test the numbers in the charts of the enumerated network's gaps and units."""

import numpy as np

from dropout_core.numerics.enumeration import STAGES
from dropout_core.topics.scaling.charts_enumeration import gaps, stage_units
from tests.topics.scaling.specs import BY_RATE, ROWS, data, marks


def test_a_bar_that_the_axis_cuts_has_an_arrow():
    arrows = [m for m in marks(stage_units(BY_RATE, 0.5)) if m["mark"].get("text", {}).get("expr") in ("'◂'", "'▸'")]
    tests = [m["transform"][0]["filter"] for m in arrows]
    assert tests == ["datum.average - datum.sd < lows[stage_s]", "datum.average + datum.sd > highs[stage_s]"]


def test_gaps_and_units_carry_the_enumeration():
    main = [row for row in data(gaps(ROWS, {}, 0.5)) if row["main"]]
    assert [row["row"] for row in main] == list(ROWS)
    np.testing.assert_allclose(main[-1]["g"], ROWS["ReLU net · softmax"], rtol=5e-3)
    units = [row for row in data(stage_units(BY_RATE, 0.5)) if row["stage"] == "softmax"]
    assert len(units) == 3
    np.testing.assert_allclose([u["m10"] for u in units], BY_RATE[10]["softmax"].average, rtol=5e-3)
    assert {row["stage"] for row in data(stage_units(BY_RATE, 0.5))} == set(STAGES)
