"""Tests of the sentences above the pictures, and of the answer to a guess."""

import pytest

from dropout_core.numerics.statistics import Estimate, paired
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.records import load
from dropout_core.topics.rates import claims, headlines
from dropout_core.topics.rates.findings import Best, Trend

YES, NO, OPEN = Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("by_accuracy", "by_loss", "end"),
    [
        (OPEN, YES, "By loss, yes; by accuracy, inconclusive"),
        (YES, NO, "By accuracy, yes; by loss, no, a lower one"),
        (YES, YES, "By accuracy, yes; by loss, yes"),
    ],
)
def test_the_question_is_answered_by_each_measure(by_accuracy, by_loss, end):
    verdicts = {"accuracy": by_accuracy, "loss": by_loss}
    trends = {column: Trend(verdict, "", "", Estimate(0, 0, 0)) for column, verdict in verdicts.items()}
    assert headlines.by_width(trends) == f"{headlines.QUESTION} {end}"


def test_a_guess_counts_if_the_rate_may_be_the_best():
    best = [Best(16, 0.0, 80, (0.0, 0.2), None, 5), Best(64, 0.4, 85, (0.4,), None, 5)]
    start = "By accuracy, your guesses are among the best for"
    assert headlines.answer(best, {16: 0.2, 64: 0.4}) == f"{start} 2 of 2 widths: 16 and 64."
    assert headlines.answer(best, {16: 0.4, 64: 0.2}) == f"{start} 0 of 2 widths."
    assert headlines.answer(best, {}) == ""


@pytest.mark.parametrize(
    ("later", "ahead", "text"),
    [
        (5, 1, "Rate 0.5 reaches 85 % 5 epochs later than no dropout, yet ends 1.0 points ahead"),
        (5, -2, "Rate 0.5 reaches 85 % 5 epochs later than no dropout, and ends 2.0 points behind"),
        (5, 0, "Rate 0.5 reaches 85 % 5 epochs later than no dropout, and catches up"),
        (0, 1, "Rate 0.5 is not detectably slower than no dropout"),
    ],
)
def test_slow_learners_are_compared_at_the_end(monkeypatch, later, ahead, text):
    def around(mean):
        return paired([mean - 0.1, mean - 0.05, mean, mean + 0.05, mean + 0.1], [0.0] * 5)

    monkeypatch.setattr(claims, "delays", lambda _: {0.5: around(later)})
    monkeypatch.setattr(headlines, "compared", lambda *_: around(ahead))
    assert headlines.slow_learners(load("rates"), 0.5) == text
