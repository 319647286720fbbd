"""Test the command `check`: its output, its exit statuses, and its links."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dropout_core.cli import main as cli
from dropout_core.topics.pitfalls.catalogue import BY_SLUG

ROOT = Path(__file__).parents[2]
BUG = "import torch.nn as nn\ndrop = nn.Dropout(0.9)\n"


@pytest.fixture(autouse=True)
def no_address(monkeypatch):
    monkeypatch.delenv("DROPOUT_URL", raising=False)


@pytest.fixture
def bug(tmp_path) -> str:
    path = tmp_path / "bug.py"
    path.write_text(BUG)
    return str(path)


def run(capsys, *arguments: str) -> tuple[int, list[str], list[str]]:
    """Run the command and return its status, and the lines on stdout and on stderr."""
    status = cli.main(["check", *arguments])
    printed = capsys.readouterr()
    return status, printed.out.splitlines(), printed.err.splitlines()


def test_a_finding_is_told_with_file_and_line_reason_and_link(bug, capsys):
    status, lines, errors = run(capsys, bug)
    assert (status, errors) == (1, [])
    assert lines[0] == f"{bug}:2: The rate looks like a probability of keeping"
    assert lines[1].startswith("    PyTorch expects P(drop).")
    assert lines[2:] == ["    /pitfalls?lab=keep", "1 finding in 1 file."]


def test_links_lead_to_the_app_s_address_if_it_is_known(bug, capsys, monkeypatch):
    monkeypatch.setenv("DROPOUT_URL", "https://example.org/dropout/")
    assert "    https://example.org/dropout/pitfalls?lab=keep" in run(capsys, bug)[1]
    monkeypatch.setenv("DROPOUT_URL", "example.org")
    status, lines, errors = run(capsys, bug)
    assert (status, lines) == (2, [])
    assert "DROPOUT_URL" in errors[0]


def test_no_other_setting_is_needed(bug, capsys, monkeypatch):
    monkeypatch.setenv("DROPOUT_CACHE_DIR", "nowhere/relative")
    assert run(capsys, bug)[0] == 1


def test_clean_files_end_with_zero(tmp_path, capsys):
    for name in "ab":
        (tmp_path / f"{name}.py").write_text(BUG.replace("0.9", "0.5"))
    assert run(capsys, str(tmp_path)) == (0, ["0 findings in 2 files."], [])


def test_what_cannot_be_read_is_named_and_the_rest_is_checked(bug, tmp_path, capsys):
    broken = tmp_path / "broken.py"
    broken.write_text("def f(:\n")
    deep = tmp_path / "deep.py"
    deep.write_text("-" * 100_000 + "1")
    null = tmp_path / "null.py"
    null.write_bytes(b"x = '\0'\n")
    status, lines, errors = run(capsys, str(broken), str(deep), bug, "nowhere.py", str(null))
    assert status == 2
    assert lines[0].startswith(f"{bug}:2: ")
    assert lines[-1] == "1 finding in 5 files."
    assert errors[0] == f"{broken} is not valid Python: invalid syntax (line 1)."
    assert errors[1].startswith(f"{deep} ")
    assert errors[2] == "nowhere.py cannot be read (No such file or directory)."
    assert "null" in errors[3]


def test_standard_input_is_checked(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BUG.encode())))
    status, lines, _ = run(capsys, "-")
    assert status == 1
    assert lines[0].startswith("standard input:2: ")


def test_json_has_the_same(bug, tmp_path, capsys):
    notebook = tmp_path / "a.ipynb"
    cells = [{"cell_type": "code", "source": "x = 1"}, {"cell_type": "code", "source": BUG}]
    notebook.write_text(json.dumps({"cells": cells}))
    status, (line,), errors = run(capsys, "--json", bug, str(notebook), "nowhere.py")
    printed = json.loads(line)
    assert (status, errors, printed["files"]) == (2, [], 3)
    plain, in_notebook = printed["findings"]
    assert (plain["file"], plain["line"], plain["pitfall"]) == (bug, 2, "keep")
    assert (in_notebook["cell"], in_notebook["line"]) == (2, 2)
    assert plain["link"] == "/pitfalls?lab=keep"
    assert plain["what"]
    assert plain["why"]
    assert "cell" not in plain
    assert printed["unreadable"] == ["nowhere.py cannot be read (No such file or directory)"]


def test_links_lead_to_pitfalls_that_exist(tmp_path, capsys):
    for pitfall in BY_SLUG.values():
        (tmp_path / f"{pitfall.slug}.py").write_text(pitfall.broken)
    _, (line,), _ = run(capsys, "--json", str(tmp_path))
    assert {entry["pitfall"] for entry in json.loads(line)["findings"]} == {*BY_SLUG} - {"always"}


def test_without_files_it_ends_with_the_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["check"])
    assert "FILE" in capsys.readouterr().err


@pytest.mark.slow
def test_as_a_process_it_imports_no_pytorch_and_survives_deep_nesting(bug, tmp_path):
    (tmp_path / "deep.py").write_text("(" * 90 + "lambda: " * 50_000)
    command = [sys.executable, "-X", "importtime", "-m", "dropout_core", "check", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2
    assert "1 finding in 2 files." in done.stdout
    assert not re.search(r"\| +torch$", done.stderr, re.MULTILINE)
