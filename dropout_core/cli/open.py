"""The command `open`, which serves the app with Streamlit."""

import argparse

from click import Abort, ClickException

from dropout_core.common.app_files import app_folder
from dropout_core.common.home import ensure_home


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the help. Its options are Streamlit's, so main passes them to open_app unparsed."""
    parser = commands.add_parser("open", add_help=False, help="open the app; takes the options of streamlit run")
    parser.set_defaults(command=open_app)


def open_app(options: list[str]) -> int:
    """Run the app like `streamlit run app.py` with these options until the server stops, and return the exit status.

    Raises KeyboardInterrupt.
    """
    ensure_home()
    from streamlit.web import cli as streamlit  # needs the home folder

    try:
        arguments = ["run", str(app_folder() / "app.py"), *options]
        return streamlit.main.main(arguments, prog_name="streamlit", standalone_mode=False) or 0
    except ClickException as error:  # an unknown option
        error.show()
        return error.exit_code
    except Abort:  # how click reports Ctrl-C
        raise KeyboardInterrupt from None
