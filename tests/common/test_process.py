"""Freed memory is used again in a process that trains: the system would clear each block anew."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from dropout_core.common import process

ROOT = Path(__file__).parents[2]
FAULTS = """
import resource
import threading
import torch
from dropout_core.models import prepare

def faults():
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(100):
        torch.empty(200_000).fill_(1)
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before

def work():  # in a thread, as workers do
    for _ in range(2):
        faults()
        print(faults())
        prepare("cpu")

torch.set_num_threads(1)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc's thresholds are glibc's")
def test_memory_is_not_asked_for_anew_at_every_step():
    """With the threshold that Dask gives its workers, each of 100 blocks is, before."""
    ran = subprocess.run(
        [sys.executable, "-c", FAULTS],
        cwd=ROOT,
        env={"MALLOC_TRIM_THRESHOLD_": "65536", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = map(int, ran.stdout.split())
    assert before >= 100
    assert after < before / 10


def test_another_libc_is_left_alone(monkeypatch):
    monkeypatch.setattr(process.ctypes, "CDLL", lambda name: object())
    process.keep.__wrapped__()
