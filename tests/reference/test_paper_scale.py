"""Test the record of the runs at the paper's scale, which grows run by run."""

import json

import pytest

from dropout_core.experiments.paper_scale import (
    DROPPED,
    EXPERIMENTS,
    GROUPS,
    NAME,
    PLAIN,
    SEEDS_OF,
    Piece,
    net,
    runs,
)
from dropout_core.experiments.results import Point, Result
from dropout_core.reference import paper_scale
from dropout_core.reference.records import RecordError


def result(label: str, seed: int, error: float = 1.25) -> Result:
    (run,) = net(label, (seed,)).runs()
    epochs = [(0.25, None), (1.0, 5.0), (167.0, error)]
    points = [
        Point(run.arm, seed, round(600 * e), e, 0.1, 0.1, 0.1, 99.0, full and 0.05, full and 100 - full, None, 60.0 * e)
        for e, full in epochs
    ]
    return Result(run, points, {}, 1234.56)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paper_scale, "FOLDER", tmp_path)
    return tmp_path


def write(label, seed, error=1.25):
    return paper_scale.write(
        Piece(NAME, label), result(label, seed, error), "2000-01-01", f"2000-01-02 {seed}", {"torch": str(seed)}
    )


def test_runs_are_written_one_by_one_and_read_together(folder):
    assert paper_scale.finished() == ()
    for label, seed in ((DROPPED, 100), (PLAIN, 101), (PLAIN, 100)):
        write(label, seed, seed / 100)
    names = (Piece(NAME, DROPPED).file(100), Piece(NAME, PLAIN).file(100), Piece(NAME, PLAIN).file(101))
    assert paper_scale.finished() == names, "in the order of training"
    record = paper_scale.load(names)
    assert list(record.trials) == [DROPPED, PLAIN]
    plain = record.trials[PLAIN]
    assert plain.recipe == net(PLAIN, (100, 101))
    assert plain.missing == []
    assert plain.provenance == {"torch": "101"}
    assert plain.points["epoch"].tolist() == [1, 167, 1, 167], "only points with all test images"
    assert (100 - plain.points["full_val_accuracy"]).tolist() == pytest.approx([5, 1, 5, 1.01])
    assert plain.runs["seconds"].tolist() == [1234.6, 1234.6]


def test_without_a_finished_run_the_record_is_empty(folder):
    assert paper_scale.load(paper_scale.finished()).trials == {}


@pytest.mark.parametrize("spoil", [lambda t: "{", lambda t: "{}", lambda t: t.replace('"epochs": 167', '"epochs": 3')])
def test_a_file_that_cannot_be_used_is_named(spoil, folder):
    path = write(PLAIN, 100)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(RecordError, match="paper-scale-no-dropout-100"):
        paper_scale.load((path.stem,))


def test_an_experiment_is_complete_when_its_last_run_is_finished(folder):
    pairs = runs(NAME)
    for piece, seed in pairs[:-1]:
        write(piece.label, seed)
    assert not paper_scale.complete(NAME)
    write(pairs[-1][0].label, pairs[-1][1])
    assert paper_scale.complete(NAME)
    assert paper_scale.all_finished() == paper_scale.finished()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_run_has_its_own_file_and_every_round_is_a_comparison(name):
    pairs = runs(name)
    assert len({piece.file(seed) for piece, seed in pairs}) == len(pairs) == len(GROUPS[name]) * len(SEEDS_OF[name])
    labels = [trial.label for trial in EXPERIMENTS[name].trials]
    assert [piece.label for piece, _ in pairs[: len(labels)]] == labels
    assert len({seed for _, seed in pairs[: len(labels)]}) == 1


def test_the_files_of_the_package_are_complete():
    for name in EXPERIMENTS:
        for file in paper_scale.finished(name):
            told = json.loads((paper_scale.FOLDER / f"{file}.json").read_text())
            assert {"torch", "commit", "hardware", "data_checksum", "device", "threads"} <= set(told["provenance"])
            assert not told["provenance"]["commit"].endswith("dirty")
            comparison = paper_scale.load((file,), name).trials[told["label"]]
            assert comparison.points["epoch"].max() == comparison.recipe.epochs
            assert comparison.recipe.seeds[0] in SEEDS_OF[name]
            assert told["label"] in GROUPS[name]
