"""Parse the reader's activations from text, with error messages that say what to change."""

import re

import numpy as np
from jaxtyping import Float

from dropout_core.common.checks import Bounds

MOST_UNITS = 8
LARGEST = 100.0
DECIMALS = 3
PRESETS = {
    "mixed": "1, -0.5, 2, 0.25",
    "all equal": "1, 1, 1, 1",
    "after a ReLU": "0, 0.8, 0, 1.6, 0.3, 0",
    "one large": "0.1, 0.1, 10, 0.1",
}


def parse_vector(text: str) -> Float[np.ndarray, "units"]:
    """Parse numbers separated by commas, semicolons or spaces, and round them to three decimals.

    Raises ValueError, with a message for the reader, unless there are 1 to 8 finite numbers from -100 to 100. Also
    raises it if a comma between digits could be a decimal comma, because spaces or semicolons separate the numbers.
    """
    if re.search(r"\d,\d", text) and re.search(r"[^,\s]\s+[^,\s]|;", text.strip()):
        raise ValueError("Use a decimal point instead of a decimal comma, or put commas between all numbers.")
    words = [word for word in re.split(r"[,;\s]+", text.replace("−", "-").strip(" ,;[]()")) if word]
    if not words:
        raise ValueError("Write at least one number.")
    if len(words) > MOST_UNITS:
        raise ValueError(f"Write at most {MOST_UNITS} numbers, not {len(words)}.")
    return np.array([_number(word) for word in words]) + 0.0  # adding 0.0 turns -0 into 0


def format_vector(a: Float[np.ndarray, "units"]) -> str:
    """Format a vector as text that parse_vector accepts."""
    return ", ".join(f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".") for value in a)


def _number(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        # The text may come from a link, and messages are rendered as Markdown, so remove anything like markup or a URL.
        plain = re.sub(r"\W", "?", word[:20])
        raise ValueError(f"“{plain}” is not a number.") from None
    if not Bounds(-LARGEST, LARGEST).accept(value):
        raise ValueError(f"“{word[:20]}” is out of range: numbers must lie between −{LARGEST:g} and {LARGEST:g}.")
    return round(value, DECIMALS)
