"""The settings of the page on dropout today."""

from dropout_core.topics.today import cached
from dropout_core.topics.today.epochs import GUESSES
from dropout_core.ui.page_state import GuessState, choice

STATE = GuessState(
    "today",
    choice("", ("", *GUESSES)),
    {"seen": choice(cached.SEEN[0], cached.SEEN, chart=("seen", "n"))},
)
