"""Ensures that an error, Ctrl-C, a closed pipe or a full disk ends a command with at most one line on stderr."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from dropout_core.common.errors import UserError

# Modules that only some commands import, and the packages that contain them; the extras in pyproject.toml list them.
OPTIONAL = {
    "torch": "torch",
    "torchvision": "torchvision",
    "scipy": "scipy",
    "cryptography": "cryptography",
    "sklearn": "scikit-learn",
    "psycopg": "psycopg",
    "latex2mathml": "latex2mathml",
    "markdown_it": "markdown-it-py",
    "mdit_py_plugins": "mdit-py-plugins",
    "vl_convert": "vl-convert-python",
    "playwright": "playwright",
    "jax": "jax",
    "optax": "optax",
}
RUNS_ARE_SAVED = "Finished runs are saved; run the same command again to continue."
INTERRUPTED, BROKEN_PIPE = 130, 141  # by the shell's convention, 128 plus the signal number


def guarded(command: Callable[[], int]) -> int:
    """Run the command and return the exit status. Errors are printed as one line."""
    _escape_what_cannot_be_encoded()
    try:
        try:
            return command()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except UserError as error:
        _complain(f"error: {error}")
        return 1
    except ModuleNotFoundError as error:
        if (package := OPTIONAL.get((error.name or "").split(".")[0])) is None:
            raise
        _complain(f"error: this needs the package {package}; run: pip install {package}")
        return 1
    except KeyboardInterrupt as error:
        _complain(f"Stopped. {error}".rstrip())  # Python's own KeyboardInterrupt has no message
        return INTERRUPTED
    except BrokenPipeError:  # the pipe was closed by its reader, such as head
        _discard_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.filename is not None:  # the error concerns a file, not an output stream
            raise
        _discard_output()
        _complain(f"error: the output cannot be written ({error.strerror})")
        return 1


def log_nothing() -> None:
    """Keep log messages from this package and from Dask, including those of the workers, off the terminal."""
    logging.getLogger("dropout_core").addHandler(logging.NullHandler())
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")


def _escape_what_cannot_be_encoded() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _complain(text: str) -> None:
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _discard_output() -> None:
    """Discard buffered output, so that the interpreter does not try to write it at exit."""
    with suppress(OSError, ValueError):  # in tests, stdout is not a real file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
