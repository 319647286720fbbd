"""Batch normalisation or dropout, from the record of the regularisers."""

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Paired
from dropout_core.reference.record_tables import compared, runs
from dropout_core.reference.records import load

RECORD = "regularisers"
PLAIN, NORM = "none", "batch norm, then dropout"
NETS = {  # trial and arm
    "neither": (PLAIN, NO_DROPOUT),
    "dropout": (PLAIN, DROPOUT),
    "batch norm": (NORM, NO_DROPOUT),
    "both": (NORM, DROPOUT),
}
PAIRS = (("batch norm", "dropout"), ("both", "batch norm"), ("both", "dropout"))
UNITS = {"accuracy": "points", "loss": "nats"}


def means(column: str) -> dict[str, float]:
    """Return the mean of "accuracy" (%) or "loss" over the seeds, for each of NETS."""
    by_net = runs(load(RECORD)).groupby(["trial", "arm"])[column].mean()
    return {name: float(by_net[net]) for name, net in NETS.items()}


def evidence(column: str) -> list[Evidence]:
    """Compare the nets of PAIRS, the first minus the second."""
    table = runs(load(RECORD))
    return [
        Evidence(
            f"{one} against {other}",
            f"validation {column}",
            UNITS[column],
            compared(table, column, NETS[one], NETS[other]),
        )
        for one, other in PAIRS
    ]


def change(net: str, column: str) -> Paired:
    """Return the difference of one of NETS from the plain net, paired by seed."""
    return compared(runs(load(RECORD)), column, NETS[net], NETS["neither"])


def headline() -> str:
    """State whether batch norm or dropout is better, and what dropout adds to batch norm, by accuracy."""
    against, added, _ = (each.paired for each in evidence("accuracy"))
    mean = means("accuracy")
    first = {
        1: f"Batch norm beats dropout, {mean['batch norm']:.1f} to {mean['dropout']:.1f} %",
        -1: f"Dropout beats batch norm, {mean['dropout']:.1f} to {mean['batch norm']:.1f} %",
        0: f"Batch norm ({mean['batch norm']:.1f} %) or dropout ({mean['dropout']:.1f} %): no detectable difference",
    }[against.sign]
    second = {
        1: f"dropout on top adds {added.mean:.1f} points",
        -1: f"dropout on top costs {-added.mean:.1f} points",
        0: "dropout on top makes no detectable difference",
    }[added.sign]
    return f"{first}; {second}"
