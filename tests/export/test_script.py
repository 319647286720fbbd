"""Test that the stand-alone script matches the trainer, does not import this package, and is well formatted."""

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, OPTIMISERS, Recipe
from dropout_core.export.script import to_script
from dropout_core.export.script_template import ACCURACY_APART, LOSS_APART
from dropout_core.training import trainer

SMALL = Recipe(data="mnist-5k", images=300, epochs=2, hidden=(32, 16), batch=32, learning_rate=0.01, seeds=(0, 7))
TINY = replace(SMALL, images=64, epochs=1, hidden=(8,), seeds=(0,))
CONFIG = Path(__file__).parents[2] / "pyproject.toml"
OPTIONS = {
    "input rate, three layers": {"input_rate": 0.2, "hidden": (33, 17, 5)},
    "only input rate": {"input_rate": 0.3, "rate": 0.0, "seeds": (0,)},
    "L2 with Adam": {"weight_decay": 0.01, "arms": (NO_DROPOUT,)},
    "AdamW": {"weight_decay": 0.1, "decoupled": True},
    "decoupled, nothing to decay": {"decoupled": True, "arms": (DROPOUT,)},
    "max-norm": {"max_norm": 0.5, "batch": 64},
    "SGD": {"optimiser": "sgd", "learning_rate": 0.05},
    "SGD, momentum, L2": {"optimiser": "sgd", "momentum": 0.9, "weight_decay": 0.01},
    "SGD, decoupled, max-norm": {
        "optimiser": "sgd",
        "momentum": 0.5,
        "weight_decay": 0.1,
        "decoupled": True,
        "max_norm": 1.0,
    },
    "SGD, decoupled, annealed": {
        "optimiser": "sgd",
        "learning_rate": 0.05,
        "weight_decay": 0.1,
        "decoupled": True,
        "annealing": True,
        "arms": (DROPOUT,),
    },
    "pixels from 0 to 1, annealed": {"positive_pixels": True, "input_rate": 0.2, "annealing": True},
    "Gaussian noise": {"noise": "gaussian", "input_rate": 0.2},
    "masks after the ReLU": {"noise_at": "after ReLU", "seeds": (0,)},
    "Gaussian noise after the ReLU": {"noise": "gaussian", "noise_at": "after ReLU", "seeds": (0,)},
    "images drawn for each seed": {"subset": "drawn", "images": 300, "arms": (DROPOUT,)},
    "patience": {"patience": 1, "epochs": 12, "learning_rate": 0.03, "seeds": (0,)},
}


@pytest.fixture(scope="module")
def digits():
    return mnist.load("mnist-5k", Settings.from_env({}))


