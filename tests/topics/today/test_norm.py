"""Recompute the comparisons of batch norm and dropout from the stored files with SciPy."""

import numpy as np
import pytest
from scipy import stats

from dropout_core.topics.today import norm
from tests.raw_records import raw


def assert_same(found, d: np.ndarray) -> None:
    low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    assert found.n == len(d)
    assert (found.mean, found.low, found.high) == tuple(map(pytest.approx, (d.mean(), low, high)))


@pytest.mark.parametrize("column", ["accuracy", "loss"])
def test_batch_norm_against_dropout(column):
    values = raw("regularisers").pivot(index="seed", columns=["trial", "arm"], values=column)
    plain, normed = values["none"], values["batch norm, then dropout"]
    nets = {
        "neither": plain["no dropout"],
        "dropout": plain["dropout"],
        "batch norm": normed["no dropout"],
        "both": normed["dropout"],
    }
    pairs = (("batch norm", "dropout"), ("both", "batch norm"), ("both", "dropout"))
    for each, (one, other) in zip(norm.evidence(column), pairs, strict=True):
        assert each.what == f"{one} against {other}"
        assert_same(each.paired, (nets[one] - nets[other]).to_numpy())
    for name, net in nets.items():
        assert norm.means(column)[name] == pytest.approx(net.mean())
    assert_same(norm.change("both", column), (nets["both"] - nets["neither"]).to_numpy())
