"""Tests of the training page in Streamlit's test harness, with a real engine and a separate store."""

import dataclasses
import json
import re
import time
from functools import partial

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from dropout_core.data.published import ARTICLE
from dropout_core.engine.job import Job
from dropout_core.experiments.final_values import epoch_ends
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import Point, Result
from dropout_core.reference import records
from dropout_core.topics.training import controls_view
from dropout_core.topics.training.presets import PRESETS
from dropout_core.ui import server
from tests import harness
from tests.engines import wait
from tests.harness import button, own_server, run_until, texts  # noqa: F401

open_page = partial(harness.open_page, "training", show="1")
open_unseen = partial(harness.open_page, "training")  # like a reader who has not guessed yet
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
    assert app.number_input(key="seed").value == 10, "outside the recorded seeds"
    assert values == article | dict.fromkeys(("input_rate", "momentum", "decay", "max_norm", "patience"), 0)
    assert "5,000-image subset: no download was possible" in texts(app, "markdown")
    assert not app.info


def test_the_recorded_runs_of_the_same_recipe_are_shown_whatever_its_seeds(monkeypatch):
    article = records.load("article").trials["article"]
    monkeypatch.setattr(records, "like", lambda recipe: article)
    for app in (open_page(), open_page(epochs="5", seeds="10")):
        assert app.header[0].value == "After 5 epochs, dropout costs 1.2 points of accuracy"
        assert "10 recorded seeds" in texts(app, "markdown")
        assert "95 % interval −1.54 to −0.79" in texts(app, "markdown")
        assert len(app.get("vega_lite_chart")) == 5, "curves, differences, two charts of 40 epochs, and answers"
        assert not button(app, "Start training").disabled
        assert not app.warning


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("params", [{}, {"rate": "0.35", "epochs": "7"}, {"show": "0"}, {"measure": "loss"}])
def test_no_state_of_the_page_is_without_a_chart(params, recorded, monkeypatch):
    if not recorded:
        monkeypatch.setattr(records, "like", lambda recipe: None)
    app = open_page(**params)
    assert app.get("vega_lite_chart")[0].proto.spec
    assert app.header[0].value


def test_settings_without_a_record_show_the_nearest_preset_faintly_and_name_it(monkeypatch):
    few, article = PRESETS[2].recipe("mnist-5k"), records.load("article").trials["article"]
    monkeypatch.setattr(records, "like", lambda wanted: article if wanted == few else None)
    app = open_page(data="mnist-5k", images="1000", epochs="50", rate="0.45", measure="loss")
    assert app.header[0].value == "Not trained yet; the faint curves show the nearest preset, “Few images”"
    assert app.session_state["preset"] is None


def test_a_link_sets_every_control_and_the_controls_set_the_link():
    app = open_page(rate="0.25", epochs="2", images="1000", lr="0.003", seed="7")
    values = {s.key: s.value for s in app.slider} | {s.key: s.value for s in app.select_slider}
    assert values.items() >= {"rate": 0.25, "epochs": 2, "images": 1000, "lr": 3e-3}.items()
    assert app.number_input(key="seed").value == 7
    app.slider(key="epochs").set_value(3).run()
    assert app.query_params["epochs"] == "3"


def test_a_link_says_where_noise_acts():
    app = open_page(noise="gaussian", noise_at="after ReLU")
    assert not app.info
    assert "*after* the ReLU" in texts(app, "markdown")
    assert app.query_params["noise_at"] == "after ReLU"


@pytest.mark.parametrize(
    ("params", "notes"),
    [
        (
            {"rate": "2", "epochs": "-1", "images": "nan", "seed": "1e99", "<b>": "1"},
            [
                "outside the range 0 to 0.95",
                "outside the range 1 to 100",
                "not a number",
                "outside the range 0 to 9,999",
                "1 setting that this page does not have; it is ignored",
            ],
        ),
        (
            {"rate": "often", "images": "1234", "epochs": "2.6", "rat": "0.2"},
            [
                "not a number",
                "`images` is 1,234 in the link; the nearest available value, 1,000, is used",
                "`epochs` is 2.6 in the link; the nearest available value, 3, is used",
                "1 setting that this page does not have (`rat`); it is ignored",
            ],
        ),
        (
            {"rate": "0.33", "a": "1", "b": "1", "<b>": "1"},
            [
                "`rate` is 0.33 in the link; the nearest available value, 0.35, is used",
                "3 settings that this page does not have (`a` and `b`); they are ignored",
            ],
        ),
    ],
)
def test_a_link_that_cannot_be_used_gets_notes_and_the_page_works(params, notes):
    app = open_page(**params)
    assert [note for note in notes if note not in texts(app, "info")] == []
    assert "<b>" not in texts(app, "info")
    assert button(app, "Start training")


