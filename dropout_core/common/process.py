"""Settings of the current process: priority, memory allocation and garbage collection."""

import ctypes
import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

_NICENESS = 10
_FREEZE_SECONDS = 60.0  # after this time, a server has imported its libraries and filled its caches
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_REUSED_BYTES = 2**24  # blocks up to this size are reused


def lower_priority() -> None:
    """Run the calling thread and its child processes only when the CPU is otherwise idle.

    Where that is impossible, raise the niceness instead. With niceness alone, a page took twice as long on two busy
    cores.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # not Linux, or forbidden in this container
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


@contextmanager
def idle_priority() -> Iterator[None]:
    """Lower this thread's priority inside the block, like lower_priority()."""
    lower_priority()
    try:
        yield
    finally:
        with suppress(AttributeError, OSError):  # niceness, the substitute, can only be raised
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@cache
def reuse_freed_memory() -> None:
    """Make glibc's malloc reuse freed blocks of about one megabyte, such as a layer's gradient.

    Otherwise, if the environment sets a malloc threshold, malloc maps memory for each block, and the kernel clears it,
    which made a training step take a third longer. Dask sets a threshold for its workers, and the Dockerfile for the
    server. Does nothing without glibc.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another libc, or Windows
        return
    mallopt(_MMAP_THRESHOLD, _REUSED_BYTES)
    mallopt(_TRIM_THRESHOLD, _REUSED_BYTES)


@cache
def schedule_gc_freeze() -> threading.Timer:
    """After a minute, exclude the objects created so far from garbage collection. Runs once per process.

    Otherwise a full collection visits a million library objects, and blocks every session for 90 ms.
    """
    timer = threading.Timer(_FREEZE_SECONDS, freeze)
    timer.daemon = True
    timer.start()
    return timer


def freeze() -> None:
    """Exclude all current objects from future garbage collections."""
    gc.collect()  # otherwise, existing garbage would never be freed
    gc.freeze()
