"""Tests of the command line: training, printed output, written files and errors."""

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dropout_core.cli import main as cli
from dropout_core.experiments.recipe import DROPOUT, Recipe
from dropout_core.experiments.results import COLUMNS, Point, Result
from dropout_core.export.notebook import to_notebook
from dropout_core.export.run_card import LIMIT, recipe_of
from dropout_core.export.script import to_script
from dropout_core.storage.store import DONE, Store

RECIPE = Recipe(data="mnist-5k", images=60, epochs=1, rate=0.3, hidden=(8, 4), seeds=(0, 1))
FLAGS = ["--data", "mnist-5k", "--images", "60", "--epochs", "1", "--rate", "0.3", "--hidden", "8,4", "--seeds", "2"]


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("DROPOUT_")]:
        monkeypatch.delenv(name)
    for name, value in {"STORE": tmp_path / "store", "CACHE_DIR": tmp_path / "cache", "DOWNLOAD": "0"}.items():
        monkeypatch.setenv(f"DROPOUT_{name}", str(value))


@pytest.fixture
def made(tmp_path):
    """Put RECIPE, and a variant of it with one arm and one seed, into the store.

    The losses are 1.0 for seed 0 and 1.5 for seed 1.
    """
    store = Store(tmp_path / "store")
    for recipe in (RECIPE, replace(RECIPE, seeds=(0,), arms=(DROPOUT,))):
        store.start(recipe)
        for run in recipe.runs():
            values = dict.fromkeys(COLUMNS, 1 + run.seed / 2) | {"arm": run.arm, "seed": run.seed, "step": 1}
            weights = {"layers.0.bias": np.zeros(8, "f4")}
            store.add(recipe, Result(run, [Point(**values)], weights, 2.0), {"torch": "2", "data_checksum": "0123"})
        store.finish(recipe.key, DONE)
    store.close()


