"""Recompute the verdicts on training from the stored files with SciPy, and compare intervals and verdicts."""

import json
import re
from itertools import combinations_with_replacement, product
from math import factorial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dropout_core.common.text import between
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import FILES
from dropout_core.topics.claims.catalogue import CLAIMS, finding
from dropout_core.topics.training.claims import change_of_gain
from tests.raw_records import raw

MEASURES = {"accuracy": "validation accuracy", "loss": "validation loss", "gap": "gap in loss"}


def study(name: str) -> dict:
    return json.loads((FILES / f"{name}.json").read_text("utf-8"))


def by_seed(name: str, column: str, arm: str = "dropout"):
    """Return a column of a record, with a row per seed and a column per trial."""
    table = raw(name)
    return table[table["arm"] == arm].pivot(index="seed", columns="trial", values=column)


def tost(d: np.ndarray, margin: float) -> float:
    """Return the p value of two one-sided tests: small if the mean of d is within ±margin."""
    below = stats.ttest_1samp(d - margin, 0, alternative="less").pvalue
    above = stats.ttest_1samp(d + margin, 0, alternative="greater").pvalue
    return max(float(below), float(above))


def verdict(d: np.ndarray, better: int, margin: float | None = None) -> Verdict:
    """Judge paired differences by tests, not by intervals. `better` is the sign of an improvement."""
    if margin and tost(d, margin) < 0.025:
        return Verdict.EQUIVALENT
    if stats.ttest_1samp(d, 0).pvalue >= 0.05:
        return Verdict.INCONCLUSIVE
    return Verdict.HOLDS if np.sign(np.mean(d)) == better else Verdict.DOES_NOT_HOLD


def assert_same(evidence: Evidence, d: np.ndarray) -> None:
    low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    assert evidence.n == len(d)
    assert evidence.paired.mean == pytest.approx(np.mean(d))
    assert (evidence.estimate.low, evidence.estimate.high) == (pytest.approx(low), pytest.approx(high))


def evidence_of(claim: str) -> dict[tuple[str, str], Evidence]:
    return {(each.what, each.measure): each for each in finding(claim).evidence}


@pytest.mark.parametrize("rate", [0.2, 0.5])
@pytest.mark.parametrize(("claim", "column"), [("C5", "gap"), ("C5", "loss"), ("C6", "accuracy"), ("C6", "loss")])
def test_the_comparison_over_forty_epochs(claim, column, rate):
    values, case = by_seed("long", column), f"60,000 images and 40 epochs at p = {rate:g}"
    d = (values[f"rate {rate:g}"] - values["rate 0"]).to_numpy()
    assert_same(evidence_of(claim)[case, MEASURES[column]], d)
    found = finding(claim)
    part = case if claim == "C5" or rate == 0.2 else f"{case} (by {column})"
    expected = verdict(d, 1 if column == "accuracy" else -1)
    assert (part in found.condition) == (expected is Verdict.HOLDS)
    assert (part in found.exception) == (expected is Verdict.DOES_NOT_HOLD)


@pytest.mark.parametrize(("column", "measure"), [("full_val_accuracy", "accuracy"), ("full_val_loss", "loss")])
def test_c6_the_trend_compares_means_of_five_evaluations(column, measure):
    points, rates = pd.read_csv(FILES / "long.csv.gz"), [t["recipe"]["rate"] for t in study("long")["trials"]]
    table = points.assign(epoch=points["epoch"].round(6)).pivot(index=["trial", "seed"], columns="epoch", values=column)
    change = table[[32, 34, 36, 38, 40]].mean(axis=1) - table[[2, 4, 6, 8, 10]].mean(axis=1)
    d = (change.loc[rates.index(0.5)] - change.loc[rates.index(0)]).to_numpy()
    low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    found = change_of_gain(column)
    assert (found.mean, found.low, found.high) == (pytest.approx(np.mean(d)), pytest.approx(low), pytest.approx(high))
    assert f"95 % interval {between(low, high, 2 if measure == 'accuracy' else 3)}" in finding("C6").sentence