@pytest.fixture(scope="module", autouse=True)
def one_reading_of_the_file():
    """Cache the contents of the image file for scripts run in this process: reading takes longer than training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "loadtxt", lru_cache(np.loadtxt))
        yield


def trained(recipe, digits):
    return trainer.train(recipe, recipe.runs(), trainer.to_tensors(digits, recipe.pool, "cpu"))


def agree(printed, results, loss=1e-4, accuracy=0.0):
    """Check that the script printed one JSON object per run, with the trainer's numbers at the end of each epoch.

    loss, accuracy  largest differences, in nats and points; the accuracy may also differ by one image of 1,000
    """
    runs = [json.loads(line) for line in printed.splitlines()]
    assert [(run["arm"], run["seed"]) for run in runs] == [(r.run.arm, r.run.seed) for r in results]
    for run, result in zip(runs, results, strict=True):
        ends = [point for point in result.points if point.epoch_loss is not None and point.full_val_loss is not None]
        assert [epoch["epoch"] for epoch in run["epochs"]] == [point.epoch for point in ends]
        for epoch, point in zip(run["epochs"], ends, strict=True):
            for name in ("epoch_loss", "eval_loss", "full_val_loss"):
                assert epoch[name] == pytest.approx(getattr(point, name), abs=loss)
            assert epoch["full_val_accuracy"] == pytest.approx(point.full_val_accuracy, abs=accuracy + 0.1001)


def run_file(recipe, folder, *arguments):
    """Run the script in a folder outside this package, as a student would, and return its output."""
    path = folder / "experiment.py"
    path.write_text(to_script(recipe), "utf-8")
    done = run_path(path, *arguments, options=["-W", "error"], stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_path(path, *arguments, options=(), stdout, **variables):
    """Run this script on the CPU, with these Python options and an ASCII-only encoding."""
    command = [sys.executable, *options, path.name, "--device", "cpu", *arguments]
    env = os.environ | {"PYTHONIOENCODING": "ascii"} | variables
    return subprocess.run(
        command, cwd=path.parent, env=env, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=120
    )


def run_here(recipe, *arguments, optimize=-1):
    """Run the script in this process, which saves seconds, and return its output.

    optimize  1 as for python -O, 2 as for python -OO, which would compile all of PyTorch again
    """
    namespace, printed = {"__name__": "experiment", "__doc__": None}, io.StringIO()
    exec(compile(to_script(recipe), "experiment.py", "exec", optimize=optimize), namespace)
    with contextlib.redirect_stdout(printed):
        namespace["main"](["--device", "cpu", *arguments])
    return printed.getvalue()


def test_the_script_s_numbers_are_the_trainer_s(tmp_path, digits):
    agree(run_file(SMALL, tmp_path, "--json"), trained(SMALL, digits))


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_does_what_it_does_in_the_trainer(name, digits):
    recipe = replace(SMALL, **OPTIONS[name])
    results = trained(recipe, digits)
    agree(run_here(recipe, "--json"), results)
    if recipe.patience:
        assert all(result.stopped_early for result in results)


@pytest.mark.slow
@pytest.mark.parametrize("images", [1000, 4000])
def test_after_five_epochs_rounding_has_moved_the_numbers_by_no_more_than_the_script_says(images, digits):
    """The accuracy may also differ by 0.1 points, which corresponds to one of the 1,000 validation images."""
    recipe = Recipe(data="mnist-5k", images=images, epochs=5, seeds=(0,))
    agree(run_here(recipe, "--json"), trained(recipe, digits), loss=LOSS_APART, accuracy=ACCURACY_APART)
    assert f"{LOSS_APART} nats" in to_script(recipe)
    assert f"{ACCURACY_APART} points" in to_script(recipe)


def test_the_options_matter():
    """The previous test would not detect an option that both the trainer and the script ignore."""
    base = replace(SMALL, images=100, seeds=(0,), epochs=1, arms=(DROPOUT,))
    decay = {"weight_decay": 0.1}
    sgd = {"optimiser": "sgd"}
    gaussian = {"noise": "gaussian"}
    options = (
        {},
        gaussian,
        gaussian | {"noise_at": "after ReLU"},
        {"input_rate": 0.2},
        {"subset": "drawn"},
        {"max_norm": 0.5},
        decay,
        decay | {"decoupled": True},
        sgd,
        sgd | decay,
    )
    printed = [run_here(replace(base, **more), "--json") for more in (*options, sgd | {"momentum": 0.9})]
    losses = {json.loads(text.splitlines()[-1])["epochs"][-1]["epoch_loss"] for text in printed}
    assert len(losses) == len(printed)


def test_full_mnist_is_read_from_torchvision_s_folder(tmp_path, digits):
    """Put shortened files where torchvision looks for them, since torchvision does not check the number of images."""
    raw = tmp_path / "digits" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, images, labels in (
        ("train", digits.train_images[:500], digits.train_labels[:500]),
        ("t10k", digits.validation_images, digits.validation_labels),
    ):
        header = np.array([2051, len(images), 28, 28], ">i4").tobytes()
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(header[:3] + b"\x01" + header[4:8] + labels.tobytes())
    recipe = replace(SMALL, data="mnist", seeds=(0,))
    agree(run_file(recipe, tmp_path, "--json", "--data", "digits"), trained(recipe, digits))


def test_it_prints_a_table_and_saves_the_weights_that_the_trainer_keeps(tmp_path, digits):
    recipe = replace(SMALL, seeds=(0,), **{k: v for k, v in OPTIONS["patience"].items() if k != "seeds"})
    printed = run_here(recipe, "--save", str(tmp_path / "nets"))
    results = trained(recipe, digits)
    assert "val. acc." in printed.splitlines()[0]
    assert len(printed.splitlines()) == 1 + sum(p.epoch_loss is not None for r in results for p in r.points)
    for result in results:
        saved = torch.load(tmp_path / "nets" / f"{result.run.arm.replace(' ', '-')}-0.pt")
        assert set(saved) == set(result.weights)
        for name, weights in result.weights.items():
            assert np.allclose(saved[name].numpy(), weights, atol=1e-3)


def test_a_loss_that_is_no_number_ends_the_script_with_what_to_do():
    recipe = replace(SMALL, optimiser="sgd", learning_rate=10.0, momentum=0.99, epochs=20, weight_decay=1.0)
    with pytest.raises(SystemExit, match="lower learning rate"):
        run_here(recipe)


def test_without_mlxtend_the_script_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="mlxtend"):
        run_here(SMALL)


@pytest.mark.parametrize("optimize", [1, 2])
def test_without_docstrings_it_prints_the_same(optimize):
    assert run_here(TINY, "--json", optimize=optimize).count('"epochs"') == 2


def test_a_closed_pipe_ends_it_quietly_and_a_full_disk_in_one_line(tmp_path):
    path, (reader, writer) = tmp_path / "experiment.py", os.pipe()
    path.write_text(to_script(TINY), "utf-8")
    os.close(reader)
    try:
        done = run_path(path, stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")
    with open("/dev/full", "w") as full:
        done = run_path(path, stdout=full)
    assert (done.returncode, done.stderr) == (1, "cannot print: No space left on device\n")


def test_images_that_are_not_there_end_it_in_one_line(tmp_path):
    path = tmp_path / "experiment.py"
    path.write_text(to_script(TINY), "utf-8")
    done = run_path(path, "--data", "nowhere.csv.gz", stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, "error: nowhere.csv.gz not found.\n")


def test_a_failed_download_ends_it_in_one_line(tmp_path):
    path = tmp_path / "experiment.py"
    path.write_text(to_script(replace(TINY, data="mnist")), "utf-8")
    folder = tmp_path / "images"
    (folder / "MNIST" / "raw").mkdir(parents=True)
    done = run_path(path, "--data", str(folder), stdout=subprocess.PIPE, https_proxy="http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: Error downloading ")
    assert "Traceback" not in done.stderr


off = st.just(0.0)
recipes = {
    "data": st.sampled_from(["mnist", "mnist-5k"]),
    "images": st.integers(10, 4000),
    "rate": off | st.floats(0, 0.95),
    "input_rate": off | st.floats(0, 0.95),
    "hidden": st.lists(st.integers(1, 4096), min_size=1, max_size=4).map(tuple),
    "learning_rate": st.floats(1e-6, 10),
    "optimiser": st.sampled_from(OPTIMISERS),
    "momentum": off | st.floats(0, 0.999),
    "weight_decay": off | st.floats(0, 1),
    "decoupled": st.booleans(),
    "max_norm": off | st.floats(0, 1000),
    "patience": st.sampled_from([0, 5]),
    "seeds": st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=20, unique=True).map(tuple),
    "arms": st.sampled_from([ARMS, (DROPOUT,), (NO_DROPOUT,)]),
}


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries(recipes))
def test_every_recipe_gives_plain_python_that_holds_exactly_its_values(fields):
    recipe = Recipe(**fields)
    source = to_script(recipe)
    assert source.isascii()
    assert "#?" not in source
    assert "dropout_core" not in source
    constants = {
        node.targets[0].id: ast.unparse(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and node.targets[0].id.isupper()
    }
    for name in ("images", "epochs", "batch", "hidden", "learning_rate"):
        assert ast.literal_eval(constants[name.upper()]) == getattr(recipe, name)
    for name in ("weight_decay", "max_norm", "patience"):
        assert ast.literal_eval(constants.get(name.upper(), "0")) == getattr(recipe, name)
    assert ast.literal_eval(constants["RATES"]) == {arm: recipe.rate if arm == DROPOUT else 0 for arm in recipe.arms}
    assert tuple(eval(constants["SEEDS"], {"range": range})) == recipe.seeds


def test_seeds_in_a_row_are_a_range():
    assert "SEEDS = range(5)  #" in to_script(replace(SMALL, seeds=(0, 1, 2, 3, 4)))
    assert "SEEDS = range(3, 5)  #" in to_script(replace(SMALL, seeds=(3, 4)))
    assert "SEEDS = (7,)  #" in to_script(replace(SMALL, seeds=(7,)))
    assert "SEEDS = (1, 0)  #" in to_script(replace(SMALL, seeds=(1, 0)))


@pytest.mark.parametrize("style", [["--isolated"], ["--config", str(CONFIG)]], ids=["ruff's own", "this project's"])
def test_the_source_passes_ruff_as_it_is(style, tmp_path):
    """Check each option alone, all options together, few and many seeds, and both data sets.

    The scripts must pass with ruff's default settings and with this project's.
    """
    many = tuple(range(0, 2**31 - 1, 2**31 // 100))
    variants = [
        SMALL,
        Recipe(),
        replace(SMALL, seeds=many[:100]),
        *(replace(SMALL, **more) for more in OPTIONS.values()),
    ]
    variants += [replace(variant, data="mnist") for variant in variants if variant.data != "mnist"]
    everything = {"input_rate": 0.1, "max_norm": 1e-7, "patience": 3, "momentum": 0.9, "weight_decay": 1e-5}
    variants += [replace(SMALL, optimiser=o, decoupled=d, **everything) for o in OPTIMISERS for d in (True, False)]
    for i, recipe in enumerate(variants):
        (tmp_path / f"experiment_{i}.py").write_text(to_script(recipe), "utf-8")
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *style, str(tmp_path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
