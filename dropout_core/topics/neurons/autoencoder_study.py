"""Trains the autoencoders whose neurons the page shows: 256 ReLUs on MNIST, with and without dropout.

The study follows Srivastava et al. 2014, Fig. 7 and 8. RECIPE fixes the details that the paper leaves open.
`python -m dropout_core.topics.neurons.autoencoder_study` writes the files that features.py reads; it takes about
5 minutes on two cores.
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
from dropout_core.data.mnist import Digits, load, locate
from dropout_core.experiments.recipe import ARMS, DATA_NAMES, DROPOUT
from dropout_core.topics.neurons import features, reconstruction
from dropout_core.topics.neurons.ablation import random_orders
from dropout_core.topics.neurons.reconstruction import Decoder

HIDDEN, RATE, LEARNING_RATE, BATCH, EPOCHS, SEEDS = 256, 0.5, 1e-3, 128, 20, (0, 1, 2, 3, 4)
REMOVED, ORDERS, REMOVAL_IMAGES = (0, 1, 2, 4, 8, 16, 32, 64, 128), 5, 2000
RECIPE = {
    "hidden": HIDDEN,
    "rate": RATE,
    "pixels": "0 to 1",
    "loss": "cross-entropy summed over pixels, logistic outputs",
    "optimiser": "adam",
    "learning_rate": LEARNING_RATE,
    "batch": BATCH,
    "epochs": EPOCHS,
    "seeds": SEEDS,
    "removed": REMOVED,
    "removal_orders": ORDERS,
    "removal_images": REMOVAL_IMAGES,
}


class Autoencoder(nn.Module):
    """Autoencoder with 784 inputs, hidden ReLUs and 784 output logits, and with dropout at this rate on the ReLUs."""

    def __init__(self, hidden: int, rate: float) -> None:
        super().__init__()
        self.encoder, self.decoder, self.rate = nn.Linear(784, hidden), nn.Linear(hidden, 784), rate

    def forward(self, x: Float[Tensor, "batch 784"]) -> Float[Tensor, "batch 784"]:
        return self.decoder(F.dropout(torch.relu(self.encoder(x)), self.rate, self.training))


def train(x: Float[Tensor, "n 784"], rate: float, seed: int, epochs: int = EPOCHS) -> Autoencoder:
    """Train an autoencoder and return it in evaluation mode.

    The seed determines the initial weights and the batches, which therefore do not depend on the rate.
    """
    torch.manual_seed(seed)
    model, batches = Autoencoder(HIDDEN, rate), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    for _ in range(epochs):
        for batch in torch.randperm(len(x), generator=batches).split(BATCH):
            loss = F.binary_cross_entropy_with_logits(model(x[batch]), x[batch], reduction="sum") / len(batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model.eval()


@torch.no_grad()
def measure(model: Autoencoder, seen: Float[Tensor, "n 784"], new: Float[Tensor, "m 784"]) -> dict:
    """Measure the squared error and activity on new images, and quartiles of pixels_drawn_on over active neurons."""
    h = torch.relu(model.encoder(new))
    error = squared_errors(model, h, new).mean()
    drawn = features.pixels_drawn_on(model.encoder.weight.numpy().T, seen.std(0).numpy())
    active = drawn[h.max(0).values.numpy() > 0]
    low, median, high = np.quantile(active, (0.25, 0.5, 0.75)).tolist()
    quartiles = {"pixels": median, "pixels_low": low, "pixels_high": high}
    errors = removal(model, h[:REMOVAL_IMAGES], new[:REMOVAL_IMAGES])
    return {"error": error.item(), "removal": errors, **quartiles, **asdict(features.activity(h.numpy()))}


def squared_errors(model: Autoencoder, h: Float[Tensor, "n neurons"], x: Float[Tensor, "n 784"]) -> Float[Tensor, "n"]:
    """Return the squared error of each image when it is reconstructed from these activations."""
    return (torch.sigmoid(model.decoder(h)) - x).square().sum(1)


@torch.no_grad()
def removal(model: Autoencoder, h: Float[Tensor, "n neurons"], x: Float[Tensor, "n 784"]) -> list[float]:
    """Measure the mean squared error after removing the first REMOVED neurons of several random orders."""
    orders = random_orders(h.shape[1], ORDERS, 0)
    masks = [[torch.from_numpy(~np.isin(np.arange(len(o)), o[:k])) for o in orders] for k in REMOVED]
    return [float(np.mean([squared_errors(model, h * kept, x).mean() for kept in each])) for each in masks]


@torch.no_grad()
def decoder(model: Autoencoder, digits: Float[Tensor, "digits 784"]) -> Decoder:
    """Extract the decoder of a trained autoencoder, and its activations and errors for these digits."""
    h = torch.relu(model.encoder(digits))
    weights, scales = reconstruction.rounded(model.decoder.weight.numpy())
    errors = squared_errors(model, h, digits).numpy()
    return Decoder(weights, scales, model.decoder.bias.numpy(), h.numpy(), errors)


def run(data: str, arm: str, seed: int) -> tuple[dict, np.ndarray, Decoder]:
    """Train and evaluate one net on one thread, and return its results, features and decoder."""
    torch.set_num_threads(1)
    digits = load(data, Settings.from_env())
    seen, new = scaled(digits.train_images), scaled(digits.validation_images)
    model = train(seen, RATE if arm == DROPOUT else 0.0, seed)
    numbers = {"arm": arm, "seed": seed, **measure(model, seen, new)}
    print({name: value for name, value in numbers.items() if name != "histogram"}, flush=True)
    ten = new[reconstruction.first_of_each(digits.validation_labels)]
    return numbers, features.shrink(model.encoder.weight.detach().numpy().T), decoder(model, ten)


def scaled(images: np.ndarray) -> Float[Tensor, "n 784"]:
    """Flatten the images and scale their bytes to floats in [0, 1]."""
    return torch.from_numpy(images.reshape(len(images), -1)).float() / 255


def main() -> None:
    """Train both arms for every seed, using two processes, and write the files."""
    settings = Settings.from_env()
    source = locate(settings, download=True)
    digits = load(source.data, settings)
    jobs = [(source.data, arm, seed) for seed in SEEDS for arm in ARMS]
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(run, *zip(*jobs, strict=True)))
    described = {"recipe": RECIPE, "provenance": about(source.data, digits)}
    first_seed = dict(zip(ARMS, results, strict=False))
    features.write(
        {arm: shown for arm, (_, shown, _) in first_seed.items()}, described | {"runs": [each for each, *_ in results]}
    )
    ten = digits.validation_images[reconstruction.first_of_each(digits.validation_labels)].reshape(-1, 784)
    reconstruction.write({arm: decoded for arm, (*_, decoded) in first_seed.items()}, ten, described)


def about(data: str, digits: Digits) -> dict:
    """Describe the provenance of the results: data, software, hardware and date."""
    sizes = {"images": len(digits.train_images), "validation_images": len(digits.validation_images)}
    described = {"data": DATA_NAMES[data], "data_checksum": digits.checksum, **sizes}
    return {**software(), "hardware": processor(), "device": "cpu, one thread a net", "ended": now(), **described}


if __name__ == "__main__":
    main()
