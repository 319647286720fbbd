"""Results of the variants' reference runs: paired differences from no dropout and from plain dropout."""

from dataclasses import dataclass

import pandas as pd

from dropout_core.common.text import around, listed, sentence, signed
from dropout_core.data.published import NOISE_ERRORS
from dropout_core.experiments.recipe import AFTER_RELU, DROPOUT, NO_DROPOUT
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


MEASURES = {"accuracy": Measure("accuracy, points", 2, True), "loss": Measure("loss, nats", 2, False)}
SPATIAL_PLACES = {"accuracy": 2, "loss": 3}
BASES = (NO_DROPOUT, DROPOUT)  # the baseline trials
# Selectable trials.
PICKS = ("Gaussian", "Gaussian before the ReLU", "DropConnect", "inputs only", "hidden and inputs", "early", "late")
SPATIAL = {
    "spatial 0.1": "conv 0.1, dense 0.5",
    "spatial 0.2": "conv 0.2, dense 0.5",
}  # trials that drop single values, keyed by the trial that drops whole maps at the same rate
MARKS = {Verdict.HOLDS: "▲", Verdict.DOES_NOT_HOLD: "▼", Verdict.INCONCLUSIVE: "○"}


def place_of_noise(record: Record) -> str:
    """Say where the record's Gaussian noise acts if it is not where the paper has it; "" if it is."""
    if record.trials["Gaussian"].recipe.noise_at == AFTER_RELU:
        return ""
    return (
        "In these runs, the Gaussian noise acts *before* the ReLU, where a negative factor makes a negative sum fire "
        "and the mean changes. The paper’s multiplies activations; new comparisons on the Training page do, too."
    )


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


def cell(p: Paired, places: int, higher_is_better: bool) -> str:
    """Format the difference with its interval, marked ▲ for ahead, ▼ for behind, or ○ for inconclusive.

    Fewer than FEWEST seeds give only the mean difference.
    """
    if p.low is None or p.high is None:
        return signed(p.mean, places)
    return f"{MARKS[improves(p, higher_is_better)]} {around(p.mean, p.low, p.high, places)}"


def differences(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a table of differences, formatted by cell(), with one row per trial and one column per baseline.

    No trial is compared with itself.
    """
    rows = []
    for trial in table["trial"].unique():
        cells = {f"against {base}": "–" if trial == base else _cell(table, column, trial, base) for base in BASES}
        rows.append({"variant": trial, **cells})
    return pd.DataFrame([row for row in rows if row["variant"] != NO_DROPOUT])


def grouped(table: pd.DataFrame, column: str, base: str) -> dict[Verdict, list[str]]:
    """Group the trials by verdict: ahead of the base, behind it, or inconclusive.

    The base itself and the trial "no dropout" are left out.
    """
    groups: dict[Verdict, list[str]] = {verdict: [] for verdict in MARKS}
    for trial in table["trial"].unique():
        if trial != base and trial != NO_DROPOUT:
            result = difference(table, column, trial, base)
            groups[improves(result, MEASURES[column].higher_is_better)].append(trial)
    return groups


def summary(table: pd.DataFrame, column: str, base: str) -> str:
    """Say in one sentence which variants are ahead of the base, which are behind, and which are inconclusive."""
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
    """Say which variants are ahead of plain dropout in accuracy, as a heading."""
    ahead = grouped(table, "accuracy", DROPOUT)[Verdict.HOLDS]
    names = listed(f"“{name[:1].upper()}{name[1:]}”" for name in ahead) if ahead else "No variant"
    return f"{names} beat{'' if len(ahead) > 1 else 's'} plain dropout in accuracy"


def by_chance(table: pd.DataFrame) -> tuple[int, float]:
    """Return the number of intervals in the difference tables, and the number (5 %) expected to miss the true value."""
    trials = table["trial"].nunique()
    count = len(MEASURES) * (2 * trials - 3)
    return count, 0.05 * count


def histories(record: Record, column: str = "full_val_loss") -> pd.DataFrame:
    """Return a measure's mean and interval over the seeds, in the columns trial, epoch, mean, low and high."""
    return record_tables.histories(record, column)[["trial", "epoch", "mean", "low", "high"]]


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return the validation error (%) of the trials in NOISE_ERRORS.

    The columns are trial, mean, error (one standard error) and n.
    """
    by_trial = (100 - table.set_index("trial")["accuracy"]).groupby(level=0)
    rows = pd.DataFrame({"mean": by_trial.mean(), "error": by_trial.sem(), "n": by_trial.count()})
    return rows.loc[list(NOISE_ERRORS)].reset_index()


def published_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each kind of noise in NOISE_ERRORS, return its name, the paper's error (%) and our error (%)."""
    ours = errors(table)
    return [
        ("Bernoulli" if trial == DROPOUT else trial, f"{published:.2f} ± {spread:.2f}", f"{mean:.2f} ± {error:.2f}")
        for (trial, (published, spread)), mean, error in zip(
            NOISE_ERRORS.items(), ours["mean"], ours["error"], strict=True
        )
    ]


def times_published(table: pd.DataFrame) -> float:
    """Return the ratio of our mean error to the paper's mean error, over the kinds of noise in NOISE_ERRORS."""
    return errors(table)["mean"].mean() / (sum(error for error, _ in NOISE_ERRORS.values()) / len(NOISE_ERRORS))


def spatial_rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """For each pair in SPATIAL, return its name and the differences in accuracy and loss, formatted by cell()."""
    return [
        (f"{trial} against {base}", *(_cell(table, m, trial, base, SPATIAL_PLACES[m]) for m in MEASURES))
        for trial, base in SPATIAL.items()
    ]


def _cell(table: pd.DataFrame, column: str, trial: str, base: str, places: int | None = None) -> str:
    measure = MEASURES[column]
    return cell(difference(table, column, trial, base), places or measure.places, measure.higher_is_better)


def _are(names: list[str]) -> str:
    return f"{_names(names)} {'is' if len(names) == 1 else 'are'}"


def _names(names: list[str]) -> str:
    return listed(f"{name} dropout" if name in ("early", "late") else name for name in names)
