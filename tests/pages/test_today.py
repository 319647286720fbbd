"""Tests of the page on dropout today in Streamlit's test harness."""

import re
from functools import partial

import pytest

from dropout_core.topics.today import cached, epochs, norm
from dropout_core.topics.today.epochs import ONCE
from tests import harness
from tests.harness import button, no_records, own_server, run_until, texts  # noqa: F401

open_page = partial(harness.open_page, "today")
read_page = partial(harness.read_page, "today")
pytestmark = pytest.mark.usefixtures("own_server")


def test_it_asks_first_and_a_guess_reveals_the_finding_and_is_answered():
    app = open_page()
    found = cached.summary()
    assert "?" in texts(app, "header")
    assert found.headline not in texts(app, "header")
    assert "can memorise only images that it sees repeatedly" not in texts(app, "markdown")
    button(app, "It hurts").click().run()
    assert not app.exception
    assert found.headline in texts(app, "header")
    assert f"Your guess: it hurts – {epochs.answer('costs', epochs.gains(ONCE)).split(' – ')[1]}" in texts(
        app, "markdown"
    )
    assert dict(app.query_params) == {"show": "1", "guess": "costs"}


def test_the_reader_may_skip_the_guess():
    app = open_page()
    button(app, "Show").click().run()
    assert cached.summary().headline in texts(app, "header")
    assert "Your guess" not in texts(app, "markdown")


def test_the_revealed_page_shows_its_reasons_verdicts_and_provenance():
    text = texts(read_page(show="1"), "markdown")
    assert cached.summary().longer in text
    for case, finding in cached.verdicts().items():
        assert f"{case}: **{finding.text}**: {finding.sentence}." in text
    assert text.count("Reference runs") >= len(epochs.NAMES)


def test_a_link_chooses_the_number_of_images_seen_and_a_wrong_one_is_reported():
    assert "not one of" not in texts(read_page(show="1", seen=cached.SEEN[0]), "info")
    assert "not one of" in texts(read_page(show="1", seen="7"), "info")


def test_all_frameworks_are_listed():
    text = texts(read_page(), "markdown")
    for name in ("PyTorch", "Keras", "Flax", "`nn.Dropout`", "`layers.Dropout`", "`nnx.Dropout`"):
        assert name in text


def test_the_fold_on_batch_norm_states_its_finding():
    assert f"**{norm.headline()}.**" in texts(read_page(), "markdown")


@pytest.mark.usefixtures("no_records")
def test_without_its_record_the_page_says_so():
    assert "cannot be shown" in texts(open_page(), "warning")


def test_a_smaller_repetition_can_be_started_and_cancelled():
    app = open_page(show="1")
    button(app, "Repeat").click().run()
    assert not app.exception
    button(app, "Cancel").click().run()
    cancelled = r"Cancelled at \d+ of \d+ trials"
    run_until(app, lambda: re.search(cancelled, texts(app, "info")), "the page says that it was cancelled")
