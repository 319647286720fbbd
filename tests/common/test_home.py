"""Test that a user without a home folder gets one, so that Streamlit starts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dropout_core.common.home import ensure_home

ROOT = Path(__file__).parents[2]
NOBODY = ("unshare", "--user", "--map-user=12345", "--map-group=12345")


@pytest.fixture
def homeless(monkeypatch):
    """Simulate a user with neither HOME nor an entry in the user database, as under Docker's --user."""
    monkeypatch.setenv("HOME", "")  # restores HOME after the test
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("DROPOUT_CACHE_DIR", raising=False)

    def home() -> Path:
        if "HOME" not in os.environ:
            raise RuntimeError("Could not determine home directory.")
        return Path(os.environ["HOME"])

    monkeypatch.setattr(Path, "home", home)


def test_the_cache_folder_serves_as_home(homeless, monkeypatch, capsys):
    monkeypatch.setenv("DROPOUT_CACHE_DIR", "/cache")
    ensure_home()
    assert os.environ["HOME"] == "/cache"
    assert capsys.readouterr().err == ""


def test_otherwise_it_is_a_new_private_folder_which_one_line_names(homeless, capsys):
    ensure_home()
    made = Path(os.environ["HOME"])
    assert made.stat().st_mode & 0o777 == 0o700
    assert capsys.readouterr().err.count("\n") == 1
    ensure_home()
    assert Path(os.environ["HOME"]) == made
    made.rmdir()


def test_a_known_home_stays(monkeypatch):
    monkeypatch.setenv("HOME", "/home/reader")
    ensure_home()
    assert os.environ["HOME"] == "/home/reader"


@pytest.mark.parametrize("command", ["dropout_core open --help", "dropout_core.benchmarks --help"])
def test_what_loads_streamlit_starts_without_name_and_home(command, tmp_path):
    if not shutil.which("unshare") or subprocess.run([*NOBODY, "true"], capture_output=True).returncode:
        pytest.skip("a user namespace needs rights that are missing here")
    unknown = ("HOME", "USER", "LOGNAME", "XDG_CACHE_HOME")
    env = {name: value for name, value in os.environ.items() if name not in unknown}
    run = [*NOBODY, sys.executable, "-m", *command.split()]
    env["DROPOUT_CACHE_DIR"] = str(tmp_path)
    done = subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
