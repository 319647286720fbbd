"""Trains a net that underfits and one that overfits, with dropout in the first or in the last part of the training.

`python -m dropout_core.topics.today.early_study` writes the files that early_record.py reads, after every net, and
resumes where it stopped. The pilot comes first; the rates in early_record.REGIMES were chosen by it.
"""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.numerics.inference import pixels
from dropout_core.topics.today.early_record import (
    FILE,
    HELD_OUT,
    NONE,
    PILOT_FILE,
    PILOT_RATES,
    PILOT_SEEDS,
    REGIMES,
    SCHEDULES,
    SEEDS,
    Regime,
    rate_at,
)

_SUBSET, _ORDER = 3, 0  # random streams within one seed


class Images(NamedTuple):
    """Images as rows of pixels, with their labels."""

    x: Float[Tensor, "n pixels"]
    y: Int[Tensor, "n"]


class Case(NamedTuple):
    """One net to be trained."""

    regime: str
    schedule: str
    rate: float
    seed: int


class Net(nn.Module):
    """Dense layers with ReLU, and dropout at a rate that may change at every step."""

    def __init__(self, inputs: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        sizes = (inputs, *hidden, 10)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in zip(sizes, sizes[1:], strict=False))

    def forward(self, x: Float[Tensor, "n inputs"], rate: float = 0.0) -> Float[Tensor, "n 10"]:
        *hidden, last = self.layers
        for layer in hidden:
            x = F.dropout(F.relu(layer(x)), rate, training=rate > 0)
        return last(x)


def train(regime: Regime, schedule: str, rate: float, images: Images, seed: int) -> Net:
    """Train one net. Nets of one seed share initial weights and order; the learning rate falls linearly to 0."""
    torch.manual_seed(seed)
    net = Net(images.x.shape[1], regime.hidden)
    optimiser = torch.optim.Adam(net.parameters(), regime.learning_rate, fused=True)
    order = np.random.default_rng((seed, _ORDER))
    batches = [batch for _ in range(regime.epochs) for batch in _epoch(order, images, regime.batch)]
    for step, batch in enumerate(batches):
        done = step / len(batches)
        optimiser.param_groups[0]["lr"] = regime.learning_rate * (1 - done)
        optimiser.zero_grad()
        F.cross_entropy(net(images.x[batch], rate_at(schedule, rate, done)), images.y[batch]).backward()
        optimiser.step()
    return net


def _epoch(order: np.random.Generator, images: Images, batch: int) -> tuple[Int[Tensor, "_"], ...]:
    return torch.from_numpy(order.permutation(len(images.x))).split(batch)


def to_tensors(images: np.ndarray, labels: np.ndarray) -> Images:
    """Scale the pixels as for all other nets."""
    return Images(torch.from_numpy(pixels(images)), torch.from_numpy(labels.astype(np.int64)))


def drawn(images: Images, n: int, seed: int) -> Images:
    """Draw the seed's own training images."""
    rows = torch.from_numpy(np.random.default_rng((seed, _SUBSET)).permutation(len(images.x))[:n])
    return Images(images.x[rows], images.y[rows])


def score(net: Net, images: Images) -> tuple[float, float]:
    """Return the accuracy in % and the loss in nats, without dropout."""
    with torch.inference_mode():
        logits = torch.cat([net(part) for part in images.x.split(10_000)])
    right = (logits.argmax(1) == images.y).float().mean()
    return round(100 * float(right), 4), round(float(F.cross_entropy(logits, images.y)), 6)


def dead_units(net: Net, images: Images) -> int:
    """Count the hidden units that fire for none of the images."""
    dead = 0
    with torch.inference_mode():
        x = images.x
        for layer in net.layers[:-1]:
            x = F.relu(layer(x))
            dead += int((x.amax(0) == 0).sum())
    return dead


def measure(case: Case, seen: Images, unseen: Images) -> dict[str, Any]:
    """Train one net, and score it on its training images and on unseen ones."""
    start, regime = time.perf_counter(), REGIMES[case.regime]
    own = drawn(seen, regime.images, case.seed)
    net = train(regime, case.schedule, case.rate, own, case.seed)
    accuracy, loss = score(net, unseen)
    scores = {"accuracy": accuracy, "loss": loss, "train_loss": score(net, own)[1], "dead": dead_units(net, own)}
    return case._asdict() | scores | {"seconds": round(time.perf_counter() - start, 2)}


def cases(rates: dict[str, tuple[float, ...]], seeds: Iterable[int]) -> list[Case]:
    """Return all nets: in each regime one without dropout, and each schedule at each of the regime's rates."""
    return [
        Case(regime, schedule, rate, seed)
        for seed in seeds
        for regime in REGIMES
        for schedule in SCHEDULES
        for rate in ((0.0,) if schedule == NONE else rates[regime])
    ]


def run(file: Path, design: dict[str, Any], todo: list[Case], seen: Images, unseen: Images, checksum: str) -> None:
    """Train the nets that the file lacks. A file with another design is not resumed."""
    design = json.loads(json.dumps(design))
    old = json.loads(file.read_text("utf-8")) if file.exists() else {}
    runs = old["runs"] if old.get("design") == design else []
    known = {Case(**{field: each[field] for field in Case._fields}) for each in runs}
    for case in todo:
        if case in known:
            continue
        runs.append(measure(case, seen, unseen))
        print(runs[-1], flush=True)
        made = software() | {"hardware": processor(), "data": "mnist", "data_checksum": checksum}
        about = {"design": design, "runs": runs, "provenance": made, "ended": now()}
        write_whole(file, json.dumps(about, indent=1) + "\n")


def _nets(but: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Return the regimes as stored, without some fields."""
    regimes = {name: regime._asdict() for name, regime in REGIMES.items()}
    return {name: {k: v for k, v in fields.items() if k not in but} for name, fields in regimes.items()}


def pilot(digits: Digits) -> None:
    """Train all schedules at several rates, without the last training images, and score the nets on those images."""
    every = to_tensors(digits.train_images, digits.train_labels)
    seen, unseen = (Images(every.x[part], every.y[part]) for part in (slice(-HELD_OUT), slice(-HELD_OUT, None)))
    todo = cases(dict.fromkeys(REGIMES, PILOT_RATES), PILOT_SEEDS)
    run(PILOT_FILE, _nets(("rate", "chosen")), todo, seen, unseen, digits.checksum)


def decide(digits: Digits) -> None:
    """Train the nets of the deciding seeds, and score them on the validation images."""
    seen = to_tensors(digits.train_images, digits.train_labels)
    unseen = to_tensors(digits.validation_images, digits.validation_labels)
    todo = cases({name: (regime.rate,) for name, regime in REGIMES.items()}, SEEDS)
    run(FILE, _nets(), todo, seen, unseen, digits.checksum)


def main() -> None:
    torch.set_num_threads(1)
    digits = load("mnist", Settings.from_env())
    pilot(digits)
    decide(digits)


if __name__ == "__main__":
    main()
