"""Test the results computed from the stored ensemble measurements, and the sentences that report them."""

import json

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.numerics.statistics import FEWEST, interval
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.ensemble import findings
from dropout_core.topics.ensemble.deep_study import DEEP_SEEDS
from dropout_core.topics.ensemble.deep_study import FILE as DEEP_FILE
from dropout_core.topics.ensemble.study import DEEP, DRAWS, RATES, SEEDS, TREES
from dropout_core.topics.papers.findings_averages import figure_11


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
    ("signs", "even"), [((1, 0, 0), 5), ((1, 1, 1), None), ((1, 0, -1), None), ((0, 1, 0), 9), ((0, 0, 0), 1)]
)
def test_crossings_of_known_differences(signs, even):
    assert findings.first_inconclusive((1, 5, 9), signs) == even


@pytest.mark.parametrize(
    ("even", "said"),
    [
        (16, "for k = 16 and above, there is no detectable difference over 10 nets"),
        (None, "a detectable difference even at the largest k"),
    ],
)
def test_where_they_are_told_apart_is_said_alike_on_every_page(monkeypatch, even, said):
    monkeypatch.setattr(findings, "no_difference_from", lambda _: even)
    assert said in findings.difference_text()
    assert f"{findings.difference_text()}." in figure_11()[-1].sentence


@pytest.fixture
def ten_nets(monkeypatch, tmp_path):
    """Write a file in nets_study.py's format in which averaging beats the scaled pass by `gain` points."""

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


@pytest.fixture
def deep_nets(monkeypatch, tmp_path):
    """Write a file in deep_study.py's format with these differences between the average and the scaled pass."""

    def write(mean, spread=0.1):
        differences = mean + np.random.default_rng(1).normal(0, spread, 40)
        rows = [{"seed": s, "scaled": 60.0, "arithmetic": 60 + d} for s, d in enumerate(differences)]
        (tmp_path / "deep.json").write_text(json.dumps({"nets": rows}))
        monkeypatch.setattr(findings, "DEEP_FILE", tmp_path / "deep.json")

    return write


@pytest.mark.parametrize(
    ("gain", "deep", "verdict", "exception"),
    [
        (0.05, 5.0, Verdict.HOLDS_WHEN, "in some small, deep nets"),
        (0.05, 0.3, Verdict.EQUIVALENT, ""),
        (0.05, 0.2, Verdict.EQUIVALENT, ""),
        (1.0, 5.0, Verdict.DOES_NOT_HOLD, ""),
        (0.3, 5.0, Verdict.INCONCLUSIVE, ""),
    ],
)
def test_the_ensemble_is_judged_by_its_margin_over_nets(ten_nets, deep_nets, gain, deep, verdict, exception):
    nets = ten_nets(gain)
    deep_nets(deep)
    found = findings.like_an_ensemble()
    assert (found.verdict, found.exception) == (verdict, exception)
    low, high = ttest_rel([net["averages"][1]["accuracy"] for net in nets], [95.0] * 10).confidence_interval(0.95)
    first = found.evidence[0]
    assert (first.estimate.low, first.estimate.high) == (pytest.approx(low), pytest.approx(high))
    assert (first.n, first.margin) == (10, 0.3)
    assert (found.evidence[1].n, found.evidence[1].margin) == (40, 0.3)


def test_fresh_seeds_decide_whether_deep_nets_are_an_exception():
    stored = json.loads(DEEP_FILE.read_text("utf-8"))
    rows = stored["nets"]
    assert [row["seed"] for row in rows] == [*DEEP_SEEDS]
    assert not {*DEEP_SEEDS} & {row["seed"] for row in findings.stored()["coarse"]}
    low, high = ttest_rel([r["arithmetic"] for r in rows], [r["scaled"] for r in rows]).confidence_interval(0.95)
    found = findings.like_an_ensemble()
    assert bool(found.exception) == (low > 0.3 or high < -0.3)
    deep = found.evidence[1].estimate
    assert (deep.low, deep.high) == (pytest.approx(low), pytest.approx(high))
    assert len(stored["provenance"]["commit"]) == 12, "made by a clean working tree"


