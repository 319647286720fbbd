"""A pitfall: broken and correct PyTorch code, and the code that makes its symptom visible."""

from dataclasses import dataclass
from random import Random

BUG, MISCONCEPTION = "bug", "misconception"
IMPORTS = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n"


@dataclass(frozen=True)
class Pitfall:
    """A common mistake. In all code, p is the dropout rate, and torch, nn and F are imported.

    situation  what the code is meant to do
    symptom    what the picture shows before the reader answers
    finding    a sentence about the numbers at one rate, see symptoms.finding
    setup      code that runs before the broken or the correct code
    probe      code that runs after it, and assigns the numbers in the picture to `values`
    quantity   what these numbers are
    rate       the rate in the program that the page shows, and of a sequence in time
    steps      the horizontal axis, if `values` is a sequence in time; otherwise the code runs once for each rate
    step       the distance between two values of `values` on this axis
    """

    slug: str
    name: str
    situation: str
    symptom: str
    broken: str
    right: str
    why: str
    finding: str
    setup: str
    probe: str
    quantity: str
    rate: float = 0.2
    steps: str = ""
    step: int = 1
    kind: str = BUG

    @property
    def bug(self) -> str:
        """The letter of the broken code, A or B, chosen at random but fixed for each slug."""
        return Random(self.slug).choice("AB")

    @property
    def shown(self) -> dict[str, str]:
        """The two pieces of code, keyed by letter."""
        return {letter: self.broken if letter == self.bug else self.right for letter in "AB"}

    def script(self, code: str) -> str:
        """Return the complete program around the broken or the correct code, without its imports."""
        return f"torch.manual_seed(0)\n{self.setup}\n\n{code}\n\n{self.probe}"
