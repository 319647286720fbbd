"""Test the numbers in the chart of the enumerated network's gaps."""

import numpy as np

from dropout_core.topics.scaling.charts_enumeration import gaps
from tests.topics.scaling.specs import ROWS, data


def test_gaps_carry_the_enumeration():
    main = [row for row in data(gaps(ROWS, {}, 0.5)) if row["main"]]
    assert [row["row"] for row in main] == list(ROWS)
    np.testing.assert_allclose(main[-1]["g"], ROWS["ReLU net · softmax"], rtol=5e-3)
