"""Browser tests of two servers that share PostgreSQL and a Dask scheduler, started by deploy/local-cluster.sh."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from dropout_core.experiments.recipe import Recipe
from tests.e2e.local_cluster import HAS_NGINX, LocalCluster
from tests.e2e.test_chaos import SMALL, calm, expect_result
from tests.e2e.test_operators import wait_for_health
from tests.e2e.test_training import open_training, start, wait_for_curves
from tests.postgres import require_postgres

pytestmark = pytest.mark.browser

QUICK, MEDIUM, LONG = "images=4000&epochs=8&show=1", "images=4000&epochs=20&show=1", "images=4000&epochs=100"


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    require_postgres()
    with tempfile.TemporaryDirectory(prefix="dropout-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        started = LocalCluster(Path(folder), **SMALL, DROPOUT_DEVICE="cpu")
        try:
            started.wait_until_ready()
            yield started
        finally:
            started.close()


def test_readers_of_both_servers_who_start_the_same_share_its_runs_and_its_curves(cluster, new_page):
    pages = [new_page(), new_page()]
    for number, page in enumerate(pages, 1):
        open_training(page, cluster.server(number), QUICK)
    for page in pages:
        start(page)
    for page in pages:
        expect_result(page)
    counts = cluster.points(Recipe(data="mnist-5k", images=4000, epochs=8).key)
    assert {(arm, seed) for arm, seed, _ in counts} == {("no dropout", 0), ("dropout", 0)}
    assert set(counts.values()) == {1}


def test_a_browser_s_third_comparison_is_refused_on_either_server(cluster, page: Page):
    for seed in (1, 2):
        open_training(page, cluster.server(1), f"{LONG}&seed={seed}")
        start(page)
        expect(page.get_by_role("button", name="Cancel")).to_be_enabled()
    wait_for_health(cluster.server(2), 200, "^ok$")
    open_training(page, cluster.server(2), f"{LONG}&seed=3")
    start(page)
    expect(page.get_by_text("You already have 2 unfinished comparisons")).to_be_visible()


def test_a_reader_whose_server_is_killed_finds_the_run_on_the_other(cluster, page: Page):
    if not HAS_NGINX:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    open_training(page, cluster.proxy, LONG)
    start(page)
    before = wait_for_curves(page)
    number = cluster.server_with_a_reader()
    start_again = cluster.kill_server(number)
    wait_for_curves(page, before)
    calm(page)
    start_again()
    wait_for_health(cluster.server(number), 200, "^ok$")
    survivor = cluster.server(3 - number).rsplit(":", 1)[1]
    assert [server_cookie(page), *(server_of_a_request(page) for _ in range(3))] == [survivor] * 4
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    page.get_by_role("link", name="Neurons", exact=True).first.click()
    expect(page.locator(".tile:not(.dead)").nth(50)).to_be_visible()
    calm(page)
    assert server_cookie(page) == survivor


def server_cookie(page: Page) -> str:
    """Return the port that nginx has stored in the browser."""
    return next(each["value"] for each in page.context.cookies() if each["name"] == "server")


def server_of_a_request(page: Page) -> str:
    """Let the page make a request, and return the port of the server that answered."""
    with page.expect_response("**/robots.txt") as answer:
        page.evaluate("fetch('/robots.txt', {cache: 'no-store'})")
    return re.search(r"server=(\d+);", answer.value.header_value("set-cookie"))[1]


def test_postgres_stops_in_the_middle_of_a_run_and_nothing_is_lost(cluster, page: Page):
    open_training(page, cluster.server(1), MEDIUM)
    start(page)
    wait_for_curves(page)
    wait_for_health(cluster.server(1), 200, "^ok$")
    command = cluster.stop_postgres()
    wait_for_health(cluster.server(1), 503, r"^The store postgresql://.* cannot be used \(.*\)\.$")
    expect(page.get_by_text("The curves cannot be shown at the moment: the store postgresql://")).to_be_visible()
    calm(page)
    again = cluster.start_postgres(command)
    try:
        expect_result(page)
        wait_for_health(cluster.server(1), 200, "^ok$")
        open_training(page, cluster.server(2), MEDIUM)
        expect_result(page)
        counts = cluster.points(Recipe(data="mnist-5k", images=4000, epochs=20).key)
        assert set(counts.values()) == {1}
    finally:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(again.pid).terminate()
        cluster.close()
        again.wait(60)


def test_the_scheduler_is_killed_and_the_pages_say_so_and_keep_their_results(cluster, page: Page):
    open_training(page, cluster.server(1), QUICK)
    start(page)
    expect_result(page)
    open_training(page, cluster.server(1), LONG)
    start(page)
    wait_for_curves(page)
    cluster.process("scheduler").kill()
    lost = page.get_by_text("the Dask scheduler or the connection to it was lost; press Start again")
    gone = page.get_by_text("no Dask scheduler responds at")  # said by a visit that tries to continue the run
    expect(lost.or_(gone).first).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    calm(page)
    wait_for_health(cluster.server(1), 503, r"^(No Dask scheduler responds at|The Dask scheduler or the connection)")
    open_training(page, cluster.server(1), QUICK)
    expect_result(page)
