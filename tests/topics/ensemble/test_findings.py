"""Test the results computed from the stored ensemble measurements, and the sentences that report them."""

import json

import numpy as np
import pytest
from scipy.stats import ttest_rel

from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.numerics.statistics import interval
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.ensemble import findings
from dropout_core.topics.ensemble.study import COUNTS, DRAWS, RATES, SEEDS, TREES
from dropout_core.topics.papers.findings import figure_11


@pytest.fixture(scope="module")
def stored():
    return findings.stored()


def test_an_estimate_is_the_mean_over_seeds_with_its_t_interval(stored):
    rows = [r for r in stored["small"] if r["depth"] == 2 and r["rate"] == 0.5]
    assert len(rows) == SEEDS
    estimate = findings.tiny_nets(2, 0.5, "alone")
    assert estimate.value == pytest.approx(np.mean([r["alone"] for r in rows]))
    assert (estimate.low, estimate.high) == interval([r["alone"] for r in rows], "accuracy")
    gains = [r["geometric"] - r["scaled"] for r in rows]
    assert findings.tiny_net_gain(2, 0.5, "geometric").value == pytest.approx(np.mean(gains))


@pytest.mark.parametrize("kind", DRAWS)
def test_a_curve_lies_in_its_band_and_falls(kind):
    curve = findings.curve(kind)
    assert all(lo <= m <= hi for m, lo, hi in zip(curve.mean, curve.low, curve.high, strict=True))
    assert curve.at(1)[0] == curve.mean[0] > curve.mean[-1] == curve.at(curve.counts[-1])[0]
    assert curve.share_of_gain(1) == 0
    assert curve.share_of_gain(curve.counts[-1]) == 1
    with pytest.raises(ValueError, match="tuple"):
        curve.at(7)


@pytest.mark.parametrize(
    ("differences", "even"),
    [
        ([(3, 2, 4), (1, -1, 2), (-0.5, -1, 0)], 5),
        ([(3, 2, 4), (2, 1, 3), (1, 0.1, 2)], None),
        ([(3, 2, 4), (1, -1, 2), (-1, -2, -0.5)], None),
        ([(0, 0, 0), (1, 0.5, 2), (0, -1, 1)], 9),
    ],
)
def test_crossings_of_known_differences(differences, even):
    assert findings.first_inconclusive((1, 5, 9), differences) == even


@pytest.mark.parametrize(
    ("even", "said"),
    [
        (16, "from k = 16 on, these 1,000 images show no detectable difference"),
        (None, "a detectable difference even at the largest k"),
    ],
)
def test_where_they_are_told_apart_is_said_alike_on_every_page(monkeypatch, even, said):
    monkeypatch.setattr(findings, "no_difference_from", lambda _: even)
    assert said in findings.difference_text()
    assert f"{findings.difference_text()}." in figure_11()[-1].sentence


@pytest.fixture
def ten_nets(monkeypatch, tmp_path):
    """Write a file as nets_study.py does, in which averages gain `gain` points over the scaled pass."""

    def write(gain, spread=0.1):
        rng = np.random.default_rng(0)
        nets = [
            {
                "seed": seed,
                "scaled": {"accuracy": 95.0, "loss": 0.2},
                "averages": [{"accuracy": 95 + g + rng.normal(0, spread), "loss": 0.2} for g in (-4.0, gain)],
            }
            for seed in range(10)
        ]
        (tmp_path / "nets.json").write_text(json.dumps({"counts": [1, 200], "nets": nets}))
        monkeypatch.setattr(findings, "NETS_FILE", tmp_path / "nets.json")
        return nets

    return write


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [(0.05, Verdict.HOLDS_WHEN), (1.0, Verdict.DOES_NOT_HOLD), (0.3, Verdict.INCONCLUSIVE)],
)
def test_the_ensemble_is_judged_by_its_margin_over_nets(ten_nets, gain, verdict):
    nets = ten_nets(gain)
    found = findings.like_an_ensemble()
    assert found.verdict is verdict
    low, high = ttest_rel([net["averages"][1]["accuracy"] for net in nets], [95.0] * 10).confidence_interval(0.95)
    first = found.evidence[0]
    assert (first.estimate.low, first.estimate.high) == (pytest.approx(low), pytest.approx(high))
    assert (first.n, first.margin) == (10, 0.3)
    if verdict is Verdict.HOLDS_WHEN:
        assert found.exception == "in small, deep nets"


def test_without_that_file_one_net_is_judged_over_its_images(monkeypatch, tmp_path):
    monkeypatch.setattr(findings, "NETS_FILE", tmp_path / "missing.json")
    found = findings.like_an_ensemble()
    assert found.evidence[0].n == 1
    assert found.evidence[0].paired.mean == -findings.minus_scaled(1000).value


def test_tiny_deep_nets_are_where_the_average_is_better(stored):
    rows = [r for r in stored["small"] if r["depth"] == 3 and r["rate"] == 0.5]
    expected = ttest_rel([r["arithmetic"] for r in rows], [r["scaled"] for r in rows])
    p = findings.tiny_net_differences(3, 0.5)
    assert p.mean == pytest.approx(9.4, abs=0.05)
    assert (p.low, p.high) == tuple(map(pytest.approx, expected.confidence_interval(0.95)))


def test_an_average_that_is_clear_nowhere_is_called_better_nowhere():
    assert not findings.minus_scaled(COUNTS[-1], "loss").sign
    assert findings.no_difference_from("loss") in COUNTS


def test_the_difference_at_k_is_that_of_the_two_curves():
    for k in (1, 50, 1000):
        expected = findings.curve("subnetworks").at(k)[0] - findings.scaled().value
        assert findings.minus_scaled(k).value == pytest.approx(expected, abs=1e-3)


def test_what_the_page_says_in_words_is_in_the_numbers():
    assert max(findings.tiny_nets(1, rate, "gap_geometric").value for rate in RATES) < 1e-13
    for depth in (2, 3):
        geometric, arithmetic = (findings.tiny_nets(depth, 0.4, f"gap_{m}").value for m in ("geometric", "arithmetic"))
        assert 1e-3 < geometric < arithmetic
    sub, trees = findings.curve("subnetworks"), findings.curve("trees")
    assert sub.mean[0] < trees.mean[0]
    assert sub.mean[0] / sub.at(TREES)[0] < trees.mean[0] / trees.mean[-1]
    assert findings.similarity("subnetworks", "correlation").low > findings.similarity("trees", "correlation").high
    assert findings.similarity("subnetworks", "disagreement").high < findings.similarity("trees", "disagreement").low
    assert findings.no_difference_from() <= FIGURE_11_EVEN
    assert not any(findings.minus_scaled(k).sign for k in COUNTS if k >= findings.no_difference_from())
