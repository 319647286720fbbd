"""Choose the learning rates of the nets at the paper's scale, on training images that the nets do not see.

`python -m dropout_core.topics.papers.scale_pilot_study` trains each candidate for 300 updates on the first of the
training images, evaluates it on the last 10,000, and writes reference/files/paper_scale_pilot.json. The test images are
not used.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from dropout_core.common import provenance
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.experiments.paper_scale import BOUNDED, DROPPED, PLAIN, net
from dropout_core.experiments.recipe import Recipe
from dropout_core.reference.studies import path
from dropout_core.training import trainer
from dropout_core.training.models import prepare

NAME = "paper_scale_pilot"
HELD_OUT, SEED, UPDATES = 10_000, 0, 300
CANDIDATES = {PLAIN: (0.03, 0.1), DROPPED: (0.03, 0.1), BOUNDED: (0.03, 0.1, 0.3)}


def held_out(digits: Digits, count: int = HELD_OUT) -> Digits:
    """Return the training images without the last ones, which take the place of the test images."""
    images, labels = digits.train_images, digits.train_labels
    return Digits(images[:-count], labels[:-count], images[-count:], labels[-count:], digits.checksum)


def candidates() -> list[tuple[str, Recipe]]:
    """List the recipes to compare, each with the label of its net."""
    rates = [(label, rate) for label, several in CANDIDATES.items() for rate in several]
    return [(label, _candidate(label, rate)) for label, rate in rates]


def _candidate(label: str, rate: float) -> Recipe:
    recipe = net(label, (SEED,))
    return replace(recipe, learning_rate=rate, epochs=1, images=UPDATES * recipe.batch)


def measure(recipe: Recipe, digits: Digits) -> dict:
    """Train one candidate. Returns its learning rate and its last losses and error; a diverged run has no error."""
    data = trainer.to_tensors(digits, recipe.images, "cpu")
    row: dict = {"learning_rate": recipe.learning_rate, "updates": recipe.epochs * recipe.steps_per_epoch}
    try:
        (result,) = trainer.train(recipe, recipe.runs(), data)
    except FloatingPointError as error:
        return row | {"error": None, "failed": str(error)}
    last = result.points[-1]
    losses = {"train_loss": last.train_loss, "eval_loss": last.eval_loss, "loss": last.full_val_loss}
    wrong = 100 - (last.full_val_accuracy or 0.0)
    return row | losses | {"error": round(wrong, 3), "seconds": round(result.seconds, 1)}


def main(file: Path | None = None) -> None:
    """Train the candidates that are not in the file yet, and write it."""
    file = file or path(NAME)
    prepare("cpu")
    digits = held_out(load("mnist", Settings.from_env()))
    rows = json.loads(file.read_text("utf-8"))["candidates"] if file.exists() else []
    known = [(row["net"], row["learning_rate"]) for row in rows]
    for label, recipe in candidates():
        if (label, recipe.learning_rate) not in known:
            rows.append({"net": label} | measure(recipe, digits))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    about = provenance.software() | {"hardware": provenance.processor(), "ended": provenance.now()}
    told = {"held_out": HELD_OUT, "seed": SEED, "provenance": about, "candidates": rows}
    write_whole(file, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
