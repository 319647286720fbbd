"""Wait for a condition in tests, instead of for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, seconds: float = 60, pause: float = 0.02) -> T:
    """Call the condition until it returns a true value, and return that value. Fails when the time limit is exceeded.

    what     description of the condition, for the error message
    seconds  time limit; it should be generous
    pause    time between two calls
    """
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {seconds:g} seconds: {what}"
        time.sleep(pause)
    return value
