"""Test that the package's records are complete, match the current recipes, and can be reproduced."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.experiment import Experiment, Trial
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.experiments.results import Point, Result
from dropout_core.reference import records
from dropout_core.reference.records import RecordError, load, recorded, write
from dropout_core.storage.store import DONE, Store
from dropout_core.training import trainer


def test_every_experiment_has_a_record():
    assert set(recorded()) == set(EXPERIMENTS)


@pytest.mark.parametrize("name", recorded())
def test_every_experiment_has_its_record_with_all_runs_and_provenance(name):
    record = load(name)
    assert name in recorded()
    for label, recipe in record.experiment.trials:
        found = record.trials[label]
        assert found.recipe == recipe
        assert not found.missing
        assert {"torch", "commit", "hardware", "data_checksum", "device"} <= set(found.provenance)
        ends = found.points.groupby(["arm", "seed"])["epoch"].max()
        assert len(ends) == len(recipe.runs())
        stopped = found.runs.set_index(["arm", "seed"])["stopped_early"]
        assert ((ends == recipe.epochs) | stopped.loc[ends.index]).all()
        assert np.isfinite(found.points[["train_loss", "full_val_loss", "full_val_accuracy"]]).all(axis=None)


PIECES = [
    ("small", "small", 1, 3),
    ("variants", "Gaussian", 0, 3),
    ("variants", "DropConnect", 0, 3),
    ("regularisers", "augmentation", 1, 2),
]


@pytest.mark.parametrize(("name", "label", "run", "epochs"), PIECES)
def test_a_piece_of_a_record_repeated_gives_the_same_numbers(name, label, run, epochs):
    """Repeat the first epochs of one run, on the same images as in the record."""
    found = load(name).trials[label]
    settings = Settings.from_env()
    if mnist.locate(settings).data != "mnist":
        pytest.skip("the reference runs are on full MNIST; set DROPOUT_DATA_DIR")
    digits = mnist.load("mnist", settings)
    assert digits.checksum == found.provenance["data_checksum"]
    again = _again(found.recipe, run, epochs, digits)
    before = found.points[(found.points["arm"] == again.run.arm) & (found.points["seed"] == again.run.seed)]
    (expected,) = before[before["epoch"] == epochs].to_dict("records")
    last = again.points[-1]
    assert last.train_loss == pytest.approx(expected["train_loss"], rel=2e-3)
    assert last.full_val_loss == pytest.approx(expected["full_val_loss"], rel=2e-3)
    assert last.full_val_accuracy == pytest.approx(expected["full_val_accuracy"], abs=0.1)


def _again(recipe: Recipe, run: int, epochs: int, digits) -> Result:
    piece = replace(recipe, epochs=epochs, seeds=recipe.seeds[:1])
    return trainer.train(piece, [piece.runs()[run]], trainer.to_tensors(digits, piece.images, "cpu"))[0]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Set up a store with an experiment of two trials, and a folder for its record."""
    recipes = [Recipe(data="mnist-5k", images=100, epochs=1, rate=rate, arms=(DROPOUT,)) for rate in (0.1, 0.2)]
    experiment = Experiment("tiny", "Two rates", tuple(Trial(f"rate {r.rate}", r) for r in recipes))
    store = Store(tmp_path / "store")
    for recipe in recipes:
        store.start(recipe)
        for run in recipe.runs():
            store.add(recipe, Result(run, list(_points(run)), {"a": np.zeros(1, np.float32)}, 1.234), {"torch": "x"})
        store.finish(recipe.key, DONE)
    monkeypatch.setitem(EXPERIMENTS, "tiny", experiment)
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    load.cache_clear()
    yield experiment, store, tmp_path
    store.close()
    load.cache_clear()


def _points(run):
    for step, full in ((1, None), (2, 1 / 3)):
        yield Point(run.arm, run.seed, step, step / 2, 0.5, 0.4, 0.3, 90.0, full, full and 91.5, full, 0.1)


