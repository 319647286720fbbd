"""The controls of a recipe: Streamlit widgets whose values come from the link, go into it, and make a Recipe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dropout_core.experiments.recipe import DATA, OPTIMISERS, Recipe
from dropout_core.ui import navigation, query_params
from dropout_core.ui.components import KEPT
from dropout_core.ui.query_params import nearest

SIZES = (500, 1_000, 2_000, 4_000, 8_000, 12_000, 20_000, 40_000, 60_000)
LEARNING_RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
HIDDEN = ("16-8", "64-32", "128", "256-128", "256-128-64", "256-128-64-32", "512-256", "1024-512", "2048-1024")
DECAYS = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
NORMS = (0.0, 1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Control:
    """One setting in the link: its default and what it may be (a range with a step, or choices)."""

    default: float | str
    low: float = 0
    high: float = 0
    step: float = 0
    choices: Sequence = ()

    def read(self, name: str) -> float | str:
        """Its value from the link, on the grid of what the control can show; with a note where that is another."""
        if self.choices and isinstance(self.default, str):
            return query_params.choice_param(name, self.default, self.choices)
        low, high = (self.choices[0], self.choices[-1]) if self.choices else (self.low, self.high)
        return query_params.number_param(name, self.default, low, high, self.choices or self.steps())

    def steps(self) -> tuple[float, ...]:
        """Every value of a range with broken steps; whole numbers need no list."""
        if isinstance(self.default, int):
            return ()
        return tuple(round(self.low + i * self.step, 6) for i in range(round((self.high - self.low) / self.step) + 1))


def controls_for(data: str) -> dict[str, Control]:
    """Every setting of the page by its name in the link, for this data source."""
    sizes = tuple(n for n in SIZES if n <= DATA[data])
    return {
        "rate": Control(0.5, 0, 0.95, 0.05),
        "epochs": Control(5, 1, 100, 1),
        "images": Control(sizes[-1], choices=sizes),
        "seeds": Control(1, 1, 10, 1),
        "seed": Control(0, 0, 9999, 1),
        "hidden": Control("256-128", choices=HIDDEN),
        "input_rate": Control(0.0, 0, 0.5, 0.05),
        "lr": Control(1e-3, choices=LEARNING_RATES),
        "optimiser": Control("adam", choices=OPTIMISERS),
        "momentum": Control(0.0, 0, 0.95, 0.05),
        "decay": Control(0.0, choices=DECAYS),
        "decay_kind": Control("in the loss", choices=("in the loss", "decoupled")),
        "max_norm": Control(0.0, choices=NORMS),
        "patience": Control(0, 0, 20, 1),
    }


def recipe_controls(data: str) -> Recipe:
    """Draw the controls and return the recipe they stand for; the link follows them."""
    known = controls_for(data)
    _first_values(known)
    _main_row(known)
    with st.expander("More settings", icon=":material/tune:"):
        _more(known)
    values = {name: st.session_state[name] for name in known}
    # The most images are another number with other data: a link that left them out would mean another comparison.
    said = values | {"guess": int(st.session_state.get("guess_first", False)), "data": data}
    usual = {name: control.default for name, control in known.items()}
    query_params.write_params(said, usual | {"images": None, "guess": 0, "data": "mnist"})
    return _recipe(data, values)


def set_controls(recipe: Recipe) -> None:
    """Set the controls to this recipe, as near as they can come; for a widget's callback."""
    st.session_state.update(_values(recipe))


def can_show(recipe: Recipe) -> bool:
    """Whether the controls can stand for exactly this recipe."""
    return _recipe(recipe.data, _values(recipe)) == recipe


