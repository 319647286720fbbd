"""What the program knows about one field of a recipe.

Validation, controls, command-line flags, descriptions, scripts and time estimates all read it from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from dropout_core.common.checks import Bounds

T = TypeVar("T")
BOTH_ARMS, DROPOUT_ARM = "both arms", "dropout arm"
GAUSSIAN_NOISE = """\
class GaussianNoise(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.std = (rate / (1 - rate)) ** 0.5

    def forward(self, x):
        return x * torch.empty_like(x).normal_(1, self.std) if self.training else x
"""


@dataclass(frozen=True)
class Several:
    """A tuple of at most most numbers; wanted says so in words."""

    bounds: Bounds
    most: int
    wanted: str

    def fault(self, values: object) -> str:
        """What the values must be; empty if they fit."""
        if not isinstance(values, tuple) or not 1 <= len(values) <= self.most:
            return self.wanted
        return "" if all(map(self.bounds.accept, values)) else str(self.bounds)


@dataclass(frozen=True)
class Control:
    """How the training page sets a field: one of some choices, or else a slider from low to high.

    place      "main" for the first row; "net", "training" or "regularisers" for a column of "More settings"
    name       in links, where it differs from the field's
    choices    values to choose from; empty for a slider
    labels     their texts, in links and on the page; empty for numbers, which are their own
    segmented  show the choices side by side, not on a slider
    """

    place: str
    name: str = ""
    low: float = 0
    high: float = 0
    step: float = 1
    choices: tuple = ()
    labels: tuple[str, ...] = ()
    segmented: bool = False

    def steps(self) -> tuple:
        """Every value it can take; empty for a slider of whole numbers."""
        if self.choices or isinstance(self.step, int):
            return self.choices
        return tuple(round(self.low + i * self.step, 6) for i in range(round((self.high - self.low) / self.step) + 1))

    def label_of(self, value: object) -> str:
        """The text of a choice; that of the first one for a value that is not among them."""
        return self.labels[self.choices.index(value) if value in self.choices else 0]


@dataclass(frozen=True)
class About:
    """The metadata of one field.

    fits      what it accepts: bounds, choices, several numbers, or bool; None if Recipe checks it itself
    label     its name on the page
    help      one sentence, for the page and the command line
    arm       the arm that it acts in
    words     text with {fields} of the recipe, added to its description where the field is active; or a text for each
              choice, which the description puts into its sentences
    code      PyTorch text for generated programs: one for each choice, or a statement on every weight matrix w after
              each optimiser step, with {value} for the field's value
    constant  comment on the field's constant in stand-alone scripts; None if it has none
    later     it came after the first stores were written: at its default it stays out of the JSON, so that older
              recipes keep their keys
    timed     the time of an epoch depends on it
    needs     another field, and the test that its value must pass for this field to have an effect
    """

    fits: Bounds | Several | tuple[str, ...] | type[bool] | None
    label: str
    help: str = ""
    arm: str = BOTH_ARMS
    words: str | Mapping[str, str] = ""
    code: str | Mapping[str, str] = ""
    constant: str | None = None
    later: bool = False
    timed: bool = True
    control: Control | None = None
    needs: tuple[str, Callable[[object], bool]] | None = None

    def fault(self, value: object) -> str:
        """What the value must be, to follow "must be"; empty if it fits."""
        if isinstance(self.fits, Bounds):
            return "" if self.fits.accept(value) else str(self.fits)
        if isinstance(self.fits, Several):
            return self.fits.fault(value)
        if isinstance(self.fits, tuple):
            return "" if value in self.fits else f"one of {', '.join(self.fits)}"
        return "true or false" if self.fits is bool and not isinstance(value, bool) else ""

    def words_for(self, choice: str) -> str:
        """The words for one choice."""
        assert isinstance(self.words, Mapping)
        return self.words[choice]

    def code_for(self, choice: str) -> str:
        """The code for one choice; empty if there is none."""
        assert isinstance(self.code, Mapping)
        return self.code.get(choice, "")

    def default(self, value: T) -> T:
        """A dataclass field with this default and these facts as its metadata."""
        return field(default=value, metadata={"about": self})


def facts_of(kind: type) -> dict[str, About]:
    """The metadata of every field of a dataclass, by the field's name."""
    return {each.name: each.metadata["about"] for each in fields(kind)}
