"""The controls of a recipe: Streamlit widgets that start from the link, keep it up to date and define a Recipe.

The fields' metadata (experiments/fields.py) says which fields have a control, and what it looks like.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_core.experiments.fields import Control
from dropout_core.experiments.recipe import DATA, DEFAULTS, FACTS, Recipe
from dropout_core.ui import navigation, query_params
from dropout_core.ui.query_params import nearest

COLUMNS = ("net", "training", "regularisers")  # names of the columns in the "More settings" panel
FIRST_SEED = "seed"  # key of the second control for the field `seeds`
MOST_FIRST_SEED = 9999
Setting = float | str  # a control's value as encoded in the link


def controls_for(data: str) -> dict[str, Control]:
    """Return the controls, keyed by field name. The data source limits the choices for the number of images."""
    controls = {name: facts.control for name, facts in FACTS.items() if facts.control is not None}
    sizes = tuple(n for n in controls["images"].choices if n <= DATA[data])
    return controls | {"images": replace(controls["images"], choices=sizes)}


def recipe_controls(data: str) -> Recipe:
    """Draw the controls, write their values to the link, and return the recipe that they set."""
    controls = controls_for(data)
    defaults = _settings(Recipe(data=data, images=DATA[data]))
    _initialise(controls, defaults)
    _draw(st.columns(4, gap="medium"), [name for name in controls if controls[name].place == "main"], controls)
    with st.expander("More settings", icon=":material/tune:"):
        columns = st.columns(len(COLUMNS), gap="large")
        for place, column in zip(COLUMNS, columns, strict=True):
            own = [name for name in controls if controls[name].place == place]
            _draw([column] * len(own), own, controls)
        columns[0].number_input(
            "First seed", 0, MOST_FIRST_SEED, key=FIRST_SEED, help="Decides weights, order and masks.",
            persist_state="session",
        )  # fmt: skip
    settings = {name: st.session_state[name] for name in defaults}
    _write_link(data, settings, defaults)
    return _recipe(data, settings)


def set_controls(recipe: Recipe) -> None:
    """Set the controls to this recipe, or to the nearest one that they can show. Call it from a widget's callback.

    Back returns to the earlier settings.
    """
    query_params.note_step()
    st.session_state.update(_settings(recipe))


def can_show(recipe: Recipe) -> bool:
    """Whether the controls can be set to exactly this recipe."""
    return _recipe(recipe.data, _settings(recipe)) == recipe


def _settings(recipe: Recipe) -> dict[str, Setting]:
    """Return each control's value for this recipe, keyed by its query parameter."""
    settings: dict[str, Setting] = {}
    for field, control in controls_for(recipe.data).items():
        if field == "seeds":
            settings |= {"seeds": min(len(recipe.seeds), int(control.high))}
            settings |= {FIRST_SEED: min(recipe.seeds[0], MOST_FIRST_SEED)}
        else:
            settings[control.name or field] = _nearest(control, getattr(recipe, field), DEFAULTS[field])
    return settings


def _nearest(control: Control, value: object, default: object) -> Setting:
    if control.labels:
        return control.label_of(value if value in control.choices else default)
    assert isinstance(value, int | float), "a control without labels is one for numbers"
    return nearest(value, control.steps()) if control.steps() else min(value, int(control.high))


def _initialise(controls: Mapping[str, Control], defaults: Mapping[str, Setting]) -> None:
    """Set the controls from the link when the reader arrives. If the link sets none, they keep their earlier values."""
    if "rate" not in st.session_state or (navigation.arrives() and not defaults.keys().isdisjoint(st.query_params)):
        names = {control.name or field: control for field, control in controls.items()}
        st.session_state.update({name: _read(name, control, defaults[name]) for name, control in names.items()})
        st.session_state[FIRST_SEED] = query_params.number_param(FIRST_SEED, 0, 0, MOST_FIRST_SEED)
        st.session_state.guess_first = query_params.number_param("guess", 0, 0, 1) == 1
        query_params.show_param_notes((*defaults, "guess", "data"))
    st.session_state["images"] = nearest(st.session_state["images"], controls["images"].choices)


def _read(name: str, control: Control, default: Setting) -> Setting:
    """Read a control's value from the link, rounded to a step of the control. Shows a note if it had to be changed."""
    if isinstance(default, str):
        return query_params.choice_param(name, default, control.labels)
    low, high = (control.choices[0], control.choices[-1]) if control.choices else (control.low, control.high)
    return query_params.number_param(name, default, low, high, control.steps())


def _write_link(data: str, settings: Mapping[str, Setting], defaults: Mapping[str, Setting]) -> None:
    # The link always states the number of images, since its default depends on the data source.
    shown = {**settings, "guess": int(st.session_state.get("guess_first", False)), "data": data}
    query_params.write_params(shown, {**defaults, "images": None, "guess": 0, "data": "mnist"})


def _draw(places: Sequence[DeltaGenerator], names: list[str], controls: Mapping[str, Control]) -> None:
    for place, name in zip(places, names, strict=True):
        _draw_one(place, name, controls[name])


def _draw_one(place: DeltaGenerator, field: str, control: Control) -> None:
    label, key, tip = FACTS[field].label, control.name or field, FACTS[field].help or None
    if control.segmented:
        place.segmented_control(label, control.labels, key=key, help=tip, required=True, persist_state="session")
    elif control.choices:
        options = control.labels or control.choices
        place.select_slider(label, options, key=key, format_func=_shown, persist_state="session")
    else:
        kind = type(DEFAULTS[field]) if field != "seeds" else int  # Streamlit requires one type for all three
        low, high, step = kind(control.low), kind(control.high), kind(control.step)
        place.slider(label, low, high, step=step, key=key, help=tip, persist_state="session")


def _shown(value: Setting) -> str:
    return value if isinstance(value, str) else f"{value:,g}"


def _recipe(data: str, settings: Mapping[str, Setting]) -> Recipe:
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
