"""A home folder for users who have none, such as those of Docker's --user: Streamlit does not start without one."""

import os
import sys
from pathlib import Path

from dropout_core.common.temporary import private_folder


def ensure_home() -> None:
    """If this user has no home folder, set HOME to DROPOUT_CACHE_DIR, or else to a new private folder."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = os.environ.get("DROPOUT_CACHE_DIR") or _new_home()


def _new_home() -> str:
    folder = str(private_folder())
    print(
        f"This user has no home folder, so results are stored in {folder}. Set DROPOUT_CACHE_DIR to choose a folder.",
        file=sys.stderr,
    )
    return folder
