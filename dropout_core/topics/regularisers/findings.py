"""Findings on the regularisers, alone and with dropout, and the variance shift caused by dropout before batch norm."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from dropout_core.common.text import counted, decimals, listed, signed
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.masks import check_rate
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, by_case, described, improves
from dropout_core.reference import FILES
from dropout_core.reference.record_tables import compared, runs
from dropout_core.reference.records import Record, RecordError, load

NOTHING = "none"
STOPPED = FILES / "regularisers_stopping.json"
CHOICE = FILES / "regularisers_decay.json"
ALONE = ("dropout alone", "L2 alone")
NORM_FIRST, DROPOUT_FIRST = "batch norm, then dropout", "dropout, then batch norm"


def differences(record: Record) -> pd.DataFrame:
    """Format a table with one row per regulariser.

    The columns are its gain over the plain net, alone and with dropout, and the gain from adding dropout to it.
    """
    table, rows = runs(record), []
    for trial in record.trials:
        pairs = {
            "alone": ((trial, NO_DROPOUT), (NOTHING, NO_DROPOUT)),
            "with dropout": ((trial, DROPOUT), (NOTHING, NO_DROPOUT)),
            "dropout adds": ((trial, DROPOUT), (trial, NO_DROPOUT)),
        }
        rows.append({"regulariser": trial} | {name: _cell(table, *pair) for name, pair in pairs.items()})
    return pd.DataFrame(rows).set_index("regulariser")


def _cell(table: pd.DataFrame, one: tuple[str, str], other: tuple[str, str]) -> str:
    if one == other:
        return "–"
    e = compared(table, "accuracy", one, other).estimate
    bold, n = "**" if e.sign else "", decimals(2, e.low, e.high)
    return f"{bold}{signed(e.value, n)}{bold} [{signed(e.low, n)},\N{NO-BREAK SPACE}{signed(e.high, n)}]"


def with_l2(record: Record, choosing: pd.DataFrame, column: str) -> list[Evidence]:
    """Compare dropout with L2 against dropout alone and against L2 alone, by one measure.

    Each arm uses the strength and the kind of L2 that did best in it among the nets of `choosing`; see strengths(). The
    differences are from the other seeds and other images, so they are not biased by the choice.
    """
    table, higher = runs(record), column == "accuracy"
    plain = next(iter(record.trials))
    judging = table[~table["seed"].isin(choosing["seed"])]
    both, alone = (_best_strength(choosing, arm, column) for arm in (DROPOUT, NO_DROPOUT))
    others = {ALONE[0]: (plain, DROPOUT), f"{ALONE[1]} ({alone})": (alone, NO_DROPOUT)}
    unit = "points" if higher else "nats"
    return [
        Evidence(
            f"dropout with L2 ({both}) against {name}",
            f"validation {column}",
            unit,
            compared(judging, column, (both, DROPOUT), other),
            EXPERIMENTS["decay"].margin[column],
        )
        for name, other in others.items()
    ]


def _best_strength(table: pd.DataFrame, arm: str, column: str) -> str:
    means = table[table["arm"] == arm].groupby("trial")[column].mean()
    return str(means.idxmax() if column == "accuracy" else means.idxmin())


def strengths() -> pd.DataFrame:
    """Return the results by which the strength of L2 is chosen, with one row per net of decay_study.py.

    The columns are trial, arm, seed, accuracy and loss. Raises RecordError if the file cannot be read.
    """
    return pd.DataFrame(_choice()[0])


def _choice() -> tuple[list[dict], int]:
    """Return the runs of decay_study.py, and the number of images on which they were evaluated."""
    try:
        stored = json.loads(CHOICE.read_text("utf-8"))
        return stored["runs"], stored["chosen_on"]
    except (OSError, ValueError, KeyError) as error:
        raise RecordError(f"the choice of the strength of L2 cannot be read ({type(error).__name__})") from None


def stopping_runs() -> tuple[list[dict], str]:
    """Return the runs of stopping_study.py, each with and without stopping, and text about the images used."""
    stored = json.loads(STOPPED.read_text("utf-8"))
    return stored["runs"], f"evaluated on {stored['judged_on']:,} images not used to choose the epoch"


def stopping(arm: str, column: str) -> tuple[Evidence, Verdict]:
    """Judge C11, that early stopping saves time and stops before overfitting, in one arm and by one measure.

    It holds if all stopped runs took fewer epochs, and if stopping improves the "loss" or "accuracy".
    """
    rows = [row for row in stopping_runs()[0] if row["arm"] == arm]
    difference = paired(*([row[kind][column] for row in rows] for kind in ("stopped", "whole")))
    shorter = all(row["stopped"]["epochs"] < row["whole"]["epochs"] for row in rows)
    evidence = Evidence(
        f"early stopping compared with all epochs, {arm}",
        column,
        "points" if column == "accuracy" else "nats",
        difference,
    )
    return evidence, all_of(
        [Verdict.HOLDS if shorter else Verdict.INCONCLUSIVE, improves(difference, column == "accuracy")]
    )


def l2_and_dropout() -> Finding:
    """Judge C10, that dropout with L2 beats dropout alone and L2 alone, by accuracy and by loss."""
    record, choosing = load("decay"), strengths()
    evidence = {column: with_l2(record, choosing, column) for column in ("accuracy", "loss")}
    verdicts = {
        column: [improves(each.paired, column == "accuracy", each.margin) for each in found]
        for column, found in evidence.items()
    }
    sentence = "; ".join(
        f"by {column}, the combination is {_results(column, each)}" for column, each in evidence.items()
    )
    finding = by_case({f"judged by {column}": all_of(each) for column, each in verdicts.items()}, sentence)
    flat = tuple(each for found in evidence.values() for each in found)
    condition = _equivalent_to(verdicts) if finding.verdict is Verdict.EQUIVALENT else finding.condition
    return replace(finding, condition=condition, evidence=flat)


def _results(column: str, found: list[Evidence]) -> str:
    """State the result of each comparison by one measure: better, worse, equivalent or inconclusive."""
    words = ("better", "worse") if column == "accuracy" else ("worse", "better")
    particles = {"equivalent": "equivalent to", "better": "better than", "worse": "worse than"}
    parts = []
    for name, each in zip(ALONE, found, strict=True):
        result, *slightly = described(each, words).split(", ")
        standing = f"{particles.get(result, 'not detectably different from')} {name}{', though ' * bool(slightly)}"
        parts.append(f"{standing}{''.join(slightly)}: {each.text}")
    return " and ".join(parts)


def _equivalent_to(verdicts: dict[str, list[Verdict]]) -> str:
    """Name what dropout with L2 is equivalent to, by every measure if possible. The verdicts follow with_l2()."""
    names = {
        column: [name for name, each in zip(ALONE, found, strict=True) if each is Verdict.EQUIVALENT]
        for column, found in verdicts.items()
    }
    if common := [name for name in ALONE if all(name in found for found in names.values())]:
        return f"to {listed(common)}"
    return " and ".join(f"to {listed(found)} by {column}" for column, found in names.items())


def l2_study() -> str:
    """Describe the runs behind l2_and_dropout()."""
    seeds = next(iter(load("decay").trials.values())).recipe.seeds
    rows, images = _choice()
    choosing = {row["seed"] for row in rows}
    return (
        f"These runs use a separate set of {counted(len(seeds), 'seed')}, so the differences are not those in the "
        f"chart above. We use {len(choosing)} seeds to choose the strength and the kind of L2, on "
        f"{images:,} training images that these nets have not seen, and the other {len({*seeds} - choosing)} to "
        "compare on the validation images. To beat either alone, the combination must be better than both."
    )


def early_stopping() -> Finding:
    """Judge C11, that early stopping saves time and stops before overfitting, by accuracy and by loss."""
    columns = ("accuracy", "loss")
    found = {(arm, column): stopping(arm, column) for column in columns for arm in ARMS}
    rows, where = stopping_runs()
    saved = listed([f"{_mean_epochs(rows, arm, 'stopped'):.1f} ({arm})" for arm in ARMS])
    sentence = (
        f"On average, training stopped after {saved} of {_mean_epochs(rows, ARMS[0], 'whole'):.0f} epochs. The nets "
        f"were {where}. The stopping rule minimises the loss, so when loss and accuracy disagree, it sacrifices "
        "accuracy"
    )
    verdicts = {f"judged by {column} with {arm}": verdict for (arm, column), (_, verdict) in found.items()}
    finding = by_case(verdicts, sentence)
    fails = [c for c in columns if all(found[arm, c][1] is Verdict.DOES_NOT_HOLD for arm in ARMS)]
    exception = f"by {listed(fails)}" if fails else finding.exception
    evidence = tuple(evidence for evidence, _ in found.values())
    return replace(finding, exception=exception if finding.condition else "", evidence=evidence)


def stopping_study() -> str:
    """Describe the runs behind early_stopping(), and why they differ from those of the chart of outcomes."""
    rows, where = stopping_runs()
    seeds = len({row["seed"] for row in rows})
    return (
        f"These runs use a separate set of {counted(seeds, 'seed')}. The nets are {where}. In the chart above, the "
        "same images are used to choose the epoch and to evaluate the net, so the figures for early stopping differ."
    )


def _mean_epochs(rows: list[dict], arm: str, kind: str) -> float:
    return float(np.mean([row[kind]["epochs"] for row in rows if row["arm"] == arm]))


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
