"""What each method changes alone, and what dropout adds to it or takes from it."""

import numpy as np
import pandas as pd

from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.multiple import holm, p_values
from dropout_core.numerics.statistics import Paired
from dropout_core.reference.record_tables import compared, in_words
from dropout_core.topics.regularisers.findings import NOTHING


def changes(table: pd.DataFrame, column: str = "accuracy") -> pd.DataFrame:
    """Return how each net of `runs(record)` differs from the plain net, with one row per method and arm.

    The columns are trial, arm, change, low and high. The plain net itself has change 0 and no interval.
    """
    rows = []
    for trial in dict.fromkeys(table["trial"]):
        for arm in ARMS:
            p = compared(table, column, (trial, arm), (NOTHING, NO_DROPOUT))
            plain = (trial, arm) == (NOTHING, NO_DROPOUT)
            low, high = (None, None) if plain else (p.low, p.high)
            rows.append({"trial": trial, "arm": arm, "change": p.mean, "low": low, "high": high})
    return pd.DataFrame(rows)


def added(table: pd.DataFrame, trial: str, column: str = "accuracy") -> Paired:
    """Compute what dropout changes when it is added to a method."""
    return compared(table, column, (trial, DROPOUT), (trial, NO_DROPOUT))


def headline(table: pd.DataFrame) -> str:
    """State what the best method gains alone, and what dropout changes when it is added to it."""
    alone = changes(table).query("arm == @NO_DROPOUT").set_index("trial")["change"]
    best = str(alone.idxmax())
    p = added(table, best)
    change = {1: f"adds another {p.mean:.1f}", -1: f"costs {-p.mean:.1f} of them", 0: "makes no detectable difference"}
    return f"{best.capitalize()} alone gains {alone[best]:.1f} points of accuracy. Dropout on top {change[p.sign]}"


def dropout_on_top(table: pd.DataFrame) -> str:
    """Say for how many methods dropout detectably improves or worsens accuracy and loss (Holm's correction)."""
    trials = [*dict.fromkeys(table["trial"])]
    parts = []
    for column in ("accuracy", "loss"):
        pairs = [added(table, trial, column) for trial in trials]
        differs = holm(p_values(np.array([p.differences for p in pairs])))
        signs = [int(np.sign(p.mean)) for p, is_sure in zip(pairs, differs, strict=True) if is_sure]
        better = 1 if column == "accuracy" else -1
        parts.append(
            f"improves {column} in {signs.count(better)} of {len(trials)} rows, worsens it in {signs.count(-better)}"
        )
    return f"Dropout on top {'; '.join(parts)}."


def outcome(table: pd.DataFrame, trial: str, arm: str) -> str:
    """Describe the recorded outcome of a method with or without dropout, with intervals."""
    mean = table[(table["trial"] == trial) & (table["arm"] == arm)][["accuracy", "loss"]].mean()
    result = f"{mean['accuracy']:.2f} % of unseen images read right, loss {mean['loss']:.3f}"
    change = compared(table, "accuracy", (trial, arm), (NOTHING, NO_DROPOUT))
    if (trial, arm) == (NOTHING, NO_DROPOUT):
        return f"**The plain net**: {result}."
    name = {NOTHING: "dropout alone"}.get(trial, trial + (" with dropout" if arm == DROPOUT else " alone"))
    on_top = f" Adding dropout to it: {_in_points(added(table, trial))}." if arm == DROPOUT and trial != NOTHING else ""
    return f"**{name[:1].upper()}{name[1:]}**: {_in_points(change)} against the plain net; {result}.{on_top}"


def _in_points(p: Paired) -> str:
    doubt = "" if p.sign else ", no detectable difference"
    return f"{in_words(p, 'points')}{doubt}"
