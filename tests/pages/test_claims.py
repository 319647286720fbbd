"""Tests of the claims page in Streamlit's test harness."""

from collections import Counter
from functools import partial

import pytest
import streamlit as st

from dropout_core.common.text import NATS
from dropout_core.data.published import ARTICLE
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.reference import records
from dropout_core.topics.claims.catalogue import CLAIMS, finding
from dropout_core.ui.glossary import TERMS
from tests import harness
from tests.harness import own_server, texts  # noqa: F401

open_page = partial(harness.open_page, "claims")
read_page = partial(harness.read_page, "claims")
pytestmark = pytest.mark.usefixtures("own_server")


def rows(app) -> dict[str, str]:
    """Return the label of each row of the scoreboard, in order, keyed by the claim."""
    labels = [each.label for each in app.expander if each.label.startswith("**C")]
    return {label.split("**")[1]: label for label in labels}


def test_each_claim_is_a_row_with_its_verdict_and_what_it_rests_on():
    app = read_page()
    assert [*rows(app)] == [claim.id for claim in CLAIMS]
    for claim, label in zip(CLAIMS, rows(app).values(), strict=True):
        found = finding(claim.id)
        assert claim.text in label
        assert found.verdict.value in label or found.verdict is Verdict.TOO_FEW_SEEDS
        assert ("does not hold…" in label) == bool(found.exception)
        assert ("data:image/svg+xml" in label) == bool(found.evidence)
        assert all(each.text in label for each in found.evidence[:1])
        assert found.sentence[1:] in texts(app, "markdown")


def test_a_row_unfolds_to_its_measurements_and_the_origin_of_its_runs():
    app = read_page()
    for claim, row in zip(CLAIMS, [each for each in app.expander if each.label.startswith("**C")], strict=True):
        inside = "\n".join(each.value for each in row.markdown)
        assert claim.how in inside
        assert all(each.what in inside for each in finding(claim.id).evidence)
        assert inside.count("Reference runs") == len(claim.sources)
        assert [link.label for link in row.get("page_link")]


def test_the_heading_counts_the_verdicts():
    counts = Counter(finding(claim.id).verdict for claim in CLAIMS)
    heading = texts(read_page(), "header")
    assert f" {counts[Verdict.HOLDS]} hold" in heading
    assert f" {counts[Verdict.HOLDS_WHEN]} hold" in heading
    assert (" too few seeds" in heading) == (Verdict.TOO_FEW_SEEDS in counts)


def test_each_verdict_has_one_name_in_rows_heading_filter_and_method():
    app = read_page()
    said = " ".join([*rows(app).values(), texts(app, "header"), texts(app, "markdown"), *options(app)])
    assert "does not hold…" in said
    for other in ("undecided", "fails otherwise", "fail somewhere", "under a condition"):
        assert other not in said, other


def options(app) -> list[str]:
    return list(app.segmented_control(key="claims_show").options)


def test_what_the_tables_leave_out_and_how_margins_decide_is_said():
    inside = texts(read_page(), "markdown")
    assert "reaches across an end of the margin" in inside
    assert "The table leaves out rates at which some runs never reach it" in inside
    assert "an end of the margin" in TERMS["inconclusive"]
    labels = rows(read_page())
    assert "*exact and sampled*" in labels["C1"]
    assert "*exact, no interval*" in labels["C3"]
    assert "whatever the sign of the number" in inside


def test_rows_are_sorted_by_number_or_by_verdict_and_the_link_says_so():
    app = open_page(sort="verdict")
    verdicts = [finding(name).verdict for name in rows(app)]
    assert sorted(verdicts, key=list(dict.fromkeys(verdicts)).index) == verdicts, "those of one verdict stand together"
    assert verdicts[0] is Verdict.HOLDS
    app.segmented_control(key="claims_sort").set_value("number").run()
    assert [*rows(app)] == [claim.id for claim in CLAIMS]
    assert "sort" not in app.query_params


def test_only_those_of_one_verdict_are_shown_and_the_link_says_so():
    app = open_page(show="hold when…")
    assert [*rows(app)] == [claim.id for claim in CLAIMS if finding(claim.id).verdict is Verdict.HOLDS_WHEN]
    app.segmented_control(key="claims_show").set_value("all").run()
    assert "show" not in app.query_params


def test_what_holds_here_and_fails_there_is_found_in_both_places():
    article = finding("C6")
    assert (article.verdict, article.fails) == (Verdict.HOLDS_WHEN, True)
    for chosen in ("hold when…", "do not hold"):
        assert "C6" in rows(read_page(show=chosen))
    assert "C4" not in rows(read_page(show="do not hold"))


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
    assert ("No claim" in texts(read_page(show=chosen), "info")) == empty
    other = Finding(Verdict.DOES_NOT_HOLD if kind is Verdict.HOLDS else Verdict.HOLDS, "So it was")
    monkeypatch.setattr("dropout_core.topics.claims.catalogue.finding", lambda _: other)
    st.cache_data.clear()
    try:
        assert "No claim" in texts(open_page(show=chosen), "info")
    finally:
        st.cache_data.clear()


def test_the_article_and_the_unit_of_loss_are_named_once():
    said = texts(read_page(), "markdown")
    assert said.count(ARTICLE) == 1
    page = read_page()
    assert any(ARTICLE in each.value for each in page.main.markdown if "Dot: mean" in each.value), "above the rows"
    assert said.count(NATS) == 1


def test_a_wrong_choice_in_the_link_gets_a_note():
    assert "not one of" in texts(read_page(show="nonsense"), "info")


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
    assert CLAIMS[0].text in rows(app)["C1"]
    assert "cannot be read" in rows(app)["C4"]
    assert "cannot be judged" in texts(app, "header")


def test_the_choice_is_kept_while_the_reader_is_elsewhere():
    app = open_page(show="do not hold")
    harness.go(app, "overview")
    app.query_params.clear()
    harness.go(app, "claims")
    assert app.session_state["claims_show"] == "do not hold"
