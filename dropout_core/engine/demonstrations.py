"""Short training runs that a page shows live, and that are not stored. They stop when all readers have left."""

import logging
import threading
import uuid
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Any

from dropout_core.common.errors import UserError, first_line
from dropout_core.engine.devices import CPU
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import Refused, obstacle
from dropout_core.engine.worker import Task, run_task

log = logging.getLogger(__name__)

_AT_ONCE = 2  # maximum number of demonstrations that train at the same time on this server
_ABSENT_SECONDS = 20.0  # a reader whose page has not asked for this long has left


class Audience(threading.Event):
    """The readers who watch a demonstration. The event is set once all of them have left, and stays set."""

    def __init__(self, absent_seconds: float = _ABSENT_SECONDS) -> None:
        super().__init__()
        self._absent_seconds = absent_seconds
        self._last_seen: dict[str, float] = {}

    def note(self, visitor: str) -> None:
        """Note that this reader is watching."""
        self._last_seen[visitor] = monotonic()

    def leave(self, visitor: str) -> None:
        """Note that this reader has stopped watching."""
        self._last_seen.pop(visitor, None)

    def is_set(self) -> bool:
        """Whether all readers have left."""
        earliest = monotonic() - self._absent_seconds
        if all(seen < earliest for seen in list(self._last_seen.values())):
            self.set()
        return super().is_set()


class Demonstration:
    """A short training run in progress, or finished.

    name     readers who start a demonstration with the same name share it
    total    number of points of a complete demonstration
    message  the reason why the training failed; "" if it did not
    """

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total = name, total
        self.id = uuid.uuid4().hex
        self.audience = Audience()
        self.message, self.finished = "", False
        self._points: dict[tuple, tuple] = {}

    @property
    def complete(self) -> bool:
        """Whether all points are known."""
        return len(self._points) == self.total

    def points(self) -> list[tuple]:
        """Return all points so far, in no particular order. Each begins with its arm, seed and epoch."""
        return list(self._points.values())

    def add(self, points: Sequence[tuple]) -> None:
        """Add points. If a run is repeated after a fault, new points replace earlier points of the same epochs."""
        self._points |= {point[:3]: point for point in points}

    def run(self, engine: Engine, task: Task, items: Sequence[Any]) -> None:
        """Call task(item, report) on the workers for each item. Stores the text of any error in `message`."""
        try:
            self._run(engine, task, items)
        except Exception as error:  # the page shows it
            log.warning("demonstration %s was aborted: %s", self.name, error, exc_info=not isinstance(error, UserError))
            self.message = first_line(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        finally:
            self.finished = True

    def _run(self, engine: Engine, task: Task, items: Sequence[Any]) -> None:
        external = bool(engine.settings.scheduler)
        on_worker = partial(run_task, task, job=self.id, external_cluster=external)
        names = [f"{self.id}-{i}" for i in range(len(items))]
        engine.receivers[self.id] = self.add
        try:
            engine.cluster.connect()
            needs = engine.cluster.needs(CPU)
            for points in engine.cluster.results(on_worker, items, names, self.audience, needs):
                self.add(points)
        finally:
            del engine.receivers[self.id]


class Demonstrations:
    """The demonstrations that train on this server. Each of them has its own daemon thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._running: list[Demonstration] = []
        self._lock = threading.Lock()

    def start(self, name: str, task: Task, items: Sequence[Any], total: int, visitor: str) -> Demonstration:
        """Return the demonstration with this name that is training, or start it. The reader leaves any other one.

        task   see worker.Task; pickled by name, so it must be a function of a module
        items  what to call it with
        total  the number of points that all calls report

        Raises Refused if this host does not train, or if too many demonstrations are training.
        """
        if (reason := obstacle(self.engine.settings)) is not None:
            raise Refused(reason)
        with self._lock:
            self._running = [each for each in self._running if not each.finished]
            shown = next((d for d in self._running if d.name == name and not d.audience.is_set()), None)
            for other in self._running:
                if other is not shown:
                    other.audience.leave(visitor)
            if shown is not None:
                shown.audience.note(visitor)
                return shown
            return self._start(Demonstration(name, total), task, items, visitor)

    def _start(self, new: Demonstration, task: Task, items: Sequence[Any], visitor: str) -> Demonstration:
        if sum(not each.audience.is_set() for each in self._running) >= _AT_ONCE:
            raise Refused(f"other readers are training {_AT_ONCE} pitfalls at the moment; try again in half a minute")
        new.audience.note(visitor)
        self._running.append(new)
        name = f"demonstration-{new.name}"
        threading.Thread(target=new.run, args=(self.engine, task, items), name=name, daemon=True).start()
        return new
