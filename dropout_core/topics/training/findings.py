"""Summarises a finished comparison in a table and in sentences computed from its numbers."""

import pandas as pd

from dropout_core.common.text import between, counted, fixed, mean_and_range, signed, span
from dropout_core.experiments.final_values import (
    ACCURACY,
    EVALUATED,
    LOSS,
    MASKS_ON,
    SECONDS,
    averaged,
    best_points,
    finals,
)
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.evidence import undetected
from dropout_core.numerics.statistics import FEWEST, Paired
from dropout_core.numerics.verdicts import COMPARISON_TEXT, TAKE_FIVE, Verdict, improves

PLACES = {ACCURACY: 2, SECONDS: 1}  # decimal places in the table; losses have 3
SAME = "At rate 0, nothing is dropped, so the two nets are identical and there is nothing to compare."
_NOISE = 1.1  # smaller ratios of run times are not reported, since runs share the cores


def shown_table(points: pd.DataFrame, runs: pd.DataFrame, best: bool = False) -> pd.DataFrame:
    """Format the final values as text, with one row per measure and one column per network.

    A cell is the value of a single seed, or the mean over several seeds with the lowest and the highest value.

    runs   arm, seed and seconds of the finished runs (see store.Comparison)
    """
    values = finals(points, best).assign(**{SECONDS: runs.set_index(["arm", "seed"])["seconds"]})
    cells = {
        (arm, name): mean_and_range(values[name].loc[arm].dropna(), PLACES.get(name, 3))
        for arm in ARMS
        if arm in values.index
        for name in map(str, values.columns)
    }
    shown = pd.Series(cells).unstack(0)
    return shown.loc[list(values.columns), [arm for arm in ARMS if arm in shown]].rename_axis(index="measure")


def read(table: pd.DataFrame, recipe: Recipe, by_seed: dict[str, Paired]) -> list[str]:
    """Describe a final table: which net is ahead, how much dropout adds to the loss, the gaps and the run time.

    Verdicts come from by_seed (see final_values.differences). Fewer than FEWEST seeds give means without any verdict.
    """
    if recipe.rate == recipe.input_rate == recipe.conv_rate == 0:
        return [SAME]
    when = _when(recipe)
    if by_seed[LOSS].n < FEWEST:
        mean = "mean " if by_seed[LOSS].n > 1 or averaged(recipe) else ""
        return [_accuracies(table, when, mean), f"{_gaps(table)}.", f"**{TAKE_FIVE}**"]
    verdicts = [
        _accuracies(table, when, "mean "),
        _accuracy_over_seeds(by_seed[ACCURACY]),
        _loss_over_seeds(by_seed[LOSS]),
    ]
    return [*verdicts, _masks(table), _gap_over_seeds(table, by_seed["gap"]), *_time(table, recipe)]


def _when(recipe: Recipe) -> str:
    """State at which epochs a run's final values were measured; see final_values.last_points()."""
    if recipe.patience:
        return "At the best epochs"
    epochs = counted(recipe.epochs, "epoch")
    return f"Over the last quarter of {epochs}" if averaged(recipe) else f"After {epochs}"


def stopping(points: pd.DataFrame, recipe: Recipe) -> str:
    """Describe when early stopping ended the runs, and which epochs were best."""
    best, parts = best_points(points), []
    for arm, name in ((NO_DROPOUT, "without dropout"), (DROPOUT, "with dropout")):
        ended = points[points["arm"] == arm].groupby("seed")["epoch"].max().round()
        kept = best.loc[best["arm"] == arm, "epoch"].round()
        parts.append(
            f"{name}, training stopped after epoch {span(ended)} of {recipe.epochs} (best epoch: {span(kept)})"
        )
    return (
        f"Early stopping: {'; '.join(parts)}. All numbers below are from the best epoch of each run, which has the "
        "lowest loss on all validation images. The nets are evaluated on the same images, so the numbers are slightly "
        "optimistic."
    )


