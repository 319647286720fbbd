"""Findings of a sweep: a summary of each cell, the best rate for each width, and whether that rate grows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropout_core.common.text import counted, difference, listed, signed
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.final_values import short_finals
from dropout_core.experiments.sweep import Sweep
from dropout_core.numerics.multiple import candidates, good_enough, holm, p_values, unbiased_gain
from dropout_core.numerics.power import DETECTED
from dropout_core.numerics.statistics import FEWEST, Estimate, interval
from dropout_core.numerics.verdicts import TAKE_FIVE, Verdict
from dropout_core.storage.store import Store

RUN_COLUMNS = ["width", "rate", "seed", "accuracy", "loss", "gap"]
COLUMNS = ["width", "rate", "seeds", "accuracy", "sd", "low", "high", "loss", "gap"]
UNITS = {"accuracy": "points", "loss": "nats"}
_MAX_KNOWN, _RESAMPLES = 2_000, 2_000
UNTRAINED = 1.15  # nats: half the loss of guessing among ten digits
MARGIN = EXPERIMENTS["widths"].margin  # rates this close to the best are acceptable


@dataclass(frozen=True)
class Best:
    """The best rate for one width: the rate with the highest mean validation accuracy, or with the lowest mean loss.

    value                    the mean accuracy in %, or the mean loss in nats
    alike                    all candidates for the best rate (see multiple.candidates); empty below FEWEST seeds
    differs_from_no_dropout  rates that differ detectably from rate 0; see differing_cells()
    gain                     mean difference from rate 0, each on a seed that did not choose the rate; see
                             multiple.unbiased_gain(). None if rate 0 is the best or was not measured, or below FEWEST
                             seeds
    """

    width: int
    rate: float
    value: float
    alike: tuple[float, ...]
    gain: float | None
    seeds: int
    differs_from_no_dropout: tuple[float, ...] = ()


def measured(sweep: Sweep, store: Store, known: dict[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Return the final values of every run in the finished cells, with the columns RUN_COLUMNS.

    Accuracies are in %, losses in nats.

    known   a cache of finished cells by recipe key, to which this call adds
    Raises StoreError.
    """
    known = {} if known is None else known
    if len(known) > _MAX_KNOWN:
        known.clear()
    done, parts = set(store.keys()), []
    for width, rate, recipe in sweep.cells():
        if recipe.key not in done:
            continue
        part = known.get(recipe.key)
        if part is None and (comparison := store.get(recipe.key)) is not None:
            part = known[recipe.key] = _runs(comparison.points)
        if part is not None:
            parts.append(part.assign(width=width, rate=rate))
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True)[RUN_COLUMNS] if parts else pd.DataFrame(columns=RUN_COLUMNS)