@pytest.mark.parametrize(("column", "better"), [("accuracy", 1), ("loss", -1)])
def test_c6_lists_the_numbers_of_images_by_a_test_of_each_on_fresh_seeds(column, better):
    values, words = by_seed("sizes", column), {Verdict.HOLDS: "better", Verdict.DOES_NOT_HOLD: "worse"}
    assert values.index.tolist() == [100, 101, 102, 103, 104]
    part = finding("C6").sentence.split("number of training images: ")[1].split("; by ")[column == "loss"]
    for images in ("100", "500", "2,000", "8,000", "32,000"):
        d = (values[f"{images} images, rate 0.5"] - values[f"{images} images, rate 0"]).to_numpy()
        word = words.get(verdict(d, better), "inconclusive")
        listed_there = re.search(rf"{word} at ([0-9, and]+)", part)
        assert listed_there, word
        assert images in re.split(r", (?=\d)| and ", listed_there[1].strip(", ")), (images, word)


def test_c7_by_two_one_sided_tests_of_the_logarithm_of_the_ratio():
    pairs = [(p["dropout"], p["no dropout"]) for p in study("training_times")["loops"]["the article's loop"]]
    d, margin = np.log([a / b for a, b in pairs]), np.log(1.1)
    assert_same(finding("C7").evidence[0], d)
    outside = stats.ttest_1samp(d - margin, 0, alternative="greater").pvalue < 0.025
    expected = Verdict.EQUIVALENT if tost(d, margin) < 0.025 else Verdict.DOES_NOT_HOLD
    assert finding("C7").verdict is (expected if outside or expected is Verdict.EQUIVALENT else Verdict.INCONCLUSIVE)


def best_rate_probabilities(values: np.ndarray, rates: list[float]) -> dict[float, float]:
    """Return each rate's exact probability to be the best if the seeds are resampled with replacement."""
    n, shares = len(values), dict.fromkeys(rates, 0.0)
    for picks in combinations_with_replacement(range(n), n):
        counts = np.bincount(picks, minlength=n)
        ways = factorial(n) / np.prod([factorial(count) for count in counts])
        shares[rates[int((counts @ values).argmax())]] += float(ways) / n**n
    return shares


@pytest.mark.parametrize("column", ["accuracy", "loss"])
def test_c8_by_all_resamples_of_the_seeds(column):
    """The slope's exact bootstrap distribution, over the widths and rates that the verdict uses, and half a step."""
    values, rates, widths = by_seed("widths", column), [0.0, 0.2, 0.4, 0.6], [64, 256, 1024]
    sign = 1 if column == "accuracy" else -1
    by_width = [
        best_rate_probabilities(sign * values[[f"width {w:,}, rate {r:g}" for r in rates]].to_numpy(), rates)
        for w in widths
    ]
    x = np.log2(widths) - np.log2(widths).mean()
    outcomes = [(float(x @ best / (x @ x)), best) for best in product(rates, repeat=3)]
    chance = {slope: 0.0 for slope, _ in outcomes}
    for slope, best in outcomes:
        chance[slope] += np.prod([shares[rate] for shares, rate in zip(by_width, best, strict=True)])
    slopes = sorted(chance)
    total = np.cumsum([chance[slope] for slope in slopes])
    low, high = (slopes[int(np.searchsorted(total, q))] for q in (0.025, 0.975))
    found = evidence_of("C8")[f"best rate by {column}, as the width doubles", "slope of the rate"].estimate
    half = np.diff(np.unique(np.round(slopes, 9))).min() / 2  # of the grid's step
    assert (found.low, found.high) == (pytest.approx(low - half), pytest.approx(high + half))
    holds = f"judged by {column}" in finding("C8").condition
    assert holds == (sum(chance[slope] for slope in slopes if slope > 1e-9) > 0.975)


