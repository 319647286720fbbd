"""Test that freed memory is reused, and that library objects are excluded from garbage collection."""

import gc
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
from dropout_core.training.models import prepare

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


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc's thresholds are glibc's")
def test_freed_memory_is_reused_at_every_step():
    """Dask's default threshold for workers would make malloc call mmap again for each of the 100 blocks."""
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
    process.reuse_freed_memory.__wrapped__()


@pytest.fixture
def unfrozen():
    """Undo the freeze after the test."""
    yield
    gc.unfreeze()
    process.schedule_gc_freeze.cache_clear()


def test_after_a_while_the_libraries_are_frozen(monkeypatch, unfrozen):
    monkeypatch.setattr(process, "_FREEZE_SECONDS", 0.01)
    process.schedule_gc_freeze.cache_clear()
    timer = process.schedule_gc_freeze()
    timer.join(60)
    assert timer.daemon, "a server that is told to stop must not wait for it"
    assert len(gc.get_objects()) < 1_000 < gc.get_freeze_count()
    assert process.schedule_gc_freeze() is timer, "once is enough: later, garbage of sessions would be kept forever"


def test_later_objects_are_still_collected(unfrozen):
    process.freeze()
    cycle = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() >= 1
