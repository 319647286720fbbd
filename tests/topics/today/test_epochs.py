"""Recompute the gains by repetition from the stored files with SciPy, and test how they are put into words."""

import numpy as np
import pytest
from scipy import stats

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.today import charts_epochs, epochs
from dropout_core.topics.today.epochs import LONGER, NAMES, ONCE
from tests.raw_records import raw

MARGIN = {"accuracy": 0.3, "loss": 0.03}
NOISE = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])


def differences(name: str, rate: float, column: str) -> dict[int, np.ndarray]:
    """Read the paired differences straight from the files, keyed by the number of epochs."""
    values = raw(name).pivot(index="seed", columns="trial", values=column)
    passes = {ONCE: 1, LONGER: 4}[name]
    images = [60_000 // 2**k for k in range(8)]
    return {
        passes * 2**k: (values[f"{n:,} images, rate {rate:g}"] - values[f"{n:,} images, rate 0"]).to_numpy()
        for k, n in enumerate(images)
    }


def tost(d: np.ndarray, margin: float) -> bool:
    """Whether two one-sided tests at 2.5 % each show that the mean is within ± the margin."""
    tests = ((d + margin, "greater"), (d - margin, "less"))
    return all(stats.ttest_1samp(part, 0, alternative=side).pvalue < 0.025 for part, side in tests)


def is_better(d: np.ndarray, better: int) -> bool:
    return bool(stats.ttest_1samp(d, 0).pvalue < 0.05 and np.sign(d.mean()) == better)


@pytest.mark.parametrize(("name", "rate"), [(ONCE, 0.5), (ONCE, 0.2)])
@pytest.mark.parametrize("column", ["accuracy", "loss"])
def test_every_gain_has_the_interval_of_a_t_test(name, rate, column):
    expected, found = differences(name, rate, column), epochs.gains(name, rate, column)
    assert list(found) == list(expected)
    for n, d in expected.items():
        low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
        assert len(d) == found[n].n == {ONCE: 10, LONGER: 5}[name]
        assert (found[n].mean, found[n].low, found[n].high) == tuple(map(pytest.approx, (d.mean(), low, high)))


@pytest.mark.parametrize(("name", "rate"), [(ONCE, 0.5), (ONCE, 0.2)])
@pytest.mark.parametrize("column", ["accuracy", "loss"])
def test_the_verdict_by_tests(name, rate, column):
    d, better = differences(name, rate, column), 1 if column == "accuracy" else -1
    seldom, often = d[min(d)], d[max(d)]
    pays = is_better(often, better) and not tost(often, MARGIN[column])
    nothing_once = tost(seldom, MARGIN[column]) or is_better(seldom, -better)
    finding = epochs.pays_where_images_repeat(name, rate, column)
    assert (finding.verdict is Verdict.HOLDS) == (pays and nothing_once)
    change = finding.evidence[2].paired
    assert change.mean == pytest.approx(np.mean(often - seldom))
    assert [each.margin for each in finding.evidence] == [MARGIN[column]] * 3


def test_every_case_is_shown():
    assert epochs.cases() == [(ONCE, 0.5), (ONCE, 0.2)]


def test_the_number_of_images_seen_is_fixed_and_that_of_updates_nearly():
    for name in NAMES:
        recipes = [trial.recipe for trial in EXPERIMENTS[name].trials]
        total = epochs.seen(name)
        assert all(0.995 * total <= r.images * r.epochs <= total for r in recipes)
        updates = [r.epochs * r.steps_per_epoch for r in recipes]
        assert max(updates) / min(updates) < 1.1
        assert {r.subset for r in recipes} == {"drawn"}


def made(*means: float) -> dict[int, Paired]:
    """Return gains with these means for 1, 2, 4 … repetitions."""
    return {2**i: paired(mean + NOISE, np.zeros(5)) for i, mean in enumerate(means)}


@pytest.mark.parametrize(
    ("means", "text"),
    [
        ((-1, 0, 2), "Each image seen once: dropout at p = 0.5 costs 1.0 points. Seen 4 times: it gains 2.0 points"),
        ((0, 0), "Each image seen once: dropout at p = 0.5 makes no detectable difference. Seen 2 times: it makes no "),
    ],
)
def test_the_headline_states_both_ends(means, text):
    assert epochs.headline(made(*means)).startswith(text)


@pytest.mark.parametrize(
    ("means", "text"),
    [
        (
            (-1, -1, 0, 1, 2),
            "is worse if images are seen up to 2 times, and is better if they are seen 8 times or more",
        ),
        (
            (0, 0, 1),
            "makes no detectable difference if images are seen once, and is better if they are seen 4 times or more",
        ),
        ((-1, 0), "is worse if images are seen once"),
        ((0, 1, 0), "makes no detectable difference if images are seen once"),
        ((1, 0), "has no consistent effect"),
    ],
)
def test_the_turning_points_are_named(means, text):
    assert epochs.from_which_on(made(*means)) == text
    assert epochs.from_which_on(made(*(-m for m in means)), better=-1) == text


@pytest.mark.parametrize(("guess", "right"), [("costs", True), ("gains", False), ("same", False)])
def test_a_guess_is_answered(guess, right):
    text = epochs.answer(guess, made(-1, 2))
    assert ("**right**" in text) == right
    assert "−1.00 points (95 % interval" in text


def test_the_answer_is_not_in_the_chart_before_it_is_asked_for():
    found = {("60,000", "p = 0.5"): {n: paired(n + NOISE, np.zeros(5)) for n in (1, 16, 32, 128)}}
    assert [row["epochs"] for row in charts_epochs.rows(found, revealed=False)] == [32, 128]
    rows = charts_epochs.rows(found, revealed=True)
    assert [row["epochs"] for row in rows] == [1, 16, 32, 128]
    assert [row["end"] for row in rows] == [False, False, False, True]
    hidden = str(charts_epochs.gains(found, "60,000", revealed=False))
    assert "your guess" not in hidden
    assert "radio" not in hidden
    both = found | {("240,000", "p = 0.5"): found["60,000", "p = 0.5"]}
    shown = str(charts_epochs.gains(both, "60,000", revealed=True, guess="costs"))
    assert "your guess" in shown
    assert "radio" in shown
