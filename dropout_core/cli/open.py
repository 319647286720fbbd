"""The command `open`, which serves the app with Streamlit."""

import argparse
import runpy
import sys

from dropout_core.common.app_files import app_folder


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the help. Its options are Streamlit's, so main passes them to open_app unparsed."""
    parser = commands.add_parser("open", add_help=False, help="open the app; takes the options of streamlit run")
    parser.set_defaults(command=open_app)


def open_app(options: list[str]) -> int:
    """Run the app like `streamlit run app.py` with these options until the server stops, and return the exit status."""
    sys.argv = ["streamlit", "run", str(app_folder() / "app.py"), *options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return 0
