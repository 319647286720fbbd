"""Results of the variants' reference runs: paired differences from no dropout and from plain dropout."""

from dataclasses import dataclass

import pandas as pd

from dropout_core.common.text import around, listed, roughly, sentence, signed
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence, power_range
from dropout_core.numerics.multiple import holm_adjusted
from dropout_core.numerics.power import Design
from dropout_core.numerics.statistics import Paired
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import record_tables
from dropout_core.reference.records import Record


@dataclass(frozen=True)
class Measure:
    """A measure on which trials are compared, with the number of decimals shown for differences."""

    title: str
    places: int
    higher_is_better: bool
    unit: str


MEASURES = {
    "accuracy": Measure("accuracy, points", 2, True, "points"),
    "loss": Measure("loss, nats", 2, False, "nats"),
}
SPATIAL_PLACES = {"accuracy": 2, "loss": 3}
BASES = (NO_DROPOUT, DROPOUT)  # the baseline trials
# Selectable trials.
PICKS = ("Gaussian", "Gaussian before the ReLU", "DropConnect", "inputs only", "hidden and inputs", "early", "late")
SPATIAL = {
    "spatial 0.1": "conv 0.1, dense 0.5",
    "spatial 0.2": "conv 0.2, dense 0.5",
}  # trials that drop single values, keyed by the trial that drops whole maps at the same rate
MARKS = {Verdict.HOLDS: "▲", Verdict.DOES_NOT_HOLD: "▼", Verdict.INCONCLUSIVE: "○"}


def runs(record: Record) -> pd.DataFrame:
    """Return the table of record_tables.runs, with the arm "no dropout" for the trial without noise.

    Each trial has one arm, which is stored as "dropout" even for the trial "no dropout". The recipe sets its noise.
    """
    table = record_tables.runs(record)
    return table.assign(arm=[NO_DROPOUT if trial == NO_DROPOUT else DROPOUT for trial in table["trial"]])


def spatial_runs(record: Record) -> pd.DataFrame:
    """Return the runs of the trials in SPATIAL. In each pair, the trial that drops single values comes first."""
    order = [trial for spatial, single in SPATIAL.items() for trial in (single, spatial)]
    table = runs(record)
    table = table[table["trial"].isin(order)].assign(arm=DROPOUT)
    return table.sort_values("trial", key=lambda names: names.map(order.index), kind="stable")


def difference(table: pd.DataFrame, column: str, trial: str, base: str) -> Paired:
    """Return one trial's values minus those of another, paired by seed. Raises KeyError for an unknown trial."""
    arm = {label: group["arm"].iloc[0] for label, group in table.groupby("trial")}
    return record_tables.compared(table, column, (trial, arm[trial]), (base, arm[base]))


def against(table: pd.DataFrame, column: str, base: str) -> dict[str, Paired]:
    """Compare each trial with the base, except the trial "no dropout" and the base itself.

    The intervals are adjusted by Holm's method: in at most one such table in 20, any of them excludes zero falsely.
    """
    trials = [trial for trial in table["trial"].unique() if trial not in (base, NO_DROPOUT)]
    pairs = holm_adjusted([difference(table, column, trial, base) for trial in trials])
    return dict(zip(trials, pairs, strict=True))


def verdicts(table: pd.DataFrame, column: str, base: str) -> dict[str, Verdict]:
    """Judge by the intervals of against() whether each trial is better than the base."""
    higher_is_better = MEASURES[column].higher_is_better
    return {trial: improves(p, higher_is_better) for trial, p in against(table, column, base).items()}


def comparisons(table: pd.DataFrame, column: str, base: str) -> dict[str, Evidence]:
    """Compare each trial with the base, for the power of verdicts().

    The power is that at Bonferroni's limit, the first and strictest step of Holm's correction.
    """
    pairs = against(table, column, base)
    return {trial: _evidence(p, column, len(pairs)) for trial, p in pairs.items()}


def _evidence(p: Paired, column: str, tests: int = 1) -> Evidence:
    return Evidence("", column, MEASURES[column].unit, p, design=Design(tests=tests))


def power(table: pd.DataFrame, column: str, base: str) -> str:
    """State which differences from the base the seeds detect, and how many seeds the inconclusive ones would need."""
    judged, compared = verdicts(table, column, base), comparisons(table, column, base)
    needed = [
        each.needed
        for trial, each in compared.items()
        if judged[trial] is Verdict.INCONCLUSIVE and each.needed is not None
    ]
    seen = power_range([*compared.values()])
    if not needed:
        return seen
    most = f" to {roughly(max(needed))}" if max(needed) > min(needed) else ""
    return f"{seen}; the inconclusive differences would need about {roughly(min(needed))}{most} seeds"


def cell(each: Evidence, places: int, verdict: Verdict) -> str:
    """Format the difference with its interval, marked ▲ for ahead, ▼ for behind, or ○ for inconclusive.

    If it is inconclusive, add the number of seeds needed to detect it as measured. Fewer than FEWEST seeds give only
    the mean difference.
    """
    p = each.paired
    if p.low is None or p.high is None:
        return signed(p.mean, places)
    needed = f"; about {roughly(each.needed)} seeds" if verdict is Verdict.INCONCLUSIVE and each.needed else ""
    return f"{MARKS[verdict]} {around(p.mean, p.low, p.high, places)}{needed}"


