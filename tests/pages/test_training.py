"""Tests of the training page in Streamlit's test harness, with a real engine and a separate store."""

import dataclasses
import time
from functools import partial

import numpy as np
import pytest
import streamlit as st

from dropout_core.data.published import ARTICLE
from dropout_core.engine.job import Job
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import Point, Result
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import records
from dropout_core.ui import server
from tests import harness
from tests.engines import wait
from tests.harness import button, own_server, run_until, texts  # noqa: F401

open_page = partial(harness.open_page, "training")
pytestmark = pytest.mark.usefixtures("own_server")


def train(app):
    button(app, "Start training").click().run()
    if not app.get("table"):
        run_until(app, lambda: app.get("table"), "the comparison is trained")
    return app


def recipe(**changes):
    return Recipe(**{"data": "mnist-5k", "images": 500, "epochs": 1, **changes})


def test_the_page_opens_on_the_articles_settings_and_says_which_data_it_has():
    app = open_page()
    values = {s.key: s.value for s in app.slider} | {s.key: s.value for s in app.select_slider}
    article = {"rate": 0.5, "epochs": 5, "images": 4000, "lr": 1e-3, "seeds": 1, "hidden": "256-128"}
    assert values == article | dict.fromkeys(("input_rate", "momentum", "decay", "max_norm", "patience"), 0)
    assert "5,000-image subset: no download was possible" in texts(app, "markdown")
    assert not app.info


def test_a_recipe_that_was_run_beforehand_is_shown_as_that(monkeypatch):
    monkeypatch.setattr(records, "by_key", lambda key: records.load("article").trials["article"])
    app = open_page(epochs="5", seeds="10")
    assert "reference run" in texts(app, "info")
    assert "95 % interval" in texts(app, "markdown")
    assert len(app.get("vega_lite_chart")) == 6, "four curves and two charts of differences"
    assert not button(app, "Start training").disabled
    assert not app.warning


def test_the_same_with_other_seeds_is_offered_where_it_was_made_beforehand(monkeypatch):
    assert "Show 10 seeds made beforehand" not in [b.label for b in open_page().button]
    monkeypatch.setattr(records, "like", lambda _: recipe(epochs=2, seeds=tuple(range(10))))
    app = open_page()
    app.button[[b.label for b in app.button].index("Show 10 seeds made beforehand")].click().run()
    assert not app.exception
    assert (app.slider(key="seeds").value, app.slider(key="epochs").value) == (10, 2)


def test_a_link_sets_every_control_and_the_controls_set_the_link():
    app = open_page(rate="0.25", epochs="2", images="1000", lr="0.003", seed="7")
    values = {s.key: s.value for s in app.slider} | {s.key: s.value for s in app.select_slider}
    assert values.items() >= {"rate": 0.25, "epochs": 2, "images": 1000, "lr": 3e-3}.items()
    assert app.number_input[0].value == 7
    app.slider(key="epochs").set_value(3).run()
    assert app.query_params["epochs"] == "3"


