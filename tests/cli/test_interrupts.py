"""Test Ctrl-C during long commands in a separate terminal: every process ends, and the command prints one line."""

import os
import signal
import sys

import pytest

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")
SWEEP = ["sweep", "--rates", "0,0.5", "--widths", "256", "--images", "4000", "--epochs", "200"]
TRAIN = ["train", "--images", "4000", "--epochs", "400"]
CTRL_C = b"\x03"


class Terminal:
    """A command that runs in a pseudo-terminal, where the test can read output and press keys."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.output, self.ended = b"", False
        self.pid, self.file = pty.fork()
        if not self.pid:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background processes ignore this signal
            os.execve(sys.executable, [sys.executable, "-m", "dropout_core", *command], environment)
        termios.tcsetwinsize(self.file, (24, 100))  # no progress bar is drawn if the terminal has no width

    def read(self) -> bool:
        """Read the next output. Returns False at the end of the output."""
        try:
            more = os.read(self.file, 4096)
        except OSError:  # on Linux, this error means that the command has exited
            more = b""
        self.output += more
        return bool(more)

    def end(self) -> int:
        """Read all remaining output and return the exit status."""
        while self.read():
            pass
        self.ended = True
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a command in a terminal."""
    folders = {"DROPOUT_STORE": str(tmp_path / "store"), "DROPOUT_CACHE_DIR": str(tmp_path), "DROPOUT_DOWNLOAD": "0"}
    opened = []

    def start(command: list[str]) -> Terminal:
        opened.append(Terminal(command, os.environ | folders | {"DROPOUT_DATA_DIR": ""}))
        return opened[0]

    yield start
    for terminal in opened:
        if not terminal.ended:
            os.kill(terminal.pid, signal.SIGTERM)
            terminal.end()
        os.close(terminal.file)


def test_an_export_that_is_stopped_says_that_nothing_is_left(run, tmp_path):
    terminal = run(["export", str(tmp_path / "site")])
    while b"index.html" not in terminal.output:
        assert terminal.read()
    os.write(terminal.file, CTRL_C)
    assert terminal.end() == 130
    assert terminal.output.count(b"Stopped. The unfinished site was removed; run the same command again") == 1
    assert b"Finished runs" not in terminal.output
    assert b"Traceback" not in terminal.output
    assert not (tmp_path / "site").exists()  # so the same command works again


@pytest.mark.parametrize(
    ("command", "shown"),
    [(SWEEP, b"0/2"), (SWEEP, b"s left"), (TRAIN, b"0%|"), (TRAIN, b"1%|")],
    ids=["sweep starts", "sweep trains", "train starts", "train trains"],
)
def test_ctrl_c_stops_it_in_one_line(run, command, shown):
    """The test presses Ctrl-C as soon as the progress bar contains this text."""
    terminal = run(command)
    while shown not in terminal.output:
        assert terminal.read()
    os.write(terminal.file, CTRL_C)
    assert terminal.end() == 130
    assert terminal.output.count(b"Stopped. Finished runs are saved; run the same command again to continue.") == 1
    assert b"Traceback" not in terminal.output
