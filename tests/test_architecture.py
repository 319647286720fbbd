"""The one page on the house's plan says how it is, and the commands of the documents are commands."""

import ast
import re
from pathlib import Path

import pytest

from dropout_core.cli import main as cli

ROOT = Path(__file__).parents[1]
CORE = ROOT / "dropout_core"
PLAN = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROWS = [re.findall(r"`([\w]+)`", line.split("|")[2]) for line in PLAN.splitlines() if line.startswith("|")]
LEVEL = {module: level for level, row in enumerate(ROWS) for module in row}


def files(module: str) -> list[Path]:
    """The files of a module or of a folder of them."""
    folder = ROOT / "pages" if module == "pages" else CORE / module
    if folder.is_dir():
        return sorted(folder.glob("*.py"))
    return [(ROOT if module == "app" else CORE) / f"{module}.py"]


def imported(path: Path) -> set[str]:
    """Modules of this package that a file imports, by their first name: `charts` for charts.curves."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.level or node.module.split(".")[0] == "dropout_core"):
            if node.level == 1 and path.parent.parent == CORE:
                continue  # a folder's modules among themselves
            inner = (node.module or "").removeprefix("dropout_core").strip(".")
            found |= {inner.split(".")[0]} if inner else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("module", LEVEL)
def test_arrows_point_down(module):
    for path in files(module):
        above = {name for name in imported(path) if LEVEL.get(name, 99) < LEVEL[module]}
        assert not above, f"{path.name} imports {above}"


def test_the_check_would_notice():
    assert {"recipe", "store", "work"} <= imported(CORE / "jobs.py")
    assert LEVEL["pages"] < LEVEL["service"] < LEVEL["jobs"] < LEVEL["store"] < LEVEL["trainer"] < LEVEL["recipe"]
    assert {"charts", "store", "ui"} <= imported(ROOT / "pages" / "rates.py")
    assert {"charts", "layout_ui", "service"} <= imported(CORE / "once" / "ensemble.py")
    assert LEVEL["pages"] < LEVEL["once"] < LEVEL["charts"]


def test_every_module_of_the_picture_exists():
    boxes = PLAN.split("subgraph server")[1].split("disk[")[0]
    named = {name for label in re.findall(r'\w+\["(.*?)"\]', boxes) for name in re.findall(r"\w+", label)}
    named |= {name for line in boxes.splitlines() for name in re.findall(r"^ +(\w+) --> (\w+)$", line) for name in name}
    assert named >= {"app", "pages", "ui", "service", "jobs", "charts", "masks", "store", "recipe", "work", "trainer"}
    assert all(path.exists() for name in named for path in files(name))


COMMANDS = [
    (path.name, command)
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "hosting.md")
    for command in re.findall(r"python -m dropout_core ([^`#\n]*)", path.read_text("utf-8"))
]


@pytest.mark.parametrize(("document", "command"), COMMANDS)
def test_commands_of_the_documents_are_commands(document, command):
    assert cli._parser().parse_args(command.split()).command
