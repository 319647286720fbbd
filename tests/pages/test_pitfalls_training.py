"""Tests of the live training on the pitfalls page in Streamlit's test harness: start, outcome, cancel, leaving."""

import pytest

from dropout_core.engine.job import Refused
from dropout_core.topics.pitfalls import live_training
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, PITFALLS, encode
from dropout_core.topics.pitfalls.live_training import FRAMES
from dropout_core.ui import server
from tests import harness, tasks
from tests.harness import button, run_until, texts
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server
ANSWERS = encode({each.slug: each.bug for each in PITFALLS})


def open_answered(slug: str):
    return harness.open_page("pitfalls", lab=slug, picks=ANSWERS)


def start(slug: str):
    app = button(open_answered(slug), "Start").click().run()
    assert not app.exception
    assert not app.warning
    return app


def training(app, slug: str):
    return app.session_state["pit_trainings"][slug].training


def labels(app) -> list[str]:
    return [each.label for each in app.button]


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: pitfall.slug)
def test_training_is_offered_where_only_training_shows_the_harm(pitfall):
    app = open_answered(pitfall.slug)
    assert ("Start" in labels(app)) == (pitfall.slug in FRAMES)
    if pitfall.slug in FRAMES:
        shown = [each.value for each in app.code]
        assert live_training.program(pitfall, pitfall.broken, 0) in shown


def test_nothing_is_offered_before_the_answer():
    assert "Start" not in labels(harness.open_page("pitfalls", lab="train"))


def test_both_train_and_the_sentence_is_computed_from_the_run(monkeypatch):
    monkeypatch.setattr(live_training, "train", tasks.on_few_images)
    app = start("functional")
    assert "Cancel" in labels(app)
    assert "Start" not in labels(app)
    run_until(app, lambda: training(app, "functional").points(), "the first points arrive")
    run_until(app, lambda: "Cancel" not in labels(app), "the training ends")
    points = training(app, "functional").points()
    assert len(points) == live_training.POINTS
    assert f"{live_training.finding(points)}." in texts(app, "markdown")
    assert live_training.evidence(points) in texts(app, "markdown")
    assert "Start" not in labels(app)


def test_cancel_ends_the_training_and_start_is_offered_again():
    app = start("keep")
    shown = training(app, "keep")
    app = button(app, "Cancel").click().run()
    assert not app.exception
    assert "Start" in labels(app)
    assert "Stopped after" in texts(app, "markdown")
    wait_until(lambda: shown.finished, "the training ends")
    assert not shown.complete
    assert not shown.message


def test_a_reader_who_moves_on_ends_the_training():
    app = start("train")
    shown = training(app, "train")
    app = app.button(key="pit_card_keep").click().run()
    wait_until(lambda: shown.finished, "the training ends")
    assert not shown.complete
    app = app.button(key="pit_card_train").click().run()
    assert "Stopped after" in texts(app, "markdown")


def test_a_refusal_is_shown(monkeypatch):
    def refuse(*arguments):
        raise Refused("too many are training")

    monkeypatch.setattr(type(server.demonstrations()), "start", refuse)
    app = button(open_answered("train"), "Start").click().run()
    assert texts(app, "warning") == "Too many are training."
    assert "Start" in labels(app)


def test_a_failure_is_shown(monkeypatch):
    app = start("scaling")
    shown = training(app, "scaling")
    button(app, "Cancel").click().run()
    wait_until(lambda: shown.finished, "the training ends")
    shown.message = "the workers are gone"
    assert "The training failed: the workers are gone." in texts(app.run(), "error")
    assert BY_SLUG["scaling"].name in texts(app, "header")
