"""The reading of a finished comparison, in words that follow from its numbers."""

from dataclasses import dataclass

import pandas as pd
from scipy.stats import binomtest

from .recipe import ARMS, DROPOUT, NO_DROPOUT
from .stats import VERDICTS, Paired, paired, verdict

PLACES = {"validation accuracy, %": 2, "run time, s": 1}  # decimals in the table; 3 for the losses


@dataclass(frozen=True)
class Disagreement:
    """How many validation images only one of the two nets got right, and of how many in all."""

    only_no_dropout: int
    only_dropout: int
    images: int

    @property
    def p_value(self) -> float:
        """Exact McNemar test: how likely a split at least so uneven is if neither net is better on such images."""
        n = self.only_no_dropout + self.only_dropout
        return float(binomtest(self.only_dropout, n).pvalue) if n else 1.0


def finals(points: pd.DataFrame) -> pd.DataFrame:
    """One row a run, by (arm, seed): the last values of its curves, and the gap in evaluation mode."""
    last = points.sort_values("step").groupby(["arm", "seed"]).tail(1).set_index(["arm", "seed"])
    columns = {
        "training loss, masks on": last["epoch_loss"],
        "training loss, evaluation mode": last["eval_loss"],
        "validation loss": last["full_val_loss"],
        "gap": last["full_val_loss"] - last["eval_loss"],
        "validation accuracy, %": last["full_val_accuracy"],
    }
    return pd.DataFrame(columns)


def final_table(points: pd.DataFrame, seconds: dict[str, float]) -> pd.DataFrame:
    """One row an arm: means over the seeds of finals(points), and the run time in seconds."""
    table = finals(points).groupby("arm").mean()
    table["run time, s"] = pd.Series(seconds)
    return table.loc[[arm for arm in ARMS if arm in table.index]].rename_axis("network")


