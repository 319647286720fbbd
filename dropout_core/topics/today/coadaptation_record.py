"""The stored measurements of co-adaptation, and what they say. coadaptation_study.py makes the file."""

from functools import partial

import numpy as np

from dropout_core.experiments.experiment import fresh_seeds
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Estimate, mean_estimate, paired
from dropout_core.numerics.verdicts import Finding, all_of, improves
from dropout_core.reference import studies

STUDY = "today_coadaptation"
FILE = studies.path(STUDY)
stored = partial(studies.load, STUDY)
RECIPE = Recipe(images=4_000, epochs=40, seeds=fresh_seeds(10))  # like the package's nets; not their seeds
IMAGES, PAIRS, SHOWN = 1_000, 300, 250  # validation images, pairs of each layer, pairs of one net drawn on the page
LAYERS = len(RECIPE.hidden)
MEASURES = {"correlation": "", "departure": "%"}  # with their units, which are keys of evidence.PLACES


def values(measure: str, layer: int) -> dict[str, list[float]]:
    """Return one value per seed, keyed by arm. Layers are numbered from 0."""
    runs = sorted(stored()["runs"], key=lambda run: run["seed"])
    return {arm: [run["layers"][layer][measure] for run in runs if run["arm"] == arm] for arm in ARMS}


def level(measure: str, layer: int, arm: str) -> Estimate:
    """Return the mean over the seeds with its interval."""
    return mean_estimate(values(measure, layer)[arm])


def evidence(measure: str, layer: int) -> Evidence:
    """Compare the two arms by one measure in one hidden layer."""
    by_arm = values(measure, layer)
    what = {"correlation": "mean correlation", "departure": "pair cost apart from the sum"}[measure]
    return Evidence(f"{what}, layer {layer + 1}", what, MEASURES[measure], paired(by_arm[DROPOUT], by_arm[NO_DROPOUT]))


def less_coadapted() -> Finding:
    """Judge the claim that dropout reduces co-adaptation, by both measures in every hidden layer."""
    found = [evidence(measure, layer) for measure in MEASURES for layer in range(LAYERS)]
    verdicts = [improves(each.paired, higher_is_better=False) for each in found]
    sizes = f"{correlations(0)} in the first layer, and {correlations(1)} in the second"
    sentence = f"The mean size of the correlation between two units is {sizes}"
    return Finding(all_of(verdicts), sentence, evidence=tuple(found))


def headline(layer: int = LAYERS - 1) -> str:
    """State how far the cost of a pair is from the sum of the single costs, without and with dropout."""
    without, with_ = (np.mean(values("departure", layer)[arm]) for arm in (NO_DROPOUT, DROPOUT))
    return (
        f"The cost of removing two units differs from the sum of their single costs by {without:.0f} % of that "
        f"sum without dropout and {with_:.0f} % with dropout"
    )


def correlations(layer: int) -> str:
    """State the mean correlations of a layer, without and with dropout."""
    without, with_ = (np.mean(values("correlation", layer)[arm]) for arm in (NO_DROPOUT, DROPOUT))
    return f"{without:.2f} without dropout and {with_:.2f} with it"