def test_what_is_written_is_read_again_but_for_the_points_of_samples(small):
    experiment, store, folder = small
    write(experiment, store, folder)
    found = load("tiny").trials["rate 0.2"]
    assert found.recipe == experiment.trials[1].recipe
    assert found.provenance == {"torch": "x"}
    assert found.runs["seconds"].tolist() == [1.234]
    (row,) = found.points.to_dict("records")
    assert (row["step"], row["full_val_loss"], row["full_val_accuracy"]) == (2, 0.33333, 91.5)


def test_a_recorded_comparison_is_found_by_its_key(small):
    experiment, store, folder = small
    assert records.by_key(experiment.trials[0].recipe.key) is None
    write(experiment, store, folder)
    found = records.by_key(experiment.trials[0].recipe.key)
    assert found.recipe == experiment.trials[0].recipe
    assert records.by_key("0" * 16) is None
    (folder / "tiny.csv.gz").write_bytes(b"noise")
    load.cache_clear()
    assert records.by_key(experiment.trials[0].recipe.key) is None


def test_a_recorded_recipe_is_found_by_one_with_other_seeds(small):
    experiment, store, folder = small
    recipe = experiment.trials[0].recipe
    assert records.like(replace(recipe, seeds=(7,))) is None
    write(experiment, store, folder)
    assert records.like(replace(recipe, seeds=(7,))).recipe == recipe
    assert records.like(replace(recipe, rate=0.35)) is None


def test_two_nets_that_were_recorded_apart_are_put_together():
    without = load("rates").trials["rate 0"]
    found = records.like(replace(without.recipe, arms=ARMS, rate=0.3, seeds=(7,)))
    assert found.recipe == replace(without.recipe, arms=ARMS, rate=0.3)
    expected = {"no dropout": without, "dropout": load("rates").trials["rate 0.3"]}
    for arm, part in expected.items():
        points = found.points[found.points["arm"] == arm]
        assert points["full_val_loss"].tolist() == part.points["full_val_loss"].tolist()
        assert len(found.runs[found.runs["arm"] == arm]) == len(part.runs)
    assert records.like(replace(found.recipe, rate=0.35)) is None


def test_writing_twice_gives_the_same_bytes(small):
    experiment, store, folder = small
    write(experiment, store, folder)
    first = {path.name: path.read_bytes() for path in folder.glob("tiny.*")}
    write(experiment, store, folder)
    assert {path.name: path.read_bytes() for path in folder.glob("tiny.*")} == first


def test_an_unfinished_experiment_is_not_written(small):
    experiment, store, folder = small
    store.forget(experiment.trials[1].recipe.key)
    with pytest.raises(RecordError, match=r"rate 0\.2.*not finished"):
        write(experiment, store, folder)
    assert not (folder / "tiny.json").exists()


def other_recipe(folder):
    said = json.loads((folder / "tiny.json").read_text())
    said["trials"][0]["recipe"]["epochs"] = 2
    (folder / "tiny.json").write_text(json.dumps(said))


def cut(file):
    file.write_bytes(file.read_bytes()[:-20])


def damaged_inside(file):
    whole = bytearray(file.read_bytes())
    whole[20:40] = bytes(20)
    file.write_bytes(whole)


DAMAGE = {
    "gone": lambda folder: (folder / "tiny.json").unlink(),
    "no JSON": lambda folder: (folder / "tiny.json").write_text("{"),
    "no trials": lambda folder: (folder / "tiny.json").write_text("{}"),
    "noise": lambda folder: (folder / "tiny.csv.gz").write_bytes(b"noise"),
    "cut": lambda folder: cut(folder / "tiny.csv.gz"),
    "damaged inside": lambda folder: damaged_inside(folder / "tiny.csv.gz"),
    "other recipes": other_recipe,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_record_is_an_error_that_names_it(damage, small):
    experiment, store, folder = small
    write(experiment, store, folder)
    DAMAGE[damage](folder)
    with pytest.raises(RecordError, match="tiny"):
        load("tiny")
