"""Evaluate the nets that choose C10's strength of L2, on images used neither for training nor for the verdict.

`python -m dropout_core.topics.regularisers.decay_study` trains on the engine, and writes
reference/files/regularisers_decay.json. If the test images chose the strength, it would suit exactly the images on
which the record "decay" then compares it, even though the comparison uses other seeds.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import load
from dropout_core.engine.trained_nets import open_engine, trained
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.experiment import Trial
from dropout_core.topics.regularisers.findings import CHOICE
from dropout_core.topics.regularisers.stopping_study import JUDGED_ON, scores

DECAY = EXPERIMENTS["decay"]


def choosing() -> Iterator[Trial]:
    """Yield the trials with L2, each with the first half of its seeds. The other half decides the verdict."""
    for label, recipe in DECAY.trials:
        if recipe.weight_decay:
            yield Trial(label, replace(recipe, seeds=recipe.seeds[: len(recipe.seeds) // 2]))


def main() -> None:
    """Train the nets missing from the store, evaluate all of them on the last training images, and write the file."""
    settings = Settings.from_env()
    digits, rows = load(DECAY.trials[0].recipe.data, settings), []
    with open_engine(settings) as (engine, store):
        for label, recipe in choosing():
            comparison = trained(recipe, engine, store)
            for run in recipe.runs():
                found = scores(store.weights(recipe.key, run.arm, run.seed), digits)
                rows.append({"trial": label, "arm": run.arm, "seed": run.seed} | found)
            print(f"{label}: {len(recipe.runs())} nets", flush=True)
    about = {"provenance": comparison.provenance, "ended": comparison.ended, "chosen_on": JUDGED_ON, "runs": rows}
    write_whole(CHOICE, json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