def conv_pairs(column: str) -> tuple[np.ndarray, list[str]]:
    """Return the values of the recommended pairs and then of the other pairs, by seed, and the others' names."""
    values = by_seed("conv-pairs", column)
    ours = ["conv 0.2, dense 0.5", "conv 0.3, dense 0.5"]
    others = ["conv 0, dense 0", "conv 0, dense 0.5", "conv 0.5, dense 0.5", "conv 0.25, dense 0"]
    return values[ours + others].to_numpy(), ["0/0", "0/0.5", "0.5/0.5", "0.25/0"]


@pytest.mark.parametrize(("column", "margin", "better"), [("accuracy", 0.3, 1), ("loss", 0.01, -1)])
def test_c9_by_a_linear_model_of_seeds_and_pairs(column, margin, better):
    values, names = conv_pairs(column)
    n, k = values.shape
    seed, pair = np.divmod(np.arange(n * k), k)
    design = np.column_stack([np.eye(n)[seed], np.eye(k)[pair][:, 1:]])  # the first pair is the base
    effects, rss, rank, _ = np.linalg.lstsq(design, values.ravel(), rcond=None)
    freedom = n * k - rank
    covariance = rss[0] / freedom * np.linalg.inv(design.T @ design)
    verdicts = {}
    for i, name in enumerate(names):
        weights = np.zeros(design.shape[1])
        weights[n], weights[n + 1 + i] = 0.5, -1
        mean, error = weights @ effects, np.sqrt(weights @ covariance @ weights)
        half = stats.t(freedom).ppf(1 - 0.025 / len(names)) * error
        found = evidence_of("C9")[f"0.2/0.5 and 0.3/0.5 against {name}", f"validation {column}"]
        assert (found.estimate.low, found.estimate.high) == (pytest.approx(mean - half), pytest.approx(mean + half))
        within, clear = abs(mean) + half < margin, abs(mean) > half
        good = np.sign(mean) == better
        verdicts[name] = "equivalent" if within else "better" if clear and good else "worse" if clear else "open"
    assert verdicts == {"0/0": "better", "0/0.5": "open", "0.5/0.5": "better", "0.25/0": "open"}
    assert finding("C9").verdict is Verdict.INCONCLUSIVE


def test_c9_depends_on_pooling_for_one_pair_only_as_the_methods_say():
    """With a variance for each comparison, 0/0.5 is equivalent by accuracy; the other verdicts stay."""
    values, names = conv_pairs("accuracy")
    d = values[:, :2].mean(axis=1)[:, None] - values[:, 2:]
    half = stats.t(len(d) - 1).ppf(1 - 0.025 / 4) * d.std(axis=0, ddof=1) / np.sqrt(len(d))
    within = np.abs(d.mean(axis=0)) + half < 0.3
    assert dict(zip(names, within.tolist(), strict=True)) == {
        "0/0": False, "0/0.5": True, "0.5/0.5": False, "0.25/0": False,
    }  # fmt: skip
    assert not (d.mean(axis=0) - half)[3] > 0, "0.25/0 stays open"


@pytest.mark.parametrize(("column", "margin", "better"), [("accuracy", 0.3, 1), ("loss", 0.03, -1)])
def test_c10_by_two_one_sided_tests_on_the_second_half_of_the_seeds(column, margin, better):
    """The strengths are the best on the last training images, of the nets of the first 22 seeds."""
    arms = {arm: better * by_seed("decay", column, arm) for arm in ("dropout", "no dropout")}
    scores: dict[str, dict[str, list[float]]] = {arm: {} for arm in arms}
    for row in study("regularisers_decay")["runs"]:
        assert row["seed"] in arms["dropout"].index[:22]
        scores[row["arm"]].setdefault(row["trial"], []).append(better * row[column])
    best = {arm: max(trials, key=lambda trial: np.mean(trials[trial])) for arm, trials in scores.items()}
    assert all(len(values) == 22 for trials in scores.values() for values in trials.values())
    both = arms["dropout"][best["dropout"]].iloc[22:].to_numpy()
    others = [arms["dropout"]["no decay"], arms["no dropout"][best["no dropout"]]]
    found = [each for each in finding("C10").evidence if each.measure == f"validation {column}"]
    verdicts, part = set(), next(part for part in finding("C10").sentence.split("; by ") if column in part[:12])
    for each, other, name in zip(found, others, ("dropout alone", "L2 alone"), strict=True):
        d = both - other.iloc[22:].to_numpy()
        assert best["dropout"] in each.what
        assert_same(each, better * d)
        verdicts.add(verdict(d, 1, margin))
        words = {Verdict.EQUIVALENT: "equivalent to", Verdict.HOLDS: "better than"}[verdict(d, 1, margin)]
        slightly = f", though slightly {'better' if np.mean(d) > 0 else 'worse'}"
        small_but_real = words == "equivalent to" and stats.ttest_1samp(d, 0).pvalue < 0.05
        assert f"{words} {name}{slightly * bool(small_but_real)}: " in part
    assert verdicts == {"accuracy": {Verdict.EQUIVALENT}, "loss": {Verdict.EQUIVALENT, Verdict.HOLDS}}[column]
    assert finding("C10").text == "equivalent to dropout alone"


