"""Make the small fonts that browsers get instead of Streamlit's: `python -m tests.make_fonts`.

Streamlit's icon font holds four thousand icons, and its text fonts hold many alphabets. The small fonts hold the icons
and characters that the app or Streamlit's interface shows; browsers take other characters from their own fonts. Repeat
this for each new Streamlit, and for icons that are new in the app.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from dropout_core.ui.http.bundle import small_fonts
from dropout_core.ui.http.paths import BUNDLE, STATIC
from dropout_core.ui.navigation import PAGES
from tests.architecture import source_files

ICONS = "MaterialSymbols-Rounded"
TEXTS = ("SourceSansVF-Upright", "SourceSansVF-Italic", "SourceCodeVF-Upright")
FOOT = {"arrow_back", "arrow_forward"}  # of the links at the foot of each page
LATIN, GREEK = range(0x20, 0x100), range(0x391, 0x3CA)
FEATURES = ["kern", "liga", "ccmp", "mark", "calt", "tnum"]  # tnum: digits of equal width, as app.css asks for
NEW_NAME = "Dropout"  # the fonts' licence reserves the name "Source" for the whole fonts
NAMES = [*range(7), 13, 14]  # those that fonts need, and the licence
COPYRIGHT, LICENCE = 0, 13
_ICON = re.compile(r":material/([a-z0-9_]+)|icon=\"([a-z0-9_]+)\"")


def main() -> None:
    """Write the fonts beside the app's static files."""
    small_fonts().mkdir(exist_ok=True)
    for name in TEXTS:
        font = TTFont(original(name))
        save(font, Options(layout_features=FEATURES, name_IDs=NAMES), original(name).name, unicodes=characters())
    font = TTFont(original(ICONS))
    icons = ligatures(font)
    letters = [glyph for code, glyph in font.getBestCmap().items() if code < 0x80]
    glyphs = [*letters, *(icons[name] for name in icons_to_keep(icons))]
    # Without layout_closure=False the letters would keep all icons, since each is a ligature of letters.
    save(
        font, Options(layout_closure=False, layout_features=["*"], name_IDs=NAMES), original(ICONS).name, glyphs=glyphs
    )


def original(name: str) -> Path:
    """Return Streamlit's font."""
    return next((BUNDLE / "static/media").glob(f"{name}.*.woff2"))


def save(font: TTFont, options: Options, name: str, **kept: object) -> None:
    """Reduce the font to what is kept, rename it and save it."""
    subsetter = Subsetter(options)
    subsetter.populate(**kept)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID not in (COPYRIGHT, LICENCE):
            record.string = str(record).replace("Source", NEW_NAME)
    font.flavor = "woff2"
    font.save(small_fonts() / name)


def characters() -> set[int]:
    """Return the code points that the app's texts contain, and those of Latin and Greek."""
    texts = [path.read_text("utf-8") for path in (*source_files(), *STATIC.glob("*.*s"), *STATIC.glob("*.html"))]
    return {ord(character) for character in "".join(texts)} | set(LATIN) | set(GREEK)


def icons_to_keep(known: Mapping[str, str]) -> set[str]:
    """Return the known names among the icons in use and all strings of the app, some of which may name icons."""
    nodes = (node for path in source_files() for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return (texts | icons_in_use()) & set(known)


def icons_in_use() -> set[str]:
    """Return the names of the icons that Streamlit's interface and the app name as icons."""
    files = (*(BUNDLE / "static/js").glob("*.js"), *source_files())
    found = (names for path in files for names in _ICON.findall(path.read_text("utf-8")))
    return {name for names in found for name in names if name} | {page.icon for page in PAGES} | FOOT


def ligatures(font: TTFont) -> dict[str, str]:
    """Return the glyph of each icon, by the name of the icon: the letters that the font replaces by the glyph."""
    characters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    tables = [table for lookup in font["GSUB"].table.LookupList.Lookup for table in lookup.SubTable]
    found = {}
    for table in (getattr(table, "ExtSubTable", table) for table in tables):
        for first, each in getattr(table, "ligatures", {}).items():
            for ligature in each:
                name = "".join(characters.get(glyph, "?") for glyph in (first, *ligature.Component))
                found[name] = ligature.LigGlyph
    return found


if __name__ == "__main__":
    main()
