"""Synthetic records at the paper's scale, for which the expected findings are known exactly."""

from dropout_core.experiments.paper_scale import BOUNDED, DROPPED, NAME, PLAIN, SEEDS, SMALL, Piece, net
from dropout_core.experiments.results import Point, Result
from dropout_core.reference import paper_scale
from dropout_core.reference.records import Record

PUBLISHED = {SMALL: 1.60, PLAIN: 1.60, DROPPED: 1.25, BOUNDED: 1.06}
NOISE = (-0.03, 0.02, 0.01, -0.02, 0.02)  # added to each seed's error; their mean is 0
EPOCHS = (0.25, 1, 9, 90, 99, 162, 167)


def result(label: str, seed: int, error: float, seconds: float = 1800.0) -> Result:
    """Make a finished run whose error falls to `error` at its last point."""
    (run,) = net(label, (seed,)).runs()
    errors = {epoch: error * (1 + 4 / epoch - 4 / 167) for epoch in EPOCHS}
    points = [
        Point(run.arm, seed, round(600 * epoch), epoch, 0.1, 0.1, 0.1, 99.0, 0.05, 100 - wrong, 0.1, 60.0 * epoch)
        for epoch, wrong in errors.items()
    ]
    return Result(run, points, {}, seconds)


def write(label: str, seed: int, error: float, seconds: float = 1800.0) -> None:
    """Write the file of one run to paper_scale.FOLDER, which a test must have set."""
    made = dict.fromkeys(("torch", "commit", "hardware", "data_checksum", "device", "threads"), "x")
    paper_scale.write(Piece(NAME, label), result(label, seed, error, seconds), "2000-01-01", f"2000-01-02 {seed}", made)


def written(seeds: int = len(SEEDS), **errors: float) -> Record:
    """Write the runs of the first seeds of the nets named by these keys, and load them as one record."""
    labels = {"small": SMALL, "plain": PLAIN, "dropped": DROPPED, "bounded": BOUNDED}
    for key, error in errors.items():
        for i, seed in enumerate(SEEDS[:seeds]):
            write(labels[key], seed, error + NOISE[i] * (1 + 0.5 * (key == "dropped")))
    return paper_scale.load(paper_scale.finished())
