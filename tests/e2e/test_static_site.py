"""Browser tests of the static edition: exported once, then opened from files and from a plain file server."""

import gzip
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect
from streamlit.testing.v1.element_tree import Block, Element

from dropout_core.static_site.variants import all_variants
from dropout_core.ui.navigation import PAGES
from dropout_core.ui.tour_steps import STEPS
from tests import harness
from tests.e2e import live, network

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
own_server = harness.own_server

MEGABYTE = 1_000_000
MAIN = {variant.page: variant for variant in reversed(all_variants())}  # the first file of each page
FILES = [MAIN[page.name].file for page in PAGES]
LINK = re.compile(r'(?:href|src)="([^"#?]*)')
CHARTS = """() => [...document.querySelectorAll("main .stVegaLiteChart")].map(chart =>
    chart.querySelectorAll("svg.marks :is(path, line, circle, rect, text, image)").length)"""
TEXTS = """() => [...document.querySelectorAll("main [data-testid=stMarkdownContainer], main .alert")].map(part => {
    const copy = part.cloneNode(true)
    copy.querySelectorAll("math, .icon").forEach(each => each.remove())
    return copy.textContent
})"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the static edition once, with the data that every installation has."""
    folder = tmp_path_factory.mktemp("static") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DROPOUT_DATA_DIR", raising=False)
        patch.setenv("DROPOUT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        command = [sys.executable, "-m", "dropout_core", "export", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    return folder


class Quiet(SimpleHTTPRequestHandler):
    """A plain file server that logs nothing."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def unfold(page: Page) -> None:
    """Open all folds, and wait until every chart is drawn."""
    page.evaluate("() => document.querySelectorAll('main details').forEach(fold => { fold.open = true })")
    page.wait_for_function(f"() => ({CHARTS})().every(marks => marks > 0)")


@pytest.mark.parametrize("file", FILES)
def test_every_page_works_on_a_file_server_within_a_megabyte_and_axe_agrees(page: Page, served: str, file: str):
    failed: list[str] = []
    requests: list[Request] = []
    page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(f"{served}/{file}", wait_until="networkidle")
    sizes = {request.url: packed(request) for request in requests}
    assert sum(sizes.values()) <= MEGABYTE, sizes
    assert any(url.endswith("/vega.js") for url in sizes)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert live.serious_violations_as_shown(page) == []
    page.emulate_media(color_scheme="dark")
    page.evaluate(live.FRAMES)
    assert live.serious_violations_as_shown(page) == []
    assert failed == []


def packed(request: Request) -> int:
    """Return the number of bytes that the answer has when it is compressed."""
    response = request.response()
    return len(gzip.compress(response.body())) if response else 0


def plain(text: str) -> str:
    """Return the letters and digits of a Markdown text that are not part of its notation."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$]+\$|!\[[^\]]*\]\([^)]*\)|:material/\w+:", "", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return letters(re.sub(r":(?:small|green|red|gray)\[", "[", text))


def letters(text: str) -> str:
    """Return the letters and digits, without measured times, which differ from run to run."""
    return "".join(filter(str.isalnum, re.sub(r"in [\d,]+ ms", "", text)))


def texts(block: Block) -> Iterator[str]:
    """Yield the app's texts in the order of the page."""
    for index in sorted(block.children):
        child = block.children[index]
        if isinstance(child, Block):
            yield from texts(child)
        elif isinstance(child, Element) and child.type in harness.TEXTS:
            yield plain(child.value)


@pytest.mark.parametrize("name", list(MAIN))
def test_opened_as_a_file_a_page_draws_every_chart_and_its_text_is_the_app_s(
    page: Page, folder: Path, own_server: None, name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DROPOUT_READ_ONLY", "1")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto((folder / MAIN[name].file).as_uri())
    unfold(page)
    assert [url for url in requested if not url.startswith(("file:", "data:", "blob:"))] == []
    shown = [letters(text) for text in page.evaluate(TEXTS)]
    expected = list(texts(harness.open_page(name, **MAIN[name].params).main))
    assert [text for text in shown if text] == [text for text in expected if text]


def test_the_recorded_comparison_is_that_of_all_of_mnist(folder: Path):
    """The site was written without these images; the records decide."""
    text = (folder / MAIN["training"].file).read_text("utf-8")
    assert "60,000 MNIST images, recorded results only" in text
    assert "5,000-image subset" not in text


def test_links_lead_to_files_that_exist(folder: Path):
    pages = sorted(folder.glob("*.html"))
    assert {path.name for path in pages} == {variant.file for variant in all_variants()}
    for path in pages:
        targets = {target for target in LINK.findall(path.read_text("utf-8")) if target}
        local = {target for target in targets if not re.match("https?:|data:|mailto:", target)}
        assert {target for target in local if not (folder / target).is_file()} == set(), path.name
        assert not any(target.startswith("/") for target in local), path.name


def test_a_slider_moves_all_charts(page: Page, served: str):
    page.goto(f"{served}/scaling.html")
    chart = page.locator(".st-key-scaling_sums svg.marks")
    expect(chart).to_be_visible()
    page.locator("[data-component=dropout_player] button").click()  # plays
    page.locator("[data-component=dropout_player] button").click()  # pauses
    before = live.texts(page.locator(".st-key-scaling_sums"))
    slider = page.locator("[data-component=dropout_leader] input")
    live.press(page, slider, "ArrowRight", 4)
    expect(page.locator("[data-component=dropout_leader] output")).to_have_text("0.70")
    assert live.control(page.locator(".st-key-scaling_sums"), "rate_p").input_value() == "0.7"
    assert live.texts(page.locator(".st-key-scaling_sums")) != before


@pytest.mark.parametrize("way", ["file", "server"])
def test_a_neuron_is_dropped_and_the_link_restores_it(new_page, folder: Path, served: str, way: str):
    page = new_page(reduced_motion="reduce")
    address = (folder / "masks.html").as_uri() if way == "file" else f"{served}/masks.html"
    page.goto(f"{address}?rate=0")
    box = page.locator(network.BOX)
    expect(box.locator(".neuron").first).to_be_visible()
    assert not network.dropped(box)
    box.locator(".neuron").nth(4).click()
    assert network.dropped(box) == {4}
    expect(page).to_have_url(re.compile("hand=4d"))
    page.reload()
    expect(box.locator(".neuron").first).to_be_visible()
    assert network.dropped(box) == {4}


def test_the_chart_on_the_masks_page_follows_the_net(new_page, served: str):
    page = new_page(reduced_motion="reduce")
    page.goto(f"{served}/masks.html")
    chart = page.locator(".st-key-led_masks_sizes")
    expect(chart.locator("svg.marks")).to_be_visible()
    page.locator(network.BOX).get_by_label("inference").check()
    expect(chart.locator("svg.marks")).to_contain_text("12 of 12 hidden neurons kept")


def test_settings_that_no_component_knows_leave_the_page_as_it_is(page: Page, served: str):
    page.goto(f"{served}/masks.html?digit=99&mode=nonsense&rate=most")
    expect(page.locator(f"{network.BOX} .neuron").first).to_be_visible()


def test_the_tour_leads_through_all_steps(page: Page, served: str):
    page.goto(f"{served}/index.html")
    page.get_by_role("link", name="Take the five-minute tour").click()
    for number in range(1, len(STEPS) + 1):
        card = page.locator(".st-key-tour")
        expect(card).to_contain_text(f"Step {number} of {len(STEPS)}")
        expect(card).to_have_attribute("role", "region")
        if number < len(STEPS):
            card.get_by_role("link", name="Next step").click()
    page.get_by_role("link", name="End the tour").click()
    expect(page.locator(".st-key-tour")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_pitfall_s_answers_and_a_paper_s_figures_are_links(page: Page, served: str):
    page.goto(f"{served}/pitfalls.html")
    page.get_by_role("link", name=re.compile("^A has the bug")).click()
    expect(page.get_by_text(re.compile("(Yes|No), [AB] has the bug"))).to_be_visible()
    page.goto(f"{served}/papers.html")
    heading = page.get_by_role("heading", level=2).first.inner_text()
    page.get_by_role("link", name=re.compile("^→? ?Next figure")).click()
    expect(page.get_by_role("heading", level=2).first).not_to_have_text(heading)


def test_options_with_files_of_their_own_are_links(page: Page, served: str):
    page.goto(f"{served}/ensemble.html")
    options = page.get_by_role("navigation", name="Hidden layers")
    expect(options.locator("[aria-current]")).to_have_text("2 layers of 6")
    options.get_by_role("link", name="3 layers of 4").click()
    expect(options.locator("[aria-current]")).to_have_text("3 layers of 4")
    unfold(page)


def test_one_figure_is_shown_alone_and_the_page_says_how(page: Page, served: str):
    page.goto(f"{served}/masks.html")
    page.locator(".share summary").click()
    line = page.locator(".share code").first.inner_text()
    assert line.startswith(f'<iframe src="{served}/masks.html?figure=1"')
    page.set_content(line)
    frame = page.frame_locator("iframe")
    expect(frame.locator(f"{network.BOX} .neuron").first).to_be_visible()
    expect(frame.get_by_role("heading", level=1)).to_be_hidden()
    expect(frame.locator("body > header")).to_be_hidden()


def test_on_a_phone_nothing_is_wider_than_the_window(phone: Page, served: str):
    for file in FILES:
        phone.goto(f"{served}/{file}")
        expect(phone.get_by_role("heading", level=1)).to_be_visible()
        phone.evaluate(live.FRAMES)
        assert phone.evaluate("document.documentElement.scrollWidth") <= live.PHONE_WIDTH, file
