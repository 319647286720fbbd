"""The command `open`, which serves the app with Streamlit."""

from click import Abort, ClickException

from dropout_core.common.app_files import app_folder
from dropout_core.common.home import ensure_home

HELP = "open the app; takes the options of streamlit run"


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
