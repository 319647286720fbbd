"""Preset comparisons, each of which illustrates one point, and feedback on the reader's guess about a result."""

from dataclasses import dataclass, field, replace

from dropout_core.experiments.recipe import DATA, Recipe
from dropout_core.numerics.verdicts import COMPARISON_TEXT, Verdict

SEEDS = tuple(range(5))


@dataclass(frozen=True)
class Preset:
    """A name, what to look for in the result, and the changes to the default recipe."""

    name: str
    look_for: str
    changes: dict = field(default_factory=dict)

    def recipe(self, data: str) -> Recipe:
        """Build the preset's recipe for this data source, limited to the number of images that the source has."""
        images = min(self.changes.get("images", DATA[data]), DATA[data])
        return replace(Recipe(data=data, images=images, seeds=SEEDS), **self.changes | {"images": images})


PRESETS = (
    Preset(
        "The article's five epochs",
        "All images that there are, five epochs. Which net is ahead at the end, and is the other one still closing in?",
    ),
    Preset(
        "Few images, long training",
        "1,000 images, seen 60 times. Watch both validation losses: where does each turn, and how far does it rise?",
        {"images": 1000, "epochs": 60},
    ),
    Preset(
        "Too little training",
        "One epoch: hardly time to overfit. What do the masks cost? Look at the validation loss.",
        {"images": 4000, "epochs": 1},
    ),
    Preset(
        "A net too small",
        "16 and 8 hidden neurons: none to spare. Compare the training losses in evaluation mode.",
        {"images": 4000, "epochs": 20, "hidden": (16, 8)},
    ),
    Preset(
        "A high rate",
        "Four of five hidden neurons dropped. How much of the training loss is the masks, and how much is not learned?",
        {"images": 4000, "epochs": 20, "rate": 0.8},
    ),
    Preset(
        "A wide net",
        "1,024 and 512 hidden neurons, 1,000 images. Look at the gap. Do loss and accuracy name the same winner?",
        {"images": 1000, "epochs": 30, "hidden": (1024, 512)},
    ),
)


def preset_of(recipe: Recipe) -> Preset | None:
    """Return the preset with this recipe, or None if there is none."""
    return next((preset for preset in PRESETS if preset.recipe(recipe.data) == recipe), None)


def judge_guess(guess: Verdict, verdict: Verdict) -> str:
    """Tell the reader whether the guess was right, given the verdict of at least five seeds."""
    guessed = f"You guessed *{COMPARISON_TEXT[guess]}*"
    if guess is verdict:
        return f"{guessed}, and so it is."
    if verdict is Verdict.INCONCLUSIVE:
        return f"{guessed}. These runs are inconclusive: the guess is neither right nor wrong."
    return f"{guessed}. The runs say *{COMPARISON_TEXT[verdict]}*."