def _runs(points: pd.DataFrame) -> pd.DataFrame:
    return short_finals(points).reset_index()[["seed", "accuracy", "loss", "gap"]]


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Summarise each cell in one row: number of seeds, mean accuracy, loss and gap, and the spread of the accuracy.

    The spread is the standard deviation, NaN for a single seed, and the 95 % interval of the mean; see interval().
    """
    rows = []
    for _, cell in runs.groupby(["width", "rate"]):
        width, rate = cell[["width", "rate"]].iloc[0]
        accuracy = cell["accuracy"].astype(float)
        low, high = interval(accuracy.to_numpy(), "accuracy")
        others = cell[["loss", "gap"]].astype(float).mean()
        rows.append([int(width), float(rate), len(cell), accuracy.mean(), accuracy.std(), low, high, *others])
    return pd.DataFrame(rows, columns=COLUMNS)


def width_label(width: float) -> str:
    return f"width {width:,}"


def best(runs: pd.DataFrame, column: str = "accuracy") -> list[Best]:
    """Find the best measured rate for each width by "accuracy" or "loss". The result is sorted by width."""
    tables = {int(cells["width"].iloc[0]): _row(cells, column) for _, cells in runs.groupby("width")}
    differing = differing_cells(tables)
    return [_best(width, table, differing, column) for width, table in tables.items()]


def differing_cells(tables: dict[int, pd.DataFrame]) -> set[tuple[int, float]]:
    """Return (width, rate) of the cells that differ from rate 0 of their row, by t tests with Holm's correction.

    The correction is for all cells of the map: if no rate makes a difference, the probability that any cell is among
    them is 5 %. Rows with fewer than FEWEST seeds have none.
    """
    rows = {width: table for width, table in tables.items() if 0.0 in table and len(table) >= FEWEST}
    cells, p = [], []
    for width, table in rows.items():
        for rate in _rates_of(table):
            if rate > 0:
                cells.append((width, rate))
                p.append(p_values((table[rate] - table[0.0]).to_numpy()))
    return {cell for cell, differs in zip(cells, holm(np.array(p)), strict=True) if differs} if p else set()


def _best(width: int, table: pd.DataFrame, differing: set[tuple[int, float]], column: str) -> Best:
    rates = _rates_of(table)
    top = rates[int(np.nanargmax(table.mean()))]
    value = float(table[top].mean()) * (-1 if column == "loss" else 1)
    enough = len(table) >= FEWEST
    alike = tuple(_contenders(table)) if enough else ()
    gain = None
    if 0.0 in rates and top > 0 and enough:
        gains = unbiased_gain(table.to_numpy(), rates.index(0.0)) * (-1 if column == "loss" else 1)
        gain = float(gains.mean())
    return Best(width, top, value, alike, gain, len(table), tuple(r for r in rates if (width, r) in differing))


def gain_in_words(best: Best, label: Callable[[float], str] = width_label) -> str:
    """Describe the accuracy that a row's best rate gains over no dropout. `label` returns the row's name."""
    if best.rate == 0:
        others = [rate for rate in best.alike if rate > 0]
        ties = f"; no detectable difference from {_rates(others)}" if others else ""
        return f"{label(best.width)}: no dropout did best{ties}"
    if best.gain is None:
        return f"{label(best.width)}: rate {best.rate:g}"
    doubt = "; no detectable difference from no dropout" if 0.0 in best.alike else ""
    return f"{label(best.width)}: rate {best.rate:g}, {signed(best.gain, 1)} points{doubt}"


@dataclass(frozen=True)
class Trend:
    """The verdict on the claim that the best rate grows from row to row. DOES_NOT_HOLD means that it falls.

    smallest  approximately the smallest slope that these seeds detect four times in five: 2.8 bootstrap standard
              errors, but at least the smallest change in slope that the grid of rates allows
    """

    verdict: Verdict
    figures: str
    remark: str
    slope: Estimate
    smallest: float = 0.0


def hardly_trained(runs: pd.DataFrame) -> list[tuple[int, float]]:
    """Return (width, rate) of the cells whose mean training loss, in evaluation mode, ends above UNTRAINED."""
    losses = (runs["loss"] - runs["gap"]).astype(float).groupby([runs["width"], runs["rate"]]).mean()
    return [(int(width), float(rate)) for width, rate in losses.index[losses > UNTRAINED]]


def trend(runs: pd.DataFrame, column: str, label: Callable[[float], str] = width_label) -> Trend:
    """Judge whether the best rate grows from row to row: its slope over the log width, bootstrapped by seed.

    Only what trained() returns is judged. There must be at least two rows, each with at least FEWEST seeds.
    """
    rows = {int(cells["width"].iloc[0]): _row(cells, column) for _, cells in trained(runs).groupby("width")}
    slopes = _slopes_of_best(rows)
    step = _step(rows)
    low, high = (float(end) for end in np.quantile(slopes, (0.025, 0.975)))
    # The best rates lie on a grid, so all resamples may agree; the true slope may be half a step away from theirs.
    slope = Estimate(float(slopes[0]), low - step / 2, high + step / 2)
    first, last = min(rows), max(rows)
    ends = " and ".join(f"{_rates(_contenders(rows[width]))} for {label(width)}" for width in (first, last))
    text = difference(slope.value, slope.low, slope.high, "per doubling", 2)[:-1]
    seeds = counted(min(map(len, rows.values())), "seed")
    figures = f"the best rate is {ends}, and changes by {text}; {seeds}; the grid allows steps of {step:.2g})"
    verdict = Verdict.HOLDS if slope.low > 0 else Verdict.DOES_NOT_HOLD if slope.high < 0 else Verdict.INCONCLUSIVE
    smallest = max(DETECTED * float(slopes.std()), step)
    return Trend(verdict, figures, _would_do(list(rows.values()), column), slope, smallest)


def trained(runs: pd.DataFrame) -> pd.DataFrame:
    """Drop rows in which several cells hardly trained, then rates at which a cell in the remaining rows hardly trained.

    All remaining rows have the same rates, so a high rate is possible in each. If only one row is left, return all.
    """
    cells = hardly_trained(runs)
    widths = {width for width, _ in cells if sum(width == other for other, _ in cells) > 1}
    kept = runs[~runs["width"].isin(widths)]
    kept = kept[~kept["rate"].isin({rate for width, rate in cells if width not in widths})]
    return kept if kept["width"].nunique() > 1 and kept["rate"].nunique() > 1 else runs


def _row(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one row's values, negated if lower is better, as a table with a row per seed and a column per rate."""
    by_seed = cells.pivot(index="seed", columns="rate", values=column).astype(float)
    return by_seed if column == "accuracy" else -by_seed


