"""The settings of the page on dropout today, and the callback that reveals the answer."""

from dropout_core.topics.today import cached
from dropout_core.topics.today.epochs import GUESSES
from dropout_core.ui.page_state import PageState, choice, number

STATE = PageState(
    "today",
    {
        "show": number(0, 0, 1),
        "guess": choice("", ("", *GUESSES)),
        "seen": choice(cached.SEEN[0], cached.SEEN, chart=("seen", "n")),
    },
)


def revealed() -> bool:
    """Whether the reader has guessed, or has asked to see the result."""
    return STATE.values["show"] == 1


def reveal(guess: str = "") -> None:
    """Show results from now on. Used as a widget callback."""
    STATE.values.update(show=1, guess=guess)
