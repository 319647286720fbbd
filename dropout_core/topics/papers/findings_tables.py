"""Results for the paper's tables: chart rows from the paper and from our runs, and verdicts on the paper's claims."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropout_core.common.text import signed
from dropout_core.data import published as theirs
from dropout_core.experiments.recipe import AFTER_RELU, ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.verdicts import Finding
from dropout_core.reference.record_tables import compared
from dropout_core.reference.records import Record
from dropout_core.topics.papers.findings import errors, judged, paper_and_ours, points

NOISES = {"dropout": "Bernoulli", "Gaussian": "Gaussian"}  # maps our trials to the names in Table 10
INITIAL_NORM = 3**-0.5  # norm of a unit's initial incoming weights, which are uniform on ±1/√n


def ladder(pairs: Sequence[tuple[str, str, float, float, float]]) -> pd.DataFrame:
    """Build a table of published results for trial_dots.rows from tuples (trial, arm, mean, low, high)."""
    return pd.DataFrame(pairs, columns=["trial", "arm", "mean", "low", "high"])


def table_9_rows() -> pd.DataFrame:
    return ladder([(name, arm, error, np.nan, np.nan) for name, arm, error in theirs.TABLE_9])


def table_10_rows() -> pd.DataFrame:
    errors = theirs.NOISE_ERRORS.items()
    return ladder([(NOISES[trial], DROPOUT, mean, mean - by, mean + by) for trial, (mean, by) in errors])


def of_trials(record: Record, names: dict[str, str]) -> pd.DataFrame:
    """Return errors(record) for the trials in names only, renamed and in the order of names."""
    table = errors(record)
    parts = [table[table["trial"] == trial].assign(trial=name) for trial, name in names.items()]
    return pd.concat(parts, ignore_index=True)


def regularisers(record: Record) -> dict[str, str]:
    """Select the trials with the regularisers of Table 9. Maps each name to itself, for of_trials."""
    return {label: label for label in record.trials if label.startswith(("none", "L2", "max-norm"))}


def table_9(record: Record) -> list[Finding]:
    table, claims = errors(record), []
    best = {kind: {arm: _least(table, kind, arm) for arm in ARMS} for kind in ("L2", "max-norm")}
    for kind, by_arm in best.items():
        p = compared(table, "error", (by_arm[DROPOUT], DROPOUT), (by_arm[NO_DROPOUT], NO_DROPOUT))
        unlike = _other_limit(*by_arm.values()) if kind == "max-norm" else ""
        sentence = paper_and_ours(f"dropout improves {kind}", f"with dropout, {points(p)}")
        claims.append(judged(p, -1, f"{sentence}.", unlike))
    for arm, words in ((NO_DROPOUT, "max-norm beats L2"), (DROPOUT, "with dropout, max-norm beats L2")):
        norm, l2 = best["max-norm"][arm], best["L2"][arm]
        p = compared(table, "error", (norm, arm), (l2, arm))
        ours = f"{norm} compared with {l2}, {points(p)}{_tight(norm)}"
        claims.append(judged(p, -1, f"{paper_and_ours(words, ours)}.", _other_limit(norm)))
    return claims


def _other_limit(*norms: str) -> str:
    """State that a max-norm is not the paper's, or return an empty string."""
    limits = {float(norm.removeprefix("max-norm ")) for norm in norms} - {theirs.MAX_NORM}
    ours = " and ".join(f"{limit:g}" for limit in sorted(limits))
    return f"The paper’s limit was {theirs.MAX_NORM:g}; ours was {ours}." if limits else ""


def _tight(norm: str) -> str:
    """Return a note if this max-norm constraint is active from the first step, and otherwise an empty string."""
    bound = float(norm.removeprefix("max-norm "))
    return (
        f"; this limit is below {INITIAL_NORM:.2f}, the norm of PyTorch's initial weights"
        if bound < INITIAL_NORM
        else ""
    )


def _least(table: pd.DataFrame, kind: str, arm: str) -> str:
    """Find the trial with the lowest mean error among the runs with this kind of regulariser in this arm."""
    ours = table[table["trial"].str.startswith(kind) & (table["arm"] == arm)]
    return str(ours.groupby("trial")["error"].mean().idxmin())


def table_10(record: Record) -> list[Finding]:
    p = compared(errors(record), "error", ("Gaussian", DROPOUT), ("dropout", DROPOUT))
    gain = theirs.NOISE_ERRORS["Gaussian"][0] - theirs.NOISE_ERRORS["dropout"][0]
    sentence = f"{paper_and_ours(f'Gaussian minus Bernoulli, {signed(gain, 2)}', points(p))}."
    before = (
        "Our noise acts before the ReLU, which changes the mean activation, whereas the paper’s noise multiplies "
        "activations after the ReLU."
    )
    return [judged(p, -1, sentence, "" if record.trials["Gaussian"].recipe.noise_at == AFTER_RELU else before)]
