"""Finds this machine's GPUs without loading PyTorch, and gives each worker of the local cluster one device."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from dropout_core.common.settings import Settings

GPU, CPU = "GPU", "CPU"  # names of Dask resources; a worker with a GPU has one of the first
_SECONDS = 20  # nvidia-smi may load the driver first
_UUID = re.compile(r"^([ \t]*).*\(UUID: ([^)]+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """Where a worker of the local cluster runs: its environment variables, and its Dask resources."""

    env: dict[str, str] = field(default_factory=dict)
    resources: dict[str, float] = field(default_factory=dict)


def at_once(settings: Settings) -> int:
    """Return the number of comparisons to train concurrently: one per GPU worker, or one per pair of workers."""
    gpus = [] if settings.scheduler else visible_gpus(settings)
    return max(settings.workers.at_once, settings.workers.on_gpus(len(gpus)) if gpus else 0)


def first_places(settings: Settings) -> list[Place]:
    """Return the places of the workers to start first, which tell whether there is a GPU that PyTorch can use.

    If GPUs are found, each worker sees one of them. Otherwise, all workers see the same devices as this process.
    """
    counts, gpus = settings.workers, visible_gpus(settings)
    if counts.cuda == 0:
        return [later_place(settings)] * counts.at_once
    wanted = {"DROPOUT_DEVICE": "cuda"} if counts.cuda else {}
    if not gpus:
        return [Place(wanted, {GPU: 1} if counts.cuda else {})] * counts.at_once
    pinned = (gpus[i % len(gpus)] for i in range(counts.on_gpus(len(gpus))))
    return [Place(wanted | {"CUDA_VISIBLE_DEVICES": gpu}, {GPU: 1}) for gpu in pinned]


def later_place(settings: Settings) -> Place:
    """Return the place of the workers to start later. They have no GPU if DROPOUT_WORKERS gives numbers by device."""
    if settings.workers.cuda is None:
        return Place()
    return Place({"DROPOUT_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": ""}, {CPU: 1})


def visible_gpus(settings: Settings, env: Mapping[str, str] = os.environ) -> list[str]:
    """Return the GPUs that CUDA lets this process use, as CUDA_VISIBLE_DEVICES names them; slices for a GPU with MIG.

    The list is empty if the settings exclude GPUs, or if there is no NVIDIA driver.
    """
    if settings.device not in ("auto", "cuda") or settings.workers.cuda == 0:
        return []
    if (given := env.get("CUDA_VISIBLE_DEVICES")) is None:
        return parse(_nvidia_smi(env.get("PATH")))
    names = [name.strip() for name in given.split(",")]
    ends = [i for i, name in enumerate(names) if name in ("", "-1")]  # CUDA ignores what follows an invalid name
    return names[: min(ends, default=len(names))]


def parse(listing: str) -> list[str]:
    """Return the UUIDs in the output of `nvidia-smi -L`. Of a GPU that is divided by MIG, only its slices count."""
    found: list[str] = []
    parent: str | None = None
    for indent, uuid in _UUID.findall(listing):
        if not indent:
            parent = uuid
        elif found and found[-1] == parent:
            found.pop()
        found.append(uuid)
    return found


@lru_cache(maxsize=4)
def _nvidia_smi(path: str | None) -> str:
    """Return the list of GPUs that the driver knows, or "" without a driver."""
    if (program := shutil.which("nvidia-smi", path=path)) is None:
        return ""
    try:
        return subprocess.run([program, "-L"], capture_output=True, text=True, timeout=_SECONDS).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
