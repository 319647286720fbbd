"""What glibc's malloc does with freed memory in a process that trains. Nothing happens where there is no glibc."""

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT = 2**24  # bytes: what is larger is asked for anew


@cache
def keep() -> None:
    """Have blocks of a megabyte, such as a layer's gradient, used again.

    Where the environment sets a threshold, as Dask does for its workers and the Dockerfile for the server, the system
    is asked for each of them anew, and clears it: that took a third as long as all else in a step.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another libc, or Windows
        return
    mallopt(_MMAP_THRESHOLD, _KEPT)
    mallopt(_TRIM_THRESHOLD, _KEPT)
