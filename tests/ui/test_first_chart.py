"""Test that a page waits for the browser's report of its first chart, once a session, and never for long."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.ui import first_chart
from tests.waiting import wait_until


def page() -> None:
    import streamlit as st

    from dropout_core.ui.first_chart import wait_for_first_chart

    st.write("chart")
    wait_for_first_chart()
    st.write("rest")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_chart, "LONGEST", 60.0)


def test_the_rest_follows_the_report(patient: None):
    app = AppTest.from_function(page)
    run = threading.Thread(target=lambda: app.run(timeout=60))
    run.start()
    wait_until(lambda: first_chart._waiting, "the page waits")
    first_chart.report("another browser's")
    assert first_chart._waiting
    first_chart.report(*first_chart._waiting)
    run.join(30)
    assert [each.value for each in app.markdown] == ["chart", "rest"]
    assert not first_chart._waiting
    assert not app.get("html"), "the token is gone"


def test_without_a_report_the_rest_comes_after_the_longest_wait(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(first_chart, "LONGEST", 0.01)
    app = AppTest.from_function(page).run(timeout=60)
    assert [each.value for each in app.markdown] == ["chart", "rest"]
    assert not first_chart._waiting


def test_a_session_that_has_seen_a_page_does_not_wait(patient: None):
    app = AppTest.from_function(page)
    app.session_state["shown"] = True
    app.run(timeout=30)
    assert [each.value for each in app.markdown] == ["chart", "rest"]