def test_a_comparison_is_trained_and_read_and_comes_at_once_the_next_time():
    app = train(open_page(images="500", epochs="1", rate="0.5"))
    assert app.get("table")[0].value.index.tolist()[-1] == "run time, s"
    assert len(app.get("vega_lite_chart")) == 5
    said = texts(app, "markdown")
    assert "the validation accuracy is" in said
    assert "Dropout − no dropout, by seed" in said
    assert "Gap: validation loss minus training loss" in said
    assert "on the first 100 training images" in said
    assert len(app.get("download_button")) == 8, "four for the reader's runs, and four for the recorded ones"
    assert button(app, "Start training").disabled
    again = open_page(images="500", epochs="1", rate="0.5")
    assert again.get("table")


def test_weights_that_are_gone_cost_the_digits_and_nothing_else():
    app = train(open_page(images="500", epochs="1", rate="0.3"))
    store = server.engine().store
    for path in (store.place / "weights").glob(f"{recipe(rate=0.3).key}-*"):
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
    assert "No run finished, so Start begins from scratch." in texts(app, "info")
    assert not button(app, "Start training").disabled


def test_of_a_cancelled_comparison_the_finished_runs_are_kept_and_start_goes_on():
    wanted = recipe(seeds=(0, 1), hidden=(64, 32))
    engine = server.engine()
    job = engine.submit(wanted)
    wait(job)
    with engine.store.database.connect() as db:
        for table in ("runs", "points"):
            db.exec_driver_sql(f"DELETE FROM {table} WHERE key = ? AND seed = 1 AND arm = 'dropout'", (wanted.key,))
    engine.store.finish(wanted.key, "cancelled")
    job.state = "cancelled"
    app = open_page(images="500", epochs="1", seeds="2", hidden="64-32")
    said = texts(app, "info")
    assert "The curves are incomplete. 3 of 4 runs are finished and saved; Start trains the remaining runs" in said
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
    assert "Early stopping: without dropout, training stopped after epoch" in said
    assert "At the best epochs, the validation accuracy is" in said
    assert "After 40 epochs" not in said
    found = server.engine().store.get(
        recipe(epochs=40, patience=1, learning_rate=0.01, hidden=(64, 32), images=500).key
    )
    shown = app.get("table")[0].value.loc["validation loss"].tolist()
    lowest = epoch_ends(found.points).groupby("arm")["full_val_loss"].min()
    assert shown == [f"{lowest[arm]:.3f}" for arm in ("no dropout", "dropout")]


def test_at_rate_0_both_nets_are_said_to_be_the_same():
    app = train(open_page(images="500", epochs="1", rate="0", hidden="16-8"))
    said = texts(app, "markdown")
    assert "the two nets are identical" in said
    assert "ahead" not in said
    button(app, "A digit they disagree on").click().run()
    assert "Both nets agree on every validation image" in texts(app, "warning")


def test_the_link_says_how_many_images_even_where_it_is_all_of_them():
    assert open_page().query_params["images"] == "4000"


def test_what_is_trained_follows_the_recipe():
    app = open_page(hidden="128", input_rate="0.2", optimiser="sgd", momentum="0.9", epochs="1")
    (code,) = (c.value for c in app.code)
    for line in ("nn.Linear(784, 128)", "nn.Dropout(0.2)", "torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)"):
        assert line in code
    assert "1 epoch." in texts(app, "markdown")


@pytest.mark.parametrize(("share", "said"), [(0.0, "Starting"), (0.02, "estimating the time left"), (0.5, "s left")])
def test_no_time_is_foretold_from_the_first_few_steps_and_recorded_curves_are_there(monkeypatch, share, said):
    job = Job(recipe(epochs=4, hidden=(16, 8), rate=0.15), state="running", started=time.monotonic() - 1)
    monkeypatch.setattr(job, "progress", lambda: share)
    job._estimate()
    monkeypatch.setattr(server.engine(), "find", lambda key: job)
    app = open_page(images="500", epochs="4", hidden="16-8", rate="0.15")
    assert said in app.get("progress")[0].proto.text
    assert "faint-mean" in set(curves(app)["kind"])


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
        raise QueueFull("8 comparisons are already queued; try again in a minute")

    monkeypatch.setattr(server.engine(), "submit", full)
    app = open_page(images="500", epochs="2")
    button(app, "Start training").click().run()
    assert texts(app, "warning") == "8 comparisons are already queued; try again in a minute."


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
    app.pills(key="preset").set_value("Net too small").run()
    values = {s.key: s.value for s in app.slider} | {s.key: s.value for s in app.select_slider}
    assert (values["hidden"], values["epochs"], values["seeds"]) == ("16-8", 20, 1)
    assert "16 and 8 hidden neurons" in texts(app, "markdown")
    assert app.query_params["hidden"] == "16-8"


