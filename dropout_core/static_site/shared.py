"""The files that all pages of the site share: style sheet, scripts, and one copy of Vega."""

from pathlib import Path

import vl_convert

from dropout_core.charts import theme
from dropout_core.ui import components as ui

_FILES = Path(__file__).parent / "files"
_STATIC = Path(ui.__file__).parent / "static"
ASSETS = "assets"
_GLOBALS = "window.vegaEmbed = vegaEmbed"  # what charts.js needs of the bundle
PAGE_SCRIPTS = "components.js", "site.js", "vega.js", "charts.js"  # in this order


def template() -> str:
    return (_FILES / "page.html").read_text("utf-8")


def assets() -> dict[str, str]:
    """Return the contents of the shared files, keyed by name."""
    scripts = {name: (_FILES / name).read_text("utf-8") for name in PAGE_SCRIPTS if name != "vega.js"}
    icon = (_STATIC / "icon.svg").read_text("utf-8")
    return {**scripts, "vega.js": vega(), "site.css": style(), "icon.svg": icon}


def vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, whose own names stay inside it."""
    return f"(() => {{\n{vl_convert.javascript_bundle(_GLOBALS)}\n}})()\n"


def style() -> str:
    """Return the style sheet: the app's colours and style, and the site's own."""
    meanings = f":root {{--kept: {theme.KEPT};--against: {theme.NEGATIVE};}}"
    sheets = _STATIC / "app.css", _STATIC / "hidden.css", _FILES / "site.css"
    return "\n".join((theme.variables(), meanings, *(sheet.read_text("utf-8") for sheet in sheets)))
