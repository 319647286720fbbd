"""The reading of a finished comparison, in words that follow from its numbers."""

from dataclasses import dataclass

import pandas as pd
from scipy.special import bdtr

from dropout_core.common.text import between, counted, fixed, share, signed, span
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import COMPARISON_TEXT, Verdict, improves

MASKS_ON = "training loss, masks on, last quarter epoch"
EVALUATED = "training loss, evaluation mode"
SHORT = {EVALUATED: "train_loss", "validation loss": "loss", "validation accuracy, %": "accuracy"}  # gap stays gap
PLACES = {"validation accuracy, %": 2, "run time, s": 1}  # decimals in the table; 3 for the losses
SAME = "At rate 0 nothing is dropped: both nets are one and the same, trained twice, and there is nothing to compare."
_NOISE = 1.1  # runs share the cores: what differs by less than this factor in time is not worth a sentence


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
        fewer = min(self.only_no_dropout, self.only_dropout)
        return min(1.0, 2 * float(bdtr(fewer, n, 0.5))) if n else 1.0  # both tails: the split by chance is symmetric


def finals(points: pd.DataFrame, best: bool = False) -> pd.DataFrame:
    """One row a run, by (arm, seed): the last values of its curves, and the gap in evaluation mode.

    best   at the epoch of the lowest loss on all validation images instead, whose weights early stopping keeps
    """
    last = (_best(points) if best else points.sort_values("step").groupby(["arm", "seed"]).tail(1)).set_index(
        ["arm", "seed"]
    )
    columns = {
        MASKS_ON: last["train_loss"],  # not the epoch's mean: the weights of half an epoch ago are others
        EVALUATED: last["eval_loss"],
        "validation loss": last["full_val_loss"],
        "gap": last["full_val_loss"] - last["eval_loss"],
        "validation accuracy, %": last["full_val_accuracy"],
    }
    return pd.DataFrame(columns)


def short_finals(points: pd.DataFrame, best: bool = False) -> pd.DataFrame:
    """finals(points, best) by the short names of columns that records and sweeps use: SHORT's."""
    return finals(points, best).rename(columns=SHORT)


def _best(points: pd.DataFrame) -> pd.DataFrame:
    """One point a run: the first with its lowest loss on all validation images."""
    full = points.dropna(subset="full_val_loss").sort_values("step")
    return full.loc[full.groupby(["arm", "seed"])["full_val_loss"].idxmin()]


def final_table(points: pd.DataFrame, seconds: dict[str, float], best: bool = False) -> pd.DataFrame:
    """One row an arm: means over the seeds of finals(points, best), and the run time in seconds."""
    table = finals(points, best).groupby("arm").mean()
    table["run time, s"] = pd.Series(seconds)
    return table.loc[[arm for arm in ARMS if arm in table.index]].rename_axis("network")


def shown_table(points: pd.DataFrame, runs: pd.DataFrame, best: bool = False) -> pd.DataFrame:
    """The final table in words for the eye: a measure a row, a network a column.

    runs   arm, seed and seconds of the finished runs (see store.Comparison)
    Over several seeds a cell is mean ± standard deviation from seed to seed, over one the value itself.
    """
    values = finals(points, best).assign(**{"run time, s": runs.set_index(["arm", "seed"])["seconds"]})
    cells = {
        (arm, name): _cell(values.loc[arm, name], PLACES.get(name, 3))
        for arm in ARMS
        if arm in values.index
        for name in values
    }
    shown = pd.Series(cells).unstack(0)
    return shown.loc[list(values.columns), [arm for arm in ARMS if arm in shown]].rename_axis(index="measure")


def _cell(values: pd.Series, places: int) -> str:
    mean = fixed(values.mean(), places)
    return f"{mean} ± {values.std():.{places}f}" if values.count() > 1 else mean


def differences(points: pd.DataFrame, best: bool = False) -> dict[str, Paired]:
    """Dropout against no dropout by seed, for each column of finals; of the seeds that both have finished."""
    by_arm = finals(points, best).unstack("arm").dropna()
    return {
        name: paired(by_arm[name, DROPOUT].to_list(), by_arm[name, NO_DROPOUT].to_list())
        for name in by_arm.columns.get_level_values(0).unique()
    }


def read(
    table: pd.DataFrame,
    recipe: Recipe,
    disagreement: Disagreement | None = None,
    by_seed: dict[str, Paired] | None = None,
) -> list[str]:
    """Sentences on a final table: who is ahead and what that is worth, the masks' share of the loss, gaps, time.

    by_seed (see differences) makes the verdict where there are several seeds, disagreement where there is one.
    """
    if recipe.rate == recipe.input_rate == recipe.conv_rate == 0:
        return [SAME]
    when = _when(recipe)
    if by_seed is None or by_seed["validation loss"].n < 2:
        worth = [] if disagreement is None else [_worth(disagreement)]
        return [_ahead(table, when), *worth, _masks(table), _gap(table), *_time(table, recipe)]
    accuracy, loss = by_seed["validation accuracy, %"], by_seed["validation loss"]
    worth = [_means(table, when), _over_seeds(accuracy), _loss_over_seeds(loss)]
    return [*worth, _masks(table), _gap_over_seeds(table, by_seed["gap"]), *_time(table, recipe)]