def shown_table(points: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The final table in words for the eye: a measure a row, a network a column.

    runs   arm, seed and seconds of the finished runs (see store.Comparison)
    Over several seeds a cell is mean ± standard deviation from seed to seed, over one the value itself.
    """
    values = finals(points).assign(**{"run time, s": runs.set_index(["arm", "seed"])["seconds"]})
    cells = {
        (arm, name): _cell(values.loc[arm, name], PLACES.get(name, 3))
        for arm in ARMS
        if arm in values.index
        for name in values
    }
    shown = pd.Series(cells).unstack(0)
    return shown.loc[list(values.columns), [arm for arm in ARMS if arm in shown]].rename_axis(index="measure")


def _cell(values: pd.Series, places: int) -> str:
    mean = f"{values.mean():.{places}f}"
    return f"{mean} ± {values.std():.{places}f}" if values.count() > 1 else mean


def differences(points: pd.DataFrame) -> dict[str, Paired]:
    """Dropout against no dropout by seed, for each column of finals; of the seeds that both have finished."""
    by_arm = finals(points).unstack("arm").dropna()
    return {
        name: paired(by_arm[name, DROPOUT].to_list(), by_arm[name, NO_DROPOUT].to_list())
        for name in by_arm.columns.get_level_values(0).unique()
    }


def read(
    table: pd.DataFrame,
    epochs: float,
    disagreement: Disagreement | None = None,
    by_seed: dict[str, Paired] | None = None,
) -> list[str]:
    """Sentences on a final table: who is ahead and what that is worth, the masks' share of the loss, gaps, time.

    by_seed (see differences) makes the verdict where there are several seeds, disagreement where there is one.
    """
    if by_seed is None or by_seed["validation loss"].n < 2:
        worth = [] if disagreement is None else [_worth(disagreement)]
        return [_ahead(table, epochs), *worth, _masks(table), _gap(table), _time(table)]
    accuracy, loss = by_seed["validation accuracy, %"], by_seed["validation loss"]
    worth = [_means(table, epochs), _over_seeds(accuracy), _loss_over_seeds(loss)]
    return [*worth, _masks(table), _gap_over_seeds(table, by_seed["gap"]), _time(table)]


def _means(table: pd.DataFrame, epochs: float) -> str:
    """Both means, and nobody ahead: that is for the interval to say."""
    none, drop = (table.loc[arm, "validation accuracy, %"] for arm in (NO_DROPOUT, DROPOUT))
    return (
        f"{_after(epochs)} the nets without dropout get {none:.2f} % of the validation images right on average, those "
        f"with dropout {drop:.2f} %."
    )


def _over_seeds(p: Paired) -> str:
    return (
        f"Over {p.n} seeds, dropout changes the accuracy by {p.mean:+.2f} points on average (95 % interval "
        f"{p.low:+.2f} to {p.high:+.2f}, by bootstrap {p.boot_low:+.2f} to {p.boot_high:+.2f}){_size(p)}: "
        f"**{verdict(p, True)}**."
    )


def _loss_over_seeds(p: Paired) -> str:
    return (
        f"It changes the validation loss by {p.mean:+.3f} (95 % interval {p.low:+.3f} to {p.high:+.3f}; lower is "
        f"better){_size(p)}: **{verdict(p, False)}**."
    )


def _size(p: Paired) -> str:
    """The effect size in words. It measures a change by its own spread: no rule of thumb for groups of people fits."""
    if p.effect is None:
        return ""
    size = abs(p.effect)
    compared = "well beyond" if size >= 2 else "more than" if size >= 1 else "less than"
    return f", {compared} its own spread from seed to seed ({size:.1f} standard deviations)"


def _after(epochs: float) -> str:
    return f"After {epochs:g} epoch{'s' * (epochs != 1)}"


def _ahead(table: pd.DataFrame, epochs: float) -> str:
    none, drop = (table.loc[arm, "validation accuracy, %"] for arm in (NO_DROPOUT, DROPOUT))
    start = f"{_after(epochs)} the net without dropout gets {none:.2f} % of the validation images right, "
    if none == drop:
        return start + "the net with dropout exactly as many."
    ahead = DROPOUT if drop > none else NO_DROPOUT
    return f"{start}the net with dropout {drop:.2f} %: {ahead} is ahead by {abs(drop - none):.2f} points."


def _worth(d: Disagreement) -> str:
    if d.only_no_dropout + d.only_dropout == 0:
        return "The two nets get exactly the same images right."
    counts = (
        f"{d.only_no_dropout} images only the net without dropout gets right, {d.only_dropout} only the one with it"
    )
    if d.p_value < 0.05:
        return (
            f"{counts}: a split that chance alone would hardly make (p = {_p(d.p_value)}), so these two nets differ. "
            "But this is one pair of runs: another seed gives other nets."
        )
    return f"{counts}: chance alone may well make such a split (p = {_p(d.p_value)}). This pair of runs cannot tell."


def _masks(table: pd.DataFrame) -> str:
    on, off = table.loc[DROPOUT, "training loss, masks on"], table.loc[DROPOUT, "training loss, evaluation mode"]
    said = f"The dropout net's training loss is {on:.3f} with masks on and {off:.3f} without."
    # Both nets' masks-on losses are means over an epoch of learning, so it is their lags that can be compared.
    lag = on - table.loc[NO_DROPOUT, "training loss, masks on"]
    left = off - table.loc[NO_DROPOUT, "training loss, evaluation mode"]
    if lag <= 0:
        return said
    cause = ": most of what looks like slow learning is the masks themselves" if left < lag / 2 else ""
    return f"{said} Its lag behind the other net is {lag:.3f} with masks on and {left:.3f} in evaluation mode{cause}."


def _gap(table: pd.DataFrame) -> str:
    compared = "smaller" if table.loc[DROPOUT, "gap"] < table.loc[NO_DROPOUT, "gap"] else "no smaller"
    return f"{_gaps(table)}: the gap is {compared} with dropout."


def _gap_over_seeds(table: pd.DataFrame, p: Paired) -> str:
    sides = (f"the gap is {word} with dropout" for word in ("smaller", "larger"))
    said = dict(zip(VERDICTS, (*sides, "in which of them the gap is smaller, these runs cannot tell"), strict=True))
    found = said[verdict(p, higher_is_better=False)]
    return f"{_gaps(table)}. The difference is {p.mean:+.3f} (95 % interval {p.low:+.3f} to {p.high:+.3f}): {found}."


def _gaps(table: pd.DataFrame) -> str:
    none, drop = (table.loc[arm, "gap"] for arm in (NO_DROPOUT, DROPOUT))
    return (
        f"From training to validation, both in evaluation mode, the loss rises by {none:+.3f} without dropout and by "
        f"{drop:+.3f} with it"
    )


def _time(table: pd.DataFrame) -> str:
    none, drop = (table.loc[arm, "run time, s"] for arm in (NO_DROPOUT, DROPOUT))
    return f"Dropout took {drop:.1f} s, no dropout {none:.1f} s: {drop / none:.2f} times as long."


def _p(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else "less than 0.01"
