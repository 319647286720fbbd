"""A trained net that is kept on a device for inference while other nets are trained there."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from dropout_core.numerics.answers import Answer, Sampling, collect
from dropout_core.numerics.inference import MASK_SEED, draw_masks
from dropout_core.numerics.network import SmallNetwork
from dropout_core.training.models import GRAPH_LOCK, flat, normalise

_VALUES = 2**22  # number of values in the widest layer to compute at a time (16 MB)


class DeviceNet:
    """A net's weights [inputs, outputs] and biases on a device.

    Answers equal those of numerics.answers except for rounding, since both draw the same masks.
    """

    def __init__(self, net: SmallNetwork, device: str) -> None:
        self.sizes, self.device = net.sizes, device
        with GRAPH_LOCK, _own_stream(device):
            self.weights, self.biases = ([_sent(part, device) for part in parts] for parts in (net.weights, net.biases))

    @property
    def bytes(self) -> int:
        """The memory used by the weights and biases."""
        return sum(part.nbytes for part in (*self.weights, *self.biases))

    def answer(self, images: UInt8[np.ndarray, "n 28 28"], sampling: Sampling) -> Answer:
        """Compute this net's outputs for the images. Raises torch.OutOfMemoryError."""
        with GRAPH_LOCK, torch.inference_mode(), _own_stream(self.device):
            first = torch.addmm(self.biases[0], normalise(flat(images, self.device)), self.weights[0])
            off = self._outputs(torch.relu(first)[None], [])[0]
            return collect(off, self._passes(first, sampling), sampling)

    def _passes(self, first: Float[Tensor, "n units"], sampling: Sampling) -> Iterator[Float[np.ndarray, "some n 10"]]:
        """Yield the outputs of several passes at a time. The first layer's product is the same in every pass."""
        if not sampling.rate:
            return
        hidden, scale = self.sizes[1:-1], 1 / (1 - sampling.rate)
        drawn = draw_masks(hidden, sampling.rate, sampling.passes, MASK_SEED)
        masks = [_sent(mask, self.device).float().mul_(scale)[:, None] for mask in drawn]
        together = max(1, _VALUES // (len(first) * max(hidden)))
        for i in range(0, sampling.passes, together):
            now, *later = (mask[i : i + together] for mask in masks)
            yield self._outputs(torch.relu_(first * now), later)

    def _outputs(self, h: Float[Tensor, "some n units"], masks: list[Tensor]) -> Float[np.ndarray, "some n 10"]:
        """Compute the softmax outputs from the first hidden layer's activations. Without masks, nothing is dropped."""
        for i, (w, b) in enumerate(zip(self.weights[1:], self.biases[1:], strict=True)):
            h = torch.addmm(b, h.flatten(0, 1), w).unflatten(0, h.shape[:2])
            if i < len(self.weights) - 2:
                h = torch.relu_(h.mul_(masks[i]) if masks else h)
        return torch.softmax(h, 2).cpu().numpy()


def _sent(part: np.ndarray, device: str) -> Tensor:
    return torch.from_numpy(part).to(device)


def _own_stream(device: str) -> AbstractContextManager[object]:
    """Return a context whose CUDA work does not wait behind the steps that a training run has queued."""
    return torch.cuda.stream(_stream()) if device == "cuda" else nullcontext()


@cache
def _stream() -> torch.cuda.Stream:
    return torch.cuda.Stream(priority=-1)
