"""The article's two networks as PyTorch modules, with helpers to prepare the input and choose the device."""

import threading

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

from dropout_core.common import process
from dropout_core.experiments.layers import layer_shapes

PIXELS, CLASSES = 784, 10
# Held while a CUDA graph is recorded, because CUDA calls from other threads would invalidate the recording.
GRAPH_LOCK = threading.Lock()


class MLP(nn.Module):
    """An MLP, 784 → hidden → 10, with dropout at rate = P(drop) before each ReLU, as in the article.

    MLP(hidden, 0) is the article's MLP_NoDropout, and MLP(hidden, rate) is its MLP_Dropout. input_rate is P(drop) of a
    pixel.
    """

    def __init__(self, hidden: tuple[int, ...] = (256, 128), rate: float = 0.0, input_rate: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in layer_shapes(hidden))
        self.rate, self.input_rate = rate, input_rate

    def forward(
        self, images: Float[Tensor, "batch ..."], masks: list[Bool[Tensor, "batch _"]] | None = None
    ) -> Float[Tensor, "batch 10"]:
        """Compute logits. If given, masks (one per hidden layer, True for kept units) replace the random masks."""
        h = F.dropout(images.flatten(1), self.input_rate, self.training)
        for i, layer in enumerate(self.layers[:-1]):
            z = layer(h)
            z = F.dropout(z, self.rate, self.training) if masks is None else z * masks[i] / (1 - self.rate)
            h = torch.relu(z)
        return self.layers[-1](h)


def new_mlp(seed: int, hidden: tuple[int, ...], rate: float = 0.0, input_rate: float = 0.0) -> MLP:
    """Create a net with PyTorch's default initialisation from this seed, without changing the global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(hidden, rate, input_rate)


def parameter_count(hidden: tuple[int, ...]) -> int:
    """Count the weights and biases."""
    return sum((n + 1) * m for n, m in layer_shapes(hidden))


def flat(images: UInt8[np.ndarray, "n 28 28"], device: str = "cpu") -> UInt8[Tensor, "n 784"]:
    """Flatten each image to a row of bytes on the device. normalise() later converts these bytes to floats."""
    return torch.from_numpy(images).flatten(1).to(device)


def normalise(
    pixels: UInt8[Tensor, "n 784"], out: Float[Tensor, "n 784"] | None = None, positive: bool = False
) -> Float[Tensor, "n 784"]:
    """Convert bytes to floats in [−1, 1], exactly as ToTensor() and Normalize((0.5,), (0.5,)) do.

    out       the tensor for the result, if given
    positive  whether to convert to [0, 1] instead, as ToTensor() alone does
    """
    out = torch.empty(pixels.shape, device=pixels.device) if out is None else out
    if positive:
        return out.copy_(pixels).div_(255)
    # Two operations give exactly the bits of (x / 255 − 0.5) / 0.5, since scaling by two is exact.
    return out.copy_(pixels).div_(127.5).sub_(1)


def for_centred_pixels(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Change the first layer of a net trained on pixels in [0, 1] so that it takes the same pixels in [−1, 1].

    Stored nets then all take the same inputs. If x = (u + 1) / 2, then w · x + b = (w / 2) · u + (b + Σ w / 2).
    """
    w, b = arrays["layers.0.weight"] / 2, arrays["layers.0.bias"]
    return arrays | {"layers.0.weight": w, "layers.0.bias": b + w.sum(1)}


def pick_device(wanted: str = "auto") -> str:
    """Choose the training device. "auto" prefers CUDA, then MPS, then the CPU. Raises ValueError if unavailable."""
    have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if have[name])
    if not have.get(wanted, False):
        raise ValueError(f"this machine has no device {wanted!r}; change DROPOUT_DEVICE or DROPOUT_WORKERS")
    return wanted


def prepare(device: str) -> None:
    """Set up this process for fast, reproducible training on the device."""
    if device == "cpu":
        torch.set_num_threads(1)  # one thread, since the workers already train in parallel
        # The Adam moments of a dead unit shrink to denormals, which a CPU adds a hundred times more slowly than zeros.
        torch.set_flush_denormal(True)
        process.reuse_freed_memory()
    if device == "cuda":
        torch.backends.cudnn.deterministic = True  # otherwise the summation order of gradients varies
        torch.backends.cudnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]  # default: TF32


def release(device: str) -> None:
    """Free the device's cached memory after training, since other workers share the device."""
    if device == "cuda":
        torch.cuda.empty_cache()
