"""Evaluate early stopping on images that were not used to choose the epoch.

`python -m dropout_core.topics.regularisers.stopping_study` trains on the engine, and writes
reference/files/regularisers_stopping.json. Early stopping keeps the epoch with the lowest loss on the test images. On
those images its loss would be optimistic, so both nets are evaluated on training images that neither has seen.
"""

import json
from dataclasses import replace

import numpy as np

from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.engine.trained_nets import open_engine, trained
from dropout_core.experiments.catalogue import STOPPING_SEEDS
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.inference import from_arrays, probabilities
from dropout_core.topics.regularisers.findings import STOPPED

WHOLE = Recipe(images=2_000, epochs=40, seeds=STOPPING_SEEDS)
RECIPES = {"whole": WHOLE, "stopped": replace(WHOLE, patience=3)}
JUDGED_ON = 10_000  # the last training images


def scores(weights: dict[str, np.ndarray], digits: Digits) -> dict[str, float]:
    """Return a net's accuracy (%) and loss (nats) on the last JUDGED_ON training images."""
    p = probabilities(from_arrays(weights), digits.train_images[-JUDGED_ON:])
    labels = digits.train_labels[-JUDGED_ON:]
    right = p[np.arange(len(labels)), labels]
    loss = -np.log(np.maximum(right, 1e-12)).mean(dtype=float)
    return {"accuracy": round(100 * float((p.argmax(1) == labels).mean()), 4), "loss": round(float(loss), 6)}


def main() -> None:
    """Train the comparisons missing from the store, evaluate all nets, and write the file."""
    settings = Settings.from_env()
    digits = load(WHOLE.data, settings)
    rows = {(run.arm, run.seed): {"arm": run.arm, "seed": run.seed} for run in WHOLE.runs()}
    with open_engine(settings) as (engine, store):
        for kind, recipe in RECIPES.items():
            comparison = trained(recipe, engine, store)
            epochs = comparison.points.groupby(["arm", "seed"])["epoch"].max().round()
            for key, row in rows.items():
                row[kind] = scores(store.weights(recipe.key, *key), digits) | {"epochs": int(epochs[key])}
    about = {"recipe": json.loads(WHOLE.to_json()), "provenance": comparison.provenance, "ended": comparison.ended}
    about |= {"judged_on": JUDGED_ON, "runs": list(rows.values())}
    write_whole(STOPPED, json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
