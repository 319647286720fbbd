"""The jobs of a server, by recipe key, and how many of them have ended."""

import threading
from collections import Counter, OrderedDict

from dropout_core.common.measures import Tally
from dropout_core.engine.job import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job
from dropout_core.experiments.results import Point

_REMEMBERED = 32  # maximum number of jobs kept in memory; the store holds the results of the others


class Jobs:
    """The latest job of each recipe. The oldest finished jobs are forgotten.

    ended  the number of jobs that have ended, by their state
    """

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self.ended = Tally(DONE, CANCELLED, FAILED)

    def put(self, job: Job) -> None:
        """Add a job, which replaces an earlier one with the same recipe."""
        with self._lock:
            self._jobs[job.recipe.key] = job
            self._jobs.move_to_end(job.recipe.key)
            finished = [key for key, job in self._jobs.items() if job.finished]
            for key in finished[: max(0, len(self._jobs) - _REMEMBERED)]:
                del self._jobs[key]

    def find(self, key: str) -> Job | None:
        """Return the latest job with this recipe key, or None if it is no longer in memory."""
        return self._jobs.get(key)

    def unfinished_job(self, key: str) -> Job | None:
        """Return the job with this recipe key that others may join, or None if it has ended or been cancelled."""
        job = self._jobs.get(key)
        return None if job is None or job.finished or job.stop.is_set() else job

    def all(self) -> list[Job]:
        """Return all jobs in memory, the earliest first."""
        with self._lock:
            return list(self._jobs.values())

    def add_points(self, message: dict) -> None:
        """Add the points of a worker's message to the job that they belong to, if that has not finished."""
        job = self.find(message.get("job", ""))
        if job is not None and not job.finished:
            for point in message["points"]:
                job.add(Point(*point))

    def place(self, job: Job) -> int:
        """Return the number of jobs that will start before this one, which is 0 once this job has started."""
        waiting = [other.id for other in self.all() if other.state == QUEUED]
        return waiting.index(job.id) if job.id in waiting else 0

    def unfinished(self) -> dict[str, int]:
        """Count the jobs that are queued and running, by their state."""
        counts = Counter(job.state for job in self.all())
        return {state: counts[state] for state in (QUEUED, RUNNING)}
