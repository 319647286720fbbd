"""What a sweep says: its numbers by cell, the best rate of each width and what cannot be told from it, a verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropout_core.common.text import difference, listed, signed
from dropout_core.experiments.final_values import short_finals
from dropout_core.experiments.sweep import Sweep
from dropout_core.numerics.statistics import Paired, interval, paired, sign
from dropout_core.numerics.verdicts import Verdict
from dropout_core.storage.store import Store

RUN_COLUMNS = ["width", "rate", "seed", "accuracy", "loss", "gap"]
COLUMNS = ["width", "rate", "seeds", "accuracy", "sd", "low", "high", "loss", "gap"]
_MOST_KNOWN = 2_000


@dataclass(frozen=True)
class Best:
    """The best rate of one width, by mean validation accuracy (in %, the highest) or loss (in nats, the lowest).

    value    that mean
    alike    all rates whose difference to the best, paired by seed, has zero in its 95 % interval; the best is one
    told     all rates whose difference to rate 0, paired by seed, leaves zero out of its 95 % interval
    gain     the best rate minus rate 0, paired by seed; None where rate 0 is not measured, or is the best
    """

    width: int
    rate: float
    value: float
    alike: tuple[float, ...]
    gain: Paired | None
    seeds: int
    told: tuple[float, ...] = ()


def measured(sweep: Sweep, store: Store, known: dict[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """One row a run of every cell that is done: RUN_COLUMNS, after the last epoch; accuracy in %, losses in nats.

    known   what earlier calls read, by key, and what this one reads: a finished cell is read but once.
    Raises StoreError.
    """
    known = {} if known is None else known
    if len(known) > _MOST_KNOWN:
        known.clear()
    done, parts = set(store.keys()), []
    for width, rate, recipe in sweep.cells():
        if recipe.key not in done:
            continue
        part = known.get(recipe.key)
        if part is None and (found := store.get(recipe.key)) is not None:
            part = known[recipe.key] = _runs(found.points)
        if part is not None:
            parts.append(part.assign(width=width, rate=rate))
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True)[RUN_COLUMNS] if parts else pd.DataFrame(columns=RUN_COLUMNS)


def _runs(points: pd.DataFrame) -> pd.DataFrame:
    return short_finals(points).reset_index()[["seed", "accuracy", "loss", "gap"]]


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a cell: seeds, mean accuracy, its sd and 95 % t interval (none from one seed), mean loss and gap."""
    rows = []
    for (width, rate), cell in runs.groupby(["width", "rate"]):
        accuracy = cell["accuracy"].astype(float)
        low, high = interval(accuracy.to_numpy()) if len(cell) > 1 else (np.nan, np.nan)
        others = cell[["loss", "gap"]].astype(float).mean()
        rows.append([int(width), float(rate), len(cell), accuracy.mean(), accuracy.std(), low, high, *others])
    return pd.DataFrame(rows, columns=COLUMNS)


def best(runs: pd.DataFrame, column: str = "accuracy") -> list[Best]:
    """The best rate of each width among those measured, by "accuracy" or by "loss", in the order of the widths."""
    return [_best(int(width), cells, column) for width, cells in runs.groupby("width")]


def _best(width: int, runs: pd.DataFrame, column: str) -> Best:
    by_seed = runs.pivot(index="seed", columns="rate", values=column).astype(float)
    means = by_seed.mean()
    top = float(means.idxmin() if column == "loss" else means.idxmax())
    alike = tuple(float(rate) for rate in by_seed if rate == top or not differ(by_seed[top], by_seed[rate]))
    gain = paired(by_seed[top].to_numpy(), by_seed[0.0].to_numpy()) if 0.0 in by_seed and top > 0 else None
    told = tuple(float(rate) for rate in by_seed if 0.0 in by_seed and differ(by_seed[rate], by_seed[0.0]))
    return Best(width, top, float(means[top]), alike, gain, len(by_seed), told)


def differ(a: pd.Series, b: pd.Series) -> bool:
    """Whether their difference has a sign; as paired() would say, without its bootstrap."""
    return len(a) > 1 and sign(*interval(a.to_numpy() - b.to_numpy())) != 0


def named(one: Best) -> str:
    """The row of one width in words."""
    return f"width {one.width:,}"


def gain(one: Best, name: Callable[[Best], str] = named) -> str:
    """What the best rate of a row has over no dropout in accuracy, in words; name(one) is what the row stands for."""
    if one.rate == 0:
        others = [rate for rate in one.alike if rate > 0]
        return f"{name(one)}: no dropout did best" + (f"; {_rates(others)} cannot be told from it" if others else "")
    if one.gain is None:
        return f"{name(one)}: rate {one.rate:g}"
    p = one.gain
    said = f"{signed(p.mean, 1)} points" if p.low is None else difference(p.mean, p.low, p.high, "points", 1)
    doubt = ", which cannot be told from none" if 0.0 in one.alike else ""
    return f"{name(one)}: rate {one.rate:g}, {said}{doubt}"


@dataclass(frozen=True)
class Trend:
    """The verdict on the claim that the best rate grows from row to row (if it does not hold: it falls), with figures."""

    verdict: Verdict
    figures: str
    remark: str = ""


def trend(found: Sequence[Best], name: Callable[[Best], str] = named) -> Trend:
    """What follows from the sets of rates alike, of two rows or more and two seeds or more; name: a row in words."""
    first, last = found[0], found[-1]
    figures = f"rate {_rates(first.alike)} for {name(first)}; rate {_rates(last.alike)} for {name(last)}"
    way = (max(first.alike) < min(last.alike)) - (min(first.alike) > max(last.alike))
    if way:
        verdict = Verdict.HOLDS if way > 0 else Verdict.DOES_NOT_HOLD
        return Trend(verdict, figures, "" if _steady(found, way) else "It does not do so at every step between.")
    common = sorted(set.intersection(*(set(one.alike) for one in found)))
    return Trend(
        Verdict.INCONCLUSIVE, figures, f"A rate of {_rates(common)} would do for all of them." if common else ""
    )


def verdict(found: Sequence[Best], what: str = "width", name: Callable[[Best], str] = named) -> str:
    """The trend in a sentence or two, or why there is none; what: what grows from row to row."""
    if len(found) < 2:
        return f"One {what} alone cannot say whether the best rate grows with it."
    if min(one.seeds for one in found) < 2:
        return "**Inconclusive**: one seed gives no interval, so no rate can be told from another. Take more seeds."
    heads = {
        Verdict.HOLDS: f"Yes, here the best rate grows with the {what}",
        Verdict.DOES_NOT_HOLD: f"No, here the best rate falls as the {what} grows",
        Verdict.INCONCLUSIVE: "Inconclusive",
    }
    seen = trend(found, name)
    overlap = " These overlap." if seen.verdict is Verdict.INCONCLUSIVE else ""
    return f"**{heads[seen.verdict]}**: {seen.figures}.{overlap} {seen.remark}".rstrip()


def _steady(found: Sequence[Best], way: int) -> bool:
    """Whether no wider net's best rate goes the other way: 1 is up, −1 down."""
    return all(way * (b.rate - a.rate) >= 0 for a, b in zip(found, found[1:], strict=False))


def _rates(rates: Sequence[float]) -> str:
    return listed([f"{rate:g}" for rate in rates], "or")
