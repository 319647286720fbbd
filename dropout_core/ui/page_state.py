"""Manage a page's settings, which are read from the link, kept for the session, and changed by controls and charts.

The link is updated with every change.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dropout_core.ui import navigation, query_params
from dropout_core.ui.query_params import nearest

Values = dict[str, Any]  # the values of settings, keyed by query parameter


@dataclass(frozen=True)
class Setting:
    """One setting of a page.

    default   the default value, which the link omits; a function of the other settings if it depends on them
    read      read(name, fallback, values) reads the value from the link; values has the settings already read
    control   key of the widget for this setting
    chart     the parameter and the field under which a chart reports this setting
    convert   converts a reported field to the setting's value
    """

    default: Any
    read: Callable[[str, Any, Values], Any]
    control: str = ""
    chart: tuple[str, str] | None = None
    convert: Callable[[Any], Any] = str

    def default_for(self, values: Values) -> Any:
        return self.default(values) if callable(self.default) else self.default


def current(key: str) -> Any:
    """Return the value of the control with this key. Pass it to the control as its default.

    The browser applies a value that the session sets only if it draws that very run. If the next run overtakes it, the
    browser draws the control with its default, and reports that as the reader's choice.
    """
    return st.session_state.get(key)


def number(
    default: float,
    low: float,
    high: float,
    choices: Sequence[float] = (),
    *,
    control: str = "",
    chart: tuple[str, str] | None = None,
) -> Setting:
    """Define a numeric setting in [low, high], restricted to the choices if any are given."""

    def read(name: str, fallback: float, _: Values) -> float:
        return query_params.number_param(name, type(default)(fallback), low, high, choices)

    def convert(value: float) -> float:
        return type(default)(nearest(value, choices) if choices else min(max(value, low), high))

    return Setting(default, read, control, chart, convert)


def choice(default: Any, choices: Sequence[Any], *, control: str = "", chart: tuple[str, str] | None = None) -> Setting:
    """Define a setting with a fixed set of values. The link contains the chosen value as text."""
    return Setting(
        default, lambda name, fallback, _: query_params.choice_param(name, fallback, choices), control, chart
    )


def free_text(
    default: str, normalise: Callable[[str], str], *, control: str = "", chart: tuple[str, str] | None = None
) -> Setting:
    """Define a free-text setting. `normalise` returns the normalised text, or raises ValueError if it is invalid."""
    return Setting(
        default, lambda name, fallback, _: query_params.text_param(name, fallback, normalise), control, chart, normalise
    )


class PageState:
    """The settings of one page in this reader's session.

    Call `begin` first in every run, and `write_link` once the controls have been read.
    """

    def __init__(self, page: str, settings: Mapping[str, Setting]) -> None:
        self._settings = settings
        parts = "settings", "visit", "first_values", "arrives", "redrawn"
        self._key, self._visit, self._first, self._arrives, self._redrawn = (f"{page}_{part}" for part in parts)

    @property
    def values(self) -> Values:
        """The current values of the settings, keyed by name."""
        return st.session_state[self._key]

    def begin(self) -> bool:
        """Read the link when the reader arrives at the page or presses Back. Returns whether this has just happened.

        Settings that the link does not contain keep the values that the reader last used, except after Back.
        """
        state, visit = st.session_state, navigation.visit()
        arrives = state.get(self._visit) != visit
        state[self._arrives] = arrives or state.pop(self._redrawn, False)
        if arrives:
            state.update({self._visit: visit, self._key: self._read(), self._first: {}})
            state.update({key: self.values[name] for name, key in self._controls().items()})
        self._set_controls()
        return arrives

    def _set_controls(self) -> None:
        """Set the controls that have no value, as happens when the browser loses its connection.

        Until the page has been drawn to its end once, all of them are set again. If a run ends before it draws a
        control, a value that only that run has set does not reach the browser, which shows and reports its own.
        """
        for name, key in self._controls().items():
            if key not in st.session_state or navigation.arrives():
                st.session_state[key] = st.session_state.get(key, self.values[name])

    def _read(self) -> Values:
        last = {} if navigation.goes_back() else st.session_state.get(self._key, {})
        values = Values()
        for name, setting in self._settings.items():
            values[name] = setting.read(name, last.get(name, setting.default_for(values)), values)
        return values

    def _controls(self) -> dict[str, str]:
        return {name: setting.control for name, setting in self._settings.items() if setting.control}

    def show_notes(self, retired: Sequence[str] = ()) -> None:
        """Report which parts of the link could not be used, except retired settings of older versions."""
        query_params.show_param_notes((*self._settings, *retired))

    def read_controls(self) -> Values:
        """Update the settings from the controls. If a control has no value, its setting is unchanged.

        Controls may have no values after the browser has lost its connection.
        """
        values = {name: st.session_state.get(key) for name, key in self._controls().items()}
        self.values.update({name: value for name, value in values.items() if value is not None})
        return self.values

    def first_values(self, *names: str, chart: Hashable = None) -> tuple[Any, ...]:
        """Return the initial values of a chart's sliders. They change only when `chart` changes.

        chart  a value that identifies the chart's other inputs

        With different initial values, the browser would redraw the chart while the reader is using it.
        """
        kept = st.session_state[self._first]
        if names not in kept or kept[names][0] != chart:
            kept[names] = (chart, tuple(self.values[name] for name in names))
        return kept[names][1]

    def apply_chart_report(self, selection: Mapping[str, Any]) -> None:
        """Update the settings and the link from a chart's report, which is sent when the reader pauses.

        A report in the run in which the reader arrives shows that the slider was moved while the server was down.
        The chart was then drawn with the link's values, so the page runs again, once for each such chart, to redraw it.
        """
        before = dict(self.values)
        for name, setting in self._settings.items():
            parameter, field = setting.chart or ("", "")
            if rows := selection.get(parameter):
                self.values[name] = setting.convert(rows[0][field])
        self.write_link()
        if before != self.values and st.session_state[self._arrives] and not navigation.runs_fragment():
            st.session_state.update({self._first: {}, self._redrawn: True})
            st.rerun()

    def write_link(self) -> None:
        """Update the page's address to match its settings."""
        values = self.values
        defaults = {name: setting.default_for(values) for name, setting in self._settings.items()}
        query_params.write_params({name: values[name] for name in self._settings}, defaults)


class GuessState(PageState):
    """The settings of a page that first asks a question, and shows its results once the reader guesses or asks.

    The setting `show` holds whether results are shown, and `guess` the reader's guess.
    """

    def __init__(self, page: str, guess: Setting, settings: Mapping[str, Setting]) -> None:
        super().__init__(page, {"show": number(0, 0, 1), "guess": guess, **settings})
        self._no_guess = guess.default

    @property
    def revealed(self) -> bool:
        """Whether the reader has asked to see the results, or has guessed."""
        return self.values["show"] == 1

    def reveal(self, guess: Any = None) -> None:
        """Show the results from now on, and keep the reader's guess, if any. Used as a widget callback."""
        self.values.update(show=1, guess=self._no_guess if guess is None else guess)
