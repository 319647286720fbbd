"""Compare the browser's reconstructions with NumPy's, and remove autoencoders' neurons on the page."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from dropout_core.experiments.recipe import ARMS
from dropout_core.topics.neurons import features, reconstruction
from dropout_core.topics.neurons.tiles import encode
from tests.e2e import live, network

pytestmark = pytest.mark.browser
TITLES = ("Autoencoder without dropout", "Autoencoder with dropout")
NUMBER = re.compile(r"[\d.]+$")
PRESSED = '.tile[aria-pressed="true"]'
# Presses a tile, and counts the animation frames until the reconstruction and the sentence have changed.
FRAMES = """async (panel) => {
    const state = () => [panel.querySelector(".verdict").textContent, panel.querySelectorAll("canvas")[1].toDataURL()]
    const before = state()
    const tile = panel.querySelector('.tile:not(.dead)[aria-pressed="false"]')
    tile.click()
    for (let frame = 0; frame < 12; frame++) {
        if (state().every((part, i) => part !== before[i])) return frame
        await new Promise(requestAnimationFrame)
    }
    return 12
}"""


@pytest.mark.parametrize("arm", ARMS)
def test_reconstructions_without_some_neurons_equal_numpy_s(page: Page, arm: str):
    decoder, images = reconstruction.load(arm), reconstruction.images()
    neurons = len(decoder.scales)
    rng = np.random.default_rng(5)
    removed = [[], list(range(neurons)), *(rng.permutation(neurons)[:n].tolist() for n in (1, 2, 7, 40, 128, 200))]
    pictures = [reconstruction.reconstruct(decoder, ~np.isin(np.arange(neurons), gone)) for gone in removed]
    page.goto("about:blank")
    made = page.evaluate(
        """async ([address, encoded, images, removed]) => {
            const { decodeDecoder, logitsWithout, add, toPixels, squaredError, decode } = await import(address)
            const decoder = decodeDecoder(encoded), targets = decode(images, Uint8Array)
            return removed.map((gone) => {
                const pixels = toPixels(logitsWithout(decoder, new Set(gone)))
                const stepwise = logitsWithout(decoder, new Set())
                gone.forEach((neuron) => add(decoder, stepwise, neuron, -1))
                return [[...pixels], [...toPixels(stepwise)], squaredError(pixels, targets)]
            })
        }""",
        [
            network.module("tiles_numbers.js", "reconstruction_numbers.js"),
            reconstruction.for_browser(decoder),
            encode(images),
            removed,
        ],
    )
    for (pixels, stepwise, error), expected in zip(made, pictures, strict=True):
        assert np.reshape(pixels, expected.shape) == pytest.approx(expected, abs=1e-6)
        assert np.reshape(stepwise, expected.shape) == pytest.approx(expected, abs=1e-6)
        assert error == pytest.approx(reconstruction.squared_errors(expected, images).mean(), rel=1e-6)


def open_reconstructions(page: Page, app: str) -> None:
    page.goto(f"{app}/neurons")
    expect(page.get_by_text("Next: Uncertainty")).to_be_visible()
    live.wait_until_at_rest(page)
    page.get_by_text("Remove an autoencoder's neurons").click()
    page.mouse.move(0, 0)  # or a tile that scrolls to the pointer would be read
    expect(box(page).locator(".tile")).to_have_count(2 * features.numbers()["recipe"]["hidden"])
    live.wait_until_at_rest(page)


def box(page: Page) -> Locator:
    return page.locator(".st-key-neurons_reconstructions")


def panel(page: Page, title: str) -> Locator:
    return box(page).get_by_role("region", name=title, exact=True)


def error(page: Page, title: str) -> float:
    return float(NUMBER.search(panel(page, title).locator("output").inner_text())[0])


def test_the_page_starts_with_the_errors_of_the_whole_nets(page: Page, app: str):
    open_reconstructions(page, app)
    for arm, title in zip(ARMS, TITLES, strict=True):
        assert error(page, title) == pytest.approx(float(reconstruction.load(arm).errors.mean()), rel=0.03)
        expect(panel(page, title).locator(".verdict")).to_contain_text("neurons are in place")
    expect(box(page).get_by_role("button", name="Return all neurons")).to_be_disabled()


def test_a_pressed_tile_changes_the_picture_within_two_frames_and_sends_nothing(page: Page, app: str):
    open_reconstructions(page, app)
    for title in TITLES:
        sent = page.evaluate("window.lastMessage")
        assert panel(page, title).evaluate(FRAMES) <= 2
        page.wait_for_timeout(2 * live.QUIET)
        assert page.evaluate("window.lastMessage") == sent
        expect(panel(page, title).locator(PRESSED)).to_have_count(1)


def test_a_neuron_is_removed_and_returned_by_keyboard_and_announced(page: Page, app: str):
    open_reconstructions(page, app)
    here, title = panel(page, TITLES[0]), TITLES[0]
    before = error(page, title)
    here.locator(".tile").first.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(here.locator(".tile").nth(2)).to_have_attribute("aria-label", "Neuron 3: removed")
    said = f"{title}: 1 of 256 removed: the error was {before:.2f} and is now {error(page, title):.2f}."
    expect(box(page).locator("[role=status]")).to_have_text(said)
    page.keyboard.press("Enter")
    expect(here.locator(PRESSED)).to_have_count(0)
    assert error(page, title) == before


def test_the_reading_foretells_the_error(page: Page, app: str):
    open_reconstructions(page, app)
    tile = panel(page, TITLES[0]).locator(".tile:not(.dead)").nth(40)
    tile.focus()
    foretold = re.search(r"would be ([\d.]+) without", panel(page, TITLES[0]).locator(".reading").inner_text())
    tile.press("Enter")
    assert error(page, TITLES[0]) == float(foretold[1])


def test_the_button_removes_the_same_neurons_of_both_nets_and_another_returns_them(page: Page, app: str):
    open_reconstructions(page, app)
    before = [error(page, title) for title in TITLES]
    for _ in range(4):
        box(page).get_by_role("button", name="Remove 16 at random").click()
    names = [panel(page, title).locator(PRESSED).evaluate_all("all => all.map(e => e.ariaLabel)") for title in TITLES]
    assert len(names[0]) == 64
    assert names[0] == names[1]
    growth = [error(page, title) / old for title, old in zip(TITLES, before, strict=True)]
    assert growth[0] > 2 * growth[1] > 2
    for _ in range(12):
        box(page).get_by_role("button", name="Remove 16 at random").click()
    expect(box(page).get_by_role("button", name="Remove 16 at random")).to_be_disabled()
    box(page).get_by_role("button", name="Return all neurons").click()
    expect(box(page).locator(PRESSED)).to_have_count(0)
    assert [error(page, title) for title in TITLES] == before


def test_on_a_phone_tiles_are_large_enough_and_axe_finds_nothing_serious(phone: Page, app: str):
    open_reconstructions(phone, app)
    assert live.width(phone) <= live.PHONE_WIDTH
    size = box(phone).locator(".tile").first.bounding_box()
    assert min(size["width"], size["height"]) >= 24
    assert not live.serious_violations(phone)
