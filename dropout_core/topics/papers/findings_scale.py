"""Results for Table 2 and Fig. 4 at the paper's own scale: tables for the charts, and verdicts.

The final error of a run is its error on the test images after the last update. Nothing was chosen by it.
"""

import pandas as pd

from dropout_core.common.text import duration
from dropout_core.data import published as theirs
from dropout_core.experiments.layers import weight_count
from dropout_core.experiments.paper_scale import (
    BOUNDED,
    DROPPED,
    FIGURE_9A,
    FIGURE_9B,
    NAME,
    PLAIN,
    SEEDS_OF,
    SMALL,
    TABLE_10,
    runs,
)
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import FEWEST, Paired, mean_interval, paired
from dropout_core.numerics.verdicts import Finding, Verdict, judge, same
from dropout_core.reference import paper_scale
from dropout_core.reference.records import Record
from dropout_core.topics.papers.catalogue import Figure
from dropout_core.topics.papers.findings import errors, paper_and_ours, points

MARGIN = 0.1  # points of error; fixed before the runs
PUBLISHED = dict(theirs.TABLE_2)
# The rows of Table 2 that our nets repeat. The paper gives no number for 3 × 1024 without dropout.
REPEATED = {SMALL: "standard net, 2 × 800", DROPPED: "ReLU, 3 × 1024", BOUNDED: "max-norm, 3 × 1024"}
ROWS = {SMALL: SMALL, PLAIN: "3 × 1024, no dropout", DROPPED: "3 × 1024, dropout", BOUNDED: "3 × 1024, + max-norm"}
SIMARD = "Simard et al. (2003) trained the published net, with other units."
COMMAND = f"python -m dropout_core reference {NAME}"
_SECONDS = 7e-9  # of an update per weight, measured on one core


def final_errors(record: Record) -> pd.DataFrame:
    """Return the final error of each run, with the columns trial, seed and error."""
    if not record.trials:
        return pd.DataFrame(columns=["trial", "seed", "error"])
    return errors(record)[["trial", "seed", "error"]]


def summary(record: Record) -> pd.DataFrame:
    """Return each net's mean final error with its interval. Columns: trial, mean, low, high, n."""
    table = final_errors(record)
    return mean_interval(table, "error", ("trial",)) if len(table) else table.assign(mean=[], low=[], high=[], n=[])


def curves(record: Record) -> pd.DataFrame:
    """Return each net's mean error by updates, with the columns group, x, mean, low, high and n.

    A point is left out unless all of the net's finished runs have it.
    """
    parts = []
    for label, trial in record.trials.items():
        table = trial.points.assign(error=100 - trial.points["full_val_accuracy"])
        mean = mean_interval(table, "error", ("step",)).rename(columns={"step": "x"})
        parts.append(mean[mean["n"] == len(trial.recipe.seeds)].assign(group=ROWS[label]))
    return pd.concat(parts, ignore_index=True)


def table_2(record: Record) -> list[Finding]:
    """Judge the order of the errors, and the distance of each error from the published one."""
    order = [
        _lower(record, DROPPED, SMALL, "dropout lowers the error"),
        _lower(record, DROPPED, PLAIN, "dropout lowers the error of nets of the same size"),
        _lower(record, BOUNDED, DROPPED, "max-norm lowers it further"),
    ]
    return [*order, *(_distance(record, label) for label in REPEATED)]


def figure_4(record: Record) -> list[Finding]:
    """Judge whether the curves with and without dropout are apart at the end, and over the second half."""
    return [
        _lower(record, DROPPED, PLAIN, "after the last update, the error with dropout is lower"),
        _lower(
            record,
            DROPPED,
            PLAIN,
            "over the second half of the updates, the mean error with dropout is lower",
            late=True,
        ),
    ]


def _lower(record: Record, one: str, other: str, claim: str, late: bool = False) -> Finding:
    """Judge whether the error of one net is lower than that of another, paired by seed."""
    p = _compared(record, one, other, late)
    nets = f"“{ROWS[one]}” minus “{ROWS[other]}”"
    if p is None:
        return _unfinished(record, f"{claim} ({nets.replace('minus', 'against')})", one, other)
    sentence = f"{paper_and_ours(claim, f'{nets}, {points(p)}')}."
    return Finding(judge(p, -1), sentence, evidence=(Evidence("", "", "points", p),))


