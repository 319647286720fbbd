"""The settings of the training page: its link, and the widgets that define a Recipe.

The fields' metadata (experiments/fields.py) says which fields have a control, and what it looks like.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_core.experiments.fields import Control
from dropout_core.experiments.recipe import DATA, DEFAULTS, FACTS, Recipe
from dropout_core.topics.training.charts_comparison_data import MEASURES
from dropout_core.topics.training.headline import GUESSES
from dropout_core.ui import data_source, query_params, server
from dropout_core.ui.page_state import GuessState, Setting, Values, choice, current
from dropout_core.ui.query_params import nearest

COLUMNS = ("net", "training", "regularisers")  # names of the columns of further settings
FIRST_SEED = "seed"  # key of the second control for the field `seeds`
OWN_SEED = 10  # the reader's first seed, which lies outside the recorded seeds 0 to 9
MOST_FIRST_SEED = 9999
SETTLE_SECONDS = 3.0  # how long after a page is drawn the browser may report earlier values
_SETTLING = "train_settling"  # key of the deadline and, by control, of the earlier values and the new one
Value = float | str  # a control's value as encoded in the link


def controls_for(data: str) -> dict[str, Control]:
    """Return the controls, keyed by field name. The data source limits the choices for the number of images."""
    controls = {name: facts.control for name, facts in FACTS.items() if facts.control is not None}
    sizes = tuple(n for n in controls["images"].choices if n <= DATA[data])
    return controls | {"images": replace(controls["images"], choices=sizes)}


def _by_parameter(data: str) -> dict[str, Control]:
    """Return the controls, keyed by query parameter."""
    first = Control("seeds", low=0, high=MOST_FIRST_SEED)
    return {control.name or field: control for field, control in controls_for(data).items()} | {FIRST_SEED: first}


def control_values(recipe: Recipe) -> dict[str, Value]:
    """Return each control's value for this recipe, or the nearest possible value, keyed by query parameter."""
    values: dict[str, Value] = {}
    for field, control in controls_for(recipe.data).items():
        if field == "seeds":
            values |= {"seeds": min(len(recipe.seeds), int(control.high))}
            values |= {FIRST_SEED: min(recipe.seeds[0], MOST_FIRST_SEED)}
        else:
            values[control.name or field] = _nearest(control, getattr(recipe, field), DEFAULTS[field])
    return values


def _nearest(control: Control, value: object, default: object) -> Value:
    if control.labels:
        return control.label_of(value if value in control.choices else default)
    assert isinstance(value, int | float), "a control without labels is one for numbers"
    return nearest(value, control.steps()) if control.steps() else min(value, int(control.high))


def _read(name: str, kept: Value | None, values: Values) -> Value:
    """Read a setting of the recipe from the link.

    A link that contains any of them defines the whole recipe: the others get their defaults, and the seed is 0.
    Without such a link, settings keep the reader's values.
    """
    controls, data = _by_parameter(values["data"]), values["data"]
    default = control_values(Recipe(data=data, images=DATA[data]))[name]
    if controls.keys().isdisjoint(st.query_params):
        default = OWN_SEED if name == FIRST_SEED else default
        default = default if kept is None else kept
    control = controls[name]
    if isinstance(default, str):
        return query_params.choice_param(name, default, control.labels)
    low, high = (control.choices[0], control.choices[-1]) if control.choices else (control.low, control.high)
    return query_params.number_param(name, default, low, high, control.steps())


def _settings() -> dict[str, Setting]:
    # The link always contains the number of images and the seed, whose defaults depend on the data and on the link.
    always = {"images": None, FIRST_SEED: None}
    defaults = control_values(Recipe()) | always
    return {name: Setting(default, _read, control=name) for name, default in defaults.items()}


STATE = GuessState(
    "training",
    choice(GUESSES[0], GUESSES),
    {
        "data": Setting("mnist", data_source.read),
        **_settings(),
        "measure": choice("accuracy", tuple(MEASURES), control="measure"),
    },
)


def begin() -> Recipe:
    """Read the link and the controls, update the link, and return the recipe that they define."""
    arrives = STATE.begin()
    if arrives:
        st.session_state.pop(_SETTLING, None)
    _settle()
    STATE.show_notes()
    values = STATE.read_controls()
    values["data"] = server.data_source().data
    values["images"] = nearest(values["images"], controls_for(values["data"])["images"].choices)
    for name in (*_by_parameter(values["data"]), "measure"):
        if st.session_state.get(name) != values[name]:  # setting it again would interrupt a reader who drags a slider
            st.session_state[name] = values[name]
    recipe = _recipe(values["data"], values)
    if not arrives and recipe.without_seeds() != st.session_state["train_recipe"]:
        values["guess"] = GUESSES[0]  # the guess was about a different recipe
    st.session_state["train_recipe"] = recipe.without_seeds()
    STATE.write_link()
    return recipe


