"""Trains a tiny transformer that reads MNIST row by row, with dropout in different places.

`python -m dropout_core.topics.today.transformer_study` writes the file that transformer_record.py reads, after every
net, and resumes where it stopped.
"""

import json
import time
from typing import Any

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
from dropout_core.topics.today.transformer_record import FILE, PLACES, ROWS, SETUP, Place, Setup

_SUBSET, _ORDER = 3, 0  # random streams within one seed


class Block(nn.Module):
    """Self-attention and two dense layers, each normalised before and added to the residual stream."""

    def __init__(self, setup: Setup, place: Place) -> None:
        super().__init__()
        self.heads, self.place = setup.heads, place
        self.norms = nn.ModuleList(nn.LayerNorm(setup.width) for _ in range(2))
        self.inputs, self.output = nn.Linear(setup.width, 3 * setup.width), nn.Linear(setup.width, setup.width)
        self.dense = nn.Sequential(
            nn.Linear(setup.width, 2 * setup.width), nn.GELU(), nn.Linear(2 * setup.width, setup.width)
        )
        self.residual = nn.Dropout(place.residual)

    def forward(self, x: Float[Tensor, "n rows width"]) -> Float[Tensor, "n rows width"]:
        x = x + self._branch(self.attend(self.norms[0](x)))
        return x + self._branch(self.dense(self.norms[1](x)))

    def attend(self, x: Float[Tensor, "n rows width"]) -> Float[Tensor, "n rows width"]:
        n, rows, width = x.shape
        q, k, v = self.inputs(x).reshape(n, rows, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        rate = self.place.attention if self.training else 0.0  # the function does not know the module's mode
        mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=rate)
        return self.output(mixed.transpose(1, 2).reshape(n, rows, width))

    def _branch(self, branch: Float[Tensor, "n rows width"]) -> Float[Tensor, "n rows width"]:
        """Drop single values, and the whole branch of some images (stochastic depth)."""
        branch = self.residual(branch)
        if not self.training or not self.place.depth:
            return branch
        kept = torch.rand(len(branch), 1, 1) >= self.place.depth
        return branch * kept / (1 - self.place.depth)


class Transformer(nn.Module):
    """A transformer whose tokens are the rows of an image."""

    def __init__(self, setup: Setup, place: Place) -> None:
        super().__init__()
        self.embed = nn.Linear(ROWS, setup.width)
        self.position = nn.Parameter(torch.randn(ROWS, setup.width) / setup.width**0.5)
        self.embedding = nn.Dropout(place.embedding)
        self.blocks = nn.Sequential(*(Block(setup, place) for _ in range(setup.blocks)))
        self.norm, self.classify = nn.LayerNorm(setup.width), nn.Linear(setup.width, 10)

    def forward(self, x: Float[Tensor, "n rows pixels"]) -> Float[Tensor, "n 10"]:
        x = self.blocks(self.embedding(self.embed(x) + self.position))
        return self.classify(self.norm(x.mean(1)))


def train(setup: Setup, place: Place, digits: Digits, seed: int) -> Transformer:
    """Train one net on its seed's own images. Nets of one seed share images, their order and their initial weights."""
    torch.manual_seed(seed)
    net = Transformer(setup, place)
    optimiser = torch.optim.Adam(net.parameters(), setup.learning_rate, fused=True)
    rows = np.random.default_rng((seed, _SUBSET)).permutation(len(digits.train_labels))[: setup.images]
    x, y = to_tensors(digits.train_images[rows], digits.train_labels[rows])
    order = np.random.default_rng((seed, _ORDER))
    for _ in range(setup.epochs):
        for batch in torch.from_numpy(order.permutation(len(x))).split(setup.batch):
            optimiser.zero_grad()
            F.cross_entropy(net(x[batch]), y[batch]).backward()
            optimiser.step()
    return net.eval()


def to_tensors(images: np.ndarray, labels: np.ndarray) -> tuple[Float[Tensor, "n 28 28"], Int[Tensor, "n"]]:
    """Scale the pixels as for all other nets, and keep the rows apart."""
    return torch.from_numpy(pixels(images).reshape(-1, ROWS, ROWS)), torch.from_numpy(labels.astype(np.int64))


def score(net: Transformer, x: Float[Tensor, "n 28 28"], y: Int[Tensor, "n"]) -> dict[str, float]:
    """Return the accuracy in % and the loss in nats."""
    with torch.inference_mode():
        logits = torch.cat([net(part) for part in x.split(1_000)])
    loss = float(F.cross_entropy(logits, y))
    return {"accuracy": round(100 * float((logits.argmax(1) == y).float().mean()), 4), "loss": round(loss, 6)}


def main() -> None:
    """Train the nets that the file lacks."""
    torch.set_num_threads(1)
    digits = load("mnist", Settings.from_env())
    unseen = to_tensors(digits.validation_images, digits.validation_labels)
    runs = _known()
    for seed in SETUP.seeds:
        for name, place in PLACES.items():
            if any((run["place"], run["seed"]) == (name, seed) for run in runs):
                continue
            start = time.perf_counter()
            scores = score(train(SETUP, place, digits, seed), *unseen)
            runs.append({"place": name, "seed": seed, **scores, "seconds": round(time.perf_counter() - start, 2)})
            print(runs[-1], flush=True)
            made = software() | {"hardware": processor(), "data": "mnist", "data_checksum": digits.checksum}
            about: dict[str, Any] = {"setup": SETUP._asdict(), "runs": runs, "provenance": made, "ended": now()}
            write_whole(FILE, json.dumps(about, indent=1) + "\n")


def _known() -> list[dict[str, Any]]:
    """Return the runs of the file, if it exists and has the same setup."""
    if not FILE.exists():
        return []
    stored = json.loads(FILE.read_text("utf-8"))
    same = stored["setup"] == json.loads(json.dumps(SETUP._asdict()))
    return stored["runs"] if same else []


if __name__ == "__main__":
    main()
