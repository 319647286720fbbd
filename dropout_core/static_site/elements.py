"""Converts a page's elements to HTML."""

from collections.abc import Callable
from html import escape
from itertools import count

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Markdown_pb2 import Markdown

from dropout_core.common.errors import UserError
from dropout_core.static_site import charts, components, icons, tables, widgets
from dropout_core.static_site.links import Links
from dropout_core.static_site.markdown import attribute, block, inline
from dropout_core.static_site.tree import Node

_ALERTS = {Alert.ERROR: "error", Alert.WARNING: "warning", Alert.INFO: "info", Alert.SUCCESS: "success"}
_NOTHING = frozenset({"empty", "html", "skeleton", "spinner", "toast", "favicon"})  # html: the app's style sheet
_WIDGETS: dict[str, Callable[[Node], str]] = {
    "button": widgets.button,
    "button_group": widgets.button_group,
    "checkbox": widgets.checkbox,
    "file_uploader": widgets.file_uploader,
    "number_input": widgets.number_input,
    "selectbox": widgets.selectbox,
    "slider": widgets.slider,
    "text_area": widgets.text_area,
    "text_input": widgets.text_input,
}
_helps = count(1)


class UnknownElement(UserError):
    """A page uses an element that the static edition cannot show."""


class Elements:
    """Converts the elements of one page. Collects the scripts of the components on it.

    links  the addresses of pages and files
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self.components: dict[str, str] = {}  # scripts, keyed by the component's name
        self.data: dict[str, str] = {}  # scripts with the data of components, keyed by file name

    def html(self, node: Node) -> str:
        """Return the element as HTML, or "" if it shows nothing. Raises UnknownElement."""
        if node.kind in _NOTHING:
            return ""
        if node.kind in _WIDGETS:
            content = self._links.replacement(node) or _WIDGETS[node.kind](node)
        elif convert := getattr(self, f"_{node.kind}", None):
            content = convert(node)
        else:
            raise UnknownElement(f"the static edition cannot show the element {node.kind!r}")
        key = f" st-key-{attribute(node.key)}" if node.key else ""
        return f'<div class="stElementContainer{key}">{content}</div>' if content else ""

    def _markdown(self, node: Node) -> str:
        part = node.element.markdown
        if part.element_type == Markdown.DIVIDER:
            return "<hr>"
        text = f"$$\n{part.body.strip().strip('$')}\n$$" if part.element_type == Markdown.LATEX else part.body
        return _container(block(text), part.help)

    def _heading(self, node: Node) -> str:
        part = node.element.heading
        anchor = f' id="{attribute(part.anchor)}"' if part.anchor else ""
        return _container(f"<{part.tag}{anchor}>{icons.of(part.icon)}{inline(part.body)}</{part.tag}>", part.help)

    def _alert(self, node: Node) -> str:
        part = node.element.alert
        return f'<div class="alert {_ALERTS[part.format]}" role="note">{icons.of(part.icon)}{block(part.body)}</div>'

    def _text(self, node: Node) -> str:
        return f"<p>{escape(node.element.text.body)}</p>"

    def _code(self, node: Node) -> str:
        code = escape(node.element.code.code_text)
        return f'<div data-testid="stCode"><pre tabindex="0"><code>{code}</code></pre></div>'

    def _table(self, node: Node) -> str:
        return tables.html(node.element.table)

    def _vega_lite_chart(self, node: Node) -> str:
        return charts.html(node.element.vega_lite_chart, node.element.width_config)

    def _bidi_component(self, node: Node) -> str:
        part = node.element.bidi_component
        self.components.setdefault(part.component_name, components.source(part))
        file, text = components.data_file(part)
        self.data |= {file: text} if file else {}
        return components.html(part, node.key, file)

    def _imgs(self, node: Node) -> str:
        return "".join(
            f'<figure><img src="{attribute(self._links.file(each.url))}" alt="{attribute(each.alt)}" loading="lazy">'
            f"{f'<figcaption>{inline(each.caption)}</figcaption>' if each.caption else ''}</figure>"
            for each in node.element.imgs.imgs
        )

    def _page_link(self, node: Node) -> str:
        part = node.element.page_link
        address = part.page if part.external else self._links.page(part.page, part.query_string)
        return f'<a class="page-link" href="{attribute(address)}">{icons.of(part.icon)}{inline(part.label)}</a>'

    def _download_button(self, node: Node) -> str:
        part = node.element.download_button
        if not (address := self._links.file(part.id)):
            return widgets.button(node)
        label = f"{icons.of(part.icon)}{inline(part.label)}"
        return f'<a class="download" href="{attribute(address)}" download>{label}</a>'

    def _progress(self, node: Node) -> str:
        part = node.element.progress
        return f'<label>{inline(part.text)} <progress max="100" value="{part.value}"></progress></label>'


def _container(content: str, help: str) -> str:
    """Return a text and, if there is one, its explanation."""
    text = f'<div data-testid="stMarkdownContainer">{content}</div>'
    return f'<div class="explained">{text}{explanation(help)}</div>' if help else text


def explanation(help: str) -> str:
    """Return a button that shows an explanation while the pointer or the focus is on it."""
    name = f"help-{next(_helps)}"
    return (
        f'<span class="help"><button type="button" aria-label="Explanation" aria-describedby="{name}">?</button>'
        f'<span role="tooltip" id="{name}">{inline(help)}</span></span>'
    )
