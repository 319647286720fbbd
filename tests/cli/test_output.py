"""Test that commands end with at most one line on stderr, whatever happens to their output."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dropout_core.cli.output import guarded
from dropout_core.common.errors import UserError

ROOT = Path(__file__).parents[2]
SCRIPT = [sys.executable, "-m", "dropout_core", "script", "--data", "mnist-5k"]


def failing(error):
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UserError("set TMPDIR"), 1, "error: set TMPDIR\n"),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
        (KeyboardInterrupt("Runs are saved."), 130, "Stopped. Runs are saved.\n"),
        (ModuleNotFoundError(name="psycopg"), 1, "error: this needs the package psycopg; run: pip install psycopg\n"),
        (
            ModuleNotFoundError(name="sklearn.ensemble"),
            1,
            "error: this needs the package scikit-learn; run: pip install scikit-learn\n",
        ),
        (BrokenPipeError(), 141, ""),
        (OSError(28, "No space left on device"), 1, "error: the output cannot be written (No space left on device)\n"),
    ],
)
def test_what_ends_a_command_is_one_line(error, status, line, capsys):
    assert guarded(failing(error)) == status
    assert capsys.readouterr().err == line


def test_a_module_that_no_extra_contains_is_a_fault_of_the_program():
    with pytest.raises(ModuleNotFoundError):
        guarded(failing(ModuleNotFoundError(name="dropout_core.numerics.gone")))


def test_errors_of_files_are_faults_of_the_program():
    with pytest.raises(FileNotFoundError):
        guarded(failing(FileNotFoundError(2, "No such file", "missing")))


def test_text_that_the_terminal_cannot_show_is_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert guarded(lambda: print("1.0 ± 0.1") or 0) == 0
    assert stream.buffer.getvalue() == b"1.0 \\xb1 0.1\n"


def run(**more):
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    return subprocess.run(SCRIPT, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True, timeout=120, **more)


def test_a_closed_pipe_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_disk_is_named():
    with open("/dev/full", "w") as full:
        done = run(stdout=full)
    assert (done.returncode, done.stderr) == (1, "error: the output cannot be written (No space left on device)\n")


@pytest.mark.parametrize("start", ["from dropout_core.__main__ import console; exit(console())", None])
def test_ctrl_c_while_the_libraries_load_is_one_line(tmp_path, start):
    (tmp_path / "tqdm.py").write_text("raise KeyboardInterrupt")  # as if Ctrl-C were pressed during this import
    command = [sys.executable, "-c", start] if start else SCRIPT
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 130
    assert done.stderr == "Stopped.\n"