def _values(recipe: Recipe) -> dict[str, float | str]:
    hidden, known = "-".join(map(str, recipe.hidden)), controls_for(recipe.data)
    return {
        "rate": nearest(recipe.rate, known["rate"].steps()),
        "epochs": min(recipe.epochs, 100),
        "images": nearest(recipe.images, known["images"].choices),
        "seeds": min(len(recipe.seeds), 10),
        "seed": min(recipe.seeds[0], 9999),
        "hidden": hidden if hidden in HIDDEN else "256-128",
        "input_rate": nearest(recipe.input_rate, known["input_rate"].steps()),
        "lr": nearest(recipe.learning_rate, LEARNING_RATES),
        "optimiser": recipe.optimiser,
        "momentum": nearest(recipe.momentum, known["momentum"].steps()),
        "decay": nearest(recipe.weight_decay, DECAYS),
        "decay_kind": "decoupled" if recipe.decoupled else "in the loss",
        "max_norm": nearest(recipe.max_norm, NORMS),
        "patience": min(recipe.patience, 20),
    }


def _first_values(known: dict[str, Control]) -> None:
    """On arrival those of the link, or those that the reader left here."""
    if "rate" not in st.session_state or (
        navigation.arrives("training") and not known.keys().isdisjoint(st.query_params)
    ):
        st.session_state.update({name: control.read(name) for name, control in known.items()})
        st.session_state.guess_first = query_params.number_param("guess", 0, 0, 1) == 1
        query_params.show_param_notes((*known, "guess", "data"))
    st.session_state["images"] = nearest(st.session_state["images"], known["images"].choices)


def _main_row(known: dict[str, Control]) -> None:
    rate, epochs, images, seeds = st.columns(4, gap="medium")
    _slider(rate, known, "rate", "Rate p = P(drop)", "The chance that a hidden neuron is dropped.")
    _slider(epochs, known, "epochs", "Epochs", "Passes over the training images.")
    _choice(images, known, "images", "Training images", "{:,}".format)
    _slider(seeds, known, "seeds", "Seeds", "Pairs of runs. One pair is an anecdote; an interval needs several.")


def _more(known: dict[str, Control]) -> None:
    net, training, brakes = st.columns(3, gap="large")
    _choice(net, known, "hidden", "Hidden layers", str)
    _slider(net, known, "input_rate", "Rate on the inputs", "P(drop) of a pixel, in the dropout net.")
    net.number_input("First seed", 0, 9999, key="seed", help="Decides weights, order and masks.", **KEPT)
    _choice(training, known, "lr", "Learning rate", "{:g}".format)
    training.segmented_control("Optimiser", OPTIMISERS, key="optimiser", required=True, **KEPT)
    _slider(training, known, "momentum", "Momentum (SGD only)", "Adam has its own.")
    _choice(brakes, known, "decay", "Weight decay (L2)", "{:g}".format)
    brakes.segmented_control("Decay", known["decay_kind"].choices, key="decay_kind", required=True, **KEPT)
    _choice(brakes, known, "max_norm", "Max-norm (0: none)", "{:g}".format)
    _slider(brakes, known, "patience", "Early stopping: patience (0: never)", "Epochs without a lower validation loss.")


def _slider(place, known: dict[str, Control], name: str, label: str, help_text: str) -> None:
    c = known[name]
    low, high = type(c.default)(c.low), type(c.default)(c.high)  # Streamlit wants one kind of number
    place.slider(label, low, high, step=c.step, key=name, help=help_text, **KEPT)


def _choice(place, known: dict[str, Control], name: str, label: str, shown: Callable[[object], str]) -> None:
    place.select_slider(label, known[name].choices, key=name, format_func=shown, **KEPT)


def _recipe(data: str, v: dict) -> Recipe:
    sgd = v["optimiser"] == "sgd"
    return Recipe(
        data=data,
        images=v["images"],
        epochs=v["epochs"],
        rate=round(v["rate"], 2),
        input_rate=round(v["input_rate"], 2),
        hidden=tuple(map(int, v["hidden"].split("-"))),
        learning_rate=v["lr"],
        optimiser=v["optimiser"],
        momentum=round(v["momentum"], 2) if sgd else 0.0,
        weight_decay=v["decay"],
        decoupled=v["decay"] > 0 and v["decay_kind"] == "decoupled",
        max_norm=v["max_norm"],
        patience=v["patience"],
        seeds=tuple(range(int(v["seed"]), int(v["seed"]) + v["seeds"])),
    )
