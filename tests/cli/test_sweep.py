"""The sweep's command in a terminal of its own: Ctrl-C reaches every process, and one line is all that is said."""

import os
import signal
import sys

import pytest

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")
COMMAND = ["-m", "dropout_core", "sweep", "--rates", "0,0.5", "--widths", "256", "--images", "4000", "--epochs", "200"]
CTRL_C = b"\x03"


class Terminal:
    """A command in a pseudo-terminal: what it says, and keys pressed on it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.said, self.ended = b"", False
        self.pid, self.file = pty.fork()
        if not self.pid:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test run in a shell's background ignores it
            os.execve(sys.executable, [sys.executable, *COMMAND], environment)
        termios.tcsetwinsize(self.file, (24, 100))  # a terminal without columns gets no bar

    def read(self) -> bool:
        """Take in what is said next; False at the end."""
        try:
            more = os.read(self.file, 4096)
        except OSError:  # Linux says so that the other side is gone
            more = b""
        self.said += more
        return bool(more)

    def end(self) -> int:
        """Read to the end; the exit status."""
        while self.read():
            pass
        self.ended = True
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def terminal(tmp_path):
    folders = {"DROPOUT_STORE": str(tmp_path / "store"), "DROPOUT_CACHE_DIR": str(tmp_path), "DROPOUT_DOWNLOAD": "0"}
    opened = Terminal(os.environ | folders | {"DROPOUT_DATA_DIR": ""})
    yield opened
    if not opened.ended:
        os.kill(opened.pid, signal.SIGTERM)
        opened.end()
    os.close(opened.file)


@pytest.mark.parametrize("shown", [b"0/2", b"s left"], ids=["while the workers start", "while they train"])
def test_ctrl_c_stops_it_in_one_line(terminal, shown):
    """Pressed once the bar shows this."""
    while shown not in terminal.said:
        assert terminal.read()
    os.write(terminal.file, CTRL_C)
    assert terminal.end() == 130
    assert b"Stopped. Finished runs are kept; the same command continues from there." in terminal.said
    assert b"Traceback" not in terminal.said
