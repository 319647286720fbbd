"""Every page can be run again by a client that sends no widget values, as after a lost connection."""

import pytest
from anyio.from_thread import start_blocking_portal

from dropout_core.benchmarks.serving import PAGES, rerun
from dropout_core.benchmarks.streamlit_client import session

pytestmark = pytest.mark.browser


async def errors(address: str, page: str) -> int:
    async with session(address) as socket:
        return sum([(await rerun(socket, page))[1] for _ in range(3)])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_runs_three_times_shows_no_error(app: str, page: str):
    with start_blocking_portal() as portal:  # use another thread, since Playwright's loop may run in this one
        assert portal.call(errors, app.removeprefix("http://"), page) == 0
