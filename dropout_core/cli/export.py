"""The command `export`, which writes the static edition: a web site that needs no server."""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dropout_core.common.errors import UserError
from dropout_core.common.home import ensure_home
from dropout_core.common.settings import public_url

HELP = "write the static edition, a web site that needs no server"
PACKAGES = ("latex2mathml", "markdown-it-py", "mdit-py-plugins", "vl-convert-python")  # the extra `export`
MISSING = f"{{}} is not installed; to write the static edition, run: pip install {' '.join(PACKAGES)}"

INTERRUPTED = "The unfinished site was removed; run the same command again to write it."


class MissingExtra(UserError):
    """The packages that this command needs are not installed."""


def set_up(parser: argparse.ArgumentParser) -> None:
    """Add this command's flags to the parser."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or an empty folder")
    parser.set_defaults(command=export, interrupted=INTERRUPTED)


def export(args: argparse.Namespace) -> int:
    """Write the site, and print the name of each file as it is written."""
    ensure_home()
    url = public_url(os.environ)
    start = time.monotonic()
    with _without_warnings():
        write = _site()
        count = write(args.folder, url, lambda name: print(name, file=sys.stderr, flush=True))
    print(f"{count} pages in {args.folder}, in {time.monotonic() - start:.0f} s")
    return 0


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep Streamlit's log of warnings off the terminal. They concern servers."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _site():
    """Return the function that writes the site. It is imported late, since it loads Streamlit."""
    try:
        import latex2mathml.converter  # noqa: F401
        import markdown_it  # noqa: F401
        import mdit_py_plugins  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        raise MissingExtra(MISSING.format(error.name)) from None
    from dropout_core.static_site.site import export as write

    return write
