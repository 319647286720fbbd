"""Preset comparisons, each of which illustrates one point and has a record, and the preset nearest to a recipe."""

import math
from dataclasses import asdict, dataclass, replace

from dropout_core.experiments import catalogue
from dropout_core.experiments.recipe import DEFAULTS, Recipe


@dataclass(frozen=True)
class Preset:
    """A preset: its name on the page, its name in the catalogue, and a hint about the result."""

    name: str
    key: str
    look_for: str

    def recipe(self, data: str) -> Recipe:
        """Build the preset's recipe for this data source, with the recorded seeds."""
        return catalogue.preset(self.key, data)


PRESETS = (
    Preset("The article", "article", "All images, five epochs. Is the net with dropout still catching up?"),
    Preset("Longer", "longer", "The article's comparison, with eight times as many epochs. Which net is ahead now?"),
    Preset("Few images", "small", "1,000 images, seen 60 times. When does each validation loss start to rise?"),
    Preset(
        "Too little training", "too little training", "One epoch leaves little time to overfit. What do the masks cost?"
    ),
    Preset("Net too small", "a net too small", "With only 16 and 8 hidden neurons, the net has none to spare."),
    Preset("High rate", "a high rate", "Four out of five hidden neurons are dropped. Does the net still learn?"),
    Preset("Wide net", "a wide net", "1,024 and 512 neurons, 1,000 images. Do loss and accuracy agree on the winner?"),
)
BY_NAME = {preset.name: preset for preset in PRESETS}
_FACTORS = ("images", "epochs", "batch", "learning_rate")  # fields whose values are compared by their ratio
_RATES = ("rate", "input_rate")


def preset_of(recipe: Recipe) -> Preset | None:
    """Return the preset with this recipe, whatever its seeds, or None if there is none."""
    wanted = replace(recipe, seeds=catalogue.TEN)
    return next((preset for preset in PRESETS if preset.recipe(recipe.data) == wanted), None)


def by_distance(recipe: Recipe) -> list[Preset]:
    """Return all presets, beginning with the one whose settings differ least from the recipe's."""
    return sorted(PRESETS, key=lambda preset: _distance(recipe, preset.recipe(recipe.data)))


def _distance(one: Recipe, other: Recipe) -> float:
    """Sum the differences: log ratios, five times the differences of rates, and 1 for each other differing field."""
    a, b = asdict(one), asdict(other)
    total = sum(abs(math.log(a[name] / b[name])) for name in _FACTORS)
    total += sum(5 * abs(a[name] - b[name]) for name in _RATES)
    total += abs(math.log(sum(one.hidden) / sum(other.hidden)))
    rest = DEFAULTS.keys() - {*_FACTORS, *_RATES, "hidden", "seeds", "data"}
    return total + sum(a[name] != b[name] for name in rest)
