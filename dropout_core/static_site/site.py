"""Writes the whole site: runs each page of the app, converts what it shows, and adds the shared files."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from mimetypes import guess_extension
from pathlib import Path
from tempfile import TemporaryDirectory

from streamlit.runtime.memory_media_file_storage import MemoryFile

from dropout_core.static_site import blocks, frame, shared
from dropout_core.static_site.elements import Elements
from dropout_core.static_site.frame import Content
from dropout_core.static_site.links import Links
from dropout_core.static_site.recorder import Recorder, Recording, recorder
from dropout_core.static_site.tree import Node
from dropout_core.static_site.variants import Variant, address, all_variants
from dropout_core.static_site.writer import ExportError, SiteFolder
from dropout_core.ui import server, shell
from dropout_core.ui.navigation import PAGES
from dropout_core.ui.tour_steps import STEPS, query

_SCRIPT = Path(shell.__file__)
_CARD = "tour"  # key of the tour's card; see ui/tour.py


def export(folder: Path, url: str | None = None, progress: Callable[[str], None] = lambda name: None) -> int:
    """Write the site into a new or empty folder, and return the number of pages. Raises ExportError.

    url       public address of the app, to which the pages link
    progress  called with the name of each file after it is written
    """
    target = SiteFolder(folder)
    try:
        with _recorded_results_only():
            return asyncio.run(_write(target, url, progress))
    except BaseException:
        target.clear()
        raise


@contextmanager
def _recorded_results_only() -> Iterator[None]:
    """Use an empty store, from which nothing is trained, so that pages show what comes with the package."""
    before = dict(os.environ)
    with TemporaryDirectory() as store:
        os.environ |= {"DROPOUT_STORE": store, "DROPOUT_READ_ONLY": "1", "DROPOUT_DOWNLOAD": "0"}
        try:
            yield
        finally:
            server.close()
            os.environ.clear()
            os.environ |= before


async def _write(target: SiteFolder, url: str | None, progress: Callable[[str], None]) -> int:
    variants = all_variants()
    scripts: dict[str, str] = {}
    async with recorder(_SCRIPT) as app:
        cards = await _cards(app, variants)
        for variant in variants:
            recording = await _record(app, variant.page, variant.params)
            links = Links(variant, variants, _write_files(target, recording.files))
            content, converted = _convert(recording, links, cards.get(variant.file, {}))
            target.write(variant.file, frame.page(variant, content, variants, url))
            scripts |= converted
            progress(variant.file)
    for name, text in {**shared.assets(), **scripts}.items():
        target.write(f"{shared.ASSETS}/{name}", text)
    return len(variants)


async def _record(app: Recorder, page: str, params: Mapping[str, str]) -> Recording:
    recording = await app.record("" if page == PAGES[0].name else page, params)
    for node in recording.main:
        if node.kind == "exception":
            raise ExportError(f"the page {page} fails ({node.element.exception.message})")
    return recording


async def _cards(app: Recorder, variants: tuple[Variant, ...]) -> dict[str, dict[int, Node]]:
    """Return the tour's cards, keyed by the file on which they stand and the number of the step."""
    cards: dict[str, dict[int, Node]] = {}
    for number, step in enumerate(STEPS, 1):
        recording = await _record(app, step.page, query(number))
        card = next(node for node in recording.main if node.key == _CARD)
        query_string = "&".join(f"{name}={value}" for name, value in step.settings.items())
        file = address(step.page, query_string, variants).partition("?")[0]
        cards.setdefault(file, {})[number] = card
    return cards


def _convert(recording: Recording, links: Links, cards: Mapping[int, Node]) -> tuple[Content, dict[str, str]]:
    """Return the page's content, and the scripts of its components, keyed by file name."""
    elements = Elements(links)
    main = blocks.html(recording.main, elements)
    shown = {number: blocks.html(card, elements) for number, card in cards.items()}
    scripts = {f"{name}.js": code for name, code in elements.components.items()} | elements.data
    return Content(main, shown, tuple(elements.components)), scripts


def _write_files(target: SiteFolder, files: Mapping[str, MemoryFile]) -> dict[str, str]:
    """Write images and downloads, and return their addresses."""
    names = {key: _file_name(file) for key, file in files.items()}
    for key, name in names.items():
        target.write(name, files[key].content)
    return names


def _file_name(file: MemoryFile) -> str:
    """Return a name that contains a hash of the contents, so that pages share equal files."""
    digest = sha256(file.content).hexdigest()[:12]
    if file.filename:
        return f"downloads/{digest}/{file.filename}"
    return f"{shared.ASSETS}/{digest}{guess_extension(file.mimetype) or ''}"
