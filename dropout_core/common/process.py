"""Settings of the running process: priority, malloc, garbage collection."""

import ctypes
import gc
import os
import threading
from functools import cache

_NICENESS = 10
_FREEZE_SECONDS = 60.0  # by then a server has imported its libraries and filled its caches
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_REUSED_BYTES = 2**24  # blocks up to this size are reused


def lower_priority() -> None:
    """Run the calling thread, and the processes it starts, only when the CPU is otherwise idle.

    Systems without such a policy get niceness, with which a page still took twice as long on two busy cores.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # not Linux, or a container that forbids it
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


@cache
def reuse_freed_memory() -> None:
    """Make glibc's malloc reuse freed blocks of a megabyte, such as a layer's gradient. Does nothing without glibc.

    If the environment sets a threshold, as Dask does for its workers and the Dockerfile does for the server, malloc
    maps each block anew and the kernel clears it. That took a third as long as the rest of a training step.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another libc, or Windows
        return
    mallopt(_MMAP_THRESHOLD, _REUSED_BYTES)
    mallopt(_TRIM_THRESHOLD, _REUSED_BYTES)


@cache
def schedule_gc_freeze() -> threading.Timer:
    """Freeze the garbage collector's view of the libraries after a minute, once per process.

    A full collection visits a million objects of the libraries and blocks every session for 90 ms.
    """
    timer = threading.Timer(_FREEZE_SECONDS, freeze)
    timer.daemon = True
    timer.start()
    return timer


def freeze() -> None:
    """Exclude all current objects from future garbage collections."""
    gc.collect()  # otherwise garbage would be kept forever
    gc.freeze()
