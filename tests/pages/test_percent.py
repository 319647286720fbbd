"""Test that every page sets percentages with a space before the sign, and shows a number where one belongs."""

import re

import pytest

from dropout_core.ui.navigation import PAGES
from tests import harness
from tests.harness import texts

WITHOUT_SPACE = re.compile(r".{0,30}\d%.{0,10}")
PARAMS = {key: {"show": "1"} for key in ("training", "rates", "neurons", "today")}
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_a_space_stands_before_every_percent_sign(name):
    app = harness.read_page(name, **PARAMS.get(name, {}))
    said = " ".join(texts(app, kind) for kind in ("header", "markdown", "caption"))
    assert WITHOUT_SPACE.findall(STYLE.sub("", said)) == []
