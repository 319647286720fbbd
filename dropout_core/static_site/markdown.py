"""Converts Markdown to HTML, with Streamlit's directives: small and coloured text, Material icons, and formulas."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from dropout_core.static_site.icons import icon

_DIRECTIVE = re.compile(r":(small|(?:red|orange|yellow|green|blue|violet|gray|grey|primary)(?:-background|-badge)?)\[")
_ICON = re.compile(r":material/(\w+):")
_IMAGE = "data:image/"
_OUTSIDE = ("http://", "https://")


def formula(tex: str, display: bool) -> str:
    """Convert LaTeX to MathML. A formula on its own line may be wider than a phone, so it can be scrolled."""
    mathml = convert(tex.strip(), display="block" if display else "inline")
    return f'<div class="formula" tabindex="0">{mathml}</div>' if display else mathml


def block(text: str) -> str:
    """Convert a text of several paragraphs."""
    return _PARSER.render(text)


def inline(text: str) -> str:
    """Convert a label, which has no paragraphs."""
    return _PARSER.renderInline(text)


def _directive(state: StateInline, silent: bool) -> bool:
    """Parse `:name[content]`, where the content is Markdown too."""
    match = _DIRECTIVE.match(state.src, state.pos)
    if match is None:
        return False
    end = state.md.helpers.parseLinkLabel(state, match.end() - 1, False)
    if end < 0:
        return False
    if not silent:
        _push_content(state, match[1], match.end(), end)
    state.pos = end + 1
    return True


def _push_content(state: StateInline, name: str, start: int, end: int) -> None:
    last, state.pos, state.posMax = state.posMax, start, end
    state.push("span_open", "span", 1).attrSet("class", name.replace("grey", "gray"))
    state.md.inline.tokenize(state)
    state.push("span_close", "span", -1)
    state.posMax = last


def _icon(state: StateInline, silent: bool) -> bool:
    match = _ICON.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = icon(match[1])
    state.pos = match.end()
    return True


def _link(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Open links to other sites in a new tab, as the app does."""
    if str(tokens[index].attrGet("href")).startswith(_OUTSIDE):
        tokens[index].attrSet("target", "_blank")
        tokens[index].attrSet("rel", "noopener")
    return renderer.renderToken(tokens, index, options, env)


def _math(content: str, options: Mapping[str, Any]) -> str:
    return formula(content, options["display_mode"])


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    dollarmath_plugin(made, allow_labels=False, double_inline=True, renderer=_math)
    made.inline.ruler.before("link", "directive", _directive)
    made.inline.ruler.before("link", "icon", _icon)
    made.add_render_rule("link_open", _link)
    valid: Callable[[str], bool] = made.validateLink
    made.validateLink = lambda url: url.startswith(_IMAGE) or valid(url)  # type: ignore[method-assign]
    return made


_PARSER = _parser()


def attribute(text: str) -> str:
    """Escape a text for use as an attribute's value."""
    return escape(text, quote=True)
