"""Test that the command `export` explains what it cannot do. tests/e2e/test_static_site.py tests what it writes."""

import sys
import tomllib
from pathlib import Path

import pytest

from dropout_core.cli import export
from dropout_core.cli.main import main

ROOT = Path(__file__).parents[2]


def test_a_missing_package_gives_one_sentence_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert main(["export", str(tmp_path / "site")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: vl_convert is not installed; to write the static edition, run: pip install ")
    assert not (tmp_path / "site").exists()


def test_the_command_names_the_packages_of_the_extra():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert sorted(each.split(">")[0] for each in extras["export"]) == sorted(export.PACKAGES)


def test_an_occupied_folder_is_refused_before_any_page_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine").write_text("kept")
    assert main(["export", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"error: the folder {tmp_path} is not empty; name a new or an empty folder"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
