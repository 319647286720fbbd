"""Test that a read-only host shows stored results and trains nothing."""

import json
from functools import partial

import pytest

from dropout_core.cli import main as cli
from dropout_core.engine.grid_runner import run
from dropout_core.engine.job import Refused
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import COLUMNS, Point, Result
from dropout_core.experiments.sweep import Sweep
from dropout_core.storage.store import DONE, Store
from dropout_core.topics.pitfalls.catalogue import encode
from dropout_core.training.models import new_mlp
from dropout_core.ui import server
from tests.harness import button, forget_server, open_page, texts
from tests.weights import to_arrays

pytestmark = pytest.mark.slow

RECIPE = Recipe(data="mnist-5k", images=500, epochs=1)
SWEEP = Sweep(rates=(0.0, 0.5), widths=(4,), data="mnist-5k", images=100, epochs=1)
SAYS = "only shows stored results"
open_training = partial(open_page, "training", images="500", epochs="1", show="1")


@pytest.fixture(autouse=True)
def host(tmp_path, monkeypatch):
    for name in ("STORE", "CACHE_DIR"):
        monkeypatch.setenv(f"DROPOUT_{name}", str(tmp_path / name))
    monkeypatch.setenv("DROPOUT_DOWNLOAD", "0")
    monkeypatch.setenv("DROPOUT_READ_ONLY", "1")
    monkeypatch.delenv("DROPOUT_DATA_DIR", raising=False)
    forget_server()
    yield
    forget_server()


def keep(store: Store) -> None:
    store.start(RECIPE)
    for one in RECIPE.runs():
        values = dict.fromkeys(COLUMNS, 1.0) | {"arm": one.arm, "seed": one.seed, "step": 8}
        weights = to_arrays(new_mlp(one.seed, RECIPE.hidden))
        store.add(RECIPE, Result(one, [Point(**values)], weights, 1.0), {"torch": "2"})
    store.finish(RECIPE.key, DONE)


def test_no_comparison_and_no_sweep_is_begun():
    engine = server.engine()
    for visitor in ("", "me"):
        with pytest.raises(Refused, match=SAYS):
            engine.submit(RECIPE, visitor)
    with pytest.raises(Refused, match=SAYS):
        server.sweeps().start(SWEEP, "me")
    with pytest.raises(Refused, match=SAYS):  # raised immediately, without queueing
        run(SWEEP, engine)
    assert engine.find(RECIPE.key) is None


def test_no_workers_are_started():
    engine = server.engine()
    engine.warm().result(timeout=10)
    assert engine.cluster.client is engine.cluster.own is None


def test_a_stored_result_is_shown():
    keep(server.engine().store)
    app = open_training()
    assert app.get("table")
    assert len(app.get("vega_lite_chart")) == 5  # two of them in a fold
    assert not app.error
    assert "Answers from stored nets of this recipe, seed 0, computed by NumPy with the stored weights in" in texts(
        app, "markdown"
    )


@pytest.mark.parametrize(("page", "start"), [("training", "Start training"), ("rates", "Start")])
def test_whoever_wants_to_train_is_told_where(page, start):
    app = open_page(page)
    button(app, start).click().run()
    assert not app.exception
    assert SAYS in texts(app, "warning")
    assert "your own machine" in texts(app, "warning")


def test_the_pitfalls_page_trains_nothing():
    app = open_page("pitfalls", lab="train", picks=encode({"train": "A"}))
    assert SAYS in texts(app, "info")
    assert not [each for each in app.button if each.label == "Start"]


def test_the_command_line_refuses_in_one_line_and_still_prints_what_is_stored(capsys):
    flags = ["train", "--data", "mnist-5k", "--images", "500", "--epochs", "1", "--json"]
    assert cli.main(flags) == 1
    error = capsys.readouterr().err
    assert SAYS in error
    assert error.count("\n") == 1
    keep(server.engine().store)
    assert cli.main(flags) == 0
    assert json.loads(capsys.readouterr().out)["key"] == RECIPE.key
