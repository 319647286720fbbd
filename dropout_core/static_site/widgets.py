"""Controls that need the app's server. They show their values, but cannot be used."""

from collections.abc import Sequence
from html import escape
from typing import Any

from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.LabelVisibility_pb2 import LabelVisibility
from streamlit.proto.Slider_pb2 import Slider

from dropout_core.static_site import icons
from dropout_core.static_site.markdown import attribute, inline
from dropout_core.static_site.tree import Node

NEEDS_APP = "This needs the app."


def button(node: Node) -> str:
    part = getattr(node.element, node.kind)
    return _button(f"{icons.of(part.icon)}{inline(part.label)}", part.type == "primary")


def button_group(node: Node) -> str:
    """Return the options of pills or of a segmented control, with the chosen ones marked."""
    group = node.element.button_group
    options = [
        f'<span class="option{" chosen" if i in chosen(group) else ""}">'
        f"{icons.of(option.content_icon)}{inline(option.content)}</span>"
        for i, option in enumerate(group.options)
    ]
    return _labelled(group, f'<span class="options" title="{NEEDS_APP}">{"".join(options)}</span>')


def chosen(group: ButtonGroup) -> set[int]:
    """Return the indices of the chosen options."""
    if not group.set_value:
        return set(group.default)
    return {i for i, option in enumerate(group.options) if option.content in group.raw_values}


def slider(node: Node) -> str:
    part: Slider = node.element.slider
    if part.type == Slider.SELECT_SLIDER:
        value = part.raw_value[0] if part.set_value else part.options[int(part.default[0])]
        return _labelled(part, _value(value))
    return _labelled(part, _value(f"{(part.value if part.set_value else part.default)[0]:g}"))


def number_input(node: Node) -> str:
    part = node.element.number_input
    return _labelled(part, _value(f"{part.value if part.set_value else part.default:g}"))


def text_input(node: Node) -> str:
    part = node.element.text_input
    return _labelled(part, _value(part.value if part.set_value else part.default))


def text_area(node: Node) -> str:
    part = node.element.text_area
    text = escape(part.value if part.set_value else part.default or part.placeholder)
    return _labelled(part, f'<pre class="value" tabindex="0" title="{NEEDS_APP}">{text}</pre>')


def selectbox(node: Node) -> str:
    part = node.element.selectbox
    return _labelled(part, _value(part.raw_value if part.set_value else part.options[part.default]))


def checkbox(node: Node) -> str:
    part = node.element.checkbox
    checked = " checked" if (part.value if part.set_value else part.default) else ""
    return f'<label class="off"><input type="checkbox" disabled{checked}>{inline(part.label)}</label>'


def file_uploader(node: Node) -> str:
    return _button(inline(node.element.file_uploader.label), False)


def _button(label: str, primary: bool) -> str:
    kind = "primary" if primary else "secondary"
    return f'<button type="button" class="{kind}" disabled title="{NEEDS_APP}">{label}</button>'


def _value(text: str) -> str:
    return f'<span class="value" title="{NEEDS_APP}">{escape(text)}</span>'


def _labelled(part: Any, content: str) -> str:
    hidden = part.label_visibility.value != LabelVisibility.VISIBLE
    label = f'<span class="label{" hidden" if hidden else ""}">{inline(part.label)}</span>'
    return f'<div class="off">{label} {content}</div>'


def choices(links: Sequence[tuple[str, str]], current: str, label: str) -> str:
    """Return links to the pages that stand for the options of a control.

    links  pairs of address and text
    """
    items = "".join(
        f'<a href="{attribute(address)}"{" aria-current=page" if address == current else ""}>{escape(text)}</a>'
        for address, text in links
    )
    return f'<nav class="options" aria-label="{attribute(label)}">{items}</nav>'
