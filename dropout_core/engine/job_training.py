"""Trains a job's runs on the cluster, and stores each result as soon as it is known."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from dropout_core.engine import worker
from dropout_core.engine.cached_nets import CachedNets
from dropout_core.engine.devices import GPU
from dropout_core.engine.job import Job
from dropout_core.engine.job_results import write
from dropout_core.experiments.recipe import Run
from dropout_core.storage.store import Store

if TYPE_CHECKING:
    from dropout_core.engine.cluster import Cluster  # imports Dask


def train_runs(job: Job, runs: list[Run], cluster: "Cluster", store: Store, nets: CachedNets) -> None:
    """Train these runs. If the GPU is full, release the trained nets that workers keep there, and try once more.

    nets  learns which workers keep trained nets
    """
    if not runs:
        return
    try:
        _train_stacks(job, runs, cluster, store, nets)
    except worker.GpuFull:
        if not cluster.release_nets():
            raise
        _train_stacks(job, runs, cluster, store, nets, "-again")


def _train_stacks(
    job: Job, runs: list[Run], cluster: "Cluster", store: Store, nets: CachedNets, attempt: str = ""
) -> None:
    """Train these runs and store each result. On a GPU, one task trains all runs; otherwise, each run is a task."""
    stacks = [runs] if cluster.stacked else [[run] for run in runs]
    external, cached = bool(cluster.settings.scheduler), cluster.settings.cached_nets
    task = partial(worker.train_runs, job.recipe, external_cluster=external, cached_megabytes=cached)
    names = [f"{job.recipe.key}-{_label(stack)}{attempt}" for stack in stacks]
    needs = cluster.needs(GPU) if cluster.stacked else {}
    for results, provenance, kept in cluster.results(task, stacks, names, job.stop, needs):
        for result in results:
            for point in result.points:
                job.add(point)
            source = provenance | {"data": job.recipe.data}
            write(job, partial(store.add, job.recipe, result, source))
        nets.add(kept)


def _label(runs: Sequence[Run]) -> str:
    """Name a stack of runs, for the name of its task."""
    return "-".join(f"{run.arm}-{run.seed}" for run in runs)
