"""Controls shared by several pages. Most of them run in the browser and do not need the server."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_core.charts.network_diagram import FIELDS, INFERENCE
from dropout_core.numerics.masks import RATES
from dropout_core.ui import component_data, component_scripts, server
from dropout_core.ui.component_scripts import static, style_sheet
from dropout_core.ui.layout import small

_AT_INFERENCE = f'[name="mode_{FIELDS["mode"]}"][value="{INFERENCE}"]:checked'  # matches if the mode is inference
ANOTHER = "To train again, change a setting."
_PLAYER = '<button type="button"><span class="icon" aria-hidden="true"></span><span class="text"></span></button>'
_LEADER = (
    '<label><span><span class="label"></span><span class="remark"></span></span>'
    '<input type="range"><output></output></label>'
)
_PAD = (
    '<canvas class="paper" width="280" height="280" role="img" aria-label="Sheet to draw a digit on"></canvas>'
    '<button type="button">Clear</button>'
)


@cache
def _component(name: str, *scripts: str, html: str | None = None, styles: tuple[str, ...] = ()) -> Callable[..., Any]:
    """Register a component once, with scripts and style sheets from the folder static/.

    A component without scripts is a large one: a loader fetches its script over HTTP.
    """
    js = static(*scripts) if scripts else component_scripts.loader(name)
    return st.components.v2.component(name, html=html, css=style_sheet(*styles) if styles else None, js=js)


def code(text: str, wrap: bool = False) -> None:
    """Show Python code. Syntax highlighting is off because its contrast is too low.

    wrap  whether long lines are wrapped; otherwise the block scrolls horizontally
    """
    st.code(text, language=None, wrap_lines=wrap)


def play_button(chart: str, parameter: str, seconds: float, label: str = "Play", autoplay: bool = False) -> None:
    """Show a Play/Pause button that steps through the values of one of a chart's inputs.

    In a chart that offers a mode, the button is disabled at inference, where all passes look alike.

    chart      key of the chart; if the chart reports no selections, key of the container around it
    parameter  signal of the input, such as "pass_k"; it wraps from its maximum to its minimum
    seconds    time between two steps
    autoplay   whether to start immediately, unless the reader prefers reduced motion
    """
    data = {"chart": chart, "input": parameter, "seconds": seconds, "label": label, "autoplay": autoplay}
    player = _component("dropout_player", "player.js", html=_PLAYER, styles=("button.css", "player.css"))
    player(key=f"{chart}_player", data=data | {"still": _AT_INFERENCE}, width="content")


def rate_slider(rate: float, rates: Sequence[float] = RATES) -> DeltaGenerator:
    """Show the page's slider for the rate. It stays in view and sets the rate of all charts in the browser.

    One of the charts must report its parameter "rate" to the server. Call this once, above the charts.

    rate   the initial value
    rates  the evenly spaced rates that the slider offers
    Returns the bar that contains the slider, which has space for a play button.
    """
    step = round(rates[1] - rates[0], 4)
    scale = {"lowest": rates[0], "highest": rates[-1], "step": step}
    return _leader("rate", "p", {"label": "Rate p", "remark": " = P(drop)", "value": rate, **scale})


def members_slider(k: int, counts: Sequence[int]) -> None:
    """Show the slider for the number of members averaged; see rate_slider().

    It stays in view while the container in which it is called does.
    """
    _leader("members", "k", {"label": "Members k", "value": k, "values": list(counts)})


def _leader(name: str, field: str, data: Mapping[str, object]) -> DeltaGenerator:
    """Show a slider that sets the parameter of this name and field in all charts. CSS hides their own inputs."""
    bar = st.container(key=f"bar_{name}", horizontal=True, vertical_alignment="center")
    with bar:
        slider = _component("dropout_leader", "leader.js", html=_LEADER, styles=("leader.css",))
        slider(key=f"{name}_slider", data={**data, "name": name, "leads": f"{name}_{field}"})
    return bar


def remember(name: str, text: str) -> str:
    """Store a short text in the reader's browser. If `text` is empty, return the stored text, or "" if there is none.

    The browser answers after the page has run once; the page then runs again.
    """
    memory = _component("dropout_memory", "remember.js")
    kept = memory(key=f"remember_{name}", data={"name": name, "text": text}, on_text_change=lambda: None)
    return str(kept.get("text") or "")


def focus_heading(heading: str, moves: int) -> None:
    """Move the focus to the heading with this text whenever `moves` increases. Call this at the foot of the page."""
    _component("dropout_focus", "focus.js")(key="focus", data={"heading": heading, "moves": moves})


def tour_card(label: str, moves: int) -> None:
    """Name the tour's card for screen readers, and move the focus to it. Call this inside the card.

    Whenever `moves` changes, the focus moves.
    """
    _component("dropout_tour", "tour.js")(key="tour_card", data={"label": label, "moves": moves})


def drawing_pad(key: str, pixels: Sequence[int], version: int, on_change: Callable[[], None]) -> object:
    """Show a Clear button and a canvas for drawing a digit with a mouse, pen or finger.

    The component's state `drawing` holds the reported pixels. A new session, as after a restart, gets another report.

    pixels   784 grey values to show, which are sent as text: JSON takes longer for a list
    version  a number; whenever it changes, `pixels` replaces the drawing
    """
    data = {"pixels": b64encode(bytes(pixels)).decode(), "version": version, "session": server.session()}
    pad = _component("dropout_pad", "sheet.js", "draw.js", html=_PAD, styles=("button.css", "draw.css"))
    return pad(key=key, data=data, on_drawing_change=on_change)


def live_network(key: str, data: Mapping[str, Any]) -> Any:
    """Show a live trained net with its controls. Returns the reader's settings, or None before the first change.

    data  see static/network.js. New settings take effect only with a new `visit`; while the reader is using
          the net, the browser's settings take precedence.
    """
    styles = ("button.css", "hidden.css", "player.css", "network.css")
    network = _component(component_scripts.NETWORK, html=static("network.html"), styles=styles)
    with st.container(key=f"sticky_{key}"):
        return network(key=key, data=data, on_settings_change=lambda: None).get("settings")


def neuron_tiles(key: str, data: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """Show two nets as tiles of neurons that can be removed. Returns the settings, or None before the first change.

    data      see static/tiles.js; constant, and the same object in each run
    settings  see static/tiles_settings.js; new settings take effect only with a new `visit`
    """
    styles = ("button.css", "hidden.css", "tiles.css")
    tiles = _component(component_scripts.TILES, html=static("tiles.html"), styles=styles)
    with st.container(key=key):
        _component("dropout_tile_settings", "tiles_settings.js")(key=f"{key}_settings", data=settings)
        there = {"file": component_data.publish(data)}
        return tiles(key=f"{key}_part", data=there, on_settings_change=lambda: None).get("settings")


def reconstructions(key: str, data: Mapping[str, Any]) -> None:
    """Show two autoencoders as tiles of neurons that can be removed, and the digits that they reconstruct.

    data  see static/reconstruction.js; constant, and the same object in each run
    """
    styles = ("button.css", "hidden.css", "tiles.css", "reconstruction.css")
    both = _component(component_scripts.RECONSTRUCTIONS, html=static("reconstruction.html"), styles=styles)
    with st.container(key=key):
        both(key=f"{key}_part", data={"file": component_data.publish(data)})


def start_button(label: str, busy: bool, known: bool) -> bool:
    """Show a button that starts a long task. It is disabled while the task runs and after the result is known."""
    return st.button(label, type="primary", icon=":material/play_arrow:", disabled=busy or known, key=f"start-{label}")


def guess_buttons(page: str, labels: Mapping[str, str], reveal: Callable[..., None]) -> None:
    """Show a button for each guess, and one that reveals the result without a guess.

    page    prefix of the buttons' keys
    labels  the buttons' labels, keyed by guess
    reveal  called with the chosen guess, or with nothing
    """
    with st.container(horizontal=True, gap="small", key=f"{page}_guess"):
        for guess, label in labels.items():
            st.button(label, on_click=reveal, args=(guess,), key=f"{page}_guess_{guess}")
        st.button("Show", on_click=reveal, icon=":material/visibility:", key=f"{page}_show")


def known_note(known: bool, change: str = ANOTHER, shown: bool = True) -> None:
    """If the result is known, explain why the start button is disabled.

    shown  whether the page shows the result, and does not ask for a guess first
    """
    if known:
        where = "This page already shows the result" if shown else "The result is stored: guess, or choose **Show**"
        small(f"{where}. {change}")