def note_start(recipe: Recipe) -> None:
    """Remember that the reader has started this comparison."""
    st.session_state.setdefault("train_started", set()).add(recipe.key)


def started(recipe: Recipe) -> bool:
    """Whether the reader has started this comparison in this session. The store also holds other readers' runs."""
    return recipe.key in st.session_state.get("train_started", ())


def set_controls(recipe: Recipe) -> None:
    """Set the controls to this recipe, or to the nearest one that they can show. Call it from a widget's callback.

    Back returns to the earlier settings.
    """
    query_params.note_step()
    state, wanted = st.session_state, control_values(recipe)
    _, earlier = state.get(_SETTLING, (0.0, {}))
    stale = {name: (*earlier.get(name, ((), None))[0], state.get(name)) for name in wanted}
    state[_SETTLING] = (math.inf, {name: (stale[name], wanted[name]) for name in wanted})
    state.update(wanted)


def _settle() -> None:
    """Set the controls again that the browser still reports with their values from before set_controls.

    If the reader clicks while the page is being drawn, the browser does not yet know the new values of the controls
    further down, and its report would undo part of the reader's choice.
    """
    state = st.session_state
    until, wanted = state.get(_SETTLING, (0.0, {}))
    if time.monotonic() > until:
        state.pop(_SETTLING, None)
        return
    for name, (stale, value) in wanted.items():
        if state.get(name) in stale and state.get(name) != value:
            state[name] = value


def note_drawn() -> None:
    """Note that the page has been drawn to its end. From then on, the browser soon knows the controls' new values."""
    until, wanted = st.session_state.get(_SETTLING, (0.0, {}))
    if until == math.inf:
        st.session_state[_SETTLING] = (time.monotonic() + SETTLE_SECONDS, wanted)


def can_show(recipe: Recipe) -> bool:
    """Whether the controls can be set to exactly this recipe."""
    return _recipe(recipe.data, control_values(recipe)) == recipe


def main_controls(data: str) -> None:
    """Draw the controls of the settings that matter most, in two columns."""
    controls = controls_for(data)
    names = [name for name in controls if controls[name].place == "main"]
    for i, column in enumerate(st.columns(2, gap="medium")):
        own = names[i::2]
        _draw([column] * len(own), own, controls)
    st.number_input(
        "First seed",
        0,
        MOST_FIRST_SEED,
        current(FIRST_SEED),
        key=FIRST_SEED,
        help="Determines the initial weights, the order of the images, and the masks.",
    )


def further_controls(data: str) -> None:
    """Draw the controls of the other settings, in columns."""
    controls = controls_for(data)
    columns = st.columns(len(COLUMNS), gap="large")
    for place, column in zip(COLUMNS, columns, strict=True):
        own = [name for name in controls if controls[name].place == place]
        _draw([column] * len(own), own, controls)


def _draw(places: Sequence[DeltaGenerator], names: list[str], controls: Mapping[str, Control]) -> None:
    for place, name in zip(places, names, strict=False):
        _draw_one(place, name, controls[name])


def _draw_one(place: DeltaGenerator, field: str, control: Control) -> None:
    label, key, tip = FACTS[field].label, control.name or field, FACTS[field].help or None
    if control.segmented:
        place.segmented_control(
            label,
            control.labels,
            default=current(key),
            key=key,
            help=tip,
            required=True,
            on_change=_set_implied,
            args=(key, control),
        )
    elif control.choices:
        place.select_slider(label, control.labels or control.choices, current(key), key=key, format_func=_shown)
    else:
        kind = type(DEFAULTS[field]) if field != "seeds" else int  # Streamlit requires one type for all three
        low, high, step = kind(control.low), kind(control.high), kind(control.step)
        place.slider(label, low, high, current(key), step, key=key, help=tip)


def _set_implied(key: str, control: Control) -> None:
    """Set the controls implied by the reader's choice. A link may still specify a different combination."""
    for selected, field, value in control.implies:
        if st.session_state[key] == selected:
            st.session_state[field] = value


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:,g}"


def _recipe(data: str, settings: Mapping[str, Value]) -> Recipe:
    """Build a recipe from these settings. A field that has no effect is set to its default."""
    values: dict[str, object] = {}
    for field, control in controls_for(data).items():
        value = settings[control.name or field]
        if control.labels:
            values[field] = control.choices[control.labels.index(str(value))]
        else:
            values[field] = round(value, 6) if isinstance(value, float) else value
    first, count = int(settings[FIRST_SEED]), int(settings["seeds"])
    values |= {"data": data, "seeds": tuple(range(first, first + count))}
    effective = {field: value for field, value in values.items() if _has_effect(field, values)}
    return Recipe.from_dict(effective)


def _has_effect(field: str, values: Mapping[str, object]) -> bool:
    needs = FACTS[field].needs
    return needs is None or needs[1](values[needs[0]])
