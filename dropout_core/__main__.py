"""Starts the command line. Ctrl-C exits with one line of output even while the libraries are being imported."""

import sys

from dropout_core.cli.output import guarded


def console() -> int:
    """Run the command `dropout-explainer`."""
    return guarded(lambda: _main().console())


def _main():
    from dropout_core.cli import main

    return main


if __name__ == "__main__":
    sys.exit(guarded(lambda: _main().main()))
