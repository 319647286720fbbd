"""Starts the benchmarks; see commands.py. They load Streamlit, which needs a home folder."""

from dropout_core.cli.output import guarded
from dropout_core.common.home import ensure_home


def main() -> int:
    """Run one benchmark and return the exit status."""
    ensure_home()
    from dropout_core.benchmarks import commands

    return commands.main()


if __name__ == "__main__":
    raise SystemExit(guarded(main))
