"""How many workers a local cluster has, in all or by device, as DROPOUT_WORKERS gives them."""

import re
from dataclasses import dataclass

from dropout_core.common.checks import Bounds

BOUNDS = Bounds(1, 256, whole=True)
ALLOWED = f"{BOUNDS}, or numbers by device such as cuda:2,cpu:1"
_BY_DEVICE = re.compile(r"(cuda|cpu):([0-9]{1,3})")


@dataclass(frozen=True)
class WorkerCounts:
    """The numbers of workers.

    total  of all workers; on a GPU, fewer are started unless `cuda` is given
    cuda   of those with a GPU; None if only the total is given, and the number of GPUs decides
    """

    total: int
    cuda: int | None = None

    @classmethod
    def parse(cls, text: str) -> "WorkerCounts":
        """Read text such as "4" or "cuda:2,cpu:1". Raises ValueError."""
        if ":" not in text:
            return cls(int(BOUNDS.parse(text)))
        parts = [_BY_DEVICE.fullmatch(part.strip()) for part in text.lower().split(",")]
        counts = {part[1]: int(part[2]) for part in parts if part}
        if len(counts) < len(parts) or not BOUNDS.accept(sum(counts.values())):
            raise ValueError(f"{text!r} is not {ALLOWED}")
        return cls(sum(counts.values()), counts.get("cuda", 0))

    @property
    def at_once(self) -> int:
        """The number of comparisons to train concurrently: one per GPU worker, else one per pair of workers."""
        return self.cuda or max(1, self.total // 2)

    @property
    def by_device(self) -> bool:
        """Whether the numbers are given by device."""
        return self.cuda is not None

    def on_gpus(self, gpus: int) -> int:
        """Return how many workers to start for this many GPUs: at least one per GPU if the total permits."""
        return min(self.total, max(self.at_once, gpus)) if self.cuda is None else self.cuda
