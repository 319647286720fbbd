"""Places that all servers with the same scheduler share. Each place is a lease of a Dask semaphore."""

import logging
from collections.abc import Callable
from functools import partial

from distributed import Client, Semaphore

from dropout_core.common.threads import in_background
from dropout_core.engine.job import EngineError
from dropout_core.engine.limits import Limit

log = logging.getLogger(__name__)

_SECONDS = 10.0  # how long the scheduler may take to answer
_ATTEMPTS = 3


def take(client: Client, limit: Limit) -> Callable[[], object] | None:
    """Take a place. Returns a function that gives it back, or None if all places are taken.

    Raises EngineError if the scheduler does not answer. Servers that allow another number of places count separately.
    The places of a server that has died are free again after half a minute (Dask's setting
    distributed.scheduler.locks.lease-timeout).
    """
    try:
        for _ in range(_ATTEMPTS):
            semaphore = _new_semaphore(client, limit)
            if (taken := _acquire(semaphore)) is not None:
                return (
                    partial(in_background, partial(_give_back, client, semaphore), "dropout-place") if taken else None
                )
    except Exception as error:  # if the scheduler is gone, Dask raises exceptions of many types
        log.warning("the scheduler did not answer for a place: %s", error or type(error).__name__)
    raise EngineError("the Dask scheduler does not answer; try again in a moment")


def _new_semaphore(client: Client, limit: Limit) -> Semaphore:
    name = f"dropout-{limit.name}-{limit.most}"
    return Semaphore(limit.most, name, scheduler_rpc=client.scheduler, loop=client.loop)


def _acquire(semaphore: Semaphore) -> bool | None:
    """Return whether there was a free place, or None if another server removed the semaphore at the same moment."""
    taken = False
    try:
        taken = in_background(partial(semaphore.acquire, timeout=0), "dropout-place").result(_SECONDS)
    except RuntimeError:
        return None
    finally:
        if not taken:
            _stop_refreshing(semaphore)
    return taken


def _give_back(client: Client, semaphore: Semaphore) -> None:
    """Give the place back, and remove the semaphore from the scheduler if no place is taken any more.

    So the scheduler forgets visitors, except those whose comparisons ended with their server.

    If another server takes a place between these two requests, Dask counts it only from that server's next refresh of
    its lease, a few seconds later.
    """
    try:
        if client.status == "running":  # places of a lost connection expire
            semaphore.release()
            if not semaphore.get_value():
                semaphore.close()
    finally:
        _stop_refreshing(semaphore)


def _stop_refreshing(semaphore: Semaphore) -> None:
    semaphore.loop.add_callback(semaphore.refresh_callback.stop)
