"""Read the final values of records straight from their files, as a second path to what the package computes."""

import gzip
import io
import json
from functools import cache

import numpy as np
import pandas as pd

from dropout_core.reference import FILES


@cache
def raw(name: str) -> pd.DataFrame:
    """Read a record's final values straight from its files: means over the last quarter of at least 20 epochs."""
    about = json.loads((FILES / f"{name}.json").read_text("utf-8"))
    points = pd.read_csv(io.BytesIO(gzip.decompress((FILES / f"{name}.csv.gz").read_bytes())))
    rows = []
    for (trial, arm, seed), run in points.groupby(["trial", "arm", "seed"]):
        run, end = run.sort_values("step"), run["epoch"].max()
        late = run[run["epoch"] > 0.75 * end] if end > 19.5 else run.tail(1)
        values = {"accuracy": late["full_val_accuracy"].mean(), "loss": late["full_val_loss"].mean()}
        gap = (late["full_val_loss"] - late["eval_loss"]).mean()
        rows.append({"trial": about["trials"][trial]["label"], "arm": arm, "seed": seed, "gap": gap, **values})
    return pd.DataFrame(rows)


def two_arms(name: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a column of a record with two arms: the values with dropout and those without, by seed."""
    table = raw(name).pivot(index="seed", columns="arm", values=column)
    return table["dropout"].to_numpy(), table["no dropout"].to_numpy()
