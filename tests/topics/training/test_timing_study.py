"""Test that timing the loops alternates the order, and continues an interrupted attempt of the same program only."""

import json

import pytest

from dropout_core.common import provenance
from dropout_core.experiments.recipe import ARMS, DROPOUT
from dropout_core.topics.training import timing_study


class Stopped(BaseException):
    """Stands for Ctrl-C."""


def counted(calls, stop_after=None):
    """Return a loop that notes its calls, and is interrupted after some of them."""

    def loop(arm, seed):
        if len(calls) == stop_after:
            raise Stopped
        calls.append((arm, seed))

    return loop


def test_one_run_warms_up_and_the_order_alternates():
    calls = []
    done = timing_study.pairs(counted(calls), 4)
    assert calls[0] == (DROPOUT, 4)
    firsts = [calls[1 + 2 * seed] for seed in range(4)]
    assert firsts == [(ARMS[1], 0), (ARMS[0], 1), (ARMS[1], 2), (ARMS[0], 3)]
    assert [set(pair) for pair in done] == [set(ARMS)] * 4


def test_an_interrupted_attempt_is_continued(tmp_path):
    file, first, second = tmp_path / "new" / "unfinished.json", [], []
    with pytest.raises(Stopped):
        timing_study.time_all({"a": counted(first), "b": counted(first, 7 + 6)}, file, 3)  # in the third pair of b
    kept = json.loads(file.read_text())["loops"]
    assert [len(kept[name]) for name in "ab"] == [3, 2]
    made = timing_study.time_all({"a": counted(second), "b": counted(second)}, file, 3)
    assert second == [(DROPOUT, 3), (ARMS[1], 2), (ARMS[0], 2)]
    assert made["loops"]["a"] == kept["a"]
    assert made["loops"]["b"][:2] == kept["b"]
    assert len(made["loops"]["b"]) == 3


@pytest.mark.parametrize("what", ["hardware", "commit", "damaged"])
def test_an_attempt_elsewhere_or_by_other_code_is_not_continued(what, tmp_path, monkeypatch):
    file, calls = tmp_path / "unfinished.json", []
    timing_study.time_all({"a": counted([])}, file, 2)
    if what == "hardware":
        monkeypatch.setattr(provenance, "processor", lambda: "another processor")
    elif what == "commit":
        monkeypatch.setattr(provenance, "software", lambda: {"commit": "another"})
    else:
        file.write_text("{")
    timing_study.time_all({"a": counted(calls)}, file, 2)
    assert len(calls) == 5


def test_the_file_is_written_and_the_unfinished_one_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("DROPOUT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(timing_study, "TIMES", tmp_path / "times.json")
    monkeypatch.setattr(timing_study, "load", lambda data, settings: None)
    monkeypatch.setattr(timing_study, "loops", lambda digits: {"a": counted([])})
    timing_study.main()
    record = json.loads((tmp_path / "times.json").read_text())
    assert len(record["loops"]["a"]) == timing_study.PAIRS
    assert {"commit", "hardware", "ended"} <= set(record["provenance"])
    assert [path.name for path in tmp_path.iterdir()] == ["times.json"]
