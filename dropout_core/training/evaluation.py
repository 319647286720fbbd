"""Compute the losses and accuracies of a stack of nets in evaluation mode, without masks or scaling."""

import torch
from jaxtyping import Bool, Float, Int, UInt8
from scipy.sparse import csr_array, vstack
from torch import Tensor
from torch.nn import functional as F

from dropout_core.experiments.recipe import Recipe
from dropout_core.training import sparse_pixels
from dropout_core.training.models import normalise
from dropout_core.training.stack import Stack

_CHUNK = 1024  # images per chunk: small enough to fit in the cache, large enough for full speed
_MOST = {"mlp": 20, "conv": 5}  # epochs of a run that end with all images, so that evaluation does not dominate


def uses_all_images(recipe: Recipe, epoch: int, ends_epoch: bool) -> bool:
    """Whether a point in this epoch, counted from 0, or at its end, is evaluated on all validation images.

    In the first epoch, where curves are steep, every point is, except for slow convolutional nets.
    """
    if not ends_epoch:
        return epoch == 0 and recipe.net == "mlp"
    every = -(-recipe.epochs // _MOST[recipe.net])
    return (epoch + 1) % every == 0 or epoch + 1 == recipe.epochs or bool(recipe.patience)


class Evaluator:
    """Evaluates all nets of a stack on fixed samples of training and validation images, or on all validation images.

    sample  size of each sample; more images at every point would slow down the run
    sparse  whether the nets get only the nonzero pixels of the images
    """

    def __init__(
        self,
        stack: Stack,
        train: tuple[UInt8[Tensor, "n 784"] | csr_array, Int[Tensor, "n"]],
        validation: tuple[UInt8[Tensor, "m 784"] | csr_array, Int[Tensor, "m"]],
        sample: int,
        sparse: bool,
    ) -> None:
        self.stack, self.validation, self.sparse = stack, validation, sparse
        self.positive = stack.recipe.positive_pixels
        self.train = train[0][:sample], train[1][:sample]
        self.sample = min(sample, len(validation[1]))
        self.watched = (
            _joined(self.train[0], validation[0][: self.sample]),
            torch.cat([self.train[1], validation[1][: self.sample]]),
        )

    def __call__(self, full: bool) -> dict[str, list[float]]:
        """Compute losses (nats) and accuracies (%), one value per net, keyed by the field names of results.Point."""
        n = len(self.train[1])
        if full:
            train_losses, _ = self._each(*self.train)
            losses, hits = self._each(*self.validation)
        else:
            both, hits = self._each(*self.watched)
            train_losses, losses, hits = both[:, :n], both[:, n:], hits[:, n:]
        measured = {
            "eval_loss": train_losses.mean(1),
            "val_loss": losses[:, : self.sample].mean(1),
            "val_accuracy": 100 * hits[:, : self.sample].float().mean(1),
        }
        if full:
            measured |= {"full_val_loss": losses.mean(1), "full_val_accuracy": 100 * hits.float().mean(1)}
        return {name: values.tolist() for name, values in measured.items()}

    def _each(
        self, images: UInt8[Tensor, "n 784"] | csr_array, labels: Int[Tensor, "n"]
    ) -> tuple[Float[Tensor, "k n"], Bool[Tensor, "k n"]]:
        """Return each net's cross-entropy on each image, and whether its prediction is correct."""
        losses, hits = [], []
        for i, y in enumerate(labels.split(_CHUNK)):
            logits = self.stack.logits(self._part(images, i * _CHUNK, i * _CHUNK + len(y)))
            # PyTorch's cross-entropy is ten times faster with classes on the middle axis than on the last axis.
            losses.append(F.cross_entropy(logits.mT.contiguous(), y.expand(len(logits), -1), reduction="none"))
            hits.append(logits.argmax(2) == y)
        return torch.cat(losses, 1), torch.cat(hits, 1)

    def _part(
        self, images: UInt8[Tensor, "n 784"] | csr_array, first: int, end: int
    ) -> Float[Tensor, "part 784"] | sparse_pixels.SparseImages:
        if self.sparse and isinstance(images, csr_array):
            return sparse_pixels.part(images, first, end, self.positive)
        return normalise(sparse_pixels.to_dense(images, slice(first, end)), positive=self.positive)


def _joined(
    first: UInt8[Tensor, "n 784"] | csr_array, second: UInt8[Tensor, "m 784"] | csr_array
) -> UInt8[Tensor, "_ 784"] | csr_array:
    if isinstance(first, csr_array) and isinstance(second, csr_array):
        return vstack([first, second])
    assert isinstance(first, Tensor)
    assert isinstance(second, Tensor)
    return torch.cat([first, second])
