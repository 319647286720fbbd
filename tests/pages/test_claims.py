"""Tests of the claims page in Streamlit's test harness."""

from functools import partial

import pytest
import streamlit as st

from dropout_core.common.text import NATS, listed
from dropout_core.data.published import ARTICLE
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.reference import records
from dropout_core.topics.claims.catalogue import CLAIMS, finding
from tests import harness
from tests.harness import own_server, texts  # noqa: F401

open_page = partial(harness.open_page, "claims")
pytestmark = pytest.mark.usefixtures("own_server")


def test_all_claims_are_there_with_their_verdicts():
    said = texts(open_page(), "markdown")
    for claim in CLAIMS:
        assert claim.text in said
        assert finding(claim.id).sentence[1:] in said


def test_only_those_of_one_verdict_are_shown_and_the_link_says_so():
    app = open_page(show="hold when…")
    said = texts(app, "markdown")
    for claim in CLAIMS:
        assert (claim.text in said) == (finding(claim.id).verdict is Verdict.HOLDS_WHEN)
    app.segmented_control(key="claims_show").set_value("all").run()
    assert "show" not in app.query_params


def test_what_holds_here_and_fails_there_is_found_in_both_places_and_said_above_them():
    article = finding("C6")
    assert (article.verdict, article.fails) == (Verdict.HOLDS_WHEN, True)
    for chosen in ("hold when…", "do not hold"):
        assert article.sentence[1:] in texts(open_page(show=chosen), "markdown")
    assert finding("C4").sentence[1:] not in texts(open_page(show="do not hold"), "markdown")
    partly = [claim.id for claim in CLAIMS if finding(claim.id).exception]
    assert f"{listed(partly)} clearly did not hold otherwise" in texts(open_page(), "markdown")


@pytest.mark.parametrize("chosen", ["hold", "hold when…", "equivalent", "do not hold", "cannot be told"])
def test_a_filter_that_leaves_nothing_says_so(monkeypatch, chosen):
    kind = {
        "hold": Verdict.HOLDS,
        "hold when…": Verdict.HOLDS_WHEN,
        "equivalent": Verdict.EQUIVALENT,
        "do not hold": Verdict.DOES_NOT_HOLD,
        "cannot be told": Verdict.INCONCLUSIVE,
    }[chosen]
    findings = [finding(claim.id) for claim in CLAIMS]
    too_few = Verdict.TOO_FEW_SEEDS if kind is Verdict.INCONCLUSIVE else kind
    empty = not [f for f in findings if f.verdict in (kind, too_few) or (kind is Verdict.DOES_NOT_HOLD and f.fails)]
    assert ("None of the claims" in texts(open_page(show=chosen), "info")) == empty
    other = Finding(Verdict.DOES_NOT_HOLD if kind is Verdict.HOLDS else Verdict.HOLDS, "So it was")
    monkeypatch.setattr("dropout_core.topics.claims.catalogue.finding", lambda _: other)
    st.cache_data.clear()
    try:
        assert "None of the claims" in texts(open_page(show=chosen), "info")
    finally:
        st.cache_data.clear()


def test_the_article_and_the_unit_of_loss_are_named_once():
    said = texts(open_page(), "markdown")
    assert said.count(ARTICLE) == 1
    assert said.count(NATS) == 1


def test_a_wrong_choice_in_the_link_gets_a_note():
    assert "none of" in texts(open_page(show="nonsense"), "info")


def test_a_claim_whose_record_is_gone_says_so(monkeypatch, tmp_path):
    st.cache_data.clear()
    records.load.cache_clear()
    finding.cache_clear()
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    try:
        app = open_page()
    finally:
        st.cache_data.clear()
        records.load.cache_clear()
        finding.cache_clear()
    assert "cannot be read" in texts(app, "warning")
    assert CLAIMS[0].text in texts(app, "markdown")


def test_the_choice_is_kept_while_the_reader_is_elsewhere():
    app = open_page(show="do not hold")
    harness.go(app, "overview")
    app.query_params.clear()
    harness.go(app, "claims")
    assert app.session_state["claims_show"] == "do not hold"
