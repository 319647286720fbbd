"""The settings of the Uncertainty page, and the callbacks of its controls."""

import numpy as np
import streamlit as st

from dropout_core.topics.uncertainty import cached
from dropout_core.topics.uncertainty.distortions import DISTORTIONS
from dropout_core.ui import drawing, navigation
from dropout_core.ui.page_state import PageState, Setting, Values, choice, number
from dropout_core.ui.query_params import nearest, number_param

BLANK = "blank"
FIRST_SAMPLE = "a lying one"  # a sample that the net misreads with high confidence
RATES = tuple(tenth / 10 for tenth in range(1, 10))
_LAST_IMAGE = 999
_FIRST_IMAGE = 124  # an upright 1


def amounts() -> dict[str, float]:
    """Return the most recently shown amount of each distortion, keyed by distortion."""
    return st.session_state.setdefault("unc_amounts", {})


def _first_amount(values: Values) -> float:
    return DISTORTIONS[values["distortion"]].start


def _read_amount(name: str, _: float, values: Values) -> float:
    kind, choices = values["distortion"], DISTORTIONS[values["distortion"]].amounts
    kept = {} if navigation.goes_back() else amounts()
    return number_param(name, float(kept.get(kind, _first_amount(values))), 0, choices[-1], choices)


def _nearest_amount(reported: float) -> float:
    return nearest(reported, DISTORTIONS[STATE.values["distortion"]].amounts)


STATE = PageState(
    "uncertainty",
    {
        "image": number(_FIRST_IMAGE, 0, _LAST_IMAGE),
        "distortion": choice("rotation", tuple(DISTORTIONS), control="unc_distortion"),
        "amount": Setting(_first_amount, _read_amount, chart=("amount", "a"), convert=_nearest_amount),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, control="unc_rate"),
        "sample": choice(FIRST_SAMPLE, (BLANK, *drawing.SAMPLES)),
    },
)


def begin() -> None:
    """Set the controls when the reader arrives on the page."""
    if not STATE.begin():
        return
    state, chosen = st.session_state, STATE.values
    state.unc_digit = int(cached.labels()[chosen["image"]])
    state.unc_other_rate = chosen["rate"] != 0.5
    state.setdefault("unc_version", 0)
    if "unc_drawn" not in state or chosen["sample"] != BLANK:
        take_sample(chosen["sample"])


def _pixels(sample: str) -> list[int]:
    return drawing.sample(sample).ravel().tolist() if sample != BLANK else [0] * drawing.SIDE**2


def take_distortion() -> None:
    """Restore the most recently shown amount of the distortion that the reader has just chosen."""
    STATE.read_controls()
    STATE.values["amount"] = amounts().get(STATE.values["distortion"], _first_amount(STATE.values))


def take_digit() -> None:
    """Show the first image of the chosen digit; for the digit 1, show an upright image."""
    digit = st.session_state.unc_digit
    first = _FIRST_IMAGE if digit == cached.labels()[_FIRST_IMAGE] else int(np.argmax(cached.labels() == digit))
    STATE.values["image"] = first


def next_image() -> None:
    """Show the next image of the same digit. After the last image, return to the first."""
    image = STATE.values["image"]
    same = np.flatnonzero(cached.labels() == cached.labels()[image])
    STATE.values["image"] = int(same[(np.searchsorted(same, image) + 1) % len(same)])


def take_drawing() -> None:
    """Store the drawing sent by the browser if it is valid. The drawing pad in the browser is left unchanged."""
    state = st.session_state
    try:
        drawn = drawing.reported(state.unc_pad.get("drawing"))
    except ValueError as error:
        state.unc_trouble = str(error)
        return
    if drawn != state.unc_drawn:
        state.unc_drawn, STATE.values["sample"] = drawn, BLANK


def take_sample(name: str) -> None:
    st.session_state.unc_drawn = _pixels(name)
    STATE.values["sample"] = name
    st.session_state.unc_version += 1
