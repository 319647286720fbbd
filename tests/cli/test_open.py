"""Test the command that opens the app with a fake Streamlit; tests/test_package.py starts the real server."""

import sys
from pathlib import Path

import click
import pytest
from streamlit.web import cli as streamlit

from dropout_core.cli import main as cli
from dropout_core.cli.output import guarded

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def calls(monkeypatch) -> list[list[str]]:
    """Return the list of command lines with which Streamlit is called."""
    lines: list[list[str]] = []
    monkeypatch.setattr(sys, "argv", ["dropout-explainer"])
    monkeypatch.setattr(streamlit.main, "main", lambda arguments, **_: lines.append(arguments))
    return lines


def test_open_hands_its_options_to_streamlit(calls):
    assert cli.main(["open", "--server.port=8600", "--help"]) == 0
    assert calls == [["run", str(APP), "--server.port=8600", "--help"]]


def test_the_console_command_opens_the_app_unless_it_is_told_otherwise(calls, capsys):
    assert cli.console() == 0
    assert calls == [["run", str(APP)]]
    sys.argv = ["dropout-explainer", "--help"]
    with pytest.raises(SystemExit):
        cli.console()
    assert capsys.readouterr().out.startswith("usage: dropout-explainer ")
    assert len(calls) == 1


def test_ctrl_c_stops_it_in_one_line(monkeypatch, capsys):
    def interrupted(*_: object, **__: object) -> None:
        raise click.Abort  # Streamlit's command line turns KeyboardInterrupt into this error

    monkeypatch.setattr(streamlit.main, "main", interrupted)
    assert guarded(lambda: cli.main(["open"])) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_option_is_an_error_of_streamlit(capsys):
    assert cli.main(["open", "--nonsense"]) == 2
    assert "No such option" in capsys.readouterr().err
