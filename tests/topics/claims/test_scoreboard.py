"""Tests of the scoreboard and of the command that prints it."""

import json

import pytest

from dropout_core.cli.main import main
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims import scoreboard
from dropout_core.topics.claims.catalogue import CLAIMS, finding

KEYS = {
    "id",
    "claim",
    "verdict",
    "figure",
    "interval",
    "margin",
    "detectable",
    "seeds",
    "measure",
    "records",
    "evidence",
}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("DROPOUT_CACHE_DIR", str(tmp_path))


def test_each_claim_is_an_object_with_its_numbers(capsys):
    assert main(["claims", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == [claim.id for claim in CLAIMS]
    for row in rows:
        assert set(row) == KEYS
        found = finding(row["id"])
        assert row["verdict"] == found.text
        if found.evidence:
            first = found.evidence[0]
            assert (row["figure"], row["margin"], row["seeds"]) == (first.paired.mean, first.margin, first.n)
            assert row["interval"] == (None if first.estimate is None else [first.estimate.low, first.estimate.high])
        assert len(row["evidence"]) == len(found.evidence)


def test_in_a_terminal_every_claim_and_verdict_is_a_line(capsys):
    assert main(["claims"]) == 0
    text = capsys.readouterr().out
    assert all(f"{claim.id:4}" in text and finding(claim.id).verdict.value in text for claim in CLAIMS)
    assert max(map(len, text.splitlines())) <= 100


def test_a_record_that_cannot_be_read_has_no_verdict(monkeypatch, capsys):
    def broken(name):
        raise RecordError("damaged")

    monkeypatch.setattr(scoreboard, "finding", broken)
    assert main(["claims"]) == 1
    assert "its record cannot be read" in capsys.readouterr().out
    assert {row["verdict"] for row in scoreboard.rows()} == {None}
