"""The article's claims about a comparison with and without dropout: C5, C6 and C7, from the reference runs."""

import numpy as np

from dropout_core.common.text import difference, listed
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import Paired, mean_estimate, paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, improves
from dropout_core.reference.record_tables import compared, in_words, judged, runs
from dropout_core.reference.records import Record, load

_BY_IMAGES = {"60,000 images": "article", "1,000 images": "small"}  # record names, keyed by the number of images
_ALMOST_NONE = 10  # % of run time


def less_overfitting() -> Finding:
    """Judge C5: dropout narrows the gap between training and validation loss, both in evaluation mode."""
    gaps = {name: arms(load(record), "gap") for name, record in _BY_IMAGES.items()}
    sentence = "; ".join(f"{name}: the gap changes by {in_words(p, 'nats', 3)}" for name, p in gaps.items())
    samples = [f"{_recipe(load(record)).sample:,}" for record in _BY_IMAGES.values()]
    sentence += f". The training loss is that of a fixed sample: {listed(samples)} images"
    return Finding(all_of([improves(p, False) for p in gaps.values()]), sentence)


def arms(record: Record, column: str) -> Paired:
    """Compute the paired difference, dropout minus no dropout, in a record with a single trial."""
    (label,) = record.trials
    return compared(runs(record), column, (label, DROPOUT), (label, NO_DROPOUT))


def _recipe(record: Record) -> Recipe:
    """Return the recipe of a record's first trial."""
    return next(iter(record.trials.values())).recipe


def generalises() -> Finding:
    """Judge C6: the net with dropout ends up generalising better."""
    recipe = _recipe(load("small"))
    images = f"{recipe.images:,} images"
    article, small = (arms(load(record), "accuracy") for record in ("article", "small"))
    sentence = (
        f"the article's comparison: accuracy changes by {in_words(article, 'points')}; {images}, {recipe.epochs} "
        f"epochs: accuracy changes by {in_words(small, 'points')}. {_by_images()}"
    )
    verdicts = [improves(p, True) for p in (article, small)]
    if verdicts[1] is not Verdict.HOLDS or verdicts[0] is Verdict.HOLDS:
        return Finding(_together(verdicts), sentence)
    condition, elsewhere = f"{images} are seen {recipe.epochs} times", "in the article's comparison"
    if verdicts[0] is Verdict.DOES_NOT_HOLD:
        return Finding(Verdict.HOLDS_WHEN, sentence, condition, exception=elsewhere)
    return Finding(Verdict.HOLDS_WHEN, sentence, f"{condition}; inconclusive {elsewhere}")


def _together(verdicts: list[Verdict]) -> Verdict:
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else all_of(verdicts)


def _by_images() -> str:
    """State the verdict for each number of training images, since it may depend on that number."""
    text = {Verdict.HOLDS: "better", Verdict.DOES_NOT_HOLD: "worse", Verdict.INCONCLUSIVE: "inconclusive"}
    sizes: dict[Verdict, list[str]] = {verdict: [] for verdict in text}
    for images, gain in gain_by_images(load("sizes")).items():
        sizes[improves(gain, True)].append(f"{images:,}")
    parts = [f"{text[verdict]} at {listed(numbers)}" for verdict, numbers in sizes.items() if numbers]
    return f"Another net at p = 0.5, by number of images: {'; '.join(parts)}"


def gain_by_images(record: Record, rate: float = 0.5) -> dict[int, Paired]:
    """Compute the accuracy at this rate minus that at rate 0, paired by seed, for each number of training images.

    record   a record whose trials have one arm each; the rate is in each trial's recipe
    """
    by_seed = runs(record).pivot(index="seed", columns="trial", values="accuracy")
    labels = {(trial.recipe.images, trial.recipe.rate): label for label, trial in record.trials.items()}
    sizes = sorted({images for images, _ in labels})
    return {n: paired(by_seed[labels[n, rate]].to_numpy(), by_seed[labels[n, 0.0]].to_numpy()) for n in sizes}


def free_of_charge() -> Finding:
    """Judge C7: dropout costs almost no run time. "Almost no" means less than a tenth."""
    table = judged(next(iter(load("article").trials.values()))).pivot(index="seed", columns="arm", values="seconds")
    ratio = mean_estimate(np.log((table[DROPOUT] / table[NO_DROPOUT]).to_numpy()))
    mean, low, high = (100 * (np.exp(v) - 1) for v in (ratio.value, ratio.low, ratio.high))
    added = difference(mean, low, high, "% of time", 0)
    sentence = (
        f"In this project's trainer, which does little besides, dropout adds {added}, where almost none is taken "
        f"to be under {_ALMOST_NONE} %; a loop that does more besides, such as decoding images, hides more of it"
    )
    if high < _ALMOST_NONE:
        return Finding(Verdict.HOLDS, sentence)
    return Finding(Verdict.DOES_NOT_HOLD if low > _ALMOST_NONE else Verdict.INCONCLUSIVE, sentence)
