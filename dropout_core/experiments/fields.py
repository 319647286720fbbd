"""Metadata for the fields of a recipe.

Validation, controls, command-line flags, descriptions, scripts and time estimates all use this metadata.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from dropout_core.common.checks import Bounds

T = TypeVar("T")
BOTH_ARMS, DROPOUT_ARM = "both arms", "dropout arm"
WIDTHS = (  # choices for the hidden layers
    (16, 8), (64, 32), (128,), (256, 128), (256, 128, 64), (256, 128, 64, 32), (512, 256), (1024, 512), (2048, 1024)
)  # fmt: skip
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
    """A constraint on a tuple of numbers: at most `most` numbers, all within `bounds`.

    wanted is the text for error messages about the length.
    """

    bounds: Bounds
    most: int
    wanted: str

    def fault(self, values: object) -> str:
        """Return the requirement that the values violate, or an empty string if all are valid."""
        if not isinstance(values, tuple) or not 1 <= len(values) <= self.most:
            return self.wanted
        return "" if all(map(self.bounds.accept, values)) else str(self.bounds)


@dataclass(frozen=True)
class Control:
    """The control for a field on the training page: a list of choices, or a slider from low to high.

    place      "main" for the first row; "net", "training" or "regularisers" for a column of "More settings"
    name       the name used in links, if it differs from the field's name
    choices    the values to choose from; empty for a slider
    labels     the text of each choice, in links and on the page; empty if the choices are shown as numbers
    segmented  whether to show the choices side by side instead of on a slider
    implies    the settings that follow when a reader selects a choice: the choice, a field, and that field's value
    """

    place: str
    name: str = ""
    low: float = 0
    high: float = 0
    step: float = 1
    choices: tuple = ()
    labels: tuple[str, ...] = ()
    segmented: bool = False
    implies: tuple[tuple[str, str, str], ...] = ()

    def steps(self) -> tuple:
        """List all possible values of the control. The list is empty for a slider of whole numbers."""
        if self.choices or isinstance(self.step, int):
            return self.choices
        return tuple(round(self.low + i * self.step, 6) for i in range(round((self.high - self.low) / self.step) + 1))

    def label_of(self, value: object) -> str:
        """Return the label of this choice, or the first choice's label if the value is not a choice."""
        return self.labels[self.choices.index(value) if value in self.choices else 0]


@dataclass(frozen=True)
class About:
    """The metadata of one field.

    fits      the valid values: bounds, choices, several numbers, or bool; None if Recipe itself checks the field
    label     the field's name on the page
    help      a one-sentence explanation for the page and the command line
    arm       the arm that the field affects
    words     a text with {fields} of the recipe, which is added to its description if the field is active; or one
              text per choice, which the description inserts into its sentences
    code      PyTorch code for generated programs: one text per choice, or a statement to apply to every weight matrix
              w after each optimiser step, with {value} for the field's value
    constant  the comment on the field's constant in stand-alone scripts; None if there is no constant
    later     whether the field is newer than the first stores: it is then omitted from the JSON at its default, so
              that older recipes keep their keys
    timed     whether the time of an epoch depends on the field
    needs     a second field, and the test that its value must pass for this field to have an effect
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
        """Return the violated requirement, worded to follow "must be", or an empty string if the value is valid."""
        if isinstance(self.fits, Bounds):
            return "" if self.fits.accept(value) else str(self.fits)
        if isinstance(self.fits, Several):
            return self.fits.fault(value)
        if isinstance(self.fits, tuple):
            return "" if value in self.fits else f"one of {', '.join(self.fits)}"
        return "true or false" if self.fits is bool and not isinstance(value, bool) else ""

    def words_for(self, choice: str) -> str:
        """Return the text that describes one choice."""
        assert isinstance(self.words, Mapping)
        return self.words[choice]

    def code_for(self, choice: str) -> str:
        """Return the code for one choice, or an empty string if there is none."""
        assert isinstance(self.code, Mapping)
        return self.code.get(choice, "")

    def default(self, value: T) -> T:
        """Create a dataclass field with this default and this metadata."""
        return field(default=value, metadata={"about": self})


def facts_of(kind: type) -> dict[str, About]:
    """Return the metadata of every field of a dataclass, keyed by field name."""
    return {each.name: each.metadata["about"] for each in fields(kind)}
