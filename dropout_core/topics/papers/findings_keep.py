"""Results for Figs. 9a and 9b: the error at each keep probability, and verdicts on the paper's claims."""

import pandas as pd

from dropout_core.data import published as theirs
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.multiple import candidates
from dropout_core.numerics.power import Design
from dropout_core.numerics.statistics import FEWEST, Paired, mean_interval, paired
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.reference.record_tables import in_words
from dropout_core.reference.records import Record
from dropout_core.topics.papers.catalogue import keep
from dropout_core.topics.papers.findings import LINE, NO_MARGIN, errors, judged, paper_and_ours, points, scale_of

CHANCE = 2.0  # nats: hardly better than guessing among ten digits, which costs ln 10 = 2.30
NONE_LEARNED = Finding(Verdict.INCONCLUSIVE, "None of our nets with fewer kept units learned to do better than chance.")
Flat = tuple[float, ...]  # keep probabilities whose mean is one side of a comparison


def kept(record: Record) -> pd.DataFrame:
    """Return errors(record) with an additional column keep, the keep probability."""
    table = errors(record)
    return table.assign(keep=table["trial"].map({label: keep(trial.recipe) for label, trial in record.trials.items()}))


def by_keep(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Build a LINE table from kept(record): error in %, or train_loss in nats, against the keep probability."""
    named = {"error": "validation images", "train_loss": "training images"}
    line = mean_interval(table, column, ("keep",))
    return line.rename(columns={"keep": "x"}).assign(group=named[column])[LINE]


def figure_9a(record: Record) -> list[Finding]:
    table, (low, high) = kept(record), theirs.FIGURE_9A_FLAT
    means = table.groupby("keep")["error"].mean()
    flat = tuple(k for k in means.index if low <= k <= high)
    spread = means[list(flat)].max() - means[list(flat)].min()
    ends = _difference(table, low, (high,))
    level = paper_and_ours(
        f"the error is nearly constant between {low:g} and {high:g}",
        f"the means in this range lie within {spread:.2f} points of one another; the error at {low:g} differs from "
        f"that at {high:g} by {points(ends)}",
    )
    return [judged(ends, 0, f"{level}. {NO_MARGIN}"), *_ends(table, flat), _underfits(table, flat)]


def figure_9b(record: Record) -> list[Finding]:
    table = kept(record)
    return [_best_keep(table, theirs.FIGURE_9B_BEST), *_ends(table, (theirs.FIGURE_9B_BEST,))]


def _ends(table: pd.DataFrame, middle: Flat) -> list[Finding]:
    """Judge whether the error is higher at either end than in the middle."""
    few, name = _fewest_kept(table), _name(middle)
    low, high = (_difference(table, far, middle) for far in (few, 1.0))
    claim = f"the error is higher at a keep probability of {{}} than at {name}"
    starved = f"{paper_and_ours(claim.format(f'{few:g}'), f'a difference of {points(low)}')}.{_stuck(table)}"
    whole = f"{paper_and_ours(claim.format('1 (all units kept)'), f'a difference of {points(high)}')}."
    return [judged(low, 1, starved) if few < min(middle) else NONE_LEARNED, judged(high, 1, whole)]


def _underfits(table: pd.DataFrame, middle: Flat) -> Finding:
    """Judge whether the training loss is higher when few units are kept."""
    few = _fewest_kept(table)
    if few >= min(middle):
        return NONE_LEARNED
    p = _difference(table, few, middle, "train_loss")
    claim = f"the net underfits at a keep probability of {few:g}"
    change = f"its training loss differs from that at {_name(middle)} by {in_words(p, 'nats', 3)}"
    return judged(p, 1, f"{paper_and_ours(claim, change)}.{_stuck(table)}", unit="nats")


def _difference(table: pd.DataFrame, one: float, others: Flat, column: str = "error") -> Paired:
    """Compare one keep probability with the mean of others, paired by seed."""
    by_seed = table.pivot(index="seed", columns="keep", values=column)
    return paired(by_seed[one].to_numpy(float), by_seed[list(others)].mean(axis=1).to_numpy(float))


def _name(flat: Flat) -> str:
    return f"{flat[0]:g}" if len(flat) == 1 else f"{min(flat):g} to {max(flat):g} (mean)"


def _fewest_kept(table: pd.DataFrame) -> float:
    """Return the lowest keep probability at which the nets learned, or 1 if there is none.

    A net at chance has not been trained long enough to show anything about its keep probability.
    """
    losses = table.groupby("keep")["train_loss"].mean()
    learned = losses.index[losses <= CHANCE].astype(float).tolist()
    return min(learned, default=1.0)


def _stuck(table: pd.DataFrame) -> str:
    """Name the keep probabilities at which our nets hardly did better than chance, so that they are not compared."""
    stuck = ", ".join(f"{k:g}" for k in sorted(table["keep"].unique()) if k < _fewest_kept(table))
    return f" At {stuck}, our nets are hardly better than chance, so these values are not compared." if stuck else ""


def _best_keep(table: pd.DataFrame, near: float) -> Finding:
    """Judge whether the keep probability `near` is the only candidate for the best; see multiple.candidates()."""
    by_seed = table.pivot(index="seed", columns="keep", values="error")
    means = by_seed.mean().sort_values()
    ours = f"the mean error is lowest at {means.index[0]:g}"
    sentence = paper_and_ours(f"the best keep probability is near {near:g}", ours)
    if len(by_seed) < FEWEST:
        return Finding(Verdict.TOO_FEW_SEEDS, f"{sentence}.")
    alike = [float(k) for k in by_seed.columns[candidates(-by_seed.to_numpy(float))]]
    verdict = Verdict.DOES_NOT_HOLD if near not in alike else Verdict.HOLDS if alike == [near] else Verdict.INCONCLUSIVE
    sentence += f". With 95 % confidence, the best is among these: {', '.join(f'{k:g}' for k in alike)}."
    rival = next((float(k) for k in means.index if k in alike and k != near), near)
    return Finding(verdict, sentence, scale_of(verdict), evidence=_power(by_seed, rival, near))


def _power(by_seed: pd.DataFrame, rival: float, near: float) -> tuple[Evidence, ...]:
    """Return the comparison with the strongest rival, at the one-sided limit of multiple.candidates()."""
    if rival == near:
        return ()
    p = paired(by_seed[rival].to_numpy(float), by_seed[near].to_numpy(float))
    return (Evidence("", "", "points", p, design=Design(tests=(len(by_seed.columns) - 1) / 2)),)
