"""Test that the requirements files and CITATION.cff agree with pyproject.toml."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement

from dropout_core import __version__
from dropout_core.cli.output import OPTIONAL
from tests.architecture import Module, imports, name_of, source_files

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


def test_what_the_base_lacks_is_imported_late_or_only_where_it_is_the_point():
    """Otherwise a page, or a command that has nothing to do with the package, would fail without it."""
    lacking = [
        (Module(name_of(path)), each.target, each.at_the_top)
        for path in source_files()
        for each in imports(path)
        if each.target.split(".")[0] not in provided()
    ]
    assert {"torch", "scipy", "sklearn", "psycopg", "vl_convert"} <= {target.split(".")[0] for _, target, _ in lacking}
    early = {module.name for module, _, at_the_top in lacking if at_the_top and not module.may_import_torch}
    static_site = {"dropout_core.static_site.markdown", "dropout_core.static_site.shared"}
    assert early == static_site | {"dropout_core.benchmarks.jax_peer"}
    assert {target.split(".")[0] for _, target, _ in lacking} <= set(OPTIONAL)


@cache
def provided() -> set[str]:
    """Return all modules that the standard library, this project, and the base dependencies provide."""
    modules = packages_distributions()
    base, new = set(), {canonical(Requirement(line).name) for line in PROJECT["dependencies"]}
    while new:
        base |= new
        new = {needed for name in new for needed in dependencies(name)} - base
    found = {module for module, names in modules.items() if base & set(map(canonical, names))}
    return found | set(sys.stdlib_module_names) | {"dropout_core", "pages", "app"}


def dependencies(name: str) -> set[str]:
    """Return the packages that an installed package requires here, without its extras."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # needed on other systems only
        return set()
    needed = [each for each in map(Requirement, lines) if each.marker is None or each.marker.evaluate({"extra": ""})]
    return {canonical(each.name) for each in needed}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_has_an_upper_bound():
    assert [
        each for each in requirements("requirements.txt") + requirements("requirements-dev.txt") if "<" not in each
    ] == []


def test_the_citation_names_this_version():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
