"""What glibc's malloc does with freed memory in a process that trains. Nothing happens where there is no glibc."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT = 2**24  # bytes: larger ones are asked for anew


def keep() -> None:
    """Have blocks of a megabyte, such as a layer's gradient, used again.

    Where the environment sets a threshold, and Dask sets one for its workers, the system is asked for each of them
    anew, and clears it: half of the time of a step.
    """
    _call("mallopt", _MMAP_THRESHOLD, _KEPT)
    _call("mallopt", _TRIM_THRESHOLD, _KEPT)


def _call(name: str, *numbers: int) -> None:
    try:
        getattr(ctypes.CDLL(None), name)(*numbers)
    except (AttributeError, OSError, TypeError):  # another libc, or Windows
        return
