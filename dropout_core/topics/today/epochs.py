"""Dropout's gain by how often each image is seen, at a fixed number of images seen in the whole training."""

import pandas as pd

from dropout_core.common.text import around, listed
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, judge
from dropout_core.reference.record_tables import in_words, runs
from dropout_core.reference.records import load

ONCE, LONGER = "epochs", "epochs-longer"
NAMES = tuple(name for name in (ONCE, LONGER) if name in EXPERIMENTS)
LOW, RATE = 0.2, 0.5
MEASURES = {"accuracy": "points", "loss": "nats"}
GUESSES = {"gains": "It helps", "costs": "It hurts", "same": "No difference"}
_GUESSED = {1: "gains", -1: "costs", 0: "same"}
Gains = dict[int, Paired]  # keyed by the number of times each image is seen


def gains(name: str, rate: float = RATE, column: str = "accuracy") -> Gains:
    """Return the paired differences between this rate and rate 0 in one experiment, keyed by the number of epochs."""
    record = load(name)
    by_seed = runs(record).pivot(index="seed", columns="trial", values=column)
    labels = {(trial.recipe.epochs, trial.recipe.rate): label for label, trial in record.trials.items()}
    return {
        epochs: paired(by_seed[labels[epochs, rate]].to_numpy(), by_seed[labels[epochs, 0.0]].to_numpy())
        for epochs in sorted({epochs for epochs, _ in labels})
    }


def cases() -> list[tuple[str, float]]:
    """Return all pairs of an experiment and a rate, the highest rate first."""
    found = {(name, trial.recipe.rate) for name in NAMES for trial in EXPERIMENTS[name].trials if trial.recipe.rate}
    return sorted(found, key=lambda case: (NAMES.index(case[0]), -case[1]))


def images_by_epochs(name: str) -> dict[int, int]:
    """Return the number of different images, keyed by the number of epochs."""
    return {trial.recipe.epochs: trial.recipe.images for trial in EXPERIMENTS[name].trials}


def seen(name: str) -> int:
    """Return the number of images that a net sees in the whole training, counting repetitions."""
    recipe = EXPERIMENTS[name].trials[0].recipe
    return recipe.images * recipe.epochs


def layers(name: str = ONCE) -> str:
    """Return the sizes of the hidden layers, which all nets have, as in "256 and 128 hidden units"."""
    return f"{listed(EXPERIMENTS[name].trials[0].recipe.hidden)} hidden units"


def levels(name: str) -> pd.DataFrame:
    """Return the mean accuracy in % of each rate, with a row for each number of epochs."""
    table = runs(load(name))
    recipes = {label: trial.recipe for label, trial in load(name).trials.items()}
    table = table.assign(
        epochs=[recipes[trial].epochs for trial in table["trial"]],
        rate=[recipes[trial].rate for trial in table["trial"]],
    )
    return table.pivot_table(index="epochs", columns="rate", values="accuracy")


def headline(found: Gains) -> str:
    """State the gain if each image is seen once, or as rarely as measured, and if it is seen most often."""
    (few, first), (many, last) = next(iter(found.items())), list(found.items())[-1]
    return (
        f"Each image seen {times(few)}: dropout at p = {RATE:g} {_effect(first)}. "
        f"Seen {times(many)}: it {_effect(last)}"
    )


def _effect(p: Paired) -> str:
    size = f"{abs(p.mean):.1f} points"
    return {1: f"gains {size}", -1: f"costs {size}", 0: "makes no detectable difference"}[p.sign]


def times(n: int) -> str:
    """Return "once" or "128 times"."""
    return "once" if n == 1 else f"{n:,} times"


def from_which_on(found: Gains, better: int = 1) -> str:
    """State up to which number of repetitions dropout is worse, and from which on it is better.

    better  the sign of an improvement
    """
    worse, gains_from = _all_from(dict(reversed(found.items())), -better), _all_from(found, better)
    first, parts = min(found), []
    if worse:
        parts.append(f"is worse if images are seen {'up to ' * (worse > first)}{times(worse)}")
    elif not found[first].sign:
        parts.append(f"makes no detectable difference if images are seen {times(first)}")
    if gains_from:
        parts.append(f"is better if {'they' if parts else 'images'} are seen {times(gains_from)} or more")
    return ", and ".join(parts) or "has no consistent effect"


def _all_from(found: Gains, sign: int) -> int | None:
    """Return the first key from which on all differences have this sign, in the given order, or None."""
    keys = list(found)
    at = next((i for i in range(len(keys)) if all(found[key].sign == sign for key in keys[i:])), None)
    return None if at is None else keys[at]


def answer(guess: str, found: Gains) -> str:
    """Return whether the reader's guess about the fewest repetitions was right."""
    first = next(iter(found.values()))
    right = "right" if _GUESSED[first.sign] == guess else "wrong"
    return f"Your guess: {GUESSES[guess].lower()} – **{right}**: {in_words(first, 'points')} at p = {RATE:g}."


def evidence(name: str, rate: float, column: str) -> list[Evidence]:
    """Return the comparisons at the fewest and at the most repetitions, and the difference between the two."""
    found, margin = gains(name, rate, column), EXPERIMENTS[name].margin[column]
    few, many = min(found), max(found)
    ends = {f"p = {rate:g}, each image seen {times(n)}": found[n] for n in (few, many)}
    ends[f"p = {rate:g}, change from {times(few)} to {times(many)}"] = paired(
        found[many].differences, found[few].differences
    )
    return [Evidence(what, f"validation {column}", MEASURES[column], p, margin) for what, p in ends.items()]


def pays_where_images_repeat(name: str, rate: float = RATE, column: str = "accuracy") -> Finding:
    """Judge the claim that dropout gains where images repeat most, but not where they repeat least.

    It holds if dropout gains at the most repetitions, and costs or is equivalent at the fewest.
    """
    found = evidence(name, rate, column)
    better = 1 if column == "accuracy" else -1
    seldom, often = judge(found[0].paired, -better, found[0].margin), judge(found[1].paired, better, found[1].margin)
    if often is Verdict.HOLDS and seldom is not Verdict.EQUIVALENT:
        often = seldom
    sentence = f"dropout {from_which_on(gains(name, rate, column), better)}"
    return Finding(often, sentence, evidence=tuple(found))


def unclear(name: str, rate: float) -> list[Evidence]:
    """Return the comparisons whose interval includes zero, by accuracy."""
    return [Evidence("", "accuracy", "points", p) for p in gains(name, rate).values() if not p.sign]


def interval(p: Paired) -> str:
    """Format a difference with its interval, briefly."""
    e = p.estimate
    return around(e.value, e.low, e.high, 2)
