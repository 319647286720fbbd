"""Test the sentences about final values and training images against the experiments."""

import pytest

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.reference import run_text


def recipes(name):
    return [trial.recipe for trial in EXPERIMENTS[name].trials]


@pytest.mark.parametrize(
    ("name", "says", "not_said"),
    [
        ("widths", "last quarter", "last epoch"),
        ("article", "those after the last epoch", "quarter"),
        ("sizes", "or those after the last epoch for runs of fewer than 20 epochs", "early stopping"),
        ("regularisers", "last quarter of the epochs; with early stopping, those of the weights kept", "last epoch"),
    ],
)
def test_final_values_are_named(name, says, not_said):
    text = run_text.final_values(recipes(name))
    assert says in text
    assert not_said not in text


def test_only_drawn_images_differ_from_seed_to_seed():
    assert run_text.training_images(recipes("drawn")) == "Each seed draws its own training images."
    assert "the same training images" in run_text.training_images(recipes("widths"))
