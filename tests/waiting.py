"""Waiting in tests: for a condition, never for a length of time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, seconds: float = 60, pause: float = 0.02) -> T:
    """Call the condition until its value is true, and return that value.

    Fails if that takes longer than `seconds`, which is only a bound: make it generous. `what` names what was awaited.
    """
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {seconds:g} seconds: {what}"
        time.sleep(pause)
    return value
