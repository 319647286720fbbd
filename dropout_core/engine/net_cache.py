"""The trained nets that a worker process keeps on its device, and its answers to questions about images.

A question runs on the worker's event loop, which hands it to a thread. So it need not wait for a training run to end.
"""

import asyncio
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import Result
from dropout_core.numerics.answers import Answer, Sampling
from dropout_core.numerics.inference import from_arrays

if TYPE_CHECKING:
    import dropout_core.training.device_net

NetKey = tuple[str, str, int]  # the recipe's key, arm and seed
Images = UInt8[np.ndarray, "n 28 28"] | str  # images, or the data source whose validation images are meant
MOST_NETS = 32
_MEGABYTES_ON_GPU = 256  # default limit; on a CPU, the server answers as fast from the stored weights


class NetCache:
    """The most recently used nets. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._nets: OrderedDict[NetKey, dropout_core.training.device_net.DeviceNet] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: NetKey, net: "dropout_core.training.device_net.DeviceNet", most_bytes: int) -> None:
        """Add this net. If there are too many nets or bytes, release the least recently used nets."""
        with self._lock:
            self._nets[key] = net
            self._nets.move_to_end(key)
            while self._nets and (len(self._nets) > MOST_NETS or self._bytes() > most_bytes):
                self._nets.popitem(last=False)

    def get(self, key: NetKey) -> "dropout_core.training.device_net.DeviceNet | None":
        """Return the net, now the most recently used one, or None if it is not in the cache."""
        with self._lock:
            if key in self._nets:
                self._nets.move_to_end(key)
            return self._nets.get(key)

    def clear(self) -> int:
        """Release all nets. Returns the number of bytes freed."""
        with self._lock:
            freed = self._bytes()
            self._nets.clear()
            return freed

    def keys(self) -> list[NetKey]:
        """List the nets in the cache, the least recently used first."""
        with self._lock:
            return list(self._nets)

    def _bytes(self) -> int:
        return sum(net.bytes for net in self._nets.values())


_cache = NetCache()


def byte_limit(device: str, megabytes: int | None) -> int:
    """Return the limit in bytes. None stands for the device's default, which is 0 on a CPU."""
    return 10**6 * ((0 if device == "cpu" else _MEGABYTES_ON_GPU) if megabytes is None else megabytes)


def keep(recipe: Recipe, results: list[Result], device: str, most_bytes: int) -> list[NetKey]:
    """Keep the trained nets of the recipe's first seed on the device if they are MLPs and memory permits.

    most_bytes  the limit for all nets of this process

    Returns the keys of those kept.
    """
    import torch

    first = [result for result in results if result.run.seed == recipe.seeds[0]]
    if not (most_bytes and recipe.plain):
        return []
    try:
        for result in first:
            _put(_key(recipe, result), result.weights, device, most_bytes)
    except torch.OutOfMemoryError:
        pass
    else:
        kept = keys()
        return [key for key in (_key(recipe, result) for result in first) if key in kept]
    release()  # outside the except clause, since the exception keeps allocated memory alive
    return []


def _key(recipe: Recipe, result: Result) -> NetKey:
    return recipe.key, result.run.arm, result.run.seed


def _put(key: NetKey, weights: dict[str, np.ndarray], device: str, most_bytes: int) -> None:
    from dropout_core.training.device_net import DeviceNet

    _cache.put(key, DeviceNet(from_arrays(weights), device), most_bytes)


def keys() -> list[NetKey]:
    """List the nets that this process keeps."""
    return _cache.keys()


def release() -> int:
    """Release all nets, and the stack kept for the next comparison. Returns the bytes that the device gets back."""
    from dropout_core.training.models import GRAPH_LOCK, pick_device
    from dropout_core.training.models import release as release_memory
    from dropout_core.training.stack_pool import SHARED

    freed = _cache.clear() + SHARED.clear()
    with GRAPH_LOCK:
        release_memory(pick_device(Settings.from_env().device))
    return freed


async def release_in_thread() -> int:
    """Release all nets without blocking the worker's event loop; see release."""
    return await asyncio.to_thread(release)


async def answer(asked: list[tuple[NetKey, Sampling]], images: Images) -> list[Answer] | None:
    """Predict with each of these nets. Returns None if one of them is not cached here, or if the device is full."""
    return await asyncio.to_thread(_answer, asked, images)


def _answer(asked: list[tuple[NetKey, Sampling]], images: Images) -> list[Answer] | None:
    import torch

    pairs = [(_cache.get(key), sampling) for key, sampling in asked]
    if any(net is None for net, _ in pairs):
        return None
    shown = load_validation(images, Settings.from_env()).images if isinstance(images, str) else images
    try:
        return [net.answer(shown, sampling) for net, sampling in pairs if net is not None]
    except torch.OutOfMemoryError:
        pass
    release()
    return None