def _accuracies(table: pd.DataFrame, when: str, mean: str) -> str:
    """State the accuracies without naming a winner, since only an interval can show which net is ahead.

    mean  "mean ", or "" if they are single values
    """
    none, drop = _by_arm(table, ACCURACY)
    return f"{when}, the {mean}validation accuracy is {none:.2f} % without dropout and {drop:.2f} % with dropout."


def _accuracy_over_seeds(p: Paired) -> str:
    mean = p.estimate
    return (
        f"Over {p.n} seeds, dropout changes the accuracy by {signed(mean.value, 2)} points on average (95 % interval "
        f"{between(mean.low, mean.high, 2)}){_size(p)}: "
        f"**{COMPARISON_TEXT[improves(p, True)]}**.{undetected(p, 'points')}"
    )


def _loss_over_seeds(p: Paired) -> str:
    mean = p.estimate
    return (
        f"Dropout changes the validation loss by {signed(mean.value, 3)} (95 % interval "
        f"{between(mean.low, mean.high, 3)}; lower is better){_size(p)}: **{COMPARISON_TEXT[improves(p, False)]}**."
        f"{undetected(p, 'nats')}"
    )


def _size(p: Paired) -> str:
    """Describe the effect size relative to the spread of the paired differences.

    The usual thresholds do not apply, since they are meant for independent groups.
    """
    if p.effect is None:
        return ""
    size = abs(p.effect)
    compared = "well beyond" if size >= 2 else "more than" if size >= 1 else "less than"
    return f", {compared} its spread from seed to seed (effect size {size:.1f}, corrected for the small sample)"


def _by_arm(table: pd.DataFrame, column: str) -> tuple[float, float]:
    """Return a column's values without and with dropout."""
    return float(table[column][NO_DROPOUT]), float(table[column][DROPOUT])


def _masks(table: pd.DataFrame) -> str:
    (none_on, on), (none_off, off) = _by_arm(table, MASKS_ON), _by_arm(table, EVALUATED)
    losses = f"The dropout net's training loss is {on:.3f} with masks on and {off:.3f} in evaluation mode."
    # In both nets, the loss with masks on is averaged over a quarter of an epoch, while the net is still learning.
    # We therefore compare lags rather than losses.
    lag, left = on - none_on, off - none_off
    if lag <= 0:
        return losses
    cause = ": most of what looks like slow learning is due to the masks themselves" if left < lag / 2 else ""
    numbers = f"{fixed(lag, 3)} with masks on and by {fixed(left, 3)} in evaluation mode"
    return f"{losses} It exceeds the other net's training loss by {numbers}{cause}."


def _gap_over_seeds(table: pd.DataFrame, p: Paired) -> str:
    text = {
        Verdict.HOLDS: "the gap is smaller with dropout",
        Verdict.DOES_NOT_HOLD: "the gap is larger with dropout",
        Verdict.INCONCLUSIVE: "there is no detectable difference in the gap",
    }
    mean, verdict = p.estimate, improves(p, higher_is_better=False)
    interval = f"95 % interval {between(mean.low, mean.high, 3)}"
    difference = f"The difference is {signed(mean.value, 3)} ({interval}): {text[verdict]}."
    return f"{_gaps(table)}. {difference}{undetected(p, 'nats')}"


def _gaps(table: pd.DataFrame) -> str:
    none, drop = _by_arm(table, "gap")
    return (
        f"The gap between validation and training loss, both in evaluation mode, is {signed(none, 3)} without dropout "
        f"and {signed(drop, 3)} with dropout"
    )


def _time(table: pd.DataFrame, recipe: Recipe) -> list[str]:
    """Compare the run times if they differ by more than noise and no run could stop early."""
    none, drop = _by_arm(table, SECONDS)
    if recipe.patience or max(none, drop) < _NOISE * min(none, drop):
        return []
    return [
        f"A run with dropout took {drop:.1f} s, and a run without dropout took {none:.1f} s. The ratio is "
        f"{drop / none:.2f}. Runs share the processor's cores, so this is only a rough comparison."
    ]
