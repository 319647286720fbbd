"""Make the pictures that previews of links show: `python -m tests.e2e.make_previews`, or with names of pages.

Each is a card with a page's title and summary above or beside a picture of the running app, which Chromium draws.
"""

import sys
import tempfile
from base64 import b64encode
from contextlib import closing
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from dropout_core.charts.theme import INTERFACE
from dropout_core.ui.http.paths import STATIC
from dropout_core.ui.http.previews import HEIGHT, WIDTH, path_of, picture_of
from dropout_core.ui.navigation import BY_NAME, PAGES
from dropout_core.ui.page import SITE
from dropout_core.ui.page import Page as Entry
from tests.e2e.conftest import ARGS, CHROMIUM, new_context, serve
from tests.e2e.live import wait_until_at_rest

PICTURES = {  # what is shown of each page
    "overview": ".st-key-overview_memorising",
    "masks": ".st-key-masks_live svg",
    "scaling": ".st-key-scaling_sums",
    "ensemble": ".st-key-ens_outputs",
    "variants": ".st-key-variants_network",
    "neurons": ".st-key-neurons_tiles .nets",
    "claims": ".st-key-scoreboard",
}
SETTINGS = {
    "training": "?show=1",
    "rates": "?show=1",
    "today": "?show=1",
}  # past the question that these pages ask first
ANY = "[data-testid=stVegaLiteChart]"
MOST_BYTES = 60_000
STYLE = f"""
    body {{ box-sizing: border-box; width: {WIDTH}px; height: {HEIGHT}px; margin: 0; padding: 36px 48px; display: flex;
        gap: 20px 40px; font-family: sans-serif; color: #1e293b; background: white }}
    body.high {{ flex-direction: row; align-items: center }}
    body.wide {{ flex-direction: column }}
    .high div {{ height: 100% }}
    .high header {{ flex: 0 0 380px }}
    h1 {{ margin: 0 0 12px; font-size: 60px; line-height: 1.1 }}
    p {{ margin: 0; font-size: 30px; line-height: 1.3 }}
    small {{ font-size: 26px; color: {INTERFACE["light"]} }}
    div {{ flex: 1 1 0; min-width: 0; min-height: 0; display: flex; align-items: center; justify-content: center }}
    img {{ max-width: calc(100% * var(--share)); max-height: calc(100% * var(--share)) }}
"""


def main(names: list[str]) -> None:
    """Make the pictures of these pages, or of all."""
    entries = [BY_NAME[name] for name in names] or PAGES
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as app:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for entry in entries:
            make(browser, entry, picture_in_app(browser, app, entry))
        browser.close()


def picture_in_app(browser: Browser, app: str, entry: Entry) -> bytes:
    """Return a picture of the most important part of the page, as PNG."""
    with closing(new_context(browser, [], reduced_motion="reduce", device_scale_factor=2)) as context:
        page = context.new_page()
        page.goto(f"{app}/{path_of(entry)}{SETTINGS.get(entry.name, '')}")
        shown = page.locator(PICTURES.get(entry.name, ANY)).first
        shown.wait_for()
        wait_until_at_rest(page)
        return shown.screenshot(animations="disabled")


def make(browser: Browser, entry: Entry, picture: bytes) -> None:
    """Save the page's card, with the picture as large as MOST_BYTES allows."""
    path = STATIC / picture_of(entry)
    path.parent.mkdir(exist_ok=True)
    for share in (1, 0.85, 0.7):
        if saved(card(browser, entry, picture, share), path):
            return
    raise SystemExit(f"{path.name} is too large: {path.stat().st_size} bytes")


def card(browser: Browser, entry: Entry, picture: bytes, share: float) -> bytes:
    """Put title, summary and picture together. A wide picture stands below the words, a high one beside them.

    share  how much of its place the picture fills
    """
    width, height = Image.open(BytesIO(picture)).size
    title, foot = (SITE, "") if entry is PAGES[0] else (entry.title, SITE)
    words = f"<h1>{escape(title)}</h1><p>{escape(entry.summary)}</p><small>{escape(foot)}</small>"
    image = f'<img style="--share: {share}" src="data:image/png;base64,{b64encode(picture).decode()}">'
    shape = "wide" if width > 1.7 * height else "high"
    html = f'<style>{STYLE}</style><body class="{shape}"><header>{words}</header><div>{image}</div>'
    with closing(browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})) as context:
        page = context.new_page()
        page.set_content(html)
        return page.screenshot()


def saved(png: bytes, path: Path) -> bool:
    """Save the picture with as many colours as fit into MOST_BYTES. Returns whether any number of them does."""
    image = Image.open(BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        image.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            print(f"{path.name}: {path.stat().st_size} bytes, {colours} colours")
            return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
