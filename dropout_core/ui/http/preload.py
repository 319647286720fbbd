"""Tell browsers immediately which scripts a page's pictures need, so that these load while the app connects.

Streamlit asks for them only when the first picture arrives, one after another.
"""

import re
from pathlib import Path

from dropout_core.ui import component_scripts
from dropout_core.ui.http.paths import BUNDLE
from dropout_core.ui.page import Page

FIRST = "ArrowVegaLiteChart"  # Streamlit's script for charts, whose imports are followed
SMALLEST = 15_000  # in bytes; smaller scripts load fast enough, and the head must stay short
_IMPORT = re.compile(r'(?:from|import)"\./([\w.-]+\.js)"')


def links(page: Page) -> str:
    """Return elements for the HTML's head. The addresses are relative to the page, as those in Streamlit's HTML are."""
    addresses = [f"static/js/{path.name}" for path in scripts(BUNDLE / "static/js")]
    if component := component_scripts.PRELOADED.get(page.name):
        addresses.insert(0, component_scripts.address(component))
    return "".join(f'<link rel="modulepreload" crossorigin href="./{address}">\n' for address in addresses)


def scripts(folder: Path) -> list[Path]:
    """List the large scripts that charts import but the HTML does not name (none if Streamlit renames its files)."""
    html = folder.parents[1] / "index.html"
    named = html.read_text("utf-8") if html.exists() else ""
    large = (path for path in _imported(folder) if path.stat().st_size >= SMALLEST and path.name not in named)
    return sorted(large, key=lambda path: -path.stat().st_size)


def _imported(folder: Path) -> set[Path]:
    seen: set[Path] = set()
    waiting = set(folder.glob(f"{FIRST}.*.js"))
    while waiting:
        seen |= waiting
        names = {name for path in waiting for name in _IMPORT.findall(path.read_text("utf-8"))}
        waiting = {path for name in names if (path := folder / name).exists()} - seen
    return seen
