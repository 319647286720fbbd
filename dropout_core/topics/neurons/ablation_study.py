"""What removing neurons costs, over several seeds and two comparisons: measured by a command, kept with the package.

`python -m dropout_core.topics.neurons.ablation_study` trains the nets on the engine and writes reference/files/neurons_ablation.json;
ablation_verdict() reads from it what became of the claim that dropout spreads the work (C13 of the article).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from dropout_core.common.settings import Settings
from dropout_core.common.text import span
from dropout_core.data.mnist import Digits, load
from dropout_core.experiments.recipe import ARMS, Recipe
from dropout_core.numerics.inference import from_arrays, pixels
from dropout_core.numerics.network import SmallNetwork
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import FAILS, HOLDS, clear
from dropout_core.reference import FILES
from dropout_core.topics.neurons.ablation import MEASURES, random_orders, removal, single_costs, unseen_worst

FILE = FILES / "neurons_ablation.json"
FIRST, FRESH = tuple(range(5)), tuple(range(5, 15))
_ARTICLE = {"data": "mnist", "images": 60_000, "epochs": 5, "rate": 0.5}
RECIPES = {
    # A first look could not tell by accuracy. Adding seeds until one can would be no test, so ten others decide alone.
    "first look": Recipe(**_ARTICLE, seeds=FIRST),
    "article": Recipe(**_ARTICLE, seeds=FRESH),
    "small": Recipe(data="mnist-5k", images=4_000, epochs=40, rate=0.5, seeds=FIRST),
}
NAMES = {"article": "60,000 images, 5 epochs", "small": "4,000 images, 40 epochs"}
TENTH = 0.1  # the share of all hidden neurons that is removed at once
DRAWS = 20  # random choices of so many neurons
CANNOT_TELL = "cannot tell"  # UNDECIDED, short enough for a table's cell
UNITS = {"accuracy": "points of accuracy", "loss": "cross-entropy"}
WHAT = {
    "worst": "the worst single neuron",
    "top": "the tenth that costs most singly, all at once",
    "random": "a tenth at random",
}


@dataclass(frozen=True)
class Reading:
    """One cost in both arms over the seeds, and their paired difference, dropout minus no dropout.

    what      a key of WHAT; measure: "accuracy" (points lost of the net's own) or "loss" (gained)
    verdict   HOLDS where dropout's cost is lower, FAILS where it is higher, by the 95 % interval; else CANNOT_TELL
    """

    comparison: str
    what: str
    measure: str
    means: dict[str, float]
    difference: Paired
    verdict: str


def ablation_verdict(comparison: str = "article", what: str = "worst", measure: str = "accuracy") -> Reading:
    """Claim C13, less reliance on any single neuron: its figure, 95 % interval and verdict, from the stored runs.

    By default what the worst single hidden neuron costs in accuracy, in the article's comparison. Without torch.
    """
    runs = stored()["comparisons"][comparison]["runs"]
    by_arm = {arm: [run[f"{what}_{measure}"] for run in runs if run["arm"] == arm] for arm in ARMS}
    difference = paired(by_arm[ARMS[1]], by_arm[ARMS[0]])
    means = {arm: float(np.mean(values)) for arm, values in by_arm.items()}
    verdict = {1: HOLDS, -1: FAILS, 0: CANNOT_TELL}[clear(difference, higher_is_better=False)]
    return Reading(comparison, what, measure, means, difference, verdict)


def own_scores(comparison: str, measure: str) -> dict[str, tuple[float, ...]]:
    """The whole nets' accuracies (%) or losses, by arm, a value a seed."""
    runs = stored()["comparisons"][comparison]["runs"]
    return {arm: tuple(run[measure] for run in runs if run["arm"] == arm) for arm in ARMS}


def seeds(comparison: str) -> str:
    """Which seeds were trained, in words."""
    return f"seeds {span(stored()['comparisons'][comparison]['recipe']['seeds'])}"


@cache
def stored() -> dict:
    """The file as it is: by comparison its recipe, provenance and runs (arm, seed, and a value a measure)."""
    return json.loads(FILE.read_text("utf-8"))


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
