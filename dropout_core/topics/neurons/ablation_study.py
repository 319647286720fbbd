"""Measures what removing neurons costs, over several seeds and two comparisons.

`python -m dropout_core.topics.neurons.ablation_study` trains the nets on the engine and writes
reference/files/neurons_ablation.json, which findings.py reads.
"""

import json
from collections.abc import Sequence

import numpy as np

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import Digits, load
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.inference import from_arrays, pixels
from dropout_core.numerics.network import SmallNetwork
from dropout_core.topics.neurons.ablation import MEASURES, random_orders, removal, single_costs, unseen_worst
from dropout_core.topics.neurons.findings import FILE

FIRST, FRESH = tuple(range(5)), tuple(range(5, 15))
_ARTICLE = {"data": "mnist", "images": 60_000, "epochs": 5, "rate": 0.5}
RECIPES = {
    # A first look could not tell by accuracy. Adding seeds until one can would be no test, so ten others decide alone.
    "first look": Recipe(**_ARTICLE, seeds=FIRST),
    "article": Recipe(**_ARTICLE, seeds=FRESH),
    "small": Recipe(data="mnist-5k", images=4_000, epochs=40, rate=0.5, seeds=FIRST),
}
TENTH = 0.1  # the share of all hidden neurons that is removed at once
DRAWS = 20  # random choices of so many neurons


def measure_net(net: SmallNetwork, digits: Digits, seed: int) -> dict[str, float]:
    """Own scores and the three costs of one net on the validation images. seed decides the random choices.

    Which neurons count as the worst is decided on one half of the images, what they cost measured on the other, and
    the other way round.
    """
    x, labels = pixels(digits.validation_images), digits.validation_labels
    halves = [(x[i::2], labels[i::2]) for i in range(2)]
    costs = [single_costs(net, *half) for half in halves]
    found = {m: float(np.mean([getattr(c, m) for c in costs])) for m in MEASURES}
    k = round(TENTH * sum(net.sizes[1:-1]))
    for i, m in enumerate(MEASURES):
        sign = (-1, 1)[i]  # a cost is accuracy lost, and loss gained
        tops = [removal(net, *halves[1 - h], costs[h].order(m), [0, k])[i] for h in range(2)]
        chance = [removal(net, x, labels, order, [k])[i][0] for order in _orders(net, seed)]
        found[f"worst_{m}"] = unseen_worst(*costs, m)
        found[f"top_{m}"] = sign * float(np.mean([after - before for before, after in tops]))
        found[f"random_{m}"] = sign * float(np.mean(chance) - found[m])
    return {name: round(value, 6) for name, value in found.items()}


def _orders(net: SmallNetwork, seed: int) -> Sequence[np.ndarray]:
    return random_orders(sum(net.sizes[1:-1]), DRAWS, seed)


def main() -> None:
    """Train what the store lacks, measure, write the file."""
    from dropout_core.engine.engine import Engine  # not for the pages that only read: it brings Dask along
    from dropout_core.storage.store import Store

    settings = Settings.from_env()
    store = Store(settings.store)
    engine = Engine(store, settings)
    try:
        found = {name: _measure(recipe, engine, settings) for name, recipe in RECIPES.items()}
    finally:
        engine.close()
        store.close()
    FILE.write_text(json.dumps({"comparisons": found}, indent=1, sort_keys=True) + "\n", "utf-8")


def _measure(recipe: Recipe, engine, settings: Settings) -> dict:
    if recipe.key not in set(engine.store.keys()):
        _wait(engine.submit(recipe))
    digits, runs = load(recipe.data, settings), []
    for run in recipe.runs():
        net = from_arrays(engine.store.weights(recipe.key, run.arm, run.seed))
        runs.append({"arm": run.arm, "seed": run.seed, **measure_net(net, digits, run.seed)})
        print(runs[-1])
    found = engine.store.get(recipe.key)
    about = found.provenance | {"ended": found.ended, "validation_images": len(digits.validation_labels)}
    return {"recipe": json.loads(recipe.to_json()), "provenance": about, "runs": runs}


def _wait(job) -> None:
    job.over.wait()
    if job.state != "done":
        raise SystemExit(f"training ended as {job.state}: {job.message}")


if __name__ == "__main__":
    main()
