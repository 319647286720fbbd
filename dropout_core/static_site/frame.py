"""The frame of each page: its head, the menu of pages, the tour's cards, and the scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template

from dropout_core.static_site.markdown import attribute
from dropout_core.static_site.shared import ASSETS, PAGE_SCRIPTS, template
from dropout_core.static_site.variants import Variant, address
from dropout_core.ui.http import previews
from dropout_core.ui.navigation import BY_NAME, PAGES

EDITION = "Static edition: charts and networks respond here. Grey controls, and text that depends on a control, need "


@dataclass(frozen=True)
class Content:
    """What stands on a page.

    cards       the tour's cards, keyed by the number of the step
    components  names of the components on the page
    """

    html: str
    cards: Mapping[int, str]
    components: Sequence[str]


def page(variant: Variant, content: Content, variants: tuple[Variant, ...], url: str | None = None) -> str:
    """Return the HTML of a page. `url` is the public address of the app, if it has one."""
    return Template(template()).substitute(
        description=_description(variant, url),
        navigation=_navigation(variant, variants),
        edition=f"{EDITION}{_app(variant, url)}.",
        cards="".join(f'<template data-tour="{number}">{card}</template>\n' for number, card in content.cards.items()),
        content=content.html,
        scripts=_scripts(content),
    )


def _description(variant: Variant, url: str | None) -> str:
    """Return the title and the tags for search engines and previews of links.

    They name the app's page as the original. Without the app's address, there is no absolute address to name.
    """
    lines = previews.tags(BY_NAME[variant.page], url).splitlines(keepends=True)
    return "".join(line for line in lines if url or not line.startswith("<link"))


def _navigation(here: Variant, variants: tuple[Variant, ...]) -> str:
    items = []
    for entry in PAGES:
        current = ' aria-current="page"' if entry.name == here.page else ""
        items.append(f'<li><a href="{address(entry.name, "", variants)}"{current}>{escape(entry.title)}</a></li>')
    return "".join(items)


def _app(variant: Variant, url: str | None) -> str:
    """Return "the app", as a link to the same page of the app if its address is known."""
    if not url:
        return "the app"
    return f'<a href="{attribute(url)}/{previews.path_of(BY_NAME[variant.page])}">the app</a>'


def _scripts(content: Content) -> str:
    """Load the components first: they draw at once, while Vega is still being loaded."""
    first, *rest = PAGE_SCRIPTS
    names = (first, *(f"{name}.js" for name in content.components), *rest)
    return "".join(f'<script defer src="{ASSETS}/{name}"></script>\n' for name in names)
