"""Bernoulli and Gaussian noise in our runs, compared with Srivastava et al. (2014)."""

import pandas as pd

from dropout_core.data.published import NOISE_ERRORS
from dropout_core.experiments.recipe import AFTER_RELU, DROPOUT
from dropout_core.reference.records import Record


def place_of_noise(record: Record) -> str:
    """State where the record's Gaussian noise acts if the paper's noise acts elsewhere; otherwise return ""."""
    if record.trials["Gaussian"].recipe.noise_at == AFTER_RELU:
        return ""
    return (
        "In these runs, the Gaussian noise acts *before* the ReLU. There, a negative factor makes a negative sum "
        "positive, so the neuron fires and its mean activation changes. In the paper, the noise multiplies "
        "activations *after* the ReLU, as does the noise in new comparisons on the Training page."
    )


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return the validation error (%) of the trials in NOISE_ERRORS.

    The columns are trial, mean, error (one standard error) and n.
    """
    by_trial = (100 - table.set_index("trial")["accuracy"]).groupby(level=0)
    rows = pd.DataFrame({"mean": by_trial.mean(), "error": by_trial.sem(), "n": by_trial.count()})
    return rows.loc[list(NOISE_ERRORS)].reset_index()


def published_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each kind of noise in NOISE_ERRORS, return its name, the paper's error (%) and our error (%)."""
    ours = errors(table)
    return [
        ("Bernoulli" if trial == DROPOUT else trial, f"{published:.2f} ± {spread:.2f}", f"{mean:.2f} ± {error:.2f}")
        for (trial, (published, spread)), mean, error in zip(
            NOISE_ERRORS.items(), ours["mean"], ours["error"], strict=True
        )
    ]


def times_published(table: pd.DataFrame) -> float:
    """Return the ratio of our mean error to the paper's mean error, over the kinds of noise in NOISE_ERRORS."""
    return errors(table)["mean"].mean() / (sum(error for error, _ in NOISE_ERRORS.values()) / len(NOISE_ERRORS))
