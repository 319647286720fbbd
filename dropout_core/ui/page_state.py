"""A page's settings: read from its link, kept for the session, changed by controls and charts, written back."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dropout_core.ui import navigation, query_params
from dropout_core.ui.query_params import nearest

Values = dict[str, Any]  # settings by their names in the link


@dataclass(frozen=True)
class Setting:
    """One setting of a page.

    default   left out of the link; a function of the other settings if it depends on them
    read      read(name, fallback, values) gives its value from the link; values has the settings read before it
    control   key of the widget that sets it
    chart     the parameter under which a chart reports it, and the field of the reported row
    convert   turns what the chart reports into the setting's value
    """

    default: Any
    read: Callable[[str, Any, Values], Any]
    control: str = ""
    chart: tuple[str, str] | None = None
    convert: Callable[[Any], Any] = str

    def default_for(self, values: Values) -> Any:
        return self.default(values) if callable(self.default) else self.default


def number(
    default: float,
    low: float,
    high: float,
    choices: Sequence[float] = (),
    *,
    control: str = "",
    chart: tuple[str, str] | None = None,
    log: bool = False,
) -> Setting:
    """A number in [low, high], one of the choices if there are any; log: the chart reports its decimal logarithm."""

    def read(name: str, fallback: float, _: Values) -> float:
        return query_params.number_param(name, type(default)(fallback), low, high, choices)

    def convert(reported: float) -> float:
        value = 10**reported if log else reported
        return type(default)(nearest(value, choices) if choices else value)

    return Setting(default, read, control, chart, convert)


def choice(default: Any, choices: Sequence[Any], *, control: str = "", chart: tuple[str, str] | None = None) -> Setting:
    """One of several values, which the link names by their text."""
    return Setting(
        default, lambda name, fallback, _: query_params.choice_param(name, fallback, choices), control, chart
    )


def free_text(default: str, normalise: Callable[[str], str], *, control: str = "") -> Setting:
    """Free text in its normal form; normalise raises ValueError for text that cannot be used."""
    return Setting(default, lambda name, fallback, _: query_params.text_param(name, fallback, normalise), control)


class PageState:
    """The settings of one page in this reader's session.

    Call `begin` first in every run, and `write_link` once the controls have been read.
    """

    def __init__(self, page: str, settings: Mapping[str, Setting]) -> None:
        self._settings = settings
        self._key, self._visit, self._first = (f"{page}_{what}" for what in ("settings", "visit", "first_values"))

    @property
    def values(self) -> Values:
        """What the reader has set, by name."""
        return st.session_state[self._key]

    def begin(self) -> bool:
        """On arrival, read the link; what it lacks is as the reader left it. Returns whether this is an arrival."""
        state, visit = st.session_state, navigation.visit()
        arrives = state.get(self._visit) != visit
        if arrives:
            state.update({self._visit: visit, self._key: self._read(), self._first: {}})
            state.update({key: self.values[name] for name, key in self._controls().items()})
        return arrives

    def _read(self) -> Values:
        last, values = st.session_state.get(self._key, {}), Values()
        for name, setting in self._settings.items():
            values[name] = setting.read(name, last.get(name, setting.default_for(values)), values)
        return values

    def _controls(self) -> dict[str, str]:
        return {name: setting.control for name, setting in self._settings.items() if setting.control}

    def show_notes(self) -> None:
        """Say what of the link could not be used."""
        query_params.show_param_notes(tuple(self._settings))

    def read_controls(self) -> Values:
        """Take over the values of the controls. A browser that has lost its connection may send none: they stay."""
        values = {name: st.session_state.get(key) for name, key in self._controls().items()}
        self.values.update({name: value for name, value in values.items() if value is not None})
        return self.values

    def first_values(self, *names: str, chart: Hashable = None) -> tuple[Any, ...]:
        """The values with which a chart's sliders start: kept as long as chart, which stands for its other inputs.

        With other first values the browser would draw the chart anew, under the reader's hand.
        """
        kept = st.session_state[self._first]
        if names not in kept or kept[names][0] != chart:
            kept[names] = (chart, tuple(self.values[name] for name in names))
        return kept[names][1]

    def apply_chart_report(self, selection: Mapping[str, Any]) -> None:
        """Take over what a chart reports when the reader pauses; the link follows."""
        for name, setting in self._settings.items():
            parameter, field = setting.chart or ("", "")
            if rows := selection.get(parameter):
                self.values[name] = setting.convert(rows[0][field])
        self.write_link()

    def write_link(self) -> None:
        """Make the address say what the reader sees."""
        values = self.values
        defaults = {name: setting.default_for(values) for name, setting in self._settings.items()}
        query_params.write_params({name: values[name] for name in self._settings}, defaults)
