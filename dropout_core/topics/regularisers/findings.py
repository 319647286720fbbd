"""Findings on the regularisers, alone and with dropout, and the variance shift caused by dropout before batch norm."""

from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from dropout_core.common.text import decimals, listed, signed
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.masks import check_rate
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, by_case, improves
from dropout_core.reference.record_tables import compared, in_words, judged, runs
from dropout_core.reference.records import Record, load

NOTHING = "none"
L2, STOPPING = ("L2, 1e-4", "L2, 1e-3", "L2, 1e-2"), "early stopping"
NORM_FIRST, DROPOUT_FIRST = "batch norm, then dropout", "dropout, then batch norm"


def differences(record: Record) -> pd.DataFrame:
    """Format a table with one row per regulariser.

    The columns are its gain over the plain net, alone and with dropout, and the gain from adding dropout to it.
    """
    table, rows = runs(record), []
    for trial in record.trials:
        pairs = {
            "alone, against nothing": ((trial, NO_DROPOUT), (NOTHING, NO_DROPOUT)),
            "with dropout, against nothing": ((trial, DROPOUT), (NOTHING, NO_DROPOUT)),
            "what dropout adds to it": ((trial, DROPOUT), (trial, NO_DROPOUT)),
        }
        rows.append({"regulariser": trial} | {name: _cell(table, *pair) for name, pair in pairs.items()})
    return pd.DataFrame(rows).set_index("regulariser")


def _cell(table: pd.DataFrame, one: tuple[str, str], other: tuple[str, str]) -> str:
    if one == other:
        return "–"
    e = compared(table, "accuracy", one, other).estimate
    bold, n = "**" if e.sign else "", decimals(2, e.low, e.high)
    return f"{bold}{signed(e.value, n)}{bold} [{signed(e.low, n)},\N{NO-BREAK SPACE}{signed(e.high, n)}]"


def with_l2(record: Record, column: str) -> Finding:
    """Judge C10, that dropout with L2 beats either alone, by one measure.

    Each arm uses the L2 strength that performed best in it.
    """
    table, higher = runs(record), column == "accuracy"
    best, alone = (_best_strength(table, arm, column) for arm in (DROPOUT, NO_DROPOUT))
    others = {
        "dropout alone": (NOTHING, DROPOUT),
        f"the best L2 alone, {alone.removeprefix('L2, ')}": (alone, NO_DROPOUT),
    }
    differences = {name: compared(table, column, (best, DROPOUT), other) for name, other in others.items()}
    unit = "points" if higher else "nats"
    parts = [f"{in_words(p, unit, 2 if higher else 3)} against {name}" for name, p in differences.items()]
    verdict = all_of([improves(p, higher) for p in differences.values()])
    return Finding(verdict, f"{best} with dropout: {', '.join(parts)}")


def _best_strength(table: pd.DataFrame, arm: str, column: str) -> str:
    means = table[table["trial"].isin(L2) & (table["arm"] == arm)].groupby("trial")[column].mean()
    return str(means.idxmax() if column == "accuracy" else means.idxmin())


def stopping(record: Record, arm: str, column: str) -> Finding:
    """Judge C11, that early stopping saves time and stops before overfitting, in one arm and by one measure.

    It holds if stopped runs took fewer epochs and ended with a better validation "loss" or "accuracy".
    """
    tables = (judged(record.trials[name]) for name in (STOPPING, NOTHING))
    stopped, whole = (table[table["arm"] == arm] for table in tables)
    is_shorter = bool((stopped["epochs"].to_numpy() < whole["epochs"].to_numpy()).all())
    shorter = Verdict.HOLDS if is_shorter else Verdict.INCONCLUSIVE
    difference = paired(stopped[column].to_numpy(float), whole[column].to_numpy(float))
    unit, places = ("points", 2) if column == "accuracy" else ("nats", 3)
    sentence = (
        f"stopped after {stopped['epochs'].mean():.1f} of {whole['epochs'].max():.0f} epochs on average, with a "
        f"validation {column} of {stopped[column].mean():.{places}f} instead of {whole[column].mean():.{places}f}, "
        f"{in_words(difference, unit, places)}"
    )
    return Finding(all_of([shorter, improves(difference, column == "accuracy")]), sentence)


def l2_and_dropout() -> Finding:
    """Judge C10, that dropout with L2 beats either alone, by accuracy and by loss."""
    by_column = {column: with_l2(load("regularisers"), column) for column in ("accuracy", "loss")}
    sentence = "; ".join(f"by {column}: {each.sentence}" for column, each in by_column.items())
    return by_case({f"judged by {column}": each.verdict for column, each in by_column.items()}, sentence)


def early_stopping() -> Finding:
    """Judge C11, that early stopping saves time and stops before overfitting, by accuracy and by loss."""
    columns = ("accuracy", "loss")
    cases = [(arm, column) for column in columns for arm in ARMS]
    findings = {case: stopping(load("regularisers"), *case) for case in cases}
    sentence = "; ".join(f"{arm}, by {column}: {each.sentence}" for (arm, column), each in findings.items())
    verdicts = {f"judged by {column} and there is {arm}": each.verdict for (arm, column), each in findings.items()}
    fails = [c for c in columns if all(findings[arm, c].verdict is Verdict.DOES_NOT_HOLD for arm in ARMS)]
    whole = by_case(verdicts, sentence)
    return replace(whole, exception=f"by {listed(fails)}") if whole.condition and fails else whole


def order_of_norm(record: Record) -> Paired:
    """Compute the paired difference in accuracy (points): dropout before batch normalisation minus dropout after it."""
    return compared(runs(record), "accuracy", (DROPOUT_FIRST, DROPOUT), (NORM_FIRST, DROPOUT))


def variance_shift(z: Float[np.ndarray, "n units"], rate: float) -> Float[np.ndarray, "_"]:
    """Compute the ratio of each unit's variance in training, under inverted dropout, to its variance at inference.

    With masks independent of z, the ratio is (E[z²] / (1 − rate) − E[z]²) / Var z, as in Li et al. 2019. At rate 0 it
    is 1. Units with constant activity are left out.
    """
    mean, variance = z.mean(0), z.var(0)
    alive = variance > 1e-12
    training = (variance + mean**2) / (1 - check_rate(rate)) - mean**2
    return training[alive] / variance[alive]
