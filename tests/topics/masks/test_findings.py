"""Check the computed probability that two passes agree against its frequency over sampled masks."""

import numpy as np
import pytest

from dropout_core.charts.network_tables import repeat_chance


def test_two_passes_agree_as_often_as_counted():
    rng = np.random.default_rng(0)
    for rate in (0.2, 0.5):
        a, b = (rng.random((20_000, 4)) >= rate for _ in range(2))
        share = (a == b).all(1).mean()
        assert share == pytest.approx(repeat_chance(4, rate), abs=0.015)
