"""Measures the cost of removing neurons, for several seeds in two comparisons.

`python -m dropout_core.topics.neurons.ablation_study` trains the nets on the engine and writes
reference/files/neurons_ablation.json, which findings.py reads.
"""

import json
from dataclasses import replace

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.engine.engine import Engine
from dropout_core.engine.trained_nets import nets, open_engine, trained
from dropout_core.experiments.experiment import fresh_seeds
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.inference import pixels
from dropout_core.numerics.network import SmallNetwork
from dropout_core.storage.store import Store
from dropout_core.topics.neurons.ablation import MEASURES, Costs, random_orders, removal, single_costs, unseen_worst
from dropout_core.topics.neurons.findings import FILE

FIRST_SEEDS = tuple(range(5))
_ARTICLE = Recipe(data="mnist", images=60_000, epochs=5, rate=0.5)
RECIPES = {
    # Adding seeds to those of the first look until the result is conclusive would not be a valid test, so the verdict
    # rests only on fresh seeds, whose number was fixed in advance.
    "first look": replace(_ARTICLE, seeds=FIRST_SEEDS),
    "article": replace(_ARTICLE, seeds=fresh_seeds(10)),
    "small": Recipe(data="mnist-5k", images=4_000, epochs=40, rate=0.5, seeds=fresh_seeds(5)),
}
TENTH = 0.1  # fraction of the hidden neurons that are removed together
DRAWS = 20  # number of random tenths
Half = tuple[Float[np.ndarray, "n 784"], UInt8[np.ndarray, "n"]]  # images and labels


def measure_net(net: SmallNetwork, digits: Digits, seed: int) -> dict[str, float]:
    """Measure a net's accuracy (%) and loss on the validation images, and the cost of each removal in findings.WHAT.

    The most costly neurons are selected on one half of the images and evaluated on the other, and vice versa: on the
    images used to select them, the largest of many measured costs would be inflated by luck.

    seed   the seed from which the random tenths are drawn
    """
    x, labels = pixels(digits.validation_images), digits.validation_labels
    halves: list[Half] = [(x[i::2], labels[i::2]) for i in range(2)]
    costs = [single_costs(net, *half) for half in halves]
    values = {}
    for measure in MEASURES:
        whole = float(np.mean([getattr(each, measure) for each in costs]))
        values[measure] = whole
        values[f"worst_{measure}"] = unseen_worst(costs[0], costs[1], measure)
        values[f"top_{measure}"] = _top_tenth(net, halves, costs, measure)
        values[f"random_{measure}"] = _cost(measure, whole, _without_random_tenths(net, (x, labels), measure, seed))
    return {name: round(value, 6) for name, value in values.items()}


def _top_tenth(net: SmallNetwork, halves: list[Half], costs: list[Costs], measure: str) -> float:
    """Select the most costly tenth of the neurons on one half of the images, and measure its cost on the other half."""
    scores = [
        removal(net, *measured, selected.order(measure), [0, _tenth(net)])[measure]
        for selected, measured in zip(costs, reversed(halves), strict=True)
    ]
    return float(np.mean([_cost(measure, before, after) for before, after in scores]))


def _without_random_tenths(net: SmallNetwork, images: Half, measure: str, seed: int) -> float:
    orders = random_orders(sum(net.sizes[1:-1]), DRAWS, seed)
    return float(np.mean([removal(net, *images, order, [_tenth(net)])[measure][0] for order in orders]))


def _tenth(net: SmallNetwork) -> int:
    return round(TENTH * sum(net.sizes[1:-1]))


def _cost(measure: str, before: float, after: float) -> float:
    """Return how much accuracy was lost, or by how much the loss increased."""
    return before - after if measure == "accuracy" else after - before


def main() -> None:
    """Train the networks missing from the store, evaluate all of them, and write the file."""
    settings = Settings.from_env()
    with open_engine(settings) as (engine, store):
        comparisons = {name: _measure(recipe, engine, store, settings) for name, recipe in RECIPES.items()}
    write_whole(FILE, json.dumps({"comparisons": comparisons}, indent=1, sort_keys=True) + "\n")


def _measure(recipe: Recipe, engine: Engine, store: Store, settings: Settings) -> dict[str, object]:
    """Train the recipe's nets if they are not stored, evaluate them, and return the results in the file's format."""
    comparison = trained(recipe, engine, store)
    digits, runs = load(recipe.data, settings), []
    for (arm, seed), net in nets(recipe, store).items():
        runs.append({"arm": arm, "seed": seed, **measure_net(net, digits, seed)})
        print(runs[-1])
    ended = {"ended": comparison.ended, "validation_images": len(digits.validation_labels)}
    return {"recipe": json.loads(recipe.to_json()), "provenance": comparison.provenance | ended, "runs": runs}


if __name__ == "__main__":
    main()
