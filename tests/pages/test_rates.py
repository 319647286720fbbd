"""Tests of the rates page in Streamlit's test harness, with a real engine and a separate store."""

from functools import partial

import numpy as np
import pytest

from dropout_core.experiments.results import Point, Result
from dropout_core.experiments.sweep import Sweep
from dropout_core.numerics.statistics import FEWEST
from dropout_core.reference.records import load
from dropout_core.topics.claims.catalogue import CLAIMS, finding
from dropout_core.topics.rates import headlines, stored_grids
from dropout_core.ui import server
from tests import harness
from tests.harness import button, own_server, run_until, texts  # noqa: F401
from tests.waiting import wait_until

TINY = {"images": "500", "epochs": "1", "seeds": str(FEWEST)}
BEFOREHAND = 5  # number of charts of reference runs: widths (two), slow learners, images, conv net
open_page = partial(harness.open_page, "rates")
open_revealed = partial(open_page, show="1")
read_revealed = partial(harness.read_page, "rates", show="1")
pytestmark = pytest.mark.usefixtures("own_server")


def test_the_page_opens_on_its_question_and_trains_nothing():
    app = open_page()
    assert texts(app, "header").startswith(headlines.QUESTION)
    assert len(app.get("vega_lite_chart")) == 1, "nothing gives the answer away"
    assert not server.engine().store.keys()


def test_show_reveals_the_maps_without_a_guess_and_a_link_does_too():
    app = open_page()
    button(app, "Show").click().run()
    assert not app.exception
    assert "By loss, yes; by accuracy, no, a lower one" in texts(app, "header")
    assert "your guesses" not in texts(app, "markdown")
    assert app.query_params["show"] == "1"
    assert len(app.get("vega_lite_chart")) == len(open_revealed().get("vega_lite_chart")) == BEFOREHAND


def test_a_guess_is_answered_and_survives_a_reload():
    app = open_page(w16="0", w64="0.8", w256="0.4")
    button(app, "That is my guess").click().run()
    assert not app.exception
    answer = "Judged by accuracy, your guess is among the best rates for 2 of 4 widths: 16 and 256."
    assert answer in texts(app, "markdown")
    assert app.query_params["w64"] == "0.8"
    again = open_page(**{name: app.query_params[name] for name in app.query_params})
    assert answer in texts(again, "markdown")


def test_the_own_grid_is_folded_and_says_how_long_it_takes():
    app = open_page()
    assert app.slider(key="rates_epochs").value == 30
    assert app.slider(key="rates_seeds").value == FEWEST
    assert "15 cells" in texts(app, "markdown")
    assert "Training will take about " in texts(app, "markdown")
    fold = next(each for each in app.expander if each.label == "Train your own grid")
    assert not fold.proto.expanded
    fold = next(each for each in open_page(**TINY).expander if each.label == "Train your own grid")
    assert fold.proto.expanded


def test_what_was_run_beforehand_is_read_in_words():
    text = texts(read_revealed(), "markdown")
    for words in (
        "- 100 images:",
        "- 32,000 images:",
        "convolutional rates of 0.2 and 0.3, each with a dense rate of 0.5",
        "**Reference runs**",
    ):
        assert words in text


@pytest.mark.parametrize("claim", ["C4", "C8", "C9"])
def test_the_claims_that_lead_here_find_their_runs_and_their_verdict(claim):
    app = read_revealed()
    result, record = finding(claim), next(each.records[0] for each in CLAIMS if each.id == claim)
    assert result.sentence[1:] in texts(app, "markdown")
    assert any(download.proto.id.endswith(f"record-{record}") for download in app.get("download_button"))


def test_a_rerun_draws_the_records_from_what_is_kept(monkeypatch):
    app = open_revealed()
    monkeypatch.setattr(stored_grids, "width_runs", None)
    assert not app.run().exception


def test_a_link_sets_the_controls():
    app = open_page(grid="large", images="500", epochs="2", seeds="1")
    assert "36 cells" in texts(app, "markdown")
    app.slider(key="rates_seeds").set_value(4).run()
    assert app.query_params["seeds"] == "4"


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"grid": "huge"}, "not one of “small”, “large”"),
        ({"epochs": "0"}, "outside the range 1 to 60"),
        ({"what": "1"}, "does not have"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert button(app, "Start")


def test_a_sweep_is_trained_shown_and_kept():
    app = open_revealed(**TINY)
    button(app, "Start").click().run()
    run_until(app, lambda: "Does the best rate" in texts(app, "subheader"), "the sweep is trained")
    assert len(app.get("vega_lite_chart")) == BEFOREHAND + 4
    text = texts(app, "markdown")
    assert all(words in text for words in ("By accuracy:", "By loss:", "- width 256:"))
    assert button(app, "Start").disabled
    again = open_revealed(**TINY)
    assert len(again.get("vega_lite_chart")) == BEFOREHAND + 4, "what is stored is shown at once"


def test_a_cancelled_sweep_keeps_its_cells_and_can_go_on():
    app = open_page(images="4000", epochs="60", seeds="3")
    button(app, "Start").click().run()
    button(app, "Cancel").click().run()
    running = server.sweeps().find(Sweep(data="mnist-5k", images=4000, epochs=60, seeds=(0, 1, 2)).key)
    wait_until(lambda: running.finished, "the sweep ends")
    app.run()
    assert not app.exception
    done = running.progress.done
    then = "These results are incomplete; press Start to train the rest." if done else "Start begins from scratch."
    assert texts(app, "info") == f"Cancelled at {done} of 15 cells. {then}"
    assert not button(app, "Start").disabled


def test_a_sweep_of_which_some_cells_are_there_says_that_it_is_partial():
    sweep = Sweep(data="mnist-5k", images=500, epochs=2, seeds=(0,))
    cell, store = sweep.cells()[0].recipe, server.engine().store
    (run,) = cell.runs()
    point = Point(run.arm, run.seed, 16, 2.0, 1.0, 1.0, 1.0, 70.0, 1.0, 71.0, 1.0, 0.1)
    store.start(cell)
    store.add(cell, Result(run, [point], {"layers.0.bias": np.zeros(1, np.float32)}, 0.1), {})
    store.finish(cell.key, "done")
    app = open_page(images="500", epochs="2", seeds="1")
    assert texts(app, "info") == "Partial: 1 of 15 cells. These results are incomplete; press Start to train the rest."
    assert "Does the best rate grow" not in texts(app, "subheader")


def test_a_sweep_over_the_host_s_limit_is_refused_in_words(monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(server.engine(), "settings", replace(server.engine().settings, max_work=10.0))
    app = open_page(images="500", epochs="3", seeds="2")
    button(app, "Start").click().run()
    assert "this host allows" in texts(app, "warning")
    assert texts(app, "warning").startswith("Images × epochs")


def test_what_each_picture_shows_is_said_beside_it():
    said = texts(read_revealed(), "markdown")
    hidden = next(iter(load("rates").trials.values())).recipe.hidden
    assert f"nets with {hidden[0]} and {hidden[1]} hidden neurons" in said
    runs = {name: len(next(iter(load(name).trials.values())).recipe.seeds) for name in ("conv", "conv-pairs")}
    assert f"Means over {runs['conv']} seeds." in said
    assert f"The verdict below the map rests on other runs, with {runs['conv-pairs']} seeds." in said
    assert said.count("pale: by little") >= 3
    assert ":small[two" not in said
