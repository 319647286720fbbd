"""Test that the command `sweep` trains a grid with the real engine, and trains no cell twice."""

import json

import pytest

from dropout_core.cli.main import main


def test_the_command_trains_the_grid_and_resumes(tmp_path, monkeypatch, capsys):
    for name, value in {"STORE": tmp_path / "store", "CACHE_DIR": tmp_path, "DOWNLOAD": "0", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"DROPOUT_{name}", str(value))
    monkeypatch.delenv("DROPOUT_DATA_DIR", raising=False)
    flags = ["--rates", "0,0.5", "--widths", "4,8", "--seeds", "5", "--images", "100", "--epochs", "1"]
    assert main(["sweep", *flags]) == 0
    assert "* best rate for its width" in capsys.readouterr().out
    monkeypatch.setattr("dropout_core.engine.engine.Engine.submit", lambda *_: pytest.fail("trained again"))
    assert main(["sweep", *flags, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [cell["seeds"] for cell in summary["cells"]] == [5] * 4
    assert {column: len(bests) for column, bests in summary["best"].items()} == {"accuracy": 2, "loss": 2}
    assert set(summary["verdict"]) == {"accuracy", "loss"}
    assert main(["sweep", "--rates", "many"]) == 1
    assert "rates must be written like" in capsys.readouterr().err
