"""Helper for tests: runs a script as a page, and converts what it shows."""

from pathlib import Path

from dropout_core.static_site import blocks
from dropout_core.static_site.elements import Elements
from dropout_core.static_site.links import Links
from dropout_core.static_site.recorder import Recording, recorder
from dropout_core.static_site.variants import Variant
from tests import loops

HERE = Variant("papers", "papers", {"figure": "a"}, {"linked": "other.html"}, {"offered": ("papers.html", "b.html")})
VARIANTS = HERE, Variant("papers", "b", {"figure": "b"}), Variant("overview", "index")


def record(folder: Path, code: str) -> Recording:
    """Run the code as a page of its own app."""
    script = folder / "page.py"
    script.write_text(f"import streamlit as st\n{code}\n", "utf-8")

    async def run() -> Recording:
        async with recorder(script) as app:
            return await app.record()

    return loops.run(run())


def convert(folder: Path, code: str) -> str:
    """Return the HTML of what the code shows. Images and downloads get the address "file"."""
    recording = record(folder, code)
    links = Links(HERE, VARIANTS, dict.fromkeys(recording.files, "file"))
    return blocks.html(recording.main, Elements(links))
