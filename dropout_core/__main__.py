"""Starts the command line. Also while its libraries load, which takes a second, Ctrl-C ends it in one line."""

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