def stopping(points: pd.DataFrame, recipe: Recipe) -> str:
    """Where early stopping ended the runs, and which epochs it chose."""
    best, said = _best(points), []
    for arm, name in ((NO_DROPOUT, "without dropout"), (DROPOUT, "with dropout")):
        ended = points[points["arm"] == arm].groupby("seed")["epoch"].max().round()
        chosen = best.loc[best["arm"] == arm, "epoch"].round()
        said.append(
            f"{name} training ended after epoch {span(ended)} of {recipe.epochs}, the best being {span(chosen)}"
        )
    return (
        f"Early stopping: {'; '.join(said)}. All that follows is of the best epochs, those of the lowest loss on all "
        "validation images. They are chosen on the images that they are judged by, and so a little flattered."
    )


def _means(table: pd.DataFrame, when: str) -> str:
    """Both means, and nobody ahead: that is for the interval to say."""
    none, drop = (table.loc[arm, "validation accuracy, %"] for arm in (NO_DROPOUT, DROPOUT))
    return (
        f"{when} the nets without dropout get {none:.2f} % of the validation images right on average, those "
        f"with dropout {drop:.2f} %."
    )


def _over_seeds(p: Paired) -> str:
    return (
        f"Over {p.n} seeds, dropout changes the accuracy by {signed(p.mean, 2)} points on average (95 % interval "
        f"{between(p.low, p.high, 2)}, by bootstrap {between(p.boot_low, p.boot_high, 2)}){_size(p)}: "
        f"**{COMPARISON_TEXT[improves(p, True)]}**."
    )


def _loss_over_seeds(p: Paired) -> str:
    return (
        f"It changes the validation loss by {signed(p.mean, 3)} (95 % interval {between(p.low, p.high, 3)}; lower is "
        f"better){_size(p)}: **{COMPARISON_TEXT[improves(p, False)]}**."
    )


def _size(p: Paired) -> str:
    """The effect size in words. It measures a change by its own spread: no rule of thumb for groups of people fits."""
    if p.effect is None:
        return ""
    size = abs(p.effect)
    compared = "well beyond" if size >= 2 else "more than" if size >= 1 else "less than"
    return f", {compared} its own spread from seed to seed (effect size {size:.1f}, corrected for few seeds)"


def _when(recipe: Recipe) -> str:
    return "At their best epochs" if recipe.patience else f"After {counted(recipe.epochs, 'epoch')}"


def _ahead(table: pd.DataFrame, when: str) -> str:
    none, drop = (table.loc[arm, "validation accuracy, %"] for arm in (NO_DROPOUT, DROPOUT))
    start = f"{when} the net without dropout gets {none:.2f} % of the validation images right, "
    if none == drop:
        return start + "the net with dropout exactly as many."
    ahead = "with" if drop > none else "without"
    return (
        f"{start}the net with dropout {drop:.2f} %: the net {ahead} dropout is ahead by {abs(drop - none):.2f} points."
    )


def _worth(d: Disagreement) -> str:
    if d.only_no_dropout + d.only_dropout == 0:
        return "The two nets get exactly the same images right."
    said = (
        f"{counted(d.only_no_dropout, 'image')} only the net without dropout gets right, {d.only_dropout:,} only the "
        f"one with it. Chance alone makes a split at least so uneven in {share(d.p_value)} of cases: "
    )
    if d.p_value < 0.05:
        return f"{said}these two nets differ. But this is one pair of runs, and another seed gives other nets."
    return f"{said}this pair of runs cannot tell."


def _masks(table: pd.DataFrame) -> str:
    on, off = table.loc[DROPOUT, MASKS_ON], table.loc[DROPOUT, EVALUATED]
    said = f"The dropout net's training loss is {on:.3f} with masks on and {off:.3f} without."
    # Both nets' masks-on losses are means over a quarter of an epoch of learning: it is lags that can be compared.
    lag = on - table.loc[NO_DROPOUT, MASKS_ON]
    left = off - table.loc[NO_DROPOUT, EVALUATED]
    if lag <= 0:
        return said
    cause = ": most of what looks like slow learning is the masks themselves" if left < lag / 2 else ""
    numbers = f"{fixed(lag, 3)} with masks on and {fixed(left, 3)} in evaluation mode"
    return f"{said} Its lag behind the other net is {numbers}{cause}."


def _gap(table: pd.DataFrame) -> str:
    compared = "smaller" if table.loc[DROPOUT, "gap"] < table.loc[NO_DROPOUT, "gap"] else "no smaller"
    return f"{_gaps(table)}: the gap is {compared} with dropout."


def _gap_over_seeds(table: pd.DataFrame, p: Paired) -> str:
    text = {
        Verdict.HOLDS: "the gap is smaller with dropout",
        Verdict.DOES_NOT_HOLD: "the gap is larger with dropout",
        Verdict.INCONCLUSIVE: "no detectable difference",
    }
    found = text[improves(p, higher_is_better=False)]
    return (
        f"{_gaps(table)}. The difference is {signed(p.mean, 3)} (95 % interval {between(p.low, p.high, 3)}): {found}."
    )


def _gaps(table: pd.DataFrame) -> str:
    none, drop = (table.loc[arm, "gap"] for arm in (NO_DROPOUT, DROPOUT))
    return (
        f"From training to validation, both in evaluation mode, the loss changes by {signed(none, 3)} without dropout "
        f"and by {signed(drop, 3)} with it"
    )


def _time(table: pd.DataFrame, recipe: Recipe) -> list[str]:
    """A sentence on the time, where there is more than noise and both nets trained equally long."""
    none, drop = (table.loc[arm, "run time, s"] for arm in (NO_DROPOUT, DROPOUT))
    if recipe.patience or max(none, drop) < _NOISE * min(none, drop):
        return []
    return [
        f"A run with dropout took {drop:.1f} s, one without {none:.1f} s: {drop / none:.2f} times as long. Runs share "
        "the processor's cores, so this is a hint and no measurement."
    ]