def test_a_link_says_where_noise_acts():
    app = open_page(noise="gaussian", noise_at="after ReLU")
    assert not app.info
    assert "*after* the ReLU" in texts(app, "markdown")
    assert app.query_params["noise_at"] == "after ReLU"


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"rate": "2"}, "outside 0 to 0.95"),
        ({"rate": "often"}, "not a number"),
        ({"epochs": "-1"}, "outside 1 to 100"),
        ({"images": "nan"}, "not a number"),
        ({"seed": "1e99"}, "outside 0 to 9,999"),
        ({"<b>": "1"}, "1 setting that this page does not know; it is ignored"),
        ({"rat": "0.2"}, "1 setting that this page does not know (`rat`); it is ignored"),
        ({"a": "1", "b": "1", "<b>": "1"}, "3 settings that this page does not know (`a` and `b`); they are ignored"),
        ({"rate": "0.33"}, "`rate` is 0.33 in the link; 0.35 is used"),
        ({"images": "1234"}, "`images` is 1,234 in the link; 1,000 is used"),
        ({"epochs": "2.6"}, "`epochs` is 2.6 in the link; 3 is used"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note_and_the_page_works(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert "<b>" not in texts(app, "info")
    assert button(app, "Start training")


def test_a_comparison_is_trained_and_read_and_comes_at_once_the_next_time():
    app = train(open_page(images="500", epochs="1", rate="0.5"))
    assert app.get("table")[0].value.index.tolist()[-1] == "run time, s"
    assert len(app.get("vega_lite_chart")) == 4
    said = texts(app, "markdown")
    assert "of the validation images right" in said
    assert "changes by" in said
    assert "Gap: validation loss minus training loss" in said
    assert "fixed sample of 100 training and as many validation images" in said
    assert "on which the two nets of seed 0 disagree" in said
    assert len(app.get("download_button")) == 3
    assert button(app, "Start training").disabled
    again = open_page(images="500", epochs="1", rate="0.5")
    assert again.get("table")


def test_weights_that_are_gone_cost_the_digits_and_nothing_else():
    app = train(open_page(images="500", epochs="1", rate="0.3"))
    store = server.engine().store
    for path in (store.folder / "weights").glob(f"{recipe(rate=0.3).key}-*"):
        path.unlink()
    st.cache_data.clear()
    server.trained.clear()
    app = open_page(images="500", epochs="1", rate="0.3")
    assert "are missing" in texts(app, "warning")
    assert app.get("table")


def test_cancelling_says_so_and_lets_the_reader_start_again():
    app = open_page(images="4000", epochs="20", rate="0.9")
    button(app, "Start training").click().run()
    button(app, "Cancel").click().run()
    job = server.engine().find(recipe(images=4000, epochs=20, rate=0.9).key)
    wait(job)
    app.run()
    assert "Cancelled. " in texts(app, "info")
    assert "No run was finished, so Start begins anew." in texts(app, "info")
    assert ("The curves are partial." in texts(app, "info")) == bool(app.get("vega_lite_chart"))
    assert not button(app, "Start training").disabled


def test_of_a_cancelled_comparison_the_finished_runs_are_kept_and_start_goes_on():
    wanted = recipe(seeds=(0, 1), hidden=(64, 32))
    engine = server.engine()
    job = engine.submit(wanted)
    wait(job)
    with engine.store.database.connect() as db:
        for table in ("runs", "points"):
            db.execute(f"DELETE FROM {table} WHERE key = ? AND seed = 1 AND arm = 'dropout'", (wanted.key,))
    engine.store.finish(wanted.key, "cancelled")
    job.state = "cancelled"
    app = open_page(images="500", epochs="1", seeds="2", hidden="64-32")
    said = texts(app, "info")
    assert "The curves are partial. 3 of 4 runs are finished and kept; Start trains the others" in said
    assert len(train(app).get("table")) == 1


def test_every_comparison_under_way_is_named_when_the_controls_have_moved_on():
    app = open_page(images="4000", epochs="100")
    button(app, "Start training").click().run()
    app.slider(key="seeds").set_value(2).run()
    button(app, "Start training").click().run()
    app.slider(key="epochs").set_value(1).run()
    said = texts(app, "info")
    assert "rate 0.5, 100 epochs, 4,000 images, 1 seed, hidden layers 256-128." in said
    assert "rate 0.5, 100 epochs, 4,000 images, 2 seeds, hidden layers 256-128." in said
    button(app, "Show it").click().run()
    assert app.slider(key="epochs").value == 100
    jobs = [server.engine().find(recipe(images=4000, epochs=100, seeds=s).key) for s in ((0,), (0, 1))]
    for job in jobs:
        server.engine().cancel(job.recipe.key)
    for job in jobs:
        wait(job)


def test_early_stopping_is_told_and_all_speaks_of_the_best_epochs():
    app = train(open_page(images="500", epochs="40", patience="1", lr="0.01", hidden="64-32"))
    said = texts(app, "markdown")
    assert "Early stopping: without dropout training ended after epoch" in said
    assert "At their best epochs the net without dropout gets" in said
    assert "After 40 epochs" not in said
    found = server.engine().store.get(
        recipe(epochs=40, patience=1, learning_rate=0.01, hidden=(64, 32), images=500).key
    )
    shown = app.get("table")[0].value.loc["validation loss"].tolist()
    lowest = found.points.groupby("arm")["full_val_loss"].min()
    assert shown == [f"{lowest[arm]:.3f}" for arm in ("no dropout", "dropout")]
    assert "the two nets of seed 0 at their best epochs" in said


def test_at_rate_0_both_nets_are_said_to_be_the_same():
    app = train(open_page(images="500", epochs="1", rate="0", hidden="16-8"))
    said = texts(app, "markdown")
    assert "both nets are the same net" in said
    assert "ahead" not in said
    assert "On every validation image the two nets of seed 0 agree." in said


def test_the_link_says_how_many_images_even_where_it_is_all_of_them():
    assert open_page().query_params["images"] == "4000"


def test_what_is_trained_follows_the_recipe():
    app = open_page(hidden="128", input_rate="0.2", optimiser="sgd", momentum="0.9", epochs="1")
    (code,) = (c.value for c in app.code)
    for line in ("nn.Linear(784, 128)", "nn.Dropout(0.2)", "torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)"):
        assert line in code
    assert "1 epoch." in texts(app, "markdown")


def test_one_seed_is_not_guessed_at():
    app = train(open_page(images="500", epochs="1", hidden="128"))
    app.toggle(key="guess_first").set_value(True).run()
    assert not app.radio
    assert "So few seeds cannot judge a guess." in texts(app, "markdown")
    assert app.get("vega_lite_chart")


def running(wanted, share, monkeypatch):
    """Return a job that began a second ago and has trained this share of its steps."""
    job = Job(wanted, state="running", started=time.monotonic() - 1)
    monkeypatch.setattr(job, "progress", lambda: share)
    job._estimate()
    return job


def test_progress_is_shown_while_the_reader_guesses(monkeypatch):
    wanted = recipe(epochs=4, hidden=(16, 8), rate=0.15, seeds=(0, 1))
    job = running(wanted, 0.5, monkeypatch)
    monkeypatch.setattr(server.engine(), "find", lambda key: job)
    app = open_page(images="500", epochs="4", hidden="16-8", rate="0.15", seeds="2", guess="1")
    assert "50%, about 1 s left" in app.get("progress")[0].proto.text
    assert app.radio
    assert not app.get("vega_lite_chart")


@pytest.mark.parametrize(("share", "said"), [(0.0, "Starting"), (0.02, "estimating the time left"), (0.5, "s left")])
def test_no_time_is_foretold_from_the_first_few_steps(monkeypatch, share, said):
    wanted = recipe(epochs=4, hidden=(16, 8), rate=0.15)
    job = running(wanted, share, monkeypatch)
    monkeypatch.setattr(server.engine(), "find", lambda key: job)
    app = open_page(images="500", epochs="4", hidden="16-8", rate="0.15")
    assert said in app.get("progress")[0].proto.text


def test_controls_stay_when_the_reader_visits_another_page():
    app = open_page(rate="0.8")
    harness.go(harness.go(app, "masks"), "training")
    assert app.slider(key="rate").value == 0.8


def test_a_failed_training_says_why(monkeypatch):
    job = server.engine().submit(recipe(epochs=3, rate=0.7))
    wait(job)
    server.engine().store.forget(job.recipe.key)
    job.state, job.message = "failed", "the loss became nan"
    app = open_page(images="500", epochs="3", rate="0.7")
    assert "the loss became nan" in texts(app, "error")
    assert not button(app, "Start training").disabled


def test_a_full_queue_is_said(monkeypatch):
    from dropout_core.engine.job import QueueFull

    def full(*_):
        raise QueueFull("8 comparisons are waiting already; try again in a minute")

    monkeypatch.setattr(server.engine(), "submit", full)
    app = open_page(images="500", epochs="2")
    button(app, "Start training").click().run()
    assert texts(app, "warning") == "8 comparisons are waiting already; try again in a minute."


def test_a_store_that_cannot_be_opened_is_an_error_in_words(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    kept = server.engine()
    monkeypatch.setenv("DROPOUT_STORE", str(tmp_path / "file" / "store"))
    server.settings.clear()
    server.engine.clear()
    app = open_page()
    assert "set DROPOUT_STORE" in texts(app, "error")
    monkeypatch.undo()
    kept.close()
    server.settings.clear()
    server.engine.clear()


def test_a_setting_that_makes_no_sense_is_named(monkeypatch):
    monkeypatch.setenv("DROPOUT_WORKERS", "many")
    server.settings.clear()
    server.engine.clear()
    app = open_page()
    assert "DROPOUT_WORKERS must be a whole number from 1 to 256" in texts(app, "error")
    monkeypatch.undo()
    server.settings.clear()
    server.engine.clear()


def test_a_preset_sets_the_controls_and_says_what_to_look_for():
    app = open_page()
    button(app, "A net too small").click().run()
    values = {s.key: s.value for s in app.slider} | {s.key: s.value for s in app.select_slider}
    assert (values["hidden"], values["epochs"], values["seeds"]) == ("16-8", 20, 5)
    assert "16 and 8 hidden neurons" in texts(app, "markdown")
    assert app.query_params["hidden"] == "16-8"


def test_before_start_the_time_is_estimated_from_one_like_it_and_else_not(monkeypatch):
    monkeypatch.setattr(server.engine(), "describe", lambda: {"device": "cpu"})
    link = {"images": "500", "epochs": "3", "hidden": "16-8"}
    store = server.engine().store
    stored = store.keys()
    for key in stored:
        store.forget(key)
    assert "on this machine" not in texts(open_page(**link), "markdown")
    done = recipe(hidden=(16, 8))
    store.start(done)
    for run in done.runs():
        point = Point(run.arm, run.seed, 8, 1.0, 2.0, 2.0, 2.0, 50.0, 2.0, 50.0, 2.0, 7.0)
        store.add(done, Result(run, [point], {"layers.0.bias": np.zeros(1, np.float32)}, 7.0), {})
    store.finish(done.key, "done")
    seconds = 3 * 7 * (1 if server.engine().settings.workers > 1 else 2)
    assert f"It takes about {seconds} s on this machine" in texts(open_page(**link), "markdown")
    assert "on this machine" not in texts(open_page(**link | {"images": "1000"}), "markdown")
    monkeypatch.setattr(server.engine(), "describe", lambda: {"device": "cuda"})  # differs in speed
    assert "on this machine" not in texts(open_page(**link), "markdown")
    store.forget(done.key)


def test_the_article_is_named_where_its_comparison_is_chosen():
    app = open_page()
    button(app, "The article's five epochs").click().run()
    assert texts(app, "markdown").count(ARTICLE) == 1


def test_a_reader_who_wants_to_guess_sees_no_curves_before_and_is_told_after():
    app = train(open_page(images="500", epochs="1", seeds="5", hidden="16-8"))
    app.toggle(key="guess_first").set_value(True).run()
    assert not app.get("vega_lite_chart")
    app.radio[0].set_value(Verdict.HOLDS).run()
    assert len(app.get("vega_lite_chart")) == 6
    assert not app.radio  # the question disappears once it is answered
    assert "You guessed *the net with dropout is ahead*" in texts(app, "success") + texts(app, "info")
    assert "guess" in app.query_params


def test_a_link_can_ask_for_a_guess():
    app = train(open_page(images="500", epochs="1", seeds="5", hidden="128", seed="7"))
    asked = open_page(images="500", epochs="1", seeds="5", hidden="128", seed="7", guess="1")
    assert asked.toggle(key="guess_first").value
    assert asked.radio
    assert app.get("vega_lite_chart")
    assert not asked.get("vega_lite_chart")


def test_several_seeds_get_an_interval_and_a_verdict():
    app = train(open_page(images="500", epochs="1", seeds="5"))
    said = texts(app, "markdown")
    assert "Over 5 seeds" in said
    assert "95 % interval" in said


def upload(app, name, text):
    app.file_uploader[0].set_value((name, text.encode(), "application/json")).run()
    assert not app.exception
    return app


def test_a_run_card_sets_the_controls():
    card = recipe(epochs=3, rate=0.3, seeds=(4, 5), hidden=(64, 32)).to_json()
    app = upload(open_page(), "card.json", card)
    button(app, "Set the controls to it").click().run()
    assert app.query_params["hidden"] == "64-32"
    assert app.query_params["seeds"] == "2"
    assert app.query_params["seed"] == "4"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("not json", "no run card"),
        ('{"rate": 7}', "rate"),
        ("[" * 5000, "no run card"),
        (recipe(learning_rate=0.004).to_json(), "cannot show all of it"),
        (Recipe().to_json(), "other images"),
    ],
)
def test_a_card_that_cannot_be_used_says_why(text, word):
    app = upload(open_page(), "card.json", text)
    assert word in texts(app, "error")
    assert button(app, "Start training")


def test_a_better_source_that_comes_later_leaves_a_readers_comparison_alone(monkeypatch):
    app = open_page(images="500", epochs="1", seed="77")
    button(app, "Start training").click().run()
    better = dataclasses.replace(server.best_source()[0], data="mnist", described="all 60,000 images")
    monkeypatch.setattr(server, "best_source", lambda: (better, False))
    app.run()
    assert "5,000-image subset" in texts(app, "markdown")
    assert app.query_params["data"] == "mnist-5k"
    button(app, "Use all 60,000 images").click().run()
    assert "all 60,000 images" in texts(app, "markdown")
    assert "data" not in app.query_params
    assert "5,000-image subset" in texts(open_page(data="mnist-5k"), "markdown")


def test_a_link_within_the_app_sets_the_controls_anew():
    app = go(open_page(rate="0.2", seeds="2"), "claims")
    assert shown(go(app, "training")) == (0.2, 2)  # the reader's earlier values are kept
    assert shown(go(go(app, "claims"), "training", seeds="10")) == (0.5, 10)


def go(app, name, **params):
    """Follow a link to a page with these query parameters."""
    app.query_params.clear()
    app.query_params.update(params)
    return harness.go(app, name)


def shown(app):
    return app.slider(key="rate").value, app.slider(key="seeds").value
