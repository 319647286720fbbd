"""This app's own metrics, which Streamlit's path /_stcore/metrics lists beside Streamlit's in Prometheus' format."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from streamlit import runtime
from streamlit.runtime.stats import CounterStat, GaugeStat, HistogramStat, Stat

from dropout_core.engine.engine import Engine

Labelled = tuple[dict[str, str], int]


def _jobs(engine: Engine) -> list[Labelled]:
    return _by("state", engine.jobs.unfinished())


def _jobs_ended(engine: Engine) -> list[Labelled]:
    return _by("state", engine.jobs.ended.counts())


def _workers(engine: Engine) -> list[Labelled]:
    return [({}, engine.workers())]


def _lookups(engine: Engine) -> list[Labelled]:
    caches = {"store": engine.store.lookups, "worker_nets": engine.nets.lookups}
    return [
        ({"cache": cache} | labels, value)
        for cache, tally in caches.items()
        for labels, value in _by("result", tally.counts())
    ]


def _failed(engine: Engine) -> list[Labelled]:
    return _by("operation", engine.store.database.failed.counts())


def _by(label: str, counts: Mapping[str, int]) -> list[Labelled]:
    return [({label: name}, count) for name, count in counts.items()]


_GAUGES: dict[str, tuple[str, Callable[[Engine], Iterable[Labelled]]]] = {
    "dropout_jobs": ("Comparisons that are queued and running on this server.", _jobs),
    "dropout_workers": ("Workers connected to the Dask scheduler of this server.", _workers),
}
_COUNTERS: dict[str, tuple[str, Callable[[Engine], Iterable[Labelled]]]] = {
    "dropout_jobs_ended": ("Comparisons that have ended on this server, by how they ended.", _jobs_ended),
    "dropout_cache_lookups": ("Comparisons looked up in the store, and nets on workers' devices.", _lookups),
    "dropout_store_failures": ("Transactions of the store that failed.", _failed),
}
_STORE_SECONDS = "dropout_store_seconds"


class EngineStats:
    """Streamlit's interface for the source of metrics. There are none before the engine has been created."""

    stats_families = (*_GAUGES, *_COUNTERS, _STORE_SECONDS)

    def __init__(self, current_engine: Callable[[], Engine | None]) -> None:
        self._current_engine = current_engine

    def get_stats(self, family_names: Sequence[str] | None = None) -> Mapping[str, Sequence[Stat]]:
        """Return the metrics of these families, or of all."""
        if (engine := self._current_engine()) is None:
            return {}
        wanted = self.stats_families if family_names is None else family_names
        return {name: _stats(name, engine) for name in self.stats_families if name in wanted}


def _stats(name: str, engine: Engine) -> list[Stat]:
    if name in _GAUGES:
        text, measure = _GAUGES[name]
        return [GaugeStat(name, value, labels, help=text) for labels, value in measure(engine)]
    if name in _COUNTERS:
        text, measure = _COUNTERS[name]
        return [CounterStat(name, value, labels, help=text) for labels, value in measure(engine)]
    return [_store_seconds(operation, engine) for operation in engine.store.database.seconds]


def _store_seconds(operation: str, engine: Engine) -> HistogramStat:
    values = engine.store.database.seconds[operation].distribution()
    text, labels = "Seconds that transactions of the store took.", {"operation": operation}
    return HistogramStat(_STORE_SECONDS, values.buckets, values.total, values.count, labels, "seconds", text)


def register() -> None:
    """Add this app's metrics to Streamlit's. Its runtime must have been created."""
    from dropout_core.ui import server

    runtime.get_instance().stats_mgr.register_provider(EngineStats(server.current_engine))
