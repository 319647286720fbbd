"""Controls that several pages share; most of them live in the browser."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import streamlit as st

from dropout_core.ui.layout import small

KEPT = {"persist_state": "session"}  # a control that keeps its value while the reader is on another page
ANOTHER = "Change a setting to train another."


def code(text: str) -> None:
    """Python as it is written: long lines scroll (see keyboard), uncut. The colours of syntax fail contrast checks."""
    st.code(text, language=None, wrap_lines=False)


def play_button(chart: str, parameter: str, seconds: float, label: str = "Play", autoplay: bool = False) -> None:
    """Play and Pause for a chart's bound input; in the browser, without the server.

    chart      key of the chart (or of a container around it, where the chart reports no selections)
    parameter  the chart's bound signal to step, such as "pass_k"; after its maximum it starts again at its minimum
    autoplay   start at once, unless the reader prefers reduced motion
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
    """Sliders of the same name under the page's charts move together, in the browser; call once, below the charts."""
    _slider_link()(key="slider_link")


@cache
def _slider_link() -> Callable[..., object]:
    return st.components.v2.component("dropout_sliders", js=_static("sliders.js"))


def browser() -> None:
    """Let Back leave a page at once, however often it has written to its address, and a phone's menu close."""
    _browser()(key="browser")


@cache
def _browser() -> Callable[..., object]:
    return st.components.v2.component("dropout_page", js=_static("page.js"))


def keyboard(code: str, heading: str = "", moves: int = 0) -> None:
    """Let the keyboard reach code that scrolls (see code), and the heading that a button has led to.

    Call it once, below all else. The focus goes to the heading with this text whenever moves has grown.
    """
    _keyboard()(key="keyboard", data={"code": code, "heading": heading, "moves": moves})


@cache
def _keyboard() -> Callable[..., object]:
    return st.components.v2.component("dropout_keyboard", js=_static("keyboard.js"))


def drawing_pad(key: str, pixels: Sequence[int], version: int, on_change: Callable[[], None]) -> object:
    """A sheet to draw on, by mouse, pen or finger, with a Clear button; its state `pixels` is what the browser says.

    pixels   784 grey values to begin with; another version replaces what is drawn by them
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
    """The button that begins long work: not while it is under way, nor when its result is known already.

    Streamlit writes white on primary buttons, which a dark theme's pale colour cannot carry.
    """
    kind = "secondary" if st.context.theme.type == "dark" else "primary"
    return st.button(label, type=kind, icon=":material/play_arrow:", disabled=busy or known, key=f"start-{label}")


def known_note(known: bool, change: str = ANOTHER) -> None:
    """Beside the buttons: why Start is greyed where nothing is under way."""
    if known:
        small(f"The result is below. {change}")
