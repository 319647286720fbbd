"""Test that the log on stderr has one line per event, as text or JSON, and contains nothing about readers."""

import json
import logging
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from dropout_core.common import logs

ROOT = Path(__file__).parents[2]
log = logging.getLogger("dropout_core.test")


@pytest.fixture(autouse=True)
def restored():
    ours = logging.getLogger("dropout_core")
    before = ours.handlers[:], ours.level
    yield
    ours.handlers[:] = before[0]
    ours.setLevel(before[1])


def written(capsys, kind: str) -> str:
    logs.set_up(kind)
    log.info("job %s done", "0123", extra={"event": "done", "key": "0123", "seconds": 1.5, "visitor": "me"})
    return capsys.readouterr().err


def test_json_is_one_object_a_line_with_what_is_known_of_the_event(capsys):
    line = written(capsys, "json")
    entry = json.loads(line)
    assert line.count("\n") == 1
    assert datetime.fromisoformat(entry.pop("time")).tzinfo is not None
    expected = {"level": "INFO", "event": "done", "key": "0123", "seconds": 1.5, "message": "job 0123 done"}
    assert entry == expected, "and nothing else"


def test_text_is_one_line_with_time_and_level(capsys):
    line = written(capsys, "text")
    assert line.endswith(" INFO job 0123 done\n")
    assert datetime.fromisoformat(line.split()[0])


def test_a_traceback_is_part_of_the_line_in_json(capsys):
    logs.set_up("json")
    try:
        raise ValueError("no\nsuch thing")
    except ValueError:
        log.warning("it\nfailed", exc_info=True)
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "no\nsuch thing" in json.loads(line)["traceback"]
    assert json.loads(line)["event"] == "note"


def test_a_traceback_follows_in_text(capsys):
    logs.set_up("text")
    try:
        raise ValueError("no such thing")
    except ValueError:
        log.warning("it failed", exc_info=True)
    assert capsys.readouterr().err.rstrip().endswith("ValueError: no such thing")


def test_setting_up_again_changes_the_kind_and_doubles_nothing(capsys):
    written(capsys, "text")
    assert json.loads(written(capsys, "json"))


@pytest.mark.slow
def test_importing_sets_nothing_up():
    modules = "dropout_core.common.logs, dropout_core.engine.engine"
    code = f"import logging, {modules}; print(logging.getLogger('dropout_core').handlers)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_a_stream_that_takes_nothing_more_costs_the_line_alone(monkeypatch):
    class Broken:
        def write(self, text):
            raise BrokenPipeError

    logs.set_up("text")
    monkeypatch.setattr(sys, "stderr", Broken())
    log.info("lost")
