"""Test that the README describes commands and settings correctly."""

from dataclasses import fields
from pathlib import Path

from dropout_core.common.settings import VARIABLES, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_is_documented_with_the_code_s_own_words():
    for name, meaning in VARIABLES.items():
        assert f"| `{name}` | {meaning} |" in README
    assert README.count("| `DROPOUT_") == len(VARIABLES)


def test_every_setting_is_read_from_the_environment():
    assert len(VARIABLES) == len(fields(Settings))
    source = (ROOT / "dropout_core" / "common" / "settings.py").read_text("utf-8")
    for name in VARIABLES:
        assert source.count(f'"{name}"') >= 2


def test_there_is_one_command_to_open_the_app_and_one_to_test_it():
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert "-r requirements.txt && .venv/bin/streamlit run app.py" in commands[0]
    assert "-r requirements-dev.txt && .venv/bin/python -m pytest" in commands[1]
    for name in ("requirements.txt", "requirements-dev.txt", "app.py", "docs/masks.png"):
        assert (ROOT / name).exists()


def test_machines_without_a_gpu_get_shorter_ways():
    assert "\n.venv/bin/uv pip install --torch-backend=auto -r requirements.txt " in README
    assert "\n.venv/bin/uv pip install . " in README


def test_ci_runs_the_readme_s_test_command():
    assert "<!-- test -->" in README
    assert "<!-- test -->" in (ROOT / ".ci" / "run").read_text("utf-8")
