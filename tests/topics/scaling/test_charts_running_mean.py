"""Test the numbers in the chart of running means and in the table of moments."""

import re

import pytest

from dropout_core.numerics.masks import RATES
from dropout_core.numerics.sampling import MOST_PASSES, pass_counts
from dropout_core.topics.scaling.charts_running_mean import COLUMNS, moments_table, running_means
from tests.topics.scaling.specs import KEPT, A, U, data


def test_running_means_carry_the_counts():
    rows = data(running_means(A, KEPT, 0.5))
    assert len(rows) == len(A) * len(pass_counts())
    last = next(row for row in rows if row["k"] == MOST_PASSES and row["i"] == 3)
    assert [last[f"c{j}"] for j in range(len(RATES))] == [int((U[:, 2] >= rate).sum()) for rate in RATES]


def test_the_table_has_a_row_per_unit_and_a_column_per_heading():
    spec = moments_table(A, KEPT, 0.5)
    assert len(data(spec)) == len(A)
    folds = [step["fold"] for step in spec["layer"][0]["transform"] if "fold" in step]
    assert len(folds[0]) == len(COLUMNS)


@pytest.mark.parametrize("column", ["exact", "variance", "se", "ve"])
def test_what_may_be_tiny_is_said_with_a_power_of_ten(column):
    """Tiny numbers are written with a power of ten: on a phone, their zeros would run into the next column."""
    assert re.search(r"< 1e-4 \? format\(datum\.\w+, '\.[01]e'\)", COLUMNS[column][2])
