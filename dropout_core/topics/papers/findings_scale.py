"""Results for Table 2 and Fig. 4 at the paper's own scale: tables for the charts, and verdicts.

The final error of a run is its error on the test images after the last update. Nothing was chosen by it.
"""

import pandas as pd

from dropout_core.common.text import duration
from dropout_core.data import published as theirs
from dropout_core.experiments.paper_scale import BOUNDED, DROPPED, NAME, NETS, PLAIN, SEEDS, SMALL
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import FEWEST, Paired, mean_interval, paired
from dropout_core.numerics.verdicts import Finding, Verdict, judge, same
from dropout_core.reference.records import Record
from dropout_core.topics.papers.findings import errors, points

MARGIN = 0.1  # points of error; fixed before the runs
PUBLISHED = dict(theirs.TABLE_2)
# The rows of Table 2 that our nets repeat. The paper gives no number for 3 × 1024 without dropout.
REPEATED = {SMALL: "standard net, 2 × 800", DROPPED: "ReLU, 3 × 1024", BOUNDED: "max-norm, 3 × 1024"}
ROWS = {SMALL: SMALL, PLAIN: "3 × 1024, no dropout", DROPPED: "3 × 1024, dropout", BOUNDED: "3 × 1024, + max-norm"}
COMMAND = f"python -m dropout_core reference {NAME}"
_HOURS = 0.5  # of one run on one core, if none is recorded yet


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
        _lower(record, DROPPED, SMALL, "Dropout lowers the error"),
        _lower(record, DROPPED, PLAIN, "Dropout lowers the error of nets of the same size"),
        _lower(record, BOUNDED, DROPPED, "Max-norm lowers it further"),
    ]
    return [*order, *(_distance(record, label) for label in REPEATED)]


def figure_4(record: Record) -> list[Finding]:
    """Judge whether the curves with and without dropout are apart at the end, and over the second half."""
    return [
        _lower(record, DROPPED, PLAIN, "After the last update, the error with dropout is lower"),
        _lower(
            record,
            DROPPED,
            PLAIN,
            "Over the second half of the updates, the mean error with dropout is lower",
            late=True,
        ),
    ]


def _lower(record: Record, one: str, other: str, claim: str, late: bool = False) -> Finding:
    """Judge whether the error of one net is lower than that of another, paired by seed."""
    p = _compared(record, one, other, late)
    nets = f"{ROWS[one]} − {ROWS[other]}"
    if p is None:
        return _not_attempted(f"{claim} ({nets})")
    verdict = judge(p, -1)
    return Finding(verdict, f"{claim} ({nets}): {points(p)}.", evidence=(Evidence("", "", "points", p),))


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
        return _not_attempted(f"{ROWS[label]}: published {published:.2f} %")
    p = paired(ours, [published] * len(ours))
    sentence = f"{ROWS[label]}: ours {ours.mean():.2f} %, published {published:.2f} %; difference {points(p)}"
    if len(ours) < FEWEST:
        return Finding(Verdict.TOO_FEW_SEEDS, f"{sentence}.")
    verdict = same(p, MARGIN)
    return Finding(
        verdict,
        f"{sentence}, with a margin of ±{MARGIN:g}.",
        evidence=(Evidence("", "", "points", p, MARGIN, same=True),),
    )


def _not_attempted(claim: str) -> Finding:
    return Finding(Verdict.NOT_ATTEMPTED, f"{claim}. No run is finished yet.")


def missing(record: Record) -> str:
    """State how many runs are missing, with the command for them and its cost; "" if none is."""
    seeds = {label: len(trial.recipe.seeds) for label, trial in record.trials.items()}
    left = {label: len(SEEDS) - seeds.get(label, 0) for label in NETS}
    count = sum(left.values())
    if not count:
        return ""
    seconds = sum(n * seconds_per_run(record, label) for label, n in left.items())
    return f"{count} of {len(NETS) * len(SEEDS)} runs are missing: about {duration(seconds)} on one core, `{COMMAND}`."


def seconds_per_run(record: Record, label: str) -> float:
    """Return the mean time of a run of this net, or of all recorded runs, or a guess if there are none."""
    times = {own: trial.runs["seconds"].mean() for own, trial in record.trials.items()}
    if label in times:
        return float(times[label])
    return float(sum(times.values()) / len(times)) if times else 3600 * _HOURS