def test_a_preset_outlasts_a_report_that_the_browser_sent_before_it_knew_the_preset(monkeypatch):
    app = open_page()
    before = app.select_slider(key="hidden").value
    app.pills(key="preset").set_value("Net too small").run()
    app.select_slider(key="hidden").set_value(before).run()
    assert app.select_slider(key="hidden").value == "16-8"
    assert app.session_state["preset"] == "Net too small"
    monkeypatch.setattr(controls_view, "SETTLE_SECONDS", 0.0)
    app.pills(key="preset").set_value("High rate").run()
    app.select_slider(key="hidden").set_value("16-8").run()
    assert app.select_slider(key="hidden").value == "16-8"


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
    seconds = 3 * 7 * (1 if server.engine().settings.workers.total > 1 else 2)
    assert f"Training will take about {seconds} s on this machine" in texts(open_page(**link), "markdown")
    assert "on this machine" not in texts(open_page(**link | {"images": "1000"}), "markdown")
    monkeypatch.setattr(server.engine(), "describe", lambda: {"device": "cuda"})  # differs in speed
    assert "on this machine" not in texts(open_page(**link), "markdown")
    store.forget(done.key)


def test_the_article_is_named_where_its_comparison_is_chosen():
    app = open_page()
    assert texts(app, "markdown").count(ARTICLE) == 1


def test_the_fold_with_all_presets_draws_the_forty_epochs():
    app = open_page()
    fold = next(each for each in app.expander if each.label.startswith("Where dropout helps"))
    charts = [json.loads(chart.proto.spec) for chart in fold.get("vega_lite_chart")]
    assert [json.dumps(spec).count("epoch") > 0 for spec in charts] == [True, True]
    epochs = curves(fold)["x"]
    assert (epochs.min(), epochs.max()) == (2, 40)
    assert set(curves(fold)["group"]) == {"p = 0", "p = 0.2", "p = 0.5"}


def test_a_reader_sees_first_points_and_a_question_guesses_and_finds_the_guess_answered_on_the_chart(monkeypatch):
    monkeypatch.setattr(records, "like", lambda recipe: records.load("article").trials["article"])
    app = open_unseen()
    assert app.header[0].value == "Which net will classify more digits correctly after 5 epochs?"
    assert "1.2 points" not in texts(app, "markdown")
    assert set(curves(app)["epoch"].dropna()) == {1.0}
    button(app, "With dropout").click().run()
    assert app.header[0].value == "After 5 epochs, dropout costs 1.2 points of accuracy"
    assert title(app) == "Your guess: with dropout – wrong"
    assert set(curves(app)["epoch"].dropna()) == {1.0, 2.0, 3.0, 4.0, 5.0}
    app.button_group(key="measure").set_value("loss").run()
    assert "Your guess" not in app.get("vega_lite_chart")[0].proto.spec, "it was about accuracy"
    app.button_group(key="measure").set_value("accuracy").run()
    app.slider(key="seeds").set_value(2).run()
    assert title(app) == "Your guess: with dropout – wrong", "seeds do not change the question"
    again = open_unseen(**app.query_params)
    assert title(again) == "Your guess: with dropout – wrong", "a reload keeps it"
    app.slider(key="rate").set_value(0.3).run()
    assert "guess" not in app.query_params, "it was about another recipe"


def curves(app, chart=0):
    """Return the rows of the given chart, by default the large one."""
    return convert_arrow_bytes_to_pandas_df(app.get("vega_lite_chart")[chart].proto.data.data)


def title(app):
    return json.loads(app.get("vega_lite_chart")[0].proto.spec)["title"]["text"]


def test_a_reload_after_start_shows_the_result_and_an_unrevealed_page_says_that_it_is_stored():
    link = {"images": "500", "epochs": "1", "hidden": "64-32", "seed": "21"}
    app = train(open_unseen(**link))
    assert app.query_params["show"] == "1"
    again = open_unseen(**app.query_params)
    assert "This page already shows the result. To train again" in texts(again, "markdown")
    unseen = open_unseen(**link)
    assert unseen.header[0].value.startswith("Which net will")
    assert "The result is stored: guess, or choose **Show**. To train again" in texts(unseen, "markdown")
    assert sorted(curves(unseen).query("kind == 'label'")["arm"]) == ["dropout", "no dropout"]


