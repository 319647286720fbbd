"""Tests of the sentence above the training page's chart, and of the response to a guess."""

import pytest

from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.statistics import paired
from dropout_core.topics.training.headline import answer, finding, interval_text, landing, question

BETTER = paired([2.0, 2.1, 1.9, 2.2, 1.8], [0.0] * 5)
WORSE = paired([-2.0, -2.1, -1.9, -2.2, -1.8], [0.0] * 5)
UNCLEAR = paired([-2.0, 2.1, -1.9, 2.2, 0.1], [0.0] * 5)
FEW = paired([2.0, 2.1], [0.0] * 2)


@pytest.mark.parametrize(
    ("p", "measure", "text"),
    [
        (BETTER, "accuracy", "After 5 epochs, dropout adds 2 points of accuracy"),
        (WORSE, "accuracy", "After 5 epochs, dropout costs 2 points of accuracy"),
        (WORSE, "loss", "After 5 epochs, dropout lowers the validation loss by 2"),
        (UNCLEAR, "accuracy", "After 5 epochs, there is no detectable difference in validation accuracy"),
        (FEW, "loss", "After 5 epochs, with 2 seeds, dropout raises the validation loss by 2"),
    ],
)
def test_the_finding_says_what_dropout_changes(p, measure, text):
    assert finding(p, measure, Recipe()).startswith(text)


def test_few_seeds_get_no_verdict():
    assert finding(FEW, "accuracy", Recipe()).endswith("A verdict needs at least five seeds.")
    assert "interval" not in interval_text(FEW, "accuracy")


def test_an_interval_that_includes_zero_is_shown_with_its_power():
    assert "5 seeds detect a difference of" in interval_text(UNCLEAR, "accuracy")
    assert "power" not in interval_text(BETTER, "accuracy") + interval_text(FEW, "accuracy")


def test_best_epochs_and_rate_zero_are_said():
    assert finding(BETTER, "accuracy", Recipe(patience=2)).startswith("At the best epochs, ")
    assert finding(BETTER, "accuracy", Recipe(rate=0.0)).startswith("At rate 0, ")
    assert question(Recipe(epochs=1)) == "Which net will classify more digits correctly after 1 epoch?"


@pytest.mark.parametrize(
    ("guess", "p", "end"),
    [
        ("dropout", BETTER, "with dropout – right"),
        ("none", BETTER, "without – wrong"),
        ("same", BETTER, "no difference – wrong"),
        ("same", UNCLEAR, "no difference – none detected"),
        ("dropout", UNCLEAR, "with dropout – undecided"),
        ("same", FEW, "no difference – undecided"),
    ],
)
def test_a_guess_is_answered_by_the_verdict(guess, p, end):
    assert answer(guess, p) == f"Your guess: {end}"


@pytest.mark.parametrize("guess", ["0", "1"])
def test_without_a_guess_there_is_no_answer(guess):
    assert answer(guess, BETTER) == ""


def test_a_run_is_placed_among_the_recorded_ones():
    assert landing(2.05, BETTER, "accuracy", mine=True).endswith(
        " points, a higher difference than 3 of the 5 recorded runs."
    )
    stored = landing(2.05, BETTER, "accuracy", mine=False)
    assert (
        stored == "A stored run of this recipe gives +2.05 points, a higher difference than 3 of the 5 recorded runs."
    )
