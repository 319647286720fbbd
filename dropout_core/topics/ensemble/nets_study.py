"""Compare the average over sampled subnetworks with the scaled pass, for ten independently trained nets.

`python -m dropout_core.topics.ensemble.nets_study` trains the nets on the engine and writes
reference/files/ensemble_nets.json. The design and the margin are in the catalogue (SUBNETWORKS).
"""

import json

import numpy as np

from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.engine.trained_nets import nets, open_engine, trained
from dropout_core.experiments.catalogue import SUBNETWORKS
from dropout_core.numerics.inference import pixels, probabilities, random_masks
from dropout_core.numerics.network import SmallNetwork
from dropout_core.topics.ensemble.findings import NETS_FILE
from dropout_core.topics.ensemble.members import loss, subnetwork_outputs, wrong

COUNTS = (1, 2, 4, 8, 16, 32, 50, 100, 200)  # subnetworks per average
_CHUNK = 500  # images at a time, so that the outputs of all subnetworks take 4 MB


def measure_net(net: SmallNetwork, rate: float, digits: Digits, seed: int) -> dict:
    """Compute accuracy (%) and loss (nats) of the scaled pass, and of the average of k subnetworks for k in COUNTS.

    seed   the seed from which the subnetworks are drawn
    """
    x, labels = pixels(digits.validation_images), digits.validation_labels
    masks = random_masks(net, rate, COUNTS[-1], seed)
    parts = [_averages(subnetwork_outputs(net, x[i : i + _CHUNK], masks, rate)) for i in range(0, len(x), _CHUNK)]
    averages = np.concatenate(parts, axis=1)
    scaled = _scores(probabilities(net, digits.validation_images), labels)
    return {"seed": seed, "scaled": scaled, "averages": [_scores(p, labels) for p in averages]}


def _averages(outputs: np.ndarray) -> np.ndarray:
    """Average the first k outputs [members, images, classes] for each k in COUNTS."""
    sums = outputs.cumsum(axis=0, dtype=float)
    return np.stack([sums[k - 1] / k for k in COUNTS])


def _scores(p: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    accuracy, nats = 100 * float(1 - wrong(p, labels).mean()), float(loss(np.maximum(p, 1e-12), labels).mean())
    return {"accuracy": round(accuracy, 4), "loss": round(nats, 6)}


def main() -> None:
    """Train the nets missing from the store, measure all of them, and write the file."""
    settings = Settings.from_env()
    (trial,) = SUBNETWORKS.trials
    with open_engine(settings) as (engine, store):
        comparison = trained(trial.recipe, engine, store)
        dropout_nets = nets(trial.recipe, store)
    digits = load(trial.recipe.data, settings)
    measured = [measure_net(net, trial.recipe.rate, digits, seed) for (_, seed), net in dropout_nets.items()]
    about = {"recipe": json.loads(trial.recipe.to_json()), "provenance": comparison.provenance}
    about |= {"ended": comparison.ended, "counts": COUNTS, "nets": measured}
    write_whole(NETS_FILE, json.dumps(about, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
