"""The limits on what visitors may train, on one server or on all servers with the same scheduler together."""

from dataclasses import dataclass

from dropout_core.common.settings import Settings
from dropout_core.engine.job import QUEUED, Job, QueueFull, Refused, obstacle
from dropout_core.experiments.recipe import Recipe

_SWEEPS = 2  # maximum number of sweeps that train at the same time


@dataclass(frozen=True)
class Limit:
    """A limited number of places.

    name   servers with the same scheduler share the places of limits with the same name
    error  what to raise if all places are taken
    """

    name: str
    most: int
    error: Refused


def queue_limit(settings: Settings) -> Limit:
    """Return the limit on the comparisons that wait."""
    error = QueueFull(f"{settings.queue} comparisons are already queued; try again in a minute")
    return Limit("queue", settings.queue, error)


def visitor_limit(settings: Settings, visitor: str) -> Limit:
    """Return the limit on this visitor's unfinished comparisons."""
    yours = f"you already have {settings.per_visitor} unfinished comparisons"
    error = Refused(f"{yours}; wait for one to finish, or cancel one")
    return Limit(f"comparisons-of-{visitor}", settings.per_visitor, error)


def visitor_sweep_limit(visitor: str) -> Limit:
    """Return the limit on this visitor's running sweeps."""
    error = Refused("you already have a sweep running; wait for it to finish, or cancel it")
    return Limit(f"sweeps-of-{visitor}", 1, error)


def sweep_limit() -> Limit:
    """Return the limit on all running sweeps."""
    return Limit("sweeps", _SWEEPS, Refused(f"{_SWEEPS} sweeps are already running; try again in a minute"))


def check_limits(settings: Settings, jobs: list[Job], recipe: Recipe, visitor: str) -> None:
    """Raise Refused or QueueFull if this server does not accept one more comparison.

    visitor  the visitor whose limits apply; "" stands for the command line, which has no limits
    """
    unfinished = [job for job in jobs if not job.finished]
    if (reason := obstacle(settings)) is not None:
        raise Refused(reason)
    if sum(job.state == QUEUED for job in unfinished) >= settings.queue:
        raise queue_limit(settings).error
    if not visitor:
        return
    if sum(job.visitor == visitor for job in unfinished) >= settings.per_visitor:
        raise visitor_limit(settings, visitor).error
    if recipe.work > settings.max_work:
        raise Refused(
            f"images × epochs × runs × width is {recipe.work:.2g}, but this host allows at most "
            f"{settings.max_work:.2g}; reduce one of these, or run the app on your own machine"
        )
