"""Test that every page that calls a result inconclusive says what its seeds or images could have detected."""

import re

import pytest

from dropout_core.ui.navigation import PAGES
from tests import harness
from tests.harness import texts

# The overview counts verdicts, as in "**inconclusive:** 2", and leaves their power to the claims page.
UNDECIDED = re.compile(r"inconclusive(?!:\*\*)|no detectable difference", re.IGNORECASE)
# Pages without measured comparisons, or with exact results only.
WITHOUT = {"masks", "scaling"}
REVEALING = ("training", "rates", "neurons", "today")
PARAMS = {key: {"show": "1"} for key in REVEALING} | {"papers": {"figure": "table-10"}}  # papers opens on single runs
pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


@pytest.mark.parametrize("name", [page.name for page in PAGES if page.name not in WITHOUT])
def test_what_is_inconclusive_is_shown_with_its_power(name):
    app = harness.read_page(name, **PARAMS.get(name, {}))
    said = texts(app, "markdown")
    if UNDECIDED.search(said):
        assert "with 80 % power" in said or "points detectable" in said