def test_means_over_the_last_epochs_are_named_below_the_chart():
    link = {"data": "mnist-5k", "images": "1000", "seed": "10"}
    mean = "Final values: means over the evaluations in the last quarter of the epochs."
    assert texts(open_page(**link, epochs="60"), "markdown").count(mean) == 2, "below the chart and the table"
    assert mean not in texts(open_page(), "markdown")


def test_show_reveals_without_a_guess_and_the_link_keeps_it():
    app = open_unseen()
    button(app, "Show").click().run()
    assert app.query_params["show"] == "1"
    assert "guess" not in app.query_params
    assert "title" not in json.loads(app.get("vega_lite_chart")[0].proto.spec)


def test_the_reader_s_run_joins_the_recorded_ones_of_its_recipe(monkeypatch):
    own = train(open_page(data="mnist-5k", images="500", epochs="1", seed="10", hidden="64-32"))
    assert "Your run gives" not in texts(own, "markdown"), "nothing is recorded of this recipe"
    recorded = dataclasses.replace(server.engine().store.get(recipe(seeds=(10,), hidden=(64, 32)).key))
    points, runs = (pd.concat([of.assign(seed=seed) for seed in range(10)]) for of in (recorded.points, recorded.runs))
    ten = recipe(seeds=tuple(range(10)), hidden=(64, 32))
    recorded = dataclasses.replace(recorded, recipe=ten, points=points, runs=runs)
    monkeypatch.setattr(records, "like", lambda _: recorded)
    app = open_page(data="mnist-5k", images="500", epochs="1", seed="10", hidden="64-32")
    assert "A stored run of this recipe gives" in texts(app, "markdown")
    assert "bold: a stored run of this recipe, seed 10" in texts(app, "markdown")
    assert "Your run" not in texts(app, "markdown"), "this session has not started it"
    assert "**Recorded runs**, seeds 0 to 9" in texts(app, "markdown")
    assert "**Stored runs**, seed 10" in texts(app, "markdown")
    assert "a higher difference than 0 of the 10 recorded" in texts(app, "markdown")
    assert {"own", "faint-mean"} <= set(curves(app)["kind"])
    assert curves(app, 1)["kind"].tolist().count("own") == 1


def test_both_of_the_reader_s_nets_answer_the_drawing():
    app = open_page()
    assert "Answers from the app’s pretrained nets" in texts(app, "markdown")
    assert button(app, "A digit they disagree on").disabled
    why = "To see a digit they disagree on, train both nets first."
    assert why in texts(app, "markdown")
    app = train(open_page(images="500", epochs="1", hidden="128"))
    assert "Answers from your nets, seed 0, computed by NumPy with the stored weights in" in texts(app, "markdown")
    assert why not in texts(app, "markdown")
    before = app.session_state["train_drawn"]
    for _ in range(6):
        button(app, "A digit they disagree on").click().run()
        assert app.session_state["train_drawn"] != before
        said = texts(app, "markdown")
        assert re.search(r"A handwritten \d\. Without", said)
        pair = re.search(r"Without dropout: \*\*(\d)\*\* \(\d+ %\). With dropout: \*\*(\d)\*\*", said)
        assert pair[1] != pair[2], "the nets classify the image as it is, not scaled and centred like a drawing"
        assert "Of 100 passes with masks on" in said
        before = app.session_state["train_drawn"]


def test_five_seeds_get_an_interval_and_a_verdict():
    app = train(open_page(images="500", epochs="1", seeds="5", hidden="16-8"))
    assert "on average over 5 seeds (95 % interval" in texts(app, "markdown")
    assert "at least five seeds" not in app.header[0].value


def test_fewer_seeds_get_none():
    app = train(open_page(images="500", epochs="1", seeds="3"))
    assert "A verdict needs at least five seeds." in app.header[0].value
    assert "Over 3 seeds, dropout changes" not in texts(app, "markdown")


def upload(app, name, text):
    app.file_uploader[0].set_value((name, text.encode(), "application/json")).run()
    assert not app.exception
    return app


def test_a_run_card_sets_the_controls():
    card = recipe(epochs=3, rate=0.3, seeds=(4, 5), hidden=(64, 32)).to_json()
    app = upload(open_page(), "card.json", card)
    button(app, "Set the controls to this recipe").click().run()
    assert app.query_params["hidden"] == "64-32"
    assert app.query_params["seeds"] == "2"
    assert app.query_params["seed"] == "4"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("not json", "not a run card"),
        ('{"rate": 7}', "rate"),
        ("[" * 5000, "not a run card"),
        (recipe(learning_rate=0.004).to_json(), "cannot show the whole recipe"),
        (Recipe().to_json(), "different images"),
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
