"""Pretends that this machine has two GPUs, one of them with two MIG slices. As a Dask preload, workers believe it."""

import os
from pathlib import Path

from dropout_core.engine import worker, worker_preload

GPUS = ["GPU-fake-0", "MIG-fake-1", "MIG-fake-2"]
_LISTING = """GPU 0: Fake (UUID: GPU-fake-0)
GPU 1: Fake (UUID: GPU-parent)
  MIG 1g.5gb Device 0: (UUID: MIG-fake-1)
  MIG 1g.5gb Device 1: (UUID: MIG-fake-2)
"""


def fake_gpus(folder: Path) -> dict[str, str]:
    """Write a script called nvidia-smi that lists GPUS, and return an environment in which it is found."""
    program = folder / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n[ \"$1\" = -L ] && cat <<'END'\n{_LISTING}END\n")
    program.chmod(0o755)
    env = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    env.pop("CUDA_VISIBLE_DEVICES", None)
    return env


_describe = worker.describe


def describe() -> dict[str, str]:
    """Return what a worker would say that has the GPU named in its environment."""
    gpu = os.environ.get("CUDA_VISIBLE_DEVICES")
    return _describe() | ({"device": "cuda", "hardware": gpu} if gpu else {})


def dask_setup(server: object) -> None:
    """Make a worker claim that it has this GPU. It trains on its CPU."""
    worker_preload.dask_setup(server)
    worker.describe = describe
    os.environ["DROPOUT_DEVICE"] = "cpu"
