"""Test that CPU affinity and control groups limit the reported CPUs and memory."""

import os
import subprocess
import sys

import pytest

from dropout_core.common import resources

CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Set up a hierarchy of control groups without limits, with this process in /app/web."""
    own = tmp_path / "own"
    own.write_text("0::/app/web\n")
    (tmp_path / "groups" / "app" / "web").mkdir(parents=True)
    monkeypatch.setattr(resources, "_CGROUPS", tmp_path / "groups")
    monkeypatch.setattr(resources, "_OWN_CGROUP", own)
    return tmp_path / "groups"


def test_without_limits_all_cpus_of_the_affinity_count(groups):
    assert resources.available_cpus() == CPUS
    assert resources.memory_limit() is None


@pytest.mark.parametrize("folder", ["", "app", "app/web"])
def test_the_quota_of_any_control_group_above_the_process_counts(groups, folder):
    (groups / folder / "cpu.max").write_text("50000 100000\n")
    (groups / folder / "memory.max").write_text("536870912\n")
    assert resources.available_cpus() == 1
    assert resources.memory_limit() == 2**29


def test_no_quota_is_written_as_max(groups):
    (groups / "app" / "cpu.max").write_text("max 100000\n")
    (groups / "app" / "memory.max").write_text("max\n")
    assert resources.available_cpus() == CPUS
    assert resources.memory_limit() is None


def test_version_1_has_files_of_its_own(groups):
    (groups / "cpu").mkdir()
    (groups / "cpu" / "cpu.cfs_quota_us").write_text("100000\n")
    (groups / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    (groups / "memory").mkdir()
    (groups / "memory" / "memory.limit_in_bytes").write_text(f"{2**63 - 4096}\n")  # no limit
    assert resources.available_cpus() == 1
    assert resources.memory_limit() is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is Linux's")
def test_a_process_bound_to_one_cpu_counts_one():
    """Set the CPU affinity, as the taskset command does."""
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from dropout_core.common.settings import Settings; print(Settings.from_env({}).workers.total)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "1\n"
