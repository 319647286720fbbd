"""The CPUs and memory available to this process, which a container may limit."""

import math
import os
from pathlib import Path, PurePosixPath

_CGROUPS, _OWN_CGROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def available_cpus() -> int:
    """Return the number of CPUs allowed by CPU affinity and control-group quotas, rounded up (at least 1)."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [_quota(path) for path in _control_files("cpu.max", "cpu/cpu.cfs_quota_us")]
    return max(1, min([count, *(math.ceil(quota) for quota in quotas if quota is not None)]))


def memory_limit() -> int | None:
    """Return the control groups' memory limit in bytes, or None if memory is unlimited."""
    limits = [_number(path) for path in _control_files("memory.max", "memory/memory.limit_in_bytes")]
    return min((int(limit) for limit in limits if limit is not None and limit < 2**60), default=None)


def _control_files(name: str, version_1: str) -> list[Path]:
    """Return the paths of the limit files of this process's control group and all of its ancestors.

    version_1  path of the corresponding file in version 1 of control groups
    """
    try:
        group = PurePosixPath(_OWN_CGROUP.read_text("utf-8").splitlines()[-1].split(":", 2)[2])
    except (OSError, IndexError):
        group = PurePosixPath("/")
    folders = [_CGROUPS / str(folder).lstrip("/") for folder in (group, *group.parents)]
    return [*(folder / name for folder in folders), _CGROUPS / version_1]


def _quota(path: Path) -> float | None:
    """Read the number of CPUs from a quota file.

    In version 2, the file contains "200000 100000" or "max 100000"; in version 1, only the quota. Returns None if there
    is no quota.
    """
    if path.name != "cpu.max":
        quota, period = _number(path), _number(path.with_name("cpu.cfs_period_us"))
    else:
        quota, period = _number(path, 0), _number(path, 1)
    return quota / period if quota and period and quota > 0 else None


def _number(path: Path, place: int = 0) -> float | None:
    try:
        return float(path.read_text("utf-8").split()[place])
    except (OSError, ValueError, IndexError):  # the file is missing or contains "max"
        return None
