"""The command that opens the app, tested with a fake Streamlit; tests/test_package.py starts the real server."""

import runpy
import sys
from pathlib import Path

import pytest

from dropout_core.cli import main as cli

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def calls(monkeypatch) -> list[list[str]]:
    """Return the list of command lines with which Streamlit is called."""
    lines: list[list[str]] = []
    monkeypatch.setattr(sys, "argv", ["dropout-explainer"])
    monkeypatch.setattr(runpy, "run_module", lambda name, **_: lines.append([name, *sys.argv[1:]]))
    return lines


def test_open_hands_its_options_to_streamlit(calls):
    assert cli.main(["open", "--server.port=8600", "--help"]) == 0
    assert calls == [["streamlit", "run", str(APP), "--server.port=8600", "--help"]]


def test_the_console_command_opens_the_app_unless_it_is_told_otherwise(calls, capsys):
    assert cli.console() == 0
    assert calls == [["streamlit", "run", str(APP)]]
    sys.argv = ["dropout-explainer", "--help"]
    with pytest.raises(SystemExit):
        cli.console()
    assert capsys.readouterr().out.startswith("usage: dropout-explainer ")
    assert len(calls) == 1
