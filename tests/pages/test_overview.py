"""Tests of the overview in Streamlit's test harness: the animation, the links to other pages, and the sources."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.topics.claims.catalogue import CLAIMS, finding
from dropout_core.ui.navigation import PAGES
from tests import harness


@pytest.fixture(scope="module")
def app() -> AppTest:
    app = harness.new_app().run()
    assert not app.exception
    return app


def test_it_is_the_first_page_and_says_what_dropout_is(app):
    assert "Dropout" in app.title[0].value
    text = " ".join(m.value for m in app.markdown)
    for word in ("In training", "At inference", "subnetworks", "the slower the learning"):
        assert word in text


def test_it_says_the_rate_what_overfitting_is_and_whose_explanation_it_gives(app):
    text = " ".join(m.value for m in app.markdown)
    for words in ("$p = 0.5$", "of the article (see Sources): no neuron can rely", "fitting its training data better"):
        assert words in text


def test_the_number_of_subnetworks_is_that_of_the_picture(app):
    spec = json.loads(app.get("vega_lite_chart")[0].proto.spec)
    neurons = next(
        la["transform"][0]["from"]["data"]["values"] for la in spec["layer"] if "lookup" in la["transform"][0]
    )
    hidden = sum(n["u"] is not None for n in neurons)
    text = " ".join(m.value for m in app.markdown)
    assert f"These {hidden} hidden neurons hold {2**hidden:,} subnetworks" in text


def test_it_leads_to_every_other_page(app):
    links = {link.proto.page for link in app.get("page_link")}
    assert {entry.name for entry in PAGES} - {"overview"} <= links


def test_its_short_words_on_dropout_are_the_verdicts_of_the_claims(app):
    text = " ".join(m.value for m in app.markdown)
    shown = [claim for claim in CLAIMS if claim.text in text]
    assert [claim.id for claim in shown] == ["C4", "C5", "C6", "C7", "C13"]
    for claim in shown:
        assert f"{claim.text} **{finding(claim.id).text.capitalize()}.**" in text
    assert "cheap" not in text
    assert "expect" not in text.lower()


def test_it_names_the_article_s_sources(app):
    sources = app.expander[0].markdown[0].value
    for name in ("Forget Stuff", "DataMListic", "Developers Hutt", "Kashyap", "Srivastava"):
        assert name in sources
    assert all(url.startswith("https://arxiv.org/") for url in re.findall(r"\((http[^)]*)\)", sources))


def test_settings_in_a_link_are_said_to_be_unknown():
    app = harness.new_app()
    app.query_params["rate"] = "0.5"
    app.run()
    assert not app.exception
    assert "1 setting" in app.info[0].value
