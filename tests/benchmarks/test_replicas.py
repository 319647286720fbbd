"""Test how the benchmarks of servers and stores turn measurements into numbers of readers, ratios and intervals."""

import pytest

from dropout_core.benchmarks import replicas, stores


def row(turn: int, servers: int, readers: int, p95: float) -> dict:
    cores = {"server": 0.9, "readers": 0.1}
    return {
        "turn": turn,
        "replicas": servers,
        "readers": readers,
        "p95": p95,
        "reruns_per_s": readers / 2,
        "cores": cores,
    }


ROWS = [
    row(0, 1, 20, 400.0), row(0, 1, 25, 800.0), row(0, 1, 31, 1200.0),
    row(0, 2, 50, 900.0), row(0, 2, 60, 1100.0),
    row(1, 2, 20, 2000.0),  # too many from the beginning
    row(1, 1, 10, 100.0),  # never too many
]  # fmt: skip


def test_the_number_of_readers_is_interpolated_at_the_limit():
    found = replicas.capacities(ROWS, limit=1.0).set_index(["turn", "replicas"])
    assert found.loc[(0, 1), "readers"] == pytest.approx(28)
    assert found.loc[(0, 2), "readers"] == pytest.approx(55)
    assert found.loc[(0, 2), "reruns_per_s"] == pytest.approx(27.5)
    assert found.loc[(1, 2), "readers"] == 20
    assert found.loc[(1, 1), "readers"] == 10


def test_a_crowd_needs_cores_in_proportion_to_its_actions():
    reruns = replicas.CROWD / replicas.ACTION_SECONDS
    assert replicas.cores_for_a_crowd(reruns, cores=2) == 2
    assert replicas.cores_for_a_crowd(reruns / 10, cores=2) == 20


def test_the_report_has_the_ratio_and_the_table():
    text = replicas.report(ROWS[:5], 1.0, "replicas.svg")
    assert "Two servers carry 1.96 times the readers of one" in text
    assert "| 1 | 28 (28 to 28) | 14.0 |" in text
    assert "the readers use 10% of the" in text
    assert "](replicas.svg)" in text
    assert replicas.chart(ROWS, 1.0).to_dict()["layer"]


def test_the_median_ratio_of_the_stores_has_an_interval_by_order_statistics():
    rows = [{"ratio": ratio} for ratio in [0.9, *(1 + i / 1000 for i in range(18)), 3.0]]
    found = stores.summary(rows)
    assert found["turns"] == 20
    assert found["median_ratio"] == pytest.approx(1.008, abs=0.001)
    assert 1.0 < found["low"] < 1.008 < found["high"] < 1.017, "outliers do not widen it"
