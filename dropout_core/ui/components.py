"""Controls shared by several pages. Most of them run in the browser, without the server."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import streamlit as st

from dropout_core.ui.layout import small

ANOTHER = "Change a setting to train another."


def code(text: str) -> None:
    """Python code whose long lines scroll (see keyboard). Without syntax colours, whose contrast is too low."""
    st.code(text, language=None, wrap_lines=False)


def play_button(chart: str, parameter: str, seconds: float, label: str = "Play", autoplay: bool = False) -> None:
    """A Play and Pause button that steps an input of a chart.

    chart      key of the chart, or of a container around it if the chart reports no selections
    parameter  the input's signal, such as "pass_k"; after its maximum it starts again at its minimum
    seconds    between two steps
    autoplay   start immediately, unless the reader prefers reduced motion
    """
    data = {"chart": chart, "input": parameter, "seconds": seconds, "label": label, "autoplay": autoplay}
    _player()(key=f"{chart}_player", data=data, width="content")


@cache
def _player() -> Callable[..., object]:
    html = '<button type="button"><span class="icon" aria-hidden="true"></span><span class="text"></span></button>'
    css, js = _static("button.css", "player.css"), _static("player.js")
    return st.components.v2.component("dropout_player", html=html, css=css, js=js)


def _static(*names: str) -> str:
    return "".join((Path(__file__).parent / "static" / name).read_text("utf-8") for name in names)


def link_sliders() -> None:
    """Make sliders of the same name in all charts of the page move together. Call it once, below the charts."""
    _slider_link()(key="slider_link")


@cache
def _slider_link() -> Callable[..., object]:
    return st.components.v2.component("dropout_sliders", js=_static("sliders.js"))


def browser() -> None:
    """Let a single Back leave a page that has rewritten its address, and close a phone's menu after a choice."""
    _browser()(key="browser")


@cache
def _browser() -> Callable[..., object]:
    return st.components.v2.component("dropout_page", js=_static("page.js"))


def keyboard(code: str, heading: str = "", moves: int = 0) -> None:
    """Let the keyboard reach code that scrolls (see code), and move the focus to a heading.

    Call it once, at the foot of the page. The focus moves to the heading with this text whenever moves has grown.
    """
    _keyboard()(key="keyboard", data={"code": code, "heading": heading, "moves": moves})


@cache
def _keyboard() -> Callable[..., object]:
    return st.components.v2.component("dropout_keyboard", js=_static("keyboard.js"))


def drawing_pad(key: str, pixels: Sequence[int], version: int, on_change: Callable[[], None]) -> object:
    """A sheet to draw a digit on with mouse, pen or finger, and a Clear button. Its state `pixels` is the drawing.

    pixels   784 grey values to show
    version  whenever it changes, the pixels replace the drawing
    """
    data = {"pixels": list(pixels), "version": version}
    return _pad()(key=key, data=data, on_pixels_change=on_change)


@cache
def _pad() -> Callable[..., object]:
    html = '<canvas class="paper" width="280" height="280" role="img" aria-label="Sheet to draw a digit on"></canvas>'
    html += '<button type="button">Clear</button>'
    return st.components.v2.component(
        "dropout_pad", html=html, css=_static("button.css", "draw.css"), js=_static("draw.js")
    )


def start_button(label: str, busy: bool, known: bool) -> bool:
    """The button that starts long work; disabled while the work runs, and once its result is known.

    Streamlit writes white on primary buttons, which is too faint on the dark theme's pale colour.
    """
    kind: Literal["secondary", "primary"] = "secondary" if st.context.theme.type == "dark" else "primary"
    return st.button(label, type=kind, icon=":material/play_arrow:", disabled=busy or known, key=f"start-{label}")


def known_note(known: bool, change: str = ANOTHER) -> None:
    """Say why Start is disabled although nothing runs."""
    if known:
        small(f"The result is below. {change}")
