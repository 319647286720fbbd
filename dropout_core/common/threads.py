"""Work in daemon threads: a server that is told to stop must not wait for a download or a training to end.

The threads of concurrent.futures are joined before anything registered with atexit may run, so they will not do.
"""

import gc
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue

log = logging.getLogger(__name__)

_SETTLED = 60.0  # seconds after its first page until a server has imported and cached what it needs


def in_background(work: Callable[[], object], name: str) -> Future:
    """Run work in a thread of its own; the future holds what it returns or raises."""
    future: Future = Future()
    threading.Thread(target=_fulfil, args=(future, work), name=name, daemon=True).start()
    return future


def give_way() -> bool:
    """Have this thread, and what it starts, take only the time that nothing else wants. False where that is refused."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # not Linux; a container that does not allow it
        return False
    return True


@cache
def settle() -> threading.Timer:
    """Once a process: after a minute, spare the garbage collector the libraries, which nothing will ever free.

    It went through a million objects each time, and all readers waited for that, 90 ms and several times a minute.
    """
    timer = threading.Timer(_SETTLED, freeze)
    timer.daemon = True
    timer.start()
    return timer


def freeze() -> None:
    """Leave what there is by now out of the garbage collector's rounds, for good."""
    gc.collect()  # or garbage would be kept for good
    gc.freeze()


def _fulfil(future: Future, work: Callable[[], object]) -> None:
    try:
        future.set_result(work())
    except Exception as error:  # handed to whoever asks for the result
        future.set_exception(error)


class Lanes:
    """So many threads that take on work in the order it comes; work that raises is logged, and the next taken on."""

    def __init__(self, count: int, name: str) -> None:
        self._waiting: SimpleQueue = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, name=f"{name}-{i}", daemon=True) for i in range(count)]
        for thread in self._threads:
            thread.start()

    def put(self, work: Callable[[], object]) -> None:
        """Have the next free thread do this."""
        self._waiting.put(work)

    def close(self, seconds: float) -> None:
        """Let the threads end after what was put so far, and wait for them, but no longer than so many seconds each."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def _serve(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                work()
            except Exception:
                log.exception("work broke off in %s", threading.current_thread().name)
