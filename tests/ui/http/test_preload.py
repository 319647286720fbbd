"""Test that the large scripts that charts need are found."""

from pathlib import Path

import pytest

from dropout_core.ui.http import preload
from dropout_core.ui.navigation import PAGES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder like Streamlit's, in which the chart's script imports others, one of them named by the HTML."""
    scripts = tmp_path / "static/js"
    scripts.mkdir(parents=True)
    (tmp_path / "index.html").write_text('<script src="./static/js/named.1.js">')
    filler = " " * preload.SMALLEST
    (scripts / f"{preload.FIRST}.1.js").write_text('import{a}from"./large.1.js";import"./small.1.js";' + filler)
    (scripts / "large.1.js").write_text('import"./named.1.js";import"./ArrowVegaLiteChart.1.js";' + 2 * filler)
    (scripts / "small.1.js").write_text('import"./deep.1.js";import"./missing.1.js"')
    for other in ("deep", "named", "unused"):
        (scripts / f"{other}.1.js").write_text(3 * filler)
    return scripts


def test_large_imports_are_found_largest_first(folder):
    assert [path.name for path in preload.scripts(folder)] == ["deep.1.js", "large.1.js", f"{preload.FIRST}.1.js"]


def test_unknown_files_are_no_error(tmp_path):
    assert preload.scripts(tmp_path / "static/js") == []


def test_of_this_streamlit_the_scripts_are_found():
    named = preload.links(PAGES[0])
    assert preload.FIRST in named
    assert "embed." in named
