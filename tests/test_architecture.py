"""Test that the code follows the import rule in tests/architecture.py, and that the documents match the code."""

import re
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from dropout_core.cli import main as cli
from tests.architecture import LAYERS, MOST_LINES, MOST_MODULES, PACKAGE, ROOT, faults, imports, name_of, source_files

PLAN = (ROOT / "docs" / "architecture.md").read_text("utf-8")


@pytest.mark.parametrize("path", source_files(), ids=name_of)
def test_every_file_keeps_to_the_rule(path):
    assert faults(path) == []


BROKEN = {
    "an arrow upwards": ("dropout_core/numerics/new.py", "from dropout_core.ui import server"),
    "an arrow upwards inside a function": (
        "dropout_core/common/new.py",
        "def f():\n    import dropout_core.data.mnist",
    ),
    "torch where a page would load it": ("dropout_core/charts/new.py", "import torch"),
    "torch inside a function of a topic": ("dropout_core/topics/masks/new.py", "def f():\n    import torch"),
    "Streamlit in a topic's numerics": ("dropout_core/topics/masks/findings.py", "import streamlit as st"),
    "another topic": ("dropout_core/topics/masks/new.py", "from dropout_core.topics.rates import findings"),
    "a page": ("dropout_core/ui/new.py", "import pages.masks"),
    "the entry point": ("dropout_core/ui/new.py", "import app"),
    "a file at the top": ("dropout_core/new.py", ""),
}


@pytest.mark.parametrize(("name", "code"), BROKEN.values(), ids=BROKEN)
def test_the_rule_notices(name, code, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(code)
    assert faults(path, tmp_path)


def test_coroutines_of_tests_run_in_a_thread_of_their_own():
    """After a browser test, a loop of Playwright's may run in the main thread, and asyncio.run fails."""
    tests = {
        path: path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py") if path.name != Path(__file__).name
    }
    assert [path.name for path, text in tests.items() if "asyncio.run" in text] == ["loops.py"]


def test_an_unknown_folder_is_refused(tmp_path):
    path = tmp_path / PACKAGE / "helpers" / "new.py"
    path.parent.mkdir(parents=True)
    path.write_text("")
    with pytest.raises(ValueError, match="not in tuple"):
        faults(path, tmp_path)


def test_relative_imports_are_refused(tmp_path):
    (tmp_path / "new.py").write_text("from . import other")
    with pytest.raises(ValueError, match="absolute"):
        imports(tmp_path / "new.py")


def test_no_module_imports_itself_in_a_circle():
    """Imports inside functions count, too, because they only hide an import cycle."""
    graph = {name_of(path): {each.target for each in imports(path)} - {name_of(path)} for path in source_files()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_no_folder_is_crowded_and_no_module_long():
    folders = Counter(path.parent for path in source_files() if path.name != "__init__.py")
    assert {folder: n for folder, n in folders.items() if n > MOST_MODULES} == {}
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in source_files()}
    assert {name_of(path): n for path, n in lines.items() if n > MOST_LINES} == {}


def test_the_plan_has_a_row_for_every_folder():
    rows = re.findall(r"^\| `(\w+)/` \|", PLAN, re.MULTILINE)
    assert rows == list(LAYERS)
    assert {path.name for path in (ROOT / PACKAGE).iterdir() if (path / "__init__.py").exists()} == set(LAYERS)


def test_every_module_that_the_plan_names_exists():
    named = re.findall(r"`((?:dropout_core|pages|tests)/[\w/]+\.py|[a-z]+/[\w/]+\.py)`", PLAN)
    assert len(named) >= 7
    missing = [name for name in named if not (ROOT / name).exists() and not (ROOT / PACKAGE / name).exists()]
    assert missing == []


COMMANDS = [
    (path.name, command)
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "hosting.md")
    for command in re.findall(r"python -m dropout_core ([^`#\n]*)", path.read_text("utf-8"))
]


@pytest.mark.parametrize(("document", "command"), COMMANDS)
def test_commands_of_the_documents_are_commands(document: str, command: str):
    assert cli.parser().parse_args(command.split()).command


def test_tests_lie_where_the_modules_lie():
    """The folders in tests/ mirror the package, except for pages/ and for e2e/, which tests the whole app."""
    known = {*LAYERS, "pages", "e2e", "samples", "__pycache__"}
    assert {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} <= known
    topics = {path.name for path in (ROOT / PACKAGE / "topics").iterdir() if path.is_dir()}
    assert {Path(path).name for path in (ROOT / "tests" / "topics").iterdir() if path.is_dir()} <= topics
