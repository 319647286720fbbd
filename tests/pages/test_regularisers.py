"""Tests of the page on other regularisers in Streamlit's test harness."""

import re
from functools import partial

import pytest
import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.reference import record_tables, records
from dropout_core.topics.regularisers import findings, outcomes
from tests import harness
from tests.harness import button, no_records, own_server, run_until, texts  # noqa: F401

open_page = partial(harness.open_page, "regularisers")
read_page = partial(harness.read_page, "regularisers")
pytestmark = pytest.mark.usefixtures("own_server")


def test_the_finding_is_the_title_and_a_combination_is_read_from_the_records():
    app = read_page(of="max-norm 1", **{"with": "no dropout"})
    assert texts(app, "header") == outcomes.headline(record_tables.runs(records.load("regularisers")))
    assert "**Max-norm 1 alone**: compared with the plain net, −0.08 points" in texts(app, "markdown")
    text = texts(read_page(of="augmentation", **{"with": "dropout"}), "markdown")
    assert "**Augmentation with dropout**: compared with the plain net, +1.12 points" in text
    assert "Adding dropout to this method: −2.59 points" in text
    assert "rotates each image" in text


def test_the_page_shows_its_runs_verdicts_and_where_they_come_from():
    app = read_page()
    assert len(app.get("vega_lite_chart")) == 4
    text = texts(app, "markdown")
    assert "95 % interval" in text
    assert "Reference runs" in text
    assert "100 runs" in text
    for finding in (findings.l2_and_dropout(), findings.early_stopping()):
        assert f"**{sentence(finding.text)}** {sentence(finding.sentence)}" in text
    assert len(app.table[0].value) == 10


def test_a_link_picks_a_regulariser_and_what_it_cannot_be_is_said():
    assert "not one of" not in texts(read_page(of="augmentation"), "info")
    assert "not one of" in texts(read_page(of="prayer"), "info")


@pytest.mark.usefixtures("no_records")
def test_without_its_record_the_page_says_so():
    assert "cannot be shown" in texts(open_page(), "warning")


def test_without_the_choice_of_the_strength_the_other_verdict_remains(monkeypatch, tmp_path):
    st.cache_data.clear()
    with monkeypatch.context() as patch:
        patch.setattr(findings, "CHOICE", tmp_path / "gone.json")
        app = open_page()
    st.cache_data.clear()
    assert "the choice of the strength of L2 cannot be read" in texts(app, "warning")
    assert sentence(findings.early_stopping().sentence) in texts(app, "markdown")


def test_a_smaller_repetition_can_be_started_and_cancelled():
    app = open_page()
    button(app, "Repeat").click().run()
    assert not app.exception
    button(app, "Cancel").click().run()
    assert not app.exception
    cancelled = r"Cancelled at \d+ of 10 trials"
    run_until(app, lambda: re.search(cancelled, texts(app, "info")), "the page says that it was cancelled")
