"""The settings of the Neurons page, and the callback that reveals the answer."""

from dropout_core.experiments.recipe import ARMS
from dropout_core.reference import nets
from dropout_core.topics.neurons import cached, findings
from dropout_core.topics.neurons.ablation import MEASURES
from dropout_core.topics.neurons.tiles import check
from dropout_core.ui.page_state import GuessState, Setting, Values, choice, free_text
from dropout_core.ui.query_params import number_param

TILES = "tiles"
GUESSES = {"none": "Without dropout", "dropout": "With dropout", "same": "No difference"}


def hidden_units() -> int:
    return sum(nets.load(ARMS[0]).net.sizes[1:-1])


def read_rank(name: str, fallback: int, _: Values) -> int:
    return int(number_param(name, fallback, 1, hidden_units()))


def read_removed(name: str, fallback: int, _: Values) -> int:
    return int(number_param(name, fallback, 0, hidden_units(), findings.removal()[0]))


def check_tiles(text: str) -> str:
    return check(text, cached.tile_names()) if text else ""


STATE = GuessState(
    "neurons",
    choice("", ("", *GUESSES)),
    {
        "tiles": free_text("", check_tiles, chart=(TILES, "tiles")),
        "features": choice("64", tuple(cached.SHEET_COLUMNS), control="neurons_features"),
        "rank": Setting(1, read_rank, chart=("rank", "rank"), convert=int),
        "measure": choice("accuracy", MEASURES, chart=("measure", "m")),
        "removed": Setting(32, read_removed, chart=("removed", "k"), convert=int),
    },
)


def reveal(guess: str = "") -> None:
    """Show results from now on. Used as a widget callback.

    The most costly neuron of each net is removed, unless the reader has already removed others: these stay removed.
    """
    STATE.reveal(guess)
    STATE.values[TILES] = STATE.values[TILES] or cached.most_important()