def _slopes_of_best(rows: dict[int, pd.DataFrame]) -> np.ndarray:
    """Return the slope of the best rate over log2(width): the measured one, then those for resampled seeds."""
    rng, x, best = np.random.default_rng(0), _centred(rows), []
    for table in rows.values():
        picks = rng.integers(0, len(table), (_RESAMPLES, len(table)))
        picks[0] = np.arange(len(table))  # the seeds themselves
        best.append(table.columns.to_numpy(float)[table.to_numpy()[picks].mean(axis=1).argmax(axis=1)])
    return x @ np.array(best) / (x @ x)


def _centred(rows: dict[int, pd.DataFrame]) -> np.ndarray:
    x = np.log2([float(width) for width in rows])
    return x - x.mean()


def _step(rows: dict[int, pd.DataFrame]) -> float:
    """Return how much the slope changes if the best rate of the first row moves to the next rate on the grid."""
    x, rates = _centred(rows), np.array(_rates_of(next(iter(rows.values()))))
    return float(np.diff(rates).min() * np.abs(x).max() / (x @ x))


def _contenders(table: pd.DataFrame) -> list[float]:
    """Return the candidates for the best rate; see multiple.candidates()."""
    return [float(rate) for rate in table.columns[candidates(table.to_numpy())]]


def _would_do(rows: Sequence[pd.DataFrame], column: str) -> str:
    """Name the rates that no other rate beats by MARGIN or more in any row, each with a confidence of 95 %."""
    margin, unit = MARGIN[column], UNITS[column]
    sets = [{float(rate) for rate in table.columns[good_enough(table.to_numpy(), margin)]} for table in rows]
    if not (common := sorted(set.intersection(*sets))):
        return ""
    return f"With 95 % confidence, a rate of {_rates(common)} is within {margin:g} {unit} of the best rate in every row"


def verdict(
    runs: pd.DataFrame, column: str, quantity: str = "width", label: Callable[[float], str] = width_label
) -> str:
    """Describe the trend, or explain why it cannot be judged. `quantity` names what increases from row to row."""
    if runs["width"].nunique() < 2:
        return f"A single {quantity} cannot show whether the best rate grows with the {quantity}."
    if runs["seed"].nunique() < FEWEST:
        return TAKE_FIVE
    heads = {
        Verdict.HOLDS: f"Yes, here the best rate grows with the {quantity}",
        Verdict.DOES_NOT_HOLD: f"No, here the best rate falls as the {quantity} grows",
        Verdict.INCONCLUSIVE: "Inconclusive",
    }
    change = trend(runs, column, label)
    power = f" These seeds detect a change of {change.smallest:.2f} per doubling with 80 % power."
    power = power if change.verdict is Verdict.INCONCLUSIVE else ""
    return f"{heads[change.verdict]}: {change.figures}.{power} {change.remark and change.remark + '.'}".rstrip()


def _rates_of(table: pd.DataFrame) -> list[float]:
    return table.columns.astype(float).tolist()


def _rates(rates: Sequence[float]) -> str:
    return listed([f"{rate:g}" for rate in rates], "or")