def stopping_differences(arm: str, column: str) -> np.ndarray:
    """Return the values with early stopping minus those without, by seed."""
    rows = [row for row in study("regularisers_stopping")["runs"] if row["arm"] == arm]
    return np.array([row["stopped"][column] - row["whole"][column] for row in rows])


@pytest.mark.parametrize("arm", ["no dropout", "dropout"])
@pytest.mark.parametrize(("column", "better"), [("accuracy", 1), ("loss", -1)])
def test_c11_by_a_test_of_each_arm_and_measure(arm, column, better):
    d = stopping_differences(arm, column)
    assert_same(evidence_of("C11")[f"early stopping compared with all epochs, {arm}", column], d)
    holds = f"judged by {column} with {arm}" in finding("C11").condition
    assert holds == (verdict(d, better) is Verdict.HOLDS)


def test_c12_by_two_one_sided_tests_over_the_nets():
    file = study("ensemble_nets")
    scaled = np.array([net["scaled"]["accuracy"] for net in file["nets"]])
    within = set()
    for i, k in enumerate(file["counts"]):
        d = np.array([net["averages"][i]["accuracy"] for net in file["nets"]]) - scaled
        assert_same(evidence_of("C12")[f"average of {k:,} against the scaled pass", "accuracy"], d)
        within |= {k} if tost(d, 0.3) < 0.025 else set()
    assert {32, 50, 100, 200} <= within
    assert 1 not in within


@pytest.mark.parametrize(
    ("name", "what"), [("article", "60,000 images, 5 epochs"), ("small", "4,000 images, 40 epochs")]
)
def test_c13_by_a_paired_test(name, what):
    runs = study("neurons_ablation")["comparisons"][name]["runs"]
    costs = {
        arm: {r["seed"]: r["worst_accuracy"] for r in runs if r["arm"] == arm} for arm in ("dropout", "no dropout")
    }
    d = np.array([costs["dropout"][seed] - costs["no dropout"][seed] for seed in costs["dropout"]])
    assert_same(evidence_of("C13")[what, "cost of the most costly neuron"], d)
    assert verdict(d, -1) is Verdict.HOLDS
    assert finding("C13").verdict is Verdict.HOLDS


def test_every_claim_judged_from_training_is_recomputed_here_or_in_test_catalogue():
    assert {claim.id for claim in CLAIMS if finding(claim.id).evidence} == {f"C{i}" for i in range(4, 14)}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("article", 1.29, 1.29), ("article-fresh", 0.76, 0.76), ("drawn", 0.32, 0.32), ("decay", 0.64, 0.80)],
)
def test_the_benefit_of_pairing_is_that_of_the_methods(name, low, high):
    arms = [by_seed(name, "accuracy", arm) for arm in ("dropout", "no dropout")]
    ratios = (arms[0] - arms[1]).var() / (arms[0].var() + arms[1].var())
    assert (round(ratios.min(), 2), round(ratios.max(), 2)) == (low, high)
