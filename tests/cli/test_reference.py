"""Test that the command `reference` lists all experiments, and runs each study with the study's own program."""

import os
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from dropout_core.cli import main as command
from dropout_core.cli import reference
from dropout_core.cli.reference import NAMES, STUDIES
from dropout_core.data.mnist import Source
from dropout_core.experiments.catalogue import EXPERIMENTS
from tests.architecture import ROOT, imports

ENGINES = ("engine", "trained_nets")


def test_the_list_names_all(capsys):
    assert command.main(["reference", "--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [*EXPERIMENTS, *STUDIES, *["paper-scale"] * 4]
    assert set(names) < set(NAMES)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_run_by_its_own_program(name, monkeypatch, tmp_path):
    run = []
    monkeypatch.setenv("DROPOUT_STORE", str(tmp_path))
    monkeypatch.setattr(import_module(f"dropout_core.topics.{STUDIES[name][0]}"), "main", lambda: run.append(name))
    monkeypatch.setattr(reference, "find_images", lambda *_, **__: Source("mnist", tmp_path, "all"))
    assert command.main(["reference", name]) == 0
    assert run == [name]


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_needs_no_arguments(name):
    signature(import_module(f"dropout_core.topics.{STUDIES[name][0]}").main).bind()


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="other systems have other priorities")
@pytest.mark.parametrize("name", STUDIES)
def test_what_trains_in_this_process_does_so_at_idle_priority(name, monkeypatch, tmp_path):
    """Dask must start at the usual priority; its workers lower their own."""
    seen, module = [], import_module(f"dropout_core.topics.{STUDIES[name][0]}")
    monkeypatch.setenv("DROPOUT_STORE", str(tmp_path))
    monkeypatch.setattr(module, "main", lambda: seen.append(os.sched_getscheduler(0)))
    monkeypatch.setattr(reference, "find_images", lambda *_, **__: Source("mnist", tmp_path, "all"))
    assert command.main(["reference", name]) == 0
    on_the_engine = any(starts_an_engine(Path(file)) for file in study_files(Path(module.__file__)))
    assert seen == [os.SCHED_OTHER if on_the_engine else os.SCHED_IDLE]
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def study_files(path: Path) -> list[Path]:
    """Return the study's file and those of the other studies that it imports."""
    others = [each.target for each in imports(path) if each.target.endswith("study")]
    return [path, *(ROOT / f"{name.replace('.', '/')}.py" for name in others)]


def starts_an_engine(path: Path) -> bool:
    return any(
        each.target in ("dropout_core.engine.engine", "dropout_core.engine.trained_nets") for each in imports(path)
    )


def test_an_unknown_name_is_refused(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DROPOUT_STORE", str(tmp_path))
    assert command.main(["reference", "everything"]) != 0
    assert "there is no experiment 'everything'" in capsys.readouterr().err


def test_records_that_could_not_be_written_are_not_trained(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DROPOUT_STORE", str(tmp_path))
    monkeypatch.setattr(reference, "FILES", tmp_path / "closed")
    monkeypatch.setattr(reference, "Store", None)  # nothing may be started
    assert command.main(["reference", "pitfalls"]) == 1
    assert f"error: this user may not write to {tmp_path / 'closed'}" in capsys.readouterr().err
