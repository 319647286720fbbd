"""Converts a page's containers and their contents to HTML. Class names are Streamlit's, so that ui/static fits."""

from collections.abc import Callable

from streamlit.proto.Block_pb2 import Block
from streamlit.proto.GapSize_pb2 import GapSize
from streamlit.proto.WidthConfig_pb2 import WidthConfig

from dropout_core.static_site import icons
from dropout_core.static_site.elements import Elements
from dropout_core.static_site.markdown import attribute, block, inline
from dropout_core.static_site.tree import Node

_GAPS = {
    GapSize.NONE: 0, GapSize.XXSMALL: 0.25, GapSize.XSMALL: 0.5, GapSize.SMALL: 1, GapSize.MEDIUM: 2,
    GapSize.LARGE: 4, GapSize.XLARGE: 6, GapSize.XXLARGE: 8,
}  # fmt: skip
_FLEX = Block.FlexContainer
_JUSTIFY = {_FLEX.JUSTIFY_END: "end", _FLEX.JUSTIFY_CENTER: "center", _FLEX.SPACE_BETWEEN: "space-between"}
_ALIGN = {_FLEX.ALIGN_END: "end", _FLEX.ALIGN_CENTER: "center", _FLEX.ALIGN_START: "start"}


def html(node: Node, elements: Elements) -> str:
    """Return a container or an element as HTML. An empty container is left out."""
    if node.is_element:
        return elements.html(node)
    content = "".join(html(child, elements) for child in node.ordered())
    if not content:
        return ""
    return _CONVERT.get(node.kind, _plain)(node, content)


def _plain(node: Node, content: str) -> str:
    return f'<div class="{_classes("stVerticalBlock", node)}">{content}</div>'


def _flex(node: Node, content: str) -> str:
    """Return a column or a row. The outer box limits how far the inner one may stick to the top of the window."""
    part, styles = node.block.flex_container, []
    is_row = part.direction == _FLEX.HORIZONTAL
    gap = part.gap_config.gap_size
    styles += [f"gap: {_GAPS[gap]:g}rem"] if gap in _GAPS else []
    styles += [f"justify-content: {_JUSTIFY[part.justify]}"] if is_row and part.justify in _JUSTIFY else []
    styles += [f"align-items: {_ALIGN[part.align]}"] if is_row and part.align in _ALIGN else []
    name = _classes("stHorizontalBlock" if is_row else "stVerticalBlock", node) + (" bordered" if part.border else "")
    box = f'<div class="{name}" style="{"; ".join(styles)}">{content}</div>'
    return f'<div data-testid="stLayoutWrapper" style="{_width(node.block.width_config)}">{box}</div>'


def _width(width: WidthConfig) -> str:
    if width.pixel_width:
        return f"width: {width.pixel_width}px; max-width: 100%"
    return "width: fit-content" if width.use_content else ""


def _column(node: Node, content: str) -> str:
    part = node.block.column
    name = _classes("stColumn", node) + (" bordered" if part.show_border else "")
    return f'<div class="{name}" style="--weight: {part.weight:g}"><div class="stVerticalBlock">{content}</div></div>'


def _expander(node: Node, content: str) -> str:
    part = node.block.expandable
    summary = f"<summary>{icons.of(part.icon)}<div>{block(part.label)}</div></summary>"
    return (
        f'<details class="{_classes("stExpander", node)}"{" open" if part.expanded else ""}>{summary}'
        f'<div class="stVerticalBlock">{content}</div></details>'
    )


def _popover(node: Node, content: str) -> str:
    part = node.block.popover
    summary = f"<summary>{icons.of(part.icon)}{inline(part.label)}</summary>"
    return f'<details class="popover">{summary}<div class="stVerticalBlock">{content}</div></details>'


def _tab(node: Node, content: str) -> str:
    """Return a tab as a section with a heading, since a static page has room for all of them."""
    label = node.block.tab.label
    return f'<section aria-label="{attribute(label)}"><h3>{inline(label)}</h3>{content}</section>'


_CONVERT: dict[str, Callable[[Node, str], str]] = {
    "flex_container": _flex,
    "column": _column,
    "expandable": _expander,
    "popover": _popover,
    "tab": _tab,
}


def _classes(name: str, node: Node) -> str:
    return f"{name} st-key-{attribute(node.key)}" if node.key else name
