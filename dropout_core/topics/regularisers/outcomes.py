"""The effect of each method alone, and how adding dropout changes the results."""

import numpy as np
import pandas as pd

from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence, power_range
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
    """Compute the change when dropout is added to a method."""
    return compared(table, column, (trial, DROPOUT), (trial, NO_DROPOUT))


def headline(table: pd.DataFrame) -> str:
    """State the best method's gain alone, and the change when dropout is added to that method."""
    alone, best = _gains_alone(table), _best(table)
    p = added(table, best)
    change = {1: f"adds another {p.mean:.1f}", -1: f"costs {-p.mean:.1f} of them", 0: "makes no detectable difference"}
    return f"{best.capitalize()} alone adds {alone[best]:.1f} points of accuracy. Dropout on top {change[p.sign]}"


def dropout_on_top(table: pd.DataFrame) -> str:
    """State for how many methods dropout improves or worsens accuracy and loss, before and after Holm's correction."""
    trials = [*dict.fromkeys(table["trial"])]
    parts, uncorrected = [], []
    for column, better in (("accuracy", 1), ("loss", -1)):
        pairs = [added(table, trial, column) for trial in trials]
        differs = holm(p_values(np.array([p.differences for p in pairs])))
        single = [p.sign for p in pairs]
        corrected = [int(np.sign(p.mean)) if sure else 0 for p, sure in zip(pairs, differs, strict=True)]
        gains, losses = (corrected.count(sign) for sign in (better, -better))
        parts.append(f"improves {column} in {gains} of {len(trials)} rows and worsens it in {losses}")
        uncorrected.append(f"{single.count(better)} and {single.count(-better)}")
    return (
        f"Adding dropout {'; it '.join(parts)}. This is after Holm’s correction for {len(trials)} comparisons, without "
        "which about one interval in twenty misses the true value by chance: the counts would be "
        f"{' and, for loss, '.join(uncorrected)}."
    )


def dropout_alone(table: pd.DataFrame) -> str:
    """State what dropout alone changes, by accuracy and by loss."""
    accuracy, loss = (added(table, NOTHING, column) for column in ("accuracy", "loss"))
    changes = {1: "raises accuracy", -1: "lowers accuracy", 0: "does not detectably change accuracy"}
    also = {-1: "lowers the loss", 1: "raises the loss", 0: "does not detectably change the loss"}
    but = "but" if accuracy.sign != -loss.sign else "and"
    return (
        f"**Dropout alone {changes[accuracy.sign]} here**: {in_words(accuracy, 'points')}, {but} it {also[loss.sign]}: "
        f"{in_words(loss, 'nats')}."
    )


def what_is_left(table: pd.DataFrame) -> str:
    """State how much the plain net and the best method alone overfit: dropout can reduce only what remains."""
    gaps = table[table["arm"] == NO_DROPOUT].groupby("trial")["gap"].mean()
    best = _best(table)
    return (
        "Dropout can only reduce the overfitting that remains. Measured as validation minus training loss, it is "
        f"{gaps[NOTHING]:.2f} nats in the plain net and {gaps[best]:.2f} nats with {best} alone."
    )


def _best(table: pd.DataFrame) -> str:
    """Return the method with the highest accuracy alone."""
    return str(_gains_alone(table).idxmax())


def _gains_alone(table: pd.DataFrame) -> pd.Series:
    return changes(table).query("arm == @NO_DROPOUT").set_index("trial")["change"]


def outcome(table: pd.DataFrame, trial: str, arm: str) -> str:
    """Describe the recorded outcome of a method with or without dropout, with intervals."""
    mean = table[(table["trial"] == trial) & (table["arm"] == arm)][["accuracy", "loss"]].mean()
    result = f"{mean['accuracy']:.2f} % of unseen images classified correctly, loss {mean['loss']:.3f}"
    change = compared(table, "accuracy", (trial, arm), (NOTHING, NO_DROPOUT))
    if (trial, arm) == (NOTHING, NO_DROPOUT):
        return f"**The plain net**: {result}."
    name = {NOTHING: "dropout alone"}.get(trial, trial + (" with dropout" if arm == DROPOUT else " alone"))
    on_top = (
        f" Adding dropout to this method: {_in_points(added(table, trial))}."
        if arm == DROPOUT and trial != NOTHING
        else ""
    )
    return f"**{name[:1].upper()}{name[1:]}**: compared with the plain net, {_in_points(change)}; {result}.{on_top}"


def power(table: pd.DataFrame) -> str:
    """State which changes in accuracy and loss the seeds detect when dropout is added to a method."""
    units = {"accuracy": "points", "loss": "nats"}
    found = {
        column: [Evidence("", column, unit, added(table, trial, column)) for trial in dict.fromkeys(table["trial"])]
        for column, unit in units.items()
    }
    return f"{'; '.join(f'by {column}, {power_range(each)}' for column, each in found.items())}"


def _in_points(p: Paired) -> str:
    doubt = "" if p.sign else f", no detectable difference ({Evidence('', 'accuracy', 'points', p).power_text})"
    return f"{in_words(p, 'points')}{doubt}"