@pytest.fixture
def recipe_file(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(RECIPE.to_json())
    return str(path)


def fails(capsys, *arguments):
    """Run a command that must fail with one line on stderr, and return that line without "error: "."""
    assert cli.main(list(arguments)) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err.removeprefix("error: ").rstrip()


@pytest.mark.slow
def test_a_real_run_from_flags_to_card_and_back(tmp_path):
    """One process trains a comparison. A second one, with an empty store, reproduces the numbers from the run card."""
    cards, small = [], ["--images", "60", "--epochs", "1", "--hidden", "8,4", "--learning-rate", "0.01"]
    for i, flags in enumerate((small, ["--recipe", str(tmp_path / "0.json")])):
        card = tmp_path / f"{i}.json"
        command = [sys.executable, "-m", "dropout_core", "train", *flags, "--card", str(card)]
        env = os.environ | {"DROPOUT_STORE": str(tmp_path / f"store {i}"), "DROPOUT_WORKERS": "1"}
        root = Path(__file__).parents[2]
        done = subprocess.run(command, env=env, cwd=root, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        assert re.search(r"^dropout +\d\.\d{4} ", done.stdout, re.MULTILINE)
        cards.append(json.loads(card.read_text()))
    for card in cards:
        assert card["provenance"]["torch"] >= "2"
        for run in card["runs"]:
            run.pop("seconds")
    assert cards[0]["key"] == cards[1]["key"]
    assert cards[0]["recipe"]["hidden"] == [8, 4]
    for one, other in zip(cards[0]["runs"], cards[1]["runs"], strict=True):
        assert one == pytest.approx(other, abs=1e-4) or one == other


def test_a_stored_comparison_of_two_seeds_is_told_as_means_and_extreme_runs_without_a_verdict(made, capsys):
    assert cli.main(["train", *FLAGS]) == 0
    head, none, dropout, data, verdict = capsys.readouterr().out.splitlines()
    assert verdict == "A verdict needs at least five seeds."
    assert data.endswith("of the 5,000-image subset")
    assert head.split() == ["2", "seeds", "train", "loss", "val.", "loss", "val.", "acc.,", "%", "seconds"]
    assert re.split(r" {2,}", dropout) == [
        "dropout",
        *["1.2500 (1.0000 to 1.5000)"] * 2,
        "1.25 (1.00 to 1.50)",
        "2.0 (2.0 to 2.0)",
    ]
    assert none.startswith("no dropout ")
    assert len(head) == len(none) == len(dropout)


def test_one_arm_and_seed_is_one_line_of_plain_numbers(made, capsys, monkeypatch):
    text = replace(RECIPE, seeds=(0,), arms=(DROPOUT,)).to_json().encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert cli.main(["train", "--recipe", "-"]) == 0
    _, line, _ = capsys.readouterr().out.splitlines()
    assert line.split() == ["dropout", "1.0000", "1.0000", "1.00", "2.0"]


def test_json_has_every_run(made, capsys):
    assert cli.main(["train", "--json", *FLAGS]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["key"], printed["status"], printed["provenance"]["torch"]) == (RECIPE.key, DONE, "2")
    assert [(run["seed"], run["full_val_loss"]) for run in printed["runs"]] == [(0, 1), (0, 1), (1, 1.5), (1, 1.5)]


@pytest.fixture
def bad_data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("DROPOUT_DATA_DIR", str(tmp_path / "missing"))
    monkeypatch.setattr(Store, "start", lambda *_: pytest.fail("a training run has started"))


def test_a_data_folder_that_cannot_be_used_is_an_error_of_every_training_on_mnist(bad_data_dir, tmp_path, capsys):
    path = tmp_path / "mnist.json"
    path.write_text(replace(RECIPE, data="mnist").to_json())
    for flags in (["train"], ["train", "--data", "mnist"], ["train", "--recipe", str(path)]):
        assert fails(capsys, *flags).startswith("DROPOUT_DATA_DIR cannot be used: ")
    for flags in (["sweep"], ["sweep", "--data", "mnist"]):
        assert fails(capsys, *flags).startswith("DROPOUT_DATA_DIR cannot be used: ")


def test_the_subset_needs_no_data_folder(made, tmp_path, monkeypatch):
    monkeypatch.setenv("DROPOUT_DATA_DIR", str(tmp_path / "missing"))
    assert cli.main(["train", *FLAGS]) == 0


@pytest.mark.parametrize("command", ["claims", "reference --list", "script --data mnist"])
def test_what_reads_no_settings_needs_no_valid_ones(command, monkeypatch, capsys):
    monkeypatch.setenv("DROPOUT_CACHE_DIR", "nowhere/relative")
    assert cli.main(command.split()) == 0
    assert capsys.readouterr().out


def test_a_card_is_written_and_its_recipe_is_found_again(made, tmp_path, capsys, recipe_file):
    card = tmp_path / "card.json"
    assert cli.main(["train", "--recipe", recipe_file, "--card", str(card)]) == 0
    assert recipe_of(card.read_bytes()) == RECIPE
    first = capsys.readouterr().out
    assert cli.main(["train", "--recipe", str(card)]) == 0
    assert capsys.readouterr().out == first


def test_a_card_that_cannot_be_written_is_an_error_after_the_numbers(made, tmp_path, capsys):
    assert cli.main(["train", *FLAGS, "--card", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert "dropout" in printed.out
    assert "cannot be written" in printed.err


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--rate", "0"], "--rate"),
        (["--learning-rate", "0.1"], "--learning-rate"),
        (["--seed", "0"], "--seed"),
        (["--seeds", "3"], "--seeds"),
        (["--hidden", "8"], "--hidden"),
        (["--data", "mnist-5k", "--images", "60", "--epochs", "1"], "--epochs, --images, --data"),
    ],
)
def test_a_recipe_file_and_flags_that_say_the_same_exclude_each_other(flags, named, recipe_file, capsys):
    text = fails(capsys, "train", "--recipe", recipe_file, *flags)
    assert text == f"--recipe already sets every field; omit {named}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is not JSON"),
        ('{"rate": 3}', "recipe: rate must be a number from 0 to 0.95"),
        ("x" * (LIMIT + 9), "at most 100,000 characters"),
        ('{"format": "dropout-explainer run card", "version": "2.0"}', "version: 2.0 is too new"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(text, message, recipe_file, capsys):
    Path(recipe_file).write_text(text)
    assert message in fails(capsys, "train", "--recipe", recipe_file)


def test_a_file_that_is_not_there_is_named(capsys):
    assert fails(capsys, "train", "--recipe", "nowhere.json") == (
        "nowhere.json cannot be read (No such file or directory)"
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--rate", "2"], "rate must be"),
        (["--seeds", "0"], "seeds must be 1 to 100"),
        (["--seeds", "1000000000000"], "seeds must be 1 to 100"),
        (["--seed", "-1"], "seeds must be"),
        (["--hidden", "8,0"], "hidden must be"),
        (["--images", "0"], "images must be"),
        (["--images", "4001"], "images must be a whole number from 10 to 4,000"),
    ],
)
def test_flags_that_make_no_recipe_are_refused(flags, message, capsys):
    assert message in fails(capsys, "train", *flags)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--hidden", "8;4"], "layer widths must be written like 256,128"),
        (["--seeds", "many"], "the number of seeds must be a whole number"),
        (["--seed", "1", "--seeds", "2"], "not allowed with"),
    ],
)
def test_flags_that_cannot_be_read_end_with_the_usage(flags, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["train", *flags])
    assert message in capsys.readouterr().err


def test_a_setting_that_cannot_be_is_an_error(monkeypatch, capsys):
    monkeypatch.setenv("DROPOUT_WORKERS", "none")
    assert "DROPOUT_WORKERS" in fails(capsys, "data")


def test_script_prints_the_recipe_s_script(recipe_file, capsys):
    assert cli.main(["script", "--recipe", recipe_file]) == 0
    assert capsys.readouterr().out == to_script(RECIPE)


def test_without_flags_it_is_the_articles_comparison_on_the_data_at_hand(capsys):
    assert cli.main(["script"]) == 0
    assert capsys.readouterr().out == to_script(Recipe(data="mnist-5k", images=4000))


def test_data_says_what_was_found_and_what_was_passed_over(capsys):
    assert cli.main(["data"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "the 5,000-image subset: no download was possible"
    assert "skipped" in rest[-1]


def test_script_prints_the_recipe_s_notebook(recipe_file, capsys):
    assert cli.main(["script", "--notebook", "--recipe", recipe_file]) == 0
    assert capsys.readouterr().out == to_notebook(RECIPE)
