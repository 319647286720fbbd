"""Browser tests of the neurons page: guesses, tiles, charts and sliders."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dropout_core.charts.theme import DROPOUT, NO_DROPOUT
from tests.e2e import live

pytestmark = pytest.mark.browser
CHARTS = ("single", "costly", "random", "seeds")


def open_neurons(page: Page, app: str, link: str = "?show=1") -> None:
    """Open the page and all its expanders."""
    page.goto(f"{app}/neurons{link}")
    expect(page.get_by_text("Next: Uncertainty")).to_be_visible()
    live.wait_until_at_rest(page)
    live.unfold(page)


def net(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def accuracy(page: Page, title: str) -> float:
    return float(net(page, title).locator("output").inner_text().split()[0])


def test_a_guess_reveals_the_most_important_neurons_removed(page: Page, app: str):
    open_neurons(page, app, "")
    assert accuracy(page, "Without dropout") == accuracy(page, "With dropout")
    page.get_by_role("button", name="Without dropout", exact=True).click()
    expect(page.get_by_text("Your guess: without dropout – right")).to_be_visible()
    for title in ("Without dropout", "With dropout"):
        worst = net(page, title).get_by_role("button", name="the most costly: removed")
        expect(worst).to_have_attribute("aria-pressed", "true")
    assert accuracy(page, "Without dropout") < accuracy(page, "With dropout") - 1
    page.reload()
    expect(page.get_by_text("Your guess: without dropout – right")).to_be_visible()
    expect(net(page, "With dropout").get_by_role("button", name="the most costly: removed")).to_be_visible()


def test_a_pressed_tile_is_removed_by_keyboard_too_and_a_link_restores_it(page: Page, app: str):
    open_neurons(page, app, "")
    here, before = net(page, "Without dropout"), accuracy(page, "Without dropout")
    tiles = here.locator(".tile:not(.dead)")
    for i in range(12):
        tiles.nth(i).click()
    expect(here.locator(".verdict")).to_contain_text("12 removed")
    assert accuracy(page, "Without dropout") < before
    tiles.nth(11).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(tiles.nth(12)).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"tiles=(n\d+\.){12}n\d+$"))
    left = accuracy(page, "Without dropout")
    page.reload()
    expect(here.locator(".verdict")).to_contain_text("13 removed")
    assert accuracy(page, "Without dropout") == left
    page.get_by_role("button", name="Bring all back").click()
    expect(here.locator(".verdict")).to_have_text("All neurons are in place.")
    expect(page).not_to_have_url(re.compile("tiles="))


def test_a_tile_shows_what_excites_it_and_a_dead_one_says_so(page: Page, app: str):
    open_neurons(page, app, "")
    here = net(page, "With dropout")
    tile = here.locator(".tile:not(.dead)").nth(20)
    tile.hover()
    number = tile.get_attribute("aria-label").split()[1].rstrip(":")
    expect(here.locator(".reading")).to_contain_text(f"Neuron {number} fires on")
    expect(here.locator(".strongest span")).to_have_count(8)
    before = accuracy(page, "With dropout")
    here.locator(".tile.dead").first.click()
    expect(here.locator(".reading")).to_contain_text("is dead")
    expect(here.locator(".strongest span")).to_have_count(0)
    expect(here.locator(".verdict")).to_contain_text("as many images right as before")
    assert accuracy(page, "With dropout") == before


def chart(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-neurons_{name} svg.marks")


def move(page: Page, name: str, slider: str, value: int) -> None:
    control = page.locator(f".st-key-neurons_{name} input[type=range][name={slider}]")
    control.evaluate(f"e => {{ e.value = {value}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }}")


def test_features_and_every_charts_marks_are_drawn(page: Page, app: str):
    open_neurons(page, app)
    for name in CHARTS:
        for colour in (NO_DROPOUT, DROPOUT):
            drawn = chart(page, name).locator(
                f"path[stroke='{colour}'], path[fill='{colour}'], line[stroke='{colour}']"
            )
            expect(drawn.first).to_be_attached()
    images = page.locator("[data-testid=stImage] img")
    expect(images).to_have_count(2)
    assert images.evaluate_all("all => all.every(i => i.alt.includes('neurons') && i.naturalWidth > 100)")


def test_the_slider_picks_a_neuron_and_words_and_link_follow(page: Page, app: str):
    open_neurons(page, app)
    expect(page.get_by_text("rank 1: neuron").first).to_be_visible()
    move(page, "single", "rank_rank", 100)
    expect(page.get_by_text("rank 100: neuron").first).to_be_visible()
    page.wait_for_url("**/neurons?show=1&rank=100")
    page.locator(".st-key-neurons_single input[type=radio][value=loss]").check()
    page.wait_for_url("**/neurons?show=1&rank=100&measure=loss")
    expect(chart(page, "single").get_by_text("cross-entropy added")).to_be_attached()


def test_a_click_picks_the_nearest_neuron(page: Page, app: str):
    open_neurons(page, app)
    drawn = chart(page, "single")
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    expect(page.get_by_text("rank 1: neuron")).to_have_count(0)
    page.wait_for_url("**/neurons?show=1&rank=*")


def test_both_removal_charts_follow_one_slider(page: Page, app: str):
    open_neurons(page, app)
    for name in ("costly", "random"):
        expect(chart(page, name).get_by_text("32 of 384 removed")).to_be_attached()
    move(page, "costly", "removed_k", 192)
    for name in ("costly", "random"):
        expect(chart(page, name).get_by_text("192 of 384 removed")).to_be_attached()
    page.wait_for_url("**removed=192*")
    page.reload()
    live.wait_until_at_rest(page)
    page.get_by_text("Remove them in random order").click()
    for name in ("costly", "random"):
        expect(chart(page, name).get_by_text("192 of 384 removed")).to_be_attached()


def test_the_tiles_are_loaded_as_a_file_once(page: Page, app: str):
    received: list[int] = []
    files: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    page.on("request", lambda request: files.append(request.url) if "/components/data." in request.url else None)
    page.goto(f"{app}/neurons")
    expect(page.get_by_text("Next: Uncertainty")).to_be_visible()
    live.wait_until_at_rest(page)
    page.get_by_role("button", name="Without dropout", exact=True).click()
    expect(net(page, "With dropout").get_by_role("button", name="the most costly: removed")).to_be_visible()
    live.wait_until_at_rest(page)
    assert len(files) == 1
    assert sum(received) < 100_000, "the tiles' data have a megabyte"


def test_tiles_stay_removed_when_the_reader_returns_to_the_page(page: Page, app: str):
    open_neurons(page, app, "")
    here = net(page, "Without dropout")
    here.locator(".tile:not(.dead)").nth(3).click()
    expect(page).to_have_url(re.compile(r"tiles=n\d+$"))
    page.get_by_role("link", name="Masks").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("What neurons learn")
    page.go_back()
    expect(here.locator(".verdict")).to_contain_text("1 removed")
