"""Findings of a sweep: a summary of each cell, the best rate for each width, and whether that rate grows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropout_core.common.text import difference, listed
from dropout_core.experiments.final_values import short_finals
from dropout_core.experiments.sweep import Sweep
from dropout_core.numerics.statistics import FEWEST, Paired, interval, paired, sign
from dropout_core.numerics.verdicts import Verdict
from dropout_core.storage.store import Store

RUN_COLUMNS = ["width", "rate", "seed", "accuracy", "loss", "gap"]
COLUMNS = ["width", "rate", "seeds", "accuracy", "sd", "low", "high", "loss", "gap"]
_MAX_KNOWN = 2_000


@dataclass(frozen=True)
class Best:
    """The best rate for one width: the rate with the highest mean validation accuracy, or with the lowest mean loss.

    value                    the mean accuracy in %, or the mean loss in nats
    alike                    the best rate, and all rates not detectably different from it: the 95 % interval of the
                             paired difference includes zero. Empty for fewer than FEWEST seeds
    differs_from_no_dropout  rates whose paired difference from rate 0 has a 95 % interval that excludes zero
    gain                     paired difference between the best rate and rate 0; None if rate 0 is the best or was
                             not measured
    """

    width: int
    rate: float
    value: float
    alike: tuple[float, ...]
    gain: Paired | None
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


def best(runs: pd.DataFrame, column: str = "accuracy") -> list[Best]:
    """Find the best measured rate for each width by "accuracy" or "loss". The result is sorted by width."""
    return [_best(int(cells["width"].iloc[0]), cells, column) for _, cells in runs.groupby("width")]


def _best(width: int, runs: pd.DataFrame, column: str) -> Best:
    by_seed = runs.pivot(index="seed", columns="rate", values=column).astype(float)
    means = by_seed.mean()
    rates = [float(rate) for rate in by_seed.columns]
    top = rates[int(np.nanargmin(means if column == "loss" else -means))]
    enough = len(by_seed) >= FEWEST
    alike = tuple(rate for rate in rates if enough and (rate == top or not differ(by_seed[top], by_seed[rate])))
    if 0.0 not in rates:
        return Best(width, top, float(means[top]), alike, None, len(by_seed))
    gain = paired(by_seed[top].to_numpy(), by_seed[0.0].to_numpy()) if top > 0 else None
    differing = tuple(rate for rate in rates if differ(by_seed[rate], by_seed[0.0]))
    return Best(width, top, float(means[top]), alike, gain, len(by_seed), differing)


def differ(a: pd.Series, b: pd.Series) -> bool:
    """Whether the 95 % interval of the paired difference excludes zero."""
    return sign(*interval(a.to_numpy() - b.to_numpy())) != 0


def width_label(best: Best) -> str:
    return f"width {best.width:,}"


def gain_in_words(best: Best, label: Callable[[Best], str] = width_label) -> str:
    """Describe the accuracy that a row's best rate gains over no dropout. `label` returns the row's name.

    There must be at least FEWEST seeds.
    """
    if best.rate == 0:
        others = [rate for rate in best.alike if rate > 0]
        ties = f"; no detectable difference to {_rates(others)}" if others else ""
        return f"{label(best)}: no dropout did best{ties}"
    if best.gain is None:
        return f"{label(best)}: rate {best.rate:g}"
    e = best.gain.estimate
    gain = difference(e.value, e.low, e.high, "points", 1)
    doubt = ", no detectable difference to no dropout" if 0.0 in best.alike else ""
    return f"{label(best)}: rate {best.rate:g}, {gain}{doubt}"


@dataclass(frozen=True)
class Trend:
    """The verdict on the claim that the best rate grows from row to row. DOES_NOT_HOLD means that it falls."""

    verdict: Verdict
    figures: str
    remark: str = ""


def trend(rows: Sequence[Best], label: Callable[[Best], str] = width_label) -> Trend:
    """Judge the trend by whether the ranges of near-best rates (`alike`) of the first and last rows overlap.

    There must be at least two rows, each with at least FEWEST seeds.
    """
    first, last = rows[0], rows[-1]
    figures = f"rate {_rates(first.alike)} for {label(first)}; rate {_rates(last.alike)} for {label(last)}"
    direction = (max(first.alike) < min(last.alike)) - (min(first.alike) > max(last.alike))
    if direction:
        verdict = Verdict.HOLDS if direction > 0 else Verdict.DOES_NOT_HOLD
        return Trend(
            verdict, figures, "" if _monotonic(rows, direction) else "It does not do so at every step between."
        )
    common = sorted(set.intersection(*(set(each.alike) for each in rows)))
    remark = f"A rate of {_rates(common)} would do for all of them." if common else ""
    return Trend(Verdict.INCONCLUSIVE, figures, remark)


def verdict(rows: Sequence[Best], quantity: str = "width", label: Callable[[Best], str] = width_label) -> str:
    """Describe the trend, or say why it cannot be judged. `quantity` names what increases from row to row."""
    if len(rows) < 2:
        return f"One {quantity} alone cannot say whether the best rate grows with it."
    heads = {
        Verdict.HOLDS: f"Yes, here the best rate grows with the {quantity}",
        Verdict.DOES_NOT_HOLD: f"No, here the best rate falls as the {quantity} grows",
        Verdict.INCONCLUSIVE: "Inconclusive",
    }
    change = trend(rows, label)
    overlap = " These overlap." if change.verdict is Verdict.INCONCLUSIVE else ""
    return f"{heads[change.verdict]}: {change.figures}.{overlap} {change.remark}".rstrip()


def _monotonic(rows: Sequence[Best], direction: int) -> bool:
    """Whether the best rate never moves against the direction from one row to the next (1 is up, −1 is down)."""
    return all(direction * (b.rate - a.rate) >= 0 for a, b in zip(rows, rows[1:], strict=False))


def _rates(rates: Sequence[float]) -> str:
    return listed([f"{rate:g}" for rate in rates], "or")
