"""Test that the command `reference` lists all experiments, and runs each study with the study's own program."""

from importlib import import_module

import pytest

from dropout_core.cli import main as command
from dropout_core.cli import reference
from dropout_core.cli.reference import NAMES, STUDIES
from dropout_core.data.mnist import Source
from dropout_core.experiments.catalogue import EXPERIMENTS


def test_the_list_names_all(capsys):
    assert command.main(["reference", "--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [*EXPERIMENTS, *STUDIES, "paper-scale"]
    assert set(names) < set(NAMES)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_run_by_its_own_program(name, monkeypatch, tmp_path):
    run = []
    monkeypatch.setenv("DROPOUT_STORE", str(tmp_path))
    monkeypatch.setattr(import_module(f"dropout_core.topics.{STUDIES[name][0]}"), "main", lambda: run.append(name))
    monkeypatch.setattr(reference, "find_images", lambda *_, **__: Source("mnist", tmp_path, "all"))
    assert command.main(["reference", name]) == 0
    assert run == [name]


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
