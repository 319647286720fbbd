"""Freed memory is used again in a process that trains: the system would clear each block anew."""

import platform
import subprocess
import sys

import pytest

from dropout_core import heap

FAULTS = """
import resource
import torch
from dropout_core import heap

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        torch.empty(200_000).fill_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

torch.set_num_threads(1)
faults()
print(faults())
heap.keep()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc's thresholds are glibc's")
def test_memory_is_not_asked_for_anew_at_every_step():
    """With the threshold that Dask gives its workers, 100 blocks of 200 pages."""
    ran = subprocess.run(
        [sys.executable, "-c", FAULTS],
        env={"MALLOC_TRIM_THRESHOLD_": "65536", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = map(int, ran.stdout.split())
    assert before > 10_000
    assert after < 1_000


def test_another_libc_is_left_alone(monkeypatch):
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda name: object())
    heap.keep()
