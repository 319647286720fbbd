"""Test that provenance describes this machine correctly, and that collecting it never fails."""

import platform
import re
import subprocess
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import pytest

from dropout_core.common import provenance


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


def commit():
    return provenance.software.__wrapped__()["commit"]  # without the cache


def test_now_is_the_present_in_utc_to_the_second():
    text = provenance.now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", text)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(text)) < timedelta(seconds=5)


def test_versions_are_those_that_are_installed():
    versions = provenance.software()
    assert versions["python"] == platform.python_version()
    for name in ("torch", "numpy", "distributed", "streamlit", "altair"):
        assert versions[name] == metadata.version(name)


def test_the_commit_is_that_of_the_checkout():
    git = ["git", "-C", str(Path(provenance.__file__).parents[1]), "rev-parse", "HEAD"]
    done = subprocess.run(git, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    assert done.stdout.startswith(commit().split("-")[0])


@pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 10)])
def test_without_git_the_commit_is_unknown(error, monkeypatch):
    monkeypatch.setattr(provenance.subprocess, "run", raising(error))
    assert commit() == "unknown"


def test_outside_a_checkout_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "common" / "provenance.py"))
    assert commit() == "unknown"


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [("model name\t: Fast: 9000\nmodel name\t: Other\n", "Fast: 9000"), ("Hardware: board\n", None), (None, None)],
)
def test_the_processors_name_comes_from_the_system(cpuinfo, name, monkeypatch):
    read = raising(OSError()) if cpuinfo is None else lambda *_, **__: cpuinfo
    monkeypatch.setattr(provenance.Path, "read_text", read)
    assert provenance.processor.__wrapped__() == (name or platform.processor() or platform.machine())
