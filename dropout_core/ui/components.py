"""What the pages share of Streamlit: query parameters that cannot break a page, controls that live in the browser."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import streamlit as st

from dropout_core.common.text import counted, listed
from dropout_core.ui.layout import small
from dropout_core.ui.navigation import following

KEPT = {"persist_state": "session"}  # a control that keeps its value while the reader is on another page
Taken = tuple[str, str, Callable[..., object]]  # see take
ANOTHER = "Change a setting to train another."
_NOTES = "_query_notes"
_PLAIN, _MOST_NAMED = re.compile("[a-z_]{1,20}"), 3


def number_param(name: str, default: float, low: float, high: float, choices: Sequence[float] = ()) -> float:
    """The query parameter as a number in [low, high]; clamped, or the default, with a note if it was not.

    choices   what the control can show; else whole numbers where the default is one, and any number where not
    """
    text = st.query_params.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):
        _note(f"`{name}` in the link is not a number; {default:g} is used.")
        return default
    used = nearest(min(max(value, low), high), choices) if choices else min(max(value, low), high)
    used = type(default)(round(used) if isinstance(default, int) else used)
    if not low <= value <= high:
        _note(f"`{name}` is {value:,g} in the link, which lies outside {low:,g} to {high:,g}; {used:,g} is used.")
    elif abs(used - value) > 1e-9:
        _note(f"`{name}` is {value:,.9g} in the link; {used:,g} is used, the nearest that the control can show.")
    return used


def nearest(value: float, choices: Sequence[float]) -> float:
    """The choice that is closest to the value."""
    return min(choices, key=lambda choice: abs(choice - value))


def choice_param(name: str, default: str, choices: Sequence[str]) -> str:
    """The query parameter if it is one of the choices; otherwise the default, with a note."""
    text = st.query_params.get(name)
    if text is None or text in choices:
        return text or default
    known = ", ".join(f"“{choice}”" for choice in choices)
    _note(f"`{name}` in the link is none of {known}; “{default}” is used.")
    return default


def show_param_notes(known: Sequence[str]) -> None:
    """Say once, above the page, what of the link could not be used."""
    unknown = [name for name in st.query_params if name not in known]
    if unknown:
        ignored = "it is ignored" if len(unknown) == 1 else "they are ignored"
        # Whatever else a link may hold is not repeated on the page.
        plain = [f"`{name}`" for name in unknown if _PLAIN.fullmatch(name)][:_MOST_NAMED]
        said = f" ({listed(plain)})" if plain else ""
        _note(f"The link has {counted(len(unknown), 'setting')} that this page does not know{said}; {ignored}.")
    for note in dict.fromkeys(st.session_state.pop(_NOTES, [])):
        st.info(note, icon=":material/link_off:")


def _note(text: str) -> None:
    st.session_state.setdefault(_NOTES, []).append(text)


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


def text_param(name: str, default: str, check: Callable[[str], object]) -> str:
    """The query parameter if check accepts it; otherwise (a ValueError) the default, with a note that says why."""
    text = st.query_params.get(name, default)
    try:
        check(text)
    except ValueError as error:
        _note(f"`{name}` in the link: {error} {f'{default} is used' if default else 'It is ignored'}.")
        return default
    return text


def take(chosen: dict, report: Mapping[str, object], fields: Mapping[str, Taken]) -> None:
    """Note in chosen what a chart reports when the reader pauses.

    fields   by the chart's parameter: the setting it changes, the field of the row that it picks, and how that is read
    """
    for parameter, (setting, field, read) in fields.items():
        if rows := report.get(parameter):
            chosen[setting] = read(rows[0][field])


def write_params(values: Mapping[str, object], defaults: Mapping[str, object]) -> None:
    """Make the address say what the reader sees; what is at its default stays out of it."""
    said = {name: f"{value}" for name, value in values.items() if value != defaults[name]}
    if st.query_params.to_dict() != said:
        st.query_params.from_dict(said)


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


def open_page() -> None:
    """First line of every page: have app.py run around it.

    Until app.py has called st.navigation once, a new server takes the pages folder for Streamlit's old kind of
    multipage app, and shows a page that is opened by its own address alone. So then the page runs app.py itself.
    """
    if not st.session_state.get("opened"):
        import_module("app").main()
        st.stop()


def arrives(name: str) -> bool:
    """Whether the reader comes to the page of this name from another, or from outside; until it has been shown."""
    return st.session_state.get("shown") != name


def next_page(name: str) -> None:
    """The way on, at the foot of the page of this name."""
    after = following(name)
    st.divider()
    st.page_link(after.path, label=f"Next: {after.title}", icon=":material/arrow_forward:")


def neighbours(what: str, names: Mapping[str, str], here: str, go: Callable[[str], None]) -> None:
    """Buttons that go to the slugs before and after this one (names: by slug); beyond either end there is none."""
    slugs = list(names)
    at = slugs.index(here)
    with st.container(horizontal=True):
        for way, there, icon in (("Previous", at - 1, "back"), ("Next", at + 1, "forward")):
            if there in range(len(slugs)):
                slug, key = slugs[there], f"{what}-{way}"
                label = f"{way} {what}: {names[slug]}"
                st.button(label, icon=f":material/arrow_{icon}:", on_click=go, args=(slug,), key=key)


def visitor() -> str:
    """A name for this reader's session, to which the host's limits apply. Behind a proxy all share one address."""
    return st.session_state.setdefault("visitor", uuid4().hex)


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
