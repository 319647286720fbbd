"""What the reference runs say about the variants: paired differences from no dropout and from plain dropout."""

from dataclasses import dataclass

import pandas as pd

from dropout_core.common.text import around, listed, sentence, signed
from dropout_core.data.published import NOISE_ERRORS
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import Paired
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import record_tables
from dropout_core.reference.records import Record


@dataclass(frozen=True)
class Measure:
    """What is compared, with the decimals of its differences."""

    title: str
    places: int
    higher_is_better: bool


MEASURES = {"accuracy": Measure("accuracy, points", 2, True), "loss": Measure("loss, nats", 2, False)}
SPATIAL_PLACES = {"accuracy": 2, "loss": 3}
BASES = (NO_DROPOUT, DROPOUT)  # the trials with which the others are compared
PICKS = ("Gaussian", "DropConnect", "inputs only", "hidden and inputs", "early", "late")  # trials beside the BASES
SPATIAL = {
    "spatial 0.1": "conv 0.1, dense 0.5",
    "spatial 0.2": "conv 0.2, dense 0.5",
}  # trial: same rate, single values
MARKS = {Verdict.HOLDS: "▲", Verdict.DOES_NOT_HOLD: "▼", Verdict.INCONCLUSIVE: "○"}
STANDINGS = {Verdict.HOLDS: "ahead", Verdict.DOES_NOT_HOLD: "behind", Verdict.INCONCLUSIVE: "inconclusive"}


def runs(record: Record) -> pd.DataFrame:
    """The table of record_tables.runs, with the arm "no dropout" for the trial without noise.

    Each trial has one arm, stored as "dropout", whose noise the recipe sets; that of the trial "no dropout" has none.
    """
    table = record_tables.runs(record)
    return table.assign(arm=[NO_DROPOUT if trial == NO_DROPOUT else DROPOUT for trial in table["trial"]])


def spatial_runs(record: Record) -> pd.DataFrame:
    """The runs of the trials in SPATIAL, each trial with single values before its trial with whole maps."""
    order = [trial for spatial, single in SPATIAL.items() for trial in (single, spatial)]
    table = runs(record)
    table = table[table["trial"].isin(order)].assign(arm=DROPOUT)
    return table.sort_values("trial", key=lambda names: names.map(order.index), kind="stable")


def difference(table: pd.DataFrame, column: str, trial: str, base: str) -> Paired:
    """One trial minus another, paired by seed. Raises KeyError for an unknown trial."""
    arm = {label: group["arm"].iloc[0] for label, group in table.groupby("trial")}
    return record_tables.compared(table, column, (trial, arm[trial]), (base, arm[base]))


def cell(p: Paired, places: int, higher_is_better: bool) -> str:
    """The difference with its interval, marked ▲ ahead, ▼ behind, ○ inconclusive."""
    mark = MARKS[improves(p, higher_is_better)]
    if p.low is None or p.high is None:
        return f"{mark} {signed(p.mean, places)}"
    return f"{mark} {around(p.mean, p.low, p.high, places)}"


def differences(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row for each trial, one column for each of BASES; no trial is compared with itself. Cells as in cell()."""
    rows = []
    for trial in table["trial"].unique():
        cells = {f"against {base}": "–" if trial == base else _cell(table, column, trial, base) for base in BASES}
        rows.append({"variant": trial, **cells})
    return pd.DataFrame([row for row in rows if row["variant"] != NO_DROPOUT])


def grouped(table: pd.DataFrame, column: str, base: str) -> dict[Verdict, list[str]]:
    """The trials other than BASES, grouped by the verdict on the claim that they are better than the base."""
    groups: dict[Verdict, list[str]] = {verdict: [] for verdict in MARKS}
    for trial in table["trial"].unique():
        if trial != base and trial != NO_DROPOUT:
            result = difference(table, column, trial, base)
            groups[improves(result, MEASURES[column].higher_is_better)].append(trial)
    return groups


def summary(table: pd.DataFrame, column: str, base: str) -> str:
    """One sentence: which variants are ahead of the base, which behind, and for which the result is inconclusive."""
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


def by_chance(table: pd.DataFrame) -> tuple[int, float]:
    """The number of intervals in both tables of differences, and how many of them (5 %) miss the truth on average."""
    trials = table["trial"].nunique()
    count = len(MEASURES) * (2 * trials - 3)
    return count, 0.05 * count


def histories(record: Record, column: str = "full_val_loss") -> pd.DataFrame:
    """Mean and interval over the seeds: trial, epoch, mean, low, high."""
    return record_tables.histories(record, column)[["trial", "epoch", "mean", "low", "high"]]


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Validation error in % of the trials in NOISE_ERRORS: trial, mean, error (one standard error), n."""
    by_trial = (100 - table.set_index("trial")["accuracy"]).groupby(level=0)
    rows = pd.DataFrame({"mean": by_trial.mean(), "error": by_trial.sem(), "n": by_trial.count()})
    return rows.loc[list(NOISE_ERRORS)].reset_index()


def published_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each kind of noise in NOISE_ERRORS: its name, the paper's error and ours, in %."""
    ours = errors(table)
    return [
        ("Bernoulli" if trial == DROPOUT else trial, f"{published:.2f} ± {spread:.2f}", f"{mean:.2f} ± {error:.2f}")
        for (trial, (published, spread)), mean, error in zip(
            NOISE_ERRORS.items(), ours["mean"], ours["error"], strict=True
        )
    ]


def times_published(table: pd.DataFrame) -> float:
    """Our mean error over the kinds of noise in NOISE_ERRORS, as a multiple of the paper's."""
    return errors(table)["mean"].mean() / (sum(error for error, _ in NOISE_ERRORS.values()) / len(NOISE_ERRORS))


def spatial_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each pair of SPATIAL: its name, and the differences in accuracy and loss, as in cell()."""
    return [
        (f"{trial} against {base}", *(_cell(table, m, trial, base, SPATIAL_PLACES[m]) for m in MEASURES))
        for trial, base in SPATIAL.items()
    ]


def spatial_standings(table: pd.DataFrame) -> str:
    """Where whole maps are ahead of single values and where behind, by both measures."""
    parts = []
    for trial, base in SPATIAL.items():
        verdicts = {
            m: improves(difference(table, m, trial, base), measure.higher_is_better) for m, measure in MEASURES.items()
        }
        standings = (f"{STANDINGS[verdict]} by {m}" for m, verdict in verdicts.items())
        parts.append(f"**{trial}**: {', '.join(standings)}")
    return "; ".join(parts)


def _cell(table: pd.DataFrame, column: str, trial: str, base: str, places: int | None = None) -> str:
    measure = MEASURES[column]
    return cell(difference(table, column, trial, base), places or measure.places, measure.higher_is_better)


def _are(names: list[str]) -> str:
    return f"{_names(names)} {'is' if len(names) == 1 else 'are'}"


def _names(names: list[str]) -> str:
    return listed(f"{name} dropout" if name in ("early", "late") else name for name in names)
