"""Knows which worker keeps which trained net on its device, and sends that worker the readers' questions."""

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from dropout_core.common.measures import HIT, MISS, Tally
from dropout_core.common.threads import in_background
from dropout_core.engine import net_cache
from dropout_core.engine.net_cache import Images, NetKey
from dropout_core.numerics.answers import Answer, Sampling

if TYPE_CHECKING:
    import distributed

log = logging.getLogger(__name__)

_REMEMBERED = 1000  # nets whose workers are remembered
_GRACE_SECONDS = 3.0  # how much longer than its passes a question may take


class CachedNets:
    """The addresses of the workers that keep trained nets.

    lookups  the number of questions that workers answered and did not answer, by HIT and MISS
    """

    def __init__(self) -> None:
        self._addresses: OrderedDict[NetKey, str] = OrderedDict()
        self.lookups = Tally(HIT, MISS)

    def add(self, addresses: dict[NetKey, str]) -> None:
        """Remember the addresses of the workers that keep these nets."""
        self._addresses |= addresses
        while len(self._addresses) > _REMEMBERED:
            self._addresses.popitem(last=False)

    def ask(
        self, client: "distributed.Client | None", asked: list[tuple[NetKey, Sampling]], images: Images
    ) -> list[Answer] | None:
        """Ask these nets about the images, also while their workers train.

        Returns None if one of the nets is not kept, or its worker does not answer in time.
        """
        answers = self._ask(client, asked, images)
        self.lookups.add(MISS if answers is None else HIT)
        return answers

    def _ask(
        self, client: "distributed.Client | None", asked: list[tuple[NetKey, Sampling]], images: Images
    ) -> list[Answer] | None:
        places = {key: self._addresses.get(key) for key, _ in asked}
        if client is None or None in places.values():
            return None
        answers: dict[NetKey, Answer] = {}
        for address in dict.fromkeys(places.values()):
            here = [pair for pair in asked if places[pair[0]] == address]
            found = _send(client, str(address), here, images)
            if found is None:
                self._forget(here)
                return None
            answers |= zip((key for key, _ in here), found, strict=True)
        return [answers[key] for key, _ in asked]

    def _forget(self, asked: list[tuple[NetKey, Sampling]]) -> None:
        for key, _ in asked:
            self._addresses.pop(key, None)


def _send(
    client: "distributed.Client", address: str, asked: list[tuple[NetKey, Sampling]], images: Images
) -> list[Answer] | None:
    """Send the question past the worker's queue of tasks. Returns None if no answer comes in time."""

    def send() -> list[Answer] | None:
        if address not in client.scheduler_info()["workers"]:  # Dask would try to connect for half a minute
            return None
        return client.run(net_cache.answer, asked, images, workers=[address], on_error="ignore").get(address)

    seconds = _GRACE_SECONDS + sum(sampling.seconds for _, sampling in asked if sampling.rate)
    try:
        return in_background(send, "dropout-ask").result(seconds)
    except Exception as error:  # if the worker or the scheduler is gone, Dask raises exceptions of many types
        log.warning("a worker did not answer a question: %s", error or type(error).__name__)
        return None
