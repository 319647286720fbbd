"""The queue's places, which all servers with the same scheduler share. Each place is a lease of a Dask semaphore."""

import logging
import threading
from collections.abc import Callable
from functools import partial

from distributed import Client, Semaphore

from dropout_core.common.threads import in_background

log = logging.getLogger(__name__)

_SECONDS = 3.0  # how long the scheduler may take to answer


class SharedQueue:
    """Counts the comparisons that wait on all servers, of which there are at most this many.

    Servers with another limit count separately. The places of a server that has died are free again after half a
    minute (Dask's setting distributed.scheduler.locks.lease-timeout).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._semaphore: Semaphore | None = None

    def enter(self, client: Client) -> Callable[[], object] | None:
        """Take a place. Returns a function that gives it back, or None if all places are taken.

        If the scheduler does not answer, it cannot train either: then no place is needed.
        """
        for _ in range(2):
            semaphore = self._of(client)
            try:
                taken = in_background(partial(semaphore.acquire, timeout=0), "dropout-queue").result(_SECONDS)
            except Exception as error:  # if the scheduler is gone, Dask raises exceptions of many types
                log.warning("the scheduler did not answer for the queue: %s", error or type(error).__name__)
                self._forget(semaphore)  # a scheduler that was started again does not know it
            else:
                return partial(self._leave, semaphore) if taken else None
        return lambda: None

    def _forget(self, semaphore: Semaphore) -> None:
        with self._lock:
            if semaphore is self._semaphore:
                self._client = None

    def _of(self, client: Client) -> Semaphore:
        """Return the semaphore of this connection."""
        with self._lock:
            if self._semaphore is None or client is not self._client:
                if self._semaphore is not None:
                    self._semaphore.refresh_leases = False
                name = f"dropout-queue-{self._most}"
                self._client = client
                self._semaphore = Semaphore(self._most, name, scheduler_rpc=client.scheduler, loop=client.loop)
            return self._semaphore

    def _leave(self, semaphore: Semaphore) -> None:
        """Give a place back in the background. Places of an earlier connection expire."""
        if semaphore is self._semaphore:
            in_background(semaphore.release, "dropout-queue")
