"""Test the Dockerfile's HEALTHCHECK command with and without a running app."""

import json
import re
import subprocess
import sys
from pathlib import Path

DOCKERFILE = (Path(__file__).parents[2] / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


def ask(address: str) -> int:
    _, *arguments = json.loads(re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, re.M)[1])
    command = [word.replace("http://127.0.0.1:8501", address) for word in arguments]
    assert command != arguments
    return subprocess.run([sys.executable, *command], stderr=subprocess.DEVNULL, timeout=30).returncode


def test_a_running_app_is_healthy(app: str):
    assert ask(app) == 0


def test_no_app_is_not():
    assert ask("http://127.0.0.1:9") != 0
