"""Test the Dockerfile's HEALTHCHECK command with and without a running app."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

DOCKERFILE = (Path(__file__).parents[2] / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


def ask(address: str) -> int:
    _, *command = json.loads(re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, re.M)[1])
    env = os.environ | {"STREAMLIT_SERVER_PORT": address.rpartition(":")[2]}
    return subprocess.run([sys.executable, *command], env=env, stderr=subprocess.DEVNULL, timeout=30).returncode


def test_a_running_app_is_healthy(app: str):
    assert ask(app) == 0


def test_no_app_is_not():
    assert ask("http://127.0.0.1:9") != 0