def differences(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a table of differences, formatted by cell(), with one row per trial and one column per baseline.

    No trial is compared with itself.
    """
    judged = {base: verdicts(table, column, base) for base in BASES}
    compared = {base: comparisons(table, column, base) for base in BASES}
    measure, rows = MEASURES[column], []
    for trial in judged[NO_DROPOUT]:
        cells = {
            f"against {base}": cell(compared[base][trial], measure.places, judged[base][trial])
            if trial in judged[base]
            else "–"
            for base in BASES
        }
        rows.append({"variant": trial, **cells})
    return pd.DataFrame(rows)


def grouped(table: pd.DataFrame, column: str, base: str) -> dict[Verdict, list[str]]:
    """Group the trials by verdict: ahead of the base, behind it, or inconclusive.

    The base itself and the trial "no dropout" are left out.
    """
    judged = verdicts(table, column, base)
    return {verdict: [trial for trial, each in judged.items() if each is verdict] for verdict in MARKS}


def summary(table: pd.DataFrame, column: str, base: str) -> str:
    """Name in one sentence the variants that are ahead of the base, those behind it, and the inconclusive ones."""
    groups = grouped(table, column, base)
    ahead, behind, inconclusive = (groups[verdict] for verdict in MARKS)
    name = "plain dropout" if base == DROPOUT else base
    if not behind and not inconclusive:
        return f"All are ahead of {name}."
    if not behind and not ahead:
        return f"No detectable difference from {name}."
    parts = [
        f"{_are(ahead)} ahead of {name}" if ahead else f"none is ahead of {name}",
        f"{_are(behind)} behind" if behind else "",
        f"{_names(inconclusive)}: inconclusive" if inconclusive else "",
    ]
    return sentence("; ".join(part for part in parts if part))


def headline(table: pd.DataFrame) -> str:
    """Return a heading that names the variants that are more or less accurate than plain dropout."""
    groups = grouped(table, "accuracy", DROPOUT)
    ahead, behind = groups[Verdict.HOLDS], groups[Verdict.DOES_NOT_HOLD]
    if not ahead and not behind:
        return "No variant differs detectably from plain dropout"
    loses = f"; {_quoted(behind)} lose{'' if len(behind) > 1 else 's'} to it" if behind else ""
    if not ahead:
        return f"No variant beats plain dropout{loses}"
    return f"{_quoted(ahead)} beat{'' if len(ahead) > 1 else 's'} plain dropout in accuracy{loses}"


def advice(table: pd.DataFrame) -> str:
    """State whether these runs give a reason to choose a variant instead of plain dropout."""
    ahead = grouped(table, "accuracy", DROPOUT)[Verdict.HOLDS]
    if not ahead:
        return "Judged by accuracy, these runs do not justify choosing any variant over plain dropout."
    where = "for this small net at one untuned rate"
    return f"Judged by accuracy, these runs justify choosing only {_quoted(ahead)}, {where}."


def spread(table: pd.DataFrame) -> float:
    """Return the difference in accuracy between the best and the worst seed of plain dropout, in points."""
    accuracy = table.loc[table["trial"] == DROPOUT, "accuracy"]
    return float(accuracy.max() - accuracy.min())


def _quoted(names: list[str]) -> str:
    return listed(f"“{name[:1].upper()}{name[1:]}”" for name in names)


def histories(record: Record, column: str = "full_val_loss") -> pd.DataFrame:
    """Return a measure's mean and interval over the seeds, in the columns trial, epoch, mean, low and high."""
    return record_tables.histories(record, column)[["trial", "epoch", "mean", "low", "high"]]


def spatial_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each pair in SPATIAL, return its name and the differences in accuracy and loss, formatted by cell()."""
    return [
        (f"{trial} against {base}", *(_single(table, m, trial, base) for m in MEASURES))
        for trial, base in SPATIAL.items()
    ]


def spatial_in_words(table: pd.DataFrame) -> str:
    """State how often dropping whole maps does better or worse than dropping single values at the same rate."""
    found = [
        improves(difference(table, measure, trial, base), MEASURES[measure].higher_is_better)
        for trial, base in SPATIAL.items()
        for measure in MEASURES
    ]
    better, worse = found.count(Verdict.HOLDS), found.count(Verdict.DOES_NOT_HOLD)
    if len(found) in (better, worse):
        how = "better" if better else "worse"
        return f"Dropping whole maps does {how} than dropping single values, by accuracy and by loss, at both rates."
    return (
        f"Of {len(found)} comparisons (accuracy and loss, at two rates), dropping whole maps does better than dropping "
        f"single values in {better}, and worse in {worse}."
    )


def _single(table: pd.DataFrame, column: str, trial: str, base: str) -> str:
    p = difference(table, column, trial, base)
    return cell(_evidence(p, column), SPATIAL_PLACES[column], improves(p, MEASURES[column].higher_is_better))


def _are(names: list[str]) -> str:
    return f"{_names(names)} {'is' if len(names) == 1 else 'are'}"


def _names(names: list[str]) -> str:
    return listed(f"{name} dropout" if name in ("early", "late") else name for name in names)
