"""What the reference runs say of the variants: differences by seed against no dropout and against plain dropout."""

import pandas as pd

from dropout_core.common.text import around, listed, signed
from dropout_core.data.published import NOISE_ERRORS
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import Paired
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import record_tables
from dropout_core.reference.records import Record

BASES = (NO_DROPOUT, DROPOUT)  # trials, not arms: what the others are held against
MEASURES = {"accuracy": ("accuracy, points", 2, True), "loss": ("loss, nats", 2, False)}  # name, places, higher better
MARKS = {Verdict.HOLDS: "▲", Verdict.DOES_NOT_HOLD: "▼", Verdict.INCONCLUSIVE: "○"}
STANDINGS = {Verdict.HOLDS: "ahead", Verdict.DOES_NOT_HOLD: "behind", Verdict.INCONCLUSIVE: "inconclusive"}
SPATIAL = {"spatial 0.1": "conv 0.1, dense 0.5", "spatial 0.2": "conv 0.2, dense 0.5"}


def runs(record: Record) -> pd.DataFrame:
    """record_reading.runs, with the arm of the trial without noise called what it is: a net without dropout.

    Every trial has one arm, whose noise the recipe sets; that of the trial "no dropout" has none.
    """
    table = record_tables.runs(record)
    return table.assign(arm=[NO_DROPOUT if trial == NO_DROPOUT else DROPOUT for trial in table["trial"]])


def difference(table: pd.DataFrame, column: str, trial: str, base: str) -> Paired:
    """A trial minus another by seed. Raises KeyError for one that is not there."""
    arm = {label: group["arm"].iloc[0] for label, group in table.groupby("trial")}
    return record_tables.compared(table, column, (trial, arm[trial]), (base, arm[base]))


def cell(p: Paired, places: int, higher_is_better: bool) -> str:
    """The difference with its interval, marked ▲ ahead, ▼ behind, ○ inconclusive."""
    mark = MARKS[improves(p, higher_is_better)]
    said = signed(p.mean, places) if p.low is None else around(p.mean, p.low, p.high, places)
    return f"{mark} {said}"


def differences(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """A row a trial, a column for each of BASES; a trial is not compared with itself. Cells as in cell()."""
    _, places, higher = MEASURES[column]
    rows = []
    for trial in table["trial"].unique():
        cells = {
            f"against {base}": "–" if trial == base else cell(difference(table, column, trial, base), places, higher)
            for base in BASES
        }
        rows.append({"variant": trial, **cells})
    return pd.DataFrame([row for row in rows if row["variant"] != NO_DROPOUT])


def grouped(table: pd.DataFrame, column: str, base: str) -> dict[Verdict, list[str]]:
    """The trials by the verdict on the claim that they are better than the base; neither base is among them."""
    found: dict[Verdict, list[str]] = {verdict: [] for verdict in MARKS}
    for trial in table["trial"].unique():
        if trial != base and trial != NO_DROPOUT:
            result = difference(table, column, trial, base)
            found[improves(result, MEASURES[column][2])].append(trial)
    return found


def in_words(table: pd.DataFrame, column: str, base: str) -> str:
    """One sentence: which variants are ahead of the base, which behind, and for which the result is inconclusive."""
    groups = grouped(table, column, base)
    ahead, behind, inconclusive = (groups[verdict] for verdict in MARKS)
    name = "plain dropout" if base == DROPOUT else base
    if not behind and not inconclusive:
        return f"All are ahead of {name}."
    if not behind and not ahead:
        return f"No detectable difference from {name}."
    said = [
        f"{_listed(ahead)} ahead of {name}" if ahead else f"none is ahead of {name}",
        f"{_listed(behind)} behind" if behind else "",
        f"{_names(inconclusive)}: inconclusive" if inconclusive else "",
    ]
    text = "; ".join(part for part in said if part)
    return f"{text[:1].upper()}{text[1:]}."


def by_chance(table: pd.DataFrame) -> tuple[int, float]:
    """How many intervals the two tables hold, and how many of them miss the truth on average (5 % of them)."""
    trials = table["trial"].nunique()
    count = len(MEASURES) * (2 * trials - 3)
    return count, 0.05 * count


def histories(record: Record, column: str = "full_val_loss") -> pd.DataFrame:
    """trial, epoch, mean, low, high over the seeds."""
    found = record_tables.histories(record, column)
    return found[["trial", "epoch", "mean", "low", "high"]]


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Validation error in % of the trials that were published too: trial, mean, error (one standard error), n."""
    each = (100 - table.set_index("trial")["accuracy"]).groupby(level=0)
    found = pd.DataFrame({"mean": each.mean(), "error": each.sem(), "n": each.count()})
    return found.loc[list(NOISE_ERRORS)].reset_index()


def _listed(names: list[str]) -> str:
    return f"{_names(names)} {'is' if len(names) == 1 else 'are'}"


def _names(names: list[str]) -> str:
    shown = ["early dropout" if n == "early" else "late dropout" if n == "late" else n for n in names]
    return listed(shown)
