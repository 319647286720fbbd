"""Tests of the sentences above the charts, and of the response to a guess."""

import pandas as pd
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
    start = "Judged by accuracy, your guess is among the best rates for"
    assert headlines.answer(best, {16: 0.2, 64: 0.4}) == f"{start} 2 of 2 widths: 16 and 64."
    assert headlines.answer(best, {16: 0.4, 64: 0.2}) == f"{start} 0 of 2 widths."
    assert headlines.answer(best, {}) == ""


@pytest.mark.parametrize(
    ("later", "ahead", "text"),
    [
        (5, 1, "With rate 0.5, nets need 5 more epochs than without dropout to reach 85 %, yet end 1.0 points ahead"),
        (5, -2, "With rate 0.5, nets need 5 more epochs than without dropout to reach 85 %, and end 2.0 points behind"),
        (5, 0, "With rate 0.5, nets need 5 more epochs than without dropout to reach 85 %, but catch up"),
        (0, 1, "With rate 0.5, nets are not detectably slower than without dropout"),
    ],
)
def test_slow_learners_are_compared_at_the_end(monkeypatch, later, ahead, text):
    def around(mean):
        return paired([mean - 0.1, mean - 0.05, mean, mean + 0.05, mean + 0.1], [0.0] * 5)

    monkeypatch.setattr(claims, "delays", lambda _: {0.5: around(later)})
    monkeypatch.setattr(headlines, "compared", lambda *_: around(ahead))
    assert headlines.slow_learners(load("rates"), 0.5) == text


def test_the_advice_counts_the_widths_for_which_a_rate_may_be_the_best():
    best = [
        Best(16, 0.0, 80, (0.0,), None, 5),
        Best(64, 0.4, 85, (0.2, 0.4), None, 5),
        Best(256, 0.4, 87, (0.4,), None, 5),
    ]
    text = headlines.advice(best)
    assert "rate 0.4 is among the best for 2 of 3 widths. No rate is among the best for all widths." in text
    text = headlines.advice(best[1:])
    assert text.endswith("rate 0.4 is among the best for 2 of 2 widths.")
    assert headlines.advice([Best(16, 0.0, 80, (), None, 2)]) == ""


def test_the_reason_compares_the_narrowest_and_the_widest_net():
    cells = [(16, 0.0, 80.0), (16, 0.8, 14.0), (64, 0.0, 86.0), (64, 0.8, 39.0), (1024, 0.0, 88.0), (1024, 0.8, 85.0)]
    summary = pd.DataFrame(cells, columns=["width", "rate", "accuracy"])
    text = headlines.reason(summary)
    assert text.endswith("falls from 80.0 % to 14.0 % at width 16 and from 88.0 % to 85.0 % at width 1,024.")


def test_a_rate_near_zero_is_compared_with_no_dropout_in_speed_and_overfitting():
    text = headlines.near_zero(load("rates"), 0.1, 0.5)
    assert (
        "at rate 0.1, nets reach 85 % at epoch 8; without dropout, they do so at epoch 11 (no detectable difference)"
        in text
    )
    end = "is 94 % of what it is without dropout; at rate 0.5, it is 71 %. After 60 epochs, nets at rate 0.7 and "
    assert text.endswith(f"{end}0.8 are still behind nets without dropout.")
