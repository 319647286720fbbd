"""Helpers for tests of the live network: load its scripts without a server, and operate it on the masks page."""

import base64

from playwright.sync_api import Locator, Page, expect

from dropout_core.charts.theme import DROPOUT, DROPPED, KEPT, NEGATIVE
from dropout_core.topics.masks import digit_net
from dropout_core.ui.component_scripts import NETWORK, SCRIPTS, static
from tests.e2e import live

HIDDEN = sum(digit_net.load().net.sizes[1:-1])
BOX = ".st-key-masks_live"
SETTINGS = {"rate": 0.5, "pass": 1, "mode": "training", "digit": 3, "drawn": "", "hand": "", "seed": 7}


def module(*names: str) -> str:
    """Return the URL of a JavaScript module that contains all the scripts."""
    return _to_module(static(*names))


def _to_module(code: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(code.encode()).decode()


def show_without_server(page: Page, **settings: object) -> None:
    """Draw the live network on an empty page. Its reports are collected in window.reports."""
    style, html = static("button.css", "hidden.css", "player.css", "network.css"), static("network.html")
    page.set_content(f"<html lang=en><title>Network</title><style>{style}</style><main id=here>{html}</main></html>")
    _mount(page, data_of(**settings))


def visit_again_without_server(page: Page) -> None:
    """Show the network of `show_without_server` to a reader who returns to its page."""
    _mount(page, data_of() | {"visit": 2})


def _mount(page: Page, data: dict[str, object]) -> None:
    page.evaluate(
        """async ([address, data]) => {
            window.reports = []
            const { default: component } = await import(address)
            const setStateValue = (name, value) => window.reports.push(value)
            component({ parentElement: document.getElementById("here"), data, setStateValue })
        }""",
        [_to_module(SCRIPTS[NETWORK]()), data],
    )


def data_of(**settings: object) -> dict[str, object]:
    colours = {"kept": KEPT, "dropped": DROPPED, "against": NEGATIVE, "answer": DROPOUT}
    chosen = {"settings": SETTINGS | settings, "visit": 1, "colours": colours, "follower": "nothing"}
    return {"white": digit_net.LEVELS, **chosen}


def open_page(page: Page, address: str) -> Locator:
    """Open the masks page with its animation stopped, and return the live network."""
    page.goto(address)
    box = page.locator(BOX)
    expect(box.locator(".neuron").first).to_be_visible()
    live.wait_until_at_rest(page)
    return box


def sentences(box: Locator) -> list[str]:
    """Return the description of each hidden neuron."""
    return box.locator(".neuron").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")


def dropped(box: Locator) -> set[int]:
    """Return the indices of the dropped neurons."""
    return {i for i, said in enumerate(sentences(box)) if ", dropped" in said}
