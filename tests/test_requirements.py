"""Test that the requirements files and CITATION.cff agree with pyproject.toml."""

import tomllib
from pathlib import Path

from dropout_core import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def requirements(name: str) -> list[str]:
    """Return the lines of a requirements file that name packages."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def packages(extra: str) -> list[str]:
    """Return the packages that an extra lists directly, excluding those from extras that it includes."""
    return [each for each in EXTRAS[extra] if not each.startswith(PROJECT["name"])]


def test_requirements_are_the_base_and_what_training_needs():
    assert requirements("requirements.txt") == PROJECT["dependencies"] + packages("train")


def test_development_requirements_are_those_and_the_other_extras():
    extras = [each for name in ("postgres", "reference", "export", "dev") for each in packages(name)]
    assert requirements("requirements-dev.txt") == extras
    assert "-r requirements.txt\n" in (ROOT / "requirements-dev.txt").read_text("utf-8")
    assert "dropout-explainer[train]" in EXTRAS["reference"]
    assert {f"dropout-explainer[{name}]" for name in ("postgres", "reference", "export")} <= set(EXTRAS["dev"])


def test_the_base_has_no_pytorch():
    assert not any(each.startswith("torch") for each in PROJECT["dependencies"])


def test_every_requirement_has_an_upper_bound():
    assert [
        each for each in requirements("requirements.txt") + requirements("requirements-dev.txt") if "<" not in each
    ] == []


def test_the_citation_names_this_version():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
