"""Run tasks in daemon threads, so that a server can stop without waiting for a download or a training run.

concurrent.futures is unsuitable: the interpreter joins its threads before any atexit handler runs.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


def in_background(task: Callable[[], T], name: str) -> Future[T]:
    """Run the task in a new thread. Returns a future for its result or exception."""
    future: Future[T] = Future()
    threading.Thread(target=_fulfil, args=(future, task), name=name, daemon=True).start()
    return future


def _fulfil(future: Future[T], task: Callable[[], T]) -> None:
    try:
        future.set_result(task())
    except Exception as error:  # result() raises it again
        future.set_exception(error)


class WorkerThreads:
    """A fixed-size pool of threads that start tasks in order. If a task fails, its exception is logged."""

    def __init__(self, count: int, name: str) -> None:
        self._tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, name=f"{name}-{i}", daemon=True) for i in range(count)]
        for thread in self._threads:
            thread.start()

    def put(self, task: Callable[[], object]) -> None:
        """Queue a task for the next free thread."""
        self._tasks.put(task)

    def close(self, seconds: float) -> None:
        """Stop the threads once the queued tasks are finished. Waits up to `seconds` for each thread."""
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                task()
            except Exception:
                log.exception("a task failed in %s", threading.current_thread().name)
