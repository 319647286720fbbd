"""The sentence above the chart: the question before the reader has guessed, and the finding afterwards."""

from dataclasses import dataclass

from dropout_core.common.text import between, counted, signed
from dropout_core.experiments.final_values import ACCURACY, LOSS, MASKS_ON
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.evidence import undetected
from dropout_core.numerics.statistics import FEWEST, Paired
from dropout_core.numerics.verdicts import TAKE_FIVE, Verdict, improves
from dropout_core.topics.training.findings import SAME

# Values in links: no guess, the possible guesses, and 1 in older links, which do not name the guess.
GUESSES = ("0", "dropout", "none", "same", "1")
ANSWERS = {"dropout": "With dropout", "none": "Without", "same": "No difference"}
_VERDICTS = {"dropout": Verdict.HOLDS, "none": Verdict.DOES_NOT_HOLD, "same": Verdict.INCONCLUSIVE}


@dataclass(frozen=True)
class Outcome:
    """How to compare a measure's final values: their name in final_values, their unit, and the wording of a change."""

    final: str
    unit: str
    higher_is_better: bool
    places: int
    up: str
    down: str


_MASKS_ON = "the training loss with masks on"
OUTCOMES = {
    "accuracy": Outcome(ACCURACY, "points", True, 2, "adds {} points of accuracy", "costs {} points of accuracy"),
    "loss": Outcome(LOSS, "nats", False, 3, "raises the validation loss by {}", "lowers the validation loss by {}"),
    "training": Outcome(MASKS_ON, "nats", False, 3, f"raises {_MASKS_ON} by {{}}", f"lowers {_MASKS_ON} by {{}}"),
}


def question(recipe: Recipe) -> str:
    """Ask which net will be better after the recipe's last epoch."""
    return f"Which net will classify more digits correctly {_when(recipe)}?"


def finding(p: Paired, measure: str, recipe: Recipe) -> str:
    """State the effect of dropout on this measure, if there are enough seeds for a verdict."""
    if not recipe.rate and not recipe.input_rate:
        return SAME
    outcome = OUTCOMES[measure]
    start, size = _when(recipe).capitalize(), f"{abs(p.mean):.2g}"
    change = (outcome.up if p.mean > 0 else outcome.down).format(size)
    change = change.replace("points", "point") if size == "1" else change
    if p.n < FEWEST:
        return f"{start}, with {counted(p.n, 'seed')}, dropout {change}. {TAKE_FIVE}"
    if improves(p, outcome.higher_is_better) is Verdict.INCONCLUSIVE:
        return f"{start}, there is no detectable difference in {outcome.final.split(',')[0]}"
    return f"{start}, dropout {change}"


def interval_text(p: Paired, measure: str) -> str:
    """State the mean difference and its interval, or the differences themselves if there are too few seeds."""
    outcome = OUTCOMES[measure]
    if p.n < FEWEST:
        values = ", ".join(signed(d, outcome.places) for d in p.differences)
        return f"Dropout − no dropout, by seed: {values} {outcome.unit}."
    mean = p.estimate
    interval = between(mean.low, mean.high, outcome.places)
    return (
        f"Dropout − no dropout: {signed(mean.value, outcome.places)} {outcome.unit} on average over {p.n} seeds "
        f"(95 % interval {interval}).{undetected(p, outcome.unit)}"
    )


def landing(own: float, recorded: Paired, measure: str, mine: bool) -> str:
    """State how one run, the reader's or another stored one, compares with the recorded ones."""
    outcome = OUTCOMES[measure]
    below = sum(own > d for d in recorded.differences)
    whose = "Your run" if mine else "A stored run of this recipe"
    return (
        f"{whose} gives {signed(own, outcome.places)} {outcome.unit}, a higher difference than {below} of the "
        f"{recorded.n} recorded runs."
    )


def answer(guess: str, p: Paired) -> str:
    """Answer the reader's guess in a few words, given the differences in accuracy. Returns "" if there is no guess."""
    if guess not in ANSWERS:
        return ""
    guessed, verdict = f"Your guess: {ANSWERS[guess].lower()}", improves(p, higher_is_better=True)
    if p.n < FEWEST or verdict is Verdict.INCONCLUSIVE:
        return f"{guessed} – {'undecided' if p.n < FEWEST or guess != 'same' else 'none detected'}"
    return f"{guessed} – {'right' if _VERDICTS[guess] is verdict else 'wrong'}"


def _when(recipe: Recipe) -> str:
    return "at the best epochs" if recipe.patience else f"after {counted(recipe.epochs, 'epoch')}"
