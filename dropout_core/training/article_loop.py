"""The article's training loop in plain autograd: the reference for the fast trainer's results and speed."""

import time
from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from dropout_core.data.mnist import Digits
from dropout_core.experiments.recipe import Recipe
from dropout_core.training.models import MLP, new_mlp


def train_on(
    model: MLP, steps: Iterable[tuple[Tensor, Tensor, list[Tensor] | None]], optimiser: torch.optim.Optimizer
) -> list[float]:
    """Take one optimiser step per (images, labels, masks) and return the losses.

    If masks is None, the net draws its own masks.
    """
    model.train()
    losses = []
    for images, labels, masks in steps:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(images, masks), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


class _Images(Dataset):
    """A dataset of (28 × 28 image, label) pairs. Images are transformed on access, as in torchvision's MNIST."""

    def __init__(self, images: UInt8[np.ndarray, "n 28 28"], labels: UInt8[np.ndarray, "n"]) -> None:
        self.images, self.labels = images, labels
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[i])), int(self.labels[i])


def article_loop(recipe: Recipe, digits: Digits, rate: float, seed: int) -> dict:
    """Train one net with the article's loop: DataLoader, eager Adam, and test accuracy after each epoch.

    Returns a dictionary with each epoch's mean training loss ("losses") and test accuracy in % ("accuracies"), and the
    run time ("seconds").
    """
    n = recipe.images
    train = DataLoader(_Images(digits.train_images[:n], digits.train_labels[:n]), recipe.batch, shuffle=True)
    test = DataLoader(_Images(digits.validation_images, digits.validation_labels), recipe.batch)
    model = new_mlp(seed, recipe.hidden, rate)
    optimiser = torch.optim.Adam(model.parameters(), recipe.learning_rate)
    start, losses, accuracies = time.perf_counter(), [], []
    torch.manual_seed(seed)
    for _ in range(recipe.epochs):
        losses.append(sum(train_on(model, ((x, y, None) for x, y in train), optimiser)) / len(train))
        accuracies.append(_accuracy(model, test))
    return {"losses": losses, "accuracies": accuracies, "seconds": time.perf_counter() - start}


def _accuracy(model: MLP, test: DataLoader) -> float:
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in test:
            right += (model(images).argmax(1) == labels).sum().item()
            total += len(labels)
    return 100 * right / total