@pytest.mark.parametrize("measure", ["accuracy", "loss"])
def test_the_stored_differences_are_those_of_scipys_paired_test(measure):
    nets = json.loads(findings.NETS_FILE.read_text("utf-8"))["nets"]
    scaled = [net["scaled"][measure] for net in nets]
    for place, (k, p) in enumerate(findings.averages_minus_scaled(measure).items()):
        test = ttest_rel([net["averages"][place][measure] for net in nets], scaled)
        assert (p.low, p.high) == tuple(map(pytest.approx, test.confidence_interval(0.95)))
        assert p.sign == (np.sign(p.mean) if test.pvalue < 0.05 else 0), k


def test_figure_11_is_judged_over_ten_nets_within_the_margin():
    one, even = figure_11()
    nets = json.loads(findings.NETS_FILE.read_text("utf-8"))["nets"]
    place = [*findings.averages_minus_scaled()].index(FIGURE_11_EVEN)
    d = np.array([net["scaled"]["accuracy"] - net["averages"][place]["accuracy"] for net in nets])
    larger, smaller = ttest_1samp(d + 0.3, 0, alternative="greater"), ttest_1samp(d - 0.3, 0, alternative="less")
    assert max(larger.pvalue, smaller.pvalue) < 0.025
    assert even.verdict is Verdict.EQUIVALENT
    assert one.verdict is Verdict.HOLDS
    assert "margin of ±0.3" in even.sentence


def test_every_number_of_members_on_offer_was_measured_in_all_charts():
    assert findings.counts()[0] == 1
    assert {*findings.counts()} <= {*findings.curve("subnetworks").counts}
    assert {*findings.counts()} <= {*findings.curve("trees").counts}
    assert findings.minus_scaled(32) == findings.averages_minus_scaled("error")[32]


def test_ten_pilot_nets_suggested_that_the_average_is_better_on_coarse_images(stored):
    rows = stored["coarse"]
    assert {(r["depth"], r["rate"]) for r in rows} == {DEEP}
    expected = ttest_rel([r["arithmetic"] for r in rows], [r["scaled"] for r in rows])
    p = findings.coarse_differences()
    assert p.mean == pytest.approx(9.4, abs=0.05)
    assert (p.low, p.high) == tuple(map(pytest.approx, expected.confidence_interval(0.95)))


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
    assert findings.no_difference_from() == 32


def test_rates_are_offered_up_to_the_first_at_which_a_net_has_not_learned():
    for depth in (1, 2, 3):
        for seed in range(SEEDS):
            offered = findings.offered_rates(depth, seed)
            averaged = findings.averaged_rates(depth)
            assert offered == averaged[: len(offered)] == RATES[: len(offered)]
            assert len(offered) >= 2, "a slider needs two values"
            assert all(findings.has_learned(findings.tiny_run(depth, rate, seed)) for rate in offered)
            if offered != averaged:
                assert not findings.has_learned(findings.tiny_run(depth, RATES[len(offered)], seed))


def test_nets_that_did_not_learn_are_not_averaged_in(stored):
    ways = ("arithmetic", "geometric", "scaled")
    rows = [r for r in stored["small"] if r["depth"] == 3 and r["rate"] == 0.5]
    learned = [r for r in rows if any(r[way] >= 50 for way in ways)]
    assert FEWEST <= len(learned) < len(rows)
    assert findings.learned_count(3, 0.5) == len(learned)
    assert findings.tiny_nets(3, 0.5, "scaled").value == pytest.approx(np.mean([r["scaled"] for r in learned]))
    gap = np.mean([r["gap_arithmetic"] for r in learned])
    assert findings.tiny_nets(3, 0.5, "gap_arithmetic").value == pytest.approx(gap)
    gain = np.mean([r["arithmetic"] - r["scaled"] for r in learned])
    assert findings.tiny_net_gain(3, 0.5).value == pytest.approx(gain)


def test_rates_at_which_too_few_nets_learned_have_no_average():
    assert findings.averaged_rates(1) == findings.averaged_rates(2) == RATES
    assert findings.averaged_rates(3) == RATES[:-1]
    assert findings.learned_count(3, RATES[-1]) < FEWEST


def test_a_net_in_which_only_the_scaled_pass_fails_has_learned():
    """Otherwise the selection would favour the scaled pass."""
    failed = findings.tiny_run(3, 0.6, 7)
    assert failed["scaled"] < findings.LEARNED <= failed["arithmetic"]
    assert findings.has_learned(failed)
