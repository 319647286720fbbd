"""Tests of the overview in Streamlit's test harness: the five scenes, the links to other pages, and the sources."""

import json
import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dropout_core.reference import records
from dropout_core.topics.claims.catalogue import CLAIMS, finding, tally
from dropout_core.topics.overview import findings
from dropout_core.ui.navigation import PAGES
from tests import harness
from tests.pages.test_budget import visible


@pytest.fixture(scope="module")
def app() -> AppTest:
    app = harness.new_app().run()
    assert not app.exception
    return app


def scenes(app: AppTest) -> list[str]:
    return [header.value for header in app.header if re.match(r"\d\.", header.value)]


def test_it_tells_five_scenes_with_a_figure_each(app):
    assert "Dropout" in app.title[0].value
    assert [heading[0] for heading in scenes(app)] == list("12345")
    charts = app.get("vega_lite_chart")
    assert len(charts) == 5
    assert all(chart.proto.alt for chart in charts)
    text = harness.texts(app, "markdown")
    assert all(words in text for words in ("overfitting", "In training", "At inference"))


def test_the_headings_are_the_findings(app):
    memorises, halves, nobody, sums, pays = scenes(app)
    losses = findings.memorised()
    assert f"falls to {losses['training'].iloc[-1]:.3f}" in memorises
    assert f"from {losses['validation'].min():.2f} to {losses['validation'].iloc[-1]:.2f}" in memorises
    assert halves.endswith("16 hidden neurons contain 65,536 networks")
    assert findings.half_removed() in nobody
    assert "scaled sums average " in sums
    assert findings.does_it_pay(findings.gains()) in pays


def test_the_number_of_networks_is_that_of_the_picture(app):
    spec = json.loads(app.get("vega_lite_chart")[1].proto.spec)
    neurons = next(
        la["transform"][0]["from"]["data"]["values"] for la in spec["layer"] if "lookup" in la["transform"][0]
    )
    hidden = sum(n["u"] is not None for n in neurons)
    assert f"{hidden} hidden neurons contain {2**hidden:,} networks" in scenes(app)[1]


def test_it_leads_to_every_other_page(app):
    links = {link.proto.page for link in app.get("page_link")}
    assert {entry.name for entry in PAGES} - {"overview"} <= links


def test_its_verdicts_are_those_of_the_claims(app):
    text = harness.texts(app, "markdown")
    shown = [claim for claim in CLAIMS if claim.text in text]
    assert [claim.id for claim in shown] == ["C4"]
    for claim in shown:
        assert f"{claim.text} **{finding(claim.id).text.capitalize()}.**" in text


def test_it_counts_the_articles_claims_by_verdict(app):
    counts = tally()
    assert sum(counts.values()) == len(CLAIMS)
    said = " ".join(element.value for element in visible(app.main) if element.type == "markdown")
    assert all(f"**{verdict.value}:** {count}" in said for verdict, count in counts.items())


def test_it_names_the_article_in_plain_sight_and_its_sources(app):
    seen = " ".join(m.value for m in app.main.markdown)
    assert "Forget Stuff" in seen.replace(app.expander[-1].markdown[0].value, "")
    sources = app.expander[-1].markdown[0].value
    for name in ("DataMListic", "Developers Hutt", "Kashyap", "Srivastava"):
        assert name in sources
    assert all(url.startswith("https://arxiv.org/") for url in re.findall(r"\((http[^)]*)\)", sources))


def test_a_scene_whose_record_is_missing_says_so_and_the_others_are_told(monkeypatch):
    def unreadable(name: str) -> None:
        raise records.RecordError(f"the record of {name!r} cannot be read")

    monkeypatch.setattr(findings, "load", unreadable)
    st.cache_resource.clear()
    app = harness.new_app().run()
    st.cache_resource.clear()
    assert not app.exception
    assert [error.value[:7] for error in app.error] == ["Scene 1", "Scene 5"]
    assert [heading[0] for heading in scenes(app)] == list("234")


def test_settings_in_a_link_are_said_to_be_unknown():
    app = harness.new_app()
    app.query_params["rate"] = "0.5"
    app.run()
    assert not app.exception
    assert "1 setting" in app.info[0].value