def _compared(record: Record, one: str, other: str, late: bool) -> Paired | None:
    """Return the differences over the seeds that both nets have finished, or None if there are none."""
    table = _late_errors(record) if late else final_errors(record)
    by_seed = table.pivot(index="seed", columns="trial", values="error")
    if not {one, other} <= set(by_seed.columns):
        return None
    both = by_seed[[one, other]].dropna().astype(float)
    return paired(both[one].to_numpy(), both[other].to_numpy()) if len(both) else None


def _late_errors(record: Record) -> pd.DataFrame:
    """Return the mean error of each run over the second half of its updates, like final_errors()."""
    parts = []
    for label, trial in record.trials.items():
        late = trial.points[trial.points["epoch"] > trial.recipe.epochs / 2]
        mean = 100 - late.groupby("seed")["full_val_accuracy"].mean()
        parts.append(mean.rename("error").reset_index().assign(trial=label))
    return pd.concat(parts, ignore_index=True) if parts else final_errors(record)


def _distance(record: Record, label: str) -> Finding:
    """Judge whether a net's mean error is within the margin of the published error."""
    published = PUBLISHED[REPEATED[label]]
    table = final_errors(record)
    ours = table.loc[table["trial"] == label, "error"].to_numpy(float)
    if not len(ours):
        return _unfinished(record, f"{ROWS[label]}, {published:.2f} %", label)
    p = paired(ours, [published] * len(ours))
    claim = f"{ROWS[label]}, {published:.2f} %"
    sentence = paper_and_ours(claim, f"{ours.mean():.2f} %; difference {points(p)}")
    origin = f" {SIMARD}" if label == SMALL else ""
    if len(ours) < FEWEST:
        return Finding(Verdict.TOO_FEW_SEEDS, f"{sentence}.{origin}")
    verdict = same(p, MARGIN)
    return Finding(
        verdict,
        f"{sentence}; margin ±{MARGIN:g}.{origin}",
        evidence=(Evidence("", "", "points", p, MARGIN, same=True),),
    )


def _unfinished(record: Record, claim: str, *labels: str) -> Finding:
    """Say how many runs of these nets are missing, so that there is nothing to compare."""
    planned = len(labels) * len(SEEDS_OF[record.experiment.name])
    done = sum(len(record.trials[label].recipe.seeds) for label in labels if label in record.trials)
    ours = f"{planned - done} of {planned} runs are missing"
    return Finding(Verdict.NOT_FINISHED, f"{paper_and_ours(claim, ours)}.")


def missing(record: Record) -> str:
    """State how many runs are missing, with the command for them and its cost; "" if none is."""
    name = record.experiment.name
    finished = {label: len(trial.recipe.seeds) for label, trial in record.trials.items()}
    left = {trial: len(SEEDS_OF[name]) - finished.get(trial.label, 0) for trial in record.experiment.trials}
    count = sum(left.values())
    if not count:
        return ""
    cost = duration(sum(n * _seconds(record, *trial) for trial, n in left.items()))
    return f"{count} of {len(runs(name))} runs are missing: about {cost} on one core, `{COMMAND}`."


def _seconds(record: Record, label: str, recipe: Recipe) -> float:
    """Return the mean time of a run of this net or, if none is recorded, a guess from its weights and updates."""
    if label in record.trials:
        return float(record.trials[label].runs["seconds"].mean())
    return _SECONDS * weight_count(recipe.hidden) * recipe.epochs * recipe.steps_per_epoch


def pending(figure: Figure) -> str:
    """Announce the larger nets of a figure whose record is still that of small ones, or return ""."""
    name = {"figure-9a": FIGURE_9A, "figure-9b": FIGURE_9B, "table-10": TABLE_10}.get(figure.slug, "")
    if not name or figure.record == name:
        return ""
    record = paper_scale.load_any(name)
    return f"Nearer to the paper’s scale ({record.experiment.title}): {missing(record)}"
