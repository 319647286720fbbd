"""Trains the autoencoders whose neurons the page shows: 256 ReLUs on MNIST, without dropout and with it.

After Srivastava et al. 2014, Fig. 7 and 8, which do not fix every detail; RECIPE says what is done here. The command
`python -m dropout_core.topics.neurons.autoencoder_study` writes what dropout_core.topics.neurons.features reads; 3 minutes on two cores.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import DATA_NAMES, Digits, load, locate
from dropout_core.experiments.recipe import ARMS
from dropout_core.topics.neurons import features as neurons

RECIPE = {
    "hidden": 256,
    "rate": 0.5,
    "pixels": "0 to 1",
    "loss": "cross-entropy summed over pixels, logistic outputs",
    "optimiser": "adam",
    "learning_rate": 1e-3,
    "batch": 128,
    "epochs": 20,
    "seeds": (0, 1, 2),
}


class Autoencoder(nn.Module):
    """784 → hidden ReLUs → 784 logits; dropout at rate = P(drop) on the hidden units."""

    def __init__(self, hidden: int, rate: float) -> None:
        super().__init__()
        self.encoder, self.decoder, self.rate = nn.Linear(784, hidden), nn.Linear(hidden, 784), rate

    def forward(self, x: Float[Tensor, "batch 784"]) -> Float[Tensor, "batch 784"]:
        return self.decoder(F.dropout(torch.relu(self.encoder(x)), self.rate, self.training))


def train(x: Float[Tensor, "n 784"], rate: float, seed: int, epochs: int = RECIPE["epochs"]) -> Autoencoder:
    """A trained autoencoder, in evaluation mode; both rates begin with the seed's weights and see its batches."""
    torch.manual_seed(seed)
    model, batches = Autoencoder(RECIPE["hidden"], rate), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=RECIPE["learning_rate"], fused=True)
    for _ in range(epochs):
        for batch in torch.randperm(len(x), generator=batches).split(RECIPE["batch"]):
            loss = F.binary_cross_entropy_with_logits(model(x[batch]), x[batch], reduction="sum") / len(batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model.eval()


@torch.no_grad()
def measure(model: Autoencoder, seen: Float[Tensor, "n 784"], new: Float[Tensor, "m 784"]) -> dict:
    """Numbers of one net: squared error and activity on new images, and how many pixels its features draw on."""
    h = torch.relu(model.encoder(new))
    error = (torch.sigmoid(model.decoder(h)) - new).square().sum(1).mean()
    drawn = neurons.pixels_drawn_on(model.encoder.weight.numpy().T, seen.std(0).numpy())
    active = drawn[h.max(0).values.numpy() > 0]
    low, median, high = np.quantile(active, (0.25, 0.5, 0.75)).tolist()
    spans = {"pixels": median, "pixels_low": low, "pixels_high": high}
    return {"error": error.item(), **spans, **asdict(neurons.activity(h.numpy()))}


def run(data: str, arm: str, seed: int) -> tuple[dict, np.ndarray]:
    """Train and measure one net on one thread: its numbers, and its features as bytes."""
    torch.set_num_threads(1)
    digits = load(data, Settings.from_env())
    seen, new = scaled(digits.train_images), scaled(digits.validation_images)
    model = train(seen, RECIPE["rate"] if arm == ARMS[1] else 0.0, seed)
    numbers = {"arm": arm, "seed": seed, **measure(model, seen, new)}
    print({name: value for name, value in numbers.items() if name != "histogram"}, flush=True)
    return numbers, neurons.shrink(model.encoder.weight.detach().numpy().T)


def scaled(images: np.ndarray) -> Float[Tensor, "n 784"]:
    """Bytes to floats in [0, 1]."""
    return torch.from_numpy(images.reshape(len(images), -1)).float() / 255


def main() -> None:
    """Train both arms for every seed, on two processes, and write the files."""
    settings = Settings.from_env()
    source = locate(settings, download=True)
    digits = load(source.data, settings)
    jobs = [(source.data, arm, seed) for seed in RECIPE["seeds"] for arm in ARMS]
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(run, *zip(*jobs, strict=True)))
    features = {arm: found[i][1] for i, arm in enumerate(ARMS)}
    neurons.write(features, {"recipe": RECIPE, "provenance": about(source.data, digits), "runs": [n for n, _ in found]})


def about(data: str, digits: Digits) -> dict:
    """Where the numbers come from."""
    sizes = {"images": len(digits.train_images), "validation_images": len(digits.validation_images)}
    described = {"data": DATA_NAMES[data], "data_checksum": digits.checksum, **sizes}
    return {**software(), "hardware": processor(), "device": "cpu, one thread a net", "ended": now(), **described}


if __name__ == "__main__":
    main()
