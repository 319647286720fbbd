"""Measures the accuracy of the two packaged nets while more and more of their hidden neurons are removed.

`python -m dropout_core.topics.neurons.removal_study` writes reference/files/neurons_removal.json; see findings.removal.
"""

import json

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import load_validation
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.inference import pixels
from dropout_core.numerics.network import SmallNetwork
from dropout_core.reference import nets
from dropout_core.topics.neurons.ablation import random_orders, removal, single_costs
from dropout_core.topics.neurons.findings import REMOVAL_FILE

STEP = 16  # number of neurons between neighbouring points of the curves
DRAWS = 10  # number of random orders


def measure_net(
    net: SmallNetwork, x: Float[np.ndarray, "n 784"], labels: UInt8[np.ndarray, "n"], counts: range, draws: int = DRAWS
) -> dict[str, dict[str, list[float]]]:
    """Measure the accuracy (%) after removing each number of neurons in `counts`.

    Returns curves by order: "costly" (the most costly neurons first) has a "mean"; "random" also has "low" and "high",
    the extremes over the random orders.
    """
    costly = single_costs(net, x, labels).order("accuracy")
    orders = random_orders(len(costly), draws, 0)
    drawn = np.array([removal(net, x, labels, order, counts)["accuracy"] for order in orders])
    curves = {
        "costly": {"mean": removal(net, x, labels, costly, counts)["accuracy"]},
        "random": {"mean": drawn.mean(0), "low": drawn.min(0), "high": drawn.max(0)},
    }
    return {how: {name: v.round(3).tolist() for name, v in curve.items()} for how, curve in curves.items()}


def main() -> None:
    digits = load_validation(nets.RECIPE.data, Settings.from_env())
    x, labels = pixels(digits.images), digits.labels
    counts = range(0, sum(nets.RECIPE.hidden) + 1, STEP)
    by_arm = {arm: measure_net(nets.load(arm).net, x, labels, counts) for arm in ARMS}
    file = {
        "counts": list(counts),
        "draws": DRAWS,
        "curves": {how: {arm: by_arm[arm][how] for arm in ARMS} for how in ("costly", "random")},
        "provenance": software() | {"hardware": processor(), "ended": now(), "validation_images": len(labels)},
    }
    write_whole(REMOVAL_FILE, json.dumps(file, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
