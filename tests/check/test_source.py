"""Test which files are read, and that whatever cannot be read is refused in one sentence."""

import contextlib
import io
import json
import os
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.check import source
from dropout_core.check.findings import check
from dropout_core.check.source import LIMIT, Source, Unreadable, files, notebook, read
from dropout_core.topics.pitfalls.catalogue import PITFALLS

BUG = "drop = nn.Dropout(0.9)\n"


@pytest.fixture
def write(tmp_path):
    def write(name: str, content: bytes | str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def refusal(name: str) -> str:
    with pytest.raises(Unreadable) as error:
        check(read(name))
    assert "\n" not in str(error.value)
    return str(error.value)


def lines_found(name: str) -> list[int]:
    return [finding.line for finding in check(read(name))]


# --- files and folders -----------------------------------------------------------------------------------------------


def test_a_folder_stands_for_its_python_files_and_notebooks(write, tmp_path):
    for name in ("b.py", "a.py", "c/d.ipynb", "c/e.txt", ".git/f.py", "__pycache__/g.py"):
        write(name, "")
    found = [os.path.relpath(str(name), tmp_path) for name in files([str(tmp_path)])]
    assert found == ["a.py", "b.py", os.path.join("c", "d.ipynb")]


def test_a_folder_without_python_files_is_an_error(write, tmp_path):
    write("readme.txt", "")
    (error,) = files([str(tmp_path)])
    assert isinstance(error, Unreadable)
    assert str(error) == f"{tmp_path} contains no Python files"


def test_a_folder_with_too_many_files_is_an_error(write, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MOST_FILES", 2)
    for name in "abc":
        write(f"{name}.py", "")
    *first, error = files([str(tmp_path)])
    assert len(first) == 2
    assert "more than 2 Python files" in str(error)


def test_links_in_a_circle_are_not_followed(write, tmp_path):
    write("a.py", "")
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(list(files([str(tmp_path)]))) == 1


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BUG.encode())))
    assert read("-") == Source("standard input", BUG)


def test_what_is_not_there_and_what_is_no_file_is_named(tmp_path):
    assert refusal("nowhere.py") == "nowhere.py cannot be read (No such file or directory)"
    assert "cannot be a file name" in refusal("null\0character.py")
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    assert "is not a file" in refusal(str(pipe))


def test_a_file_that_is_too_long_is_refused_before_it_is_parsed(write):
    assert refusal(write("long.py", b"#" * (LIMIT + 1))).endswith("is longer than 2,000,000 bytes")
    assert lines_found(write("fits.py", BUG + "#" * (LIMIT - len(BUG)))) == [1]


# --- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        BUG.encode(),
        b"\xef\xbb\xbf" + BUG.encode(),
        "# coding: latin-1\ns = 'é'\n".encode("latin-1") + BUG.encode(),
        "#!/usr/bin/python\n# -*- coding: cp1252 -*-\ns = '€'\n".encode("cp1252") + BUG.encode(),
        BUG.replace("\n", "\r\n").encode(),
    ],
    ids=["UTF-8", "byte order mark", "Latin-1", "second line", "Windows"],
)
def test_declared_encodings_are_respected(content, write):
    assert len(lines_found(write("code.py", content))) == 1


@pytest.mark.parametrize("content", [b"\xff", b"# coding: none-such\n", b"# coding: zlib\nx", b"# coding: utf-16\nx"])
def test_other_bytes_are_refused(content, write):
    assert "encoding" in (text := refusal(write("code.py", content))) or "is not text in" in text


# --- what is not Python ----------------------------------------------------------------------------------------------

NESTED = {
    "brackets": "(" * 5_000 + ")" * 5_000,
    "signs": "-" * 100_000 + "1",
    "attributes": "a" + ".b" * 100_000,
    "sums": "x" + " + x" * 100_000,
    "calls": "f" + "()" * 100_000,
    "lambdas": "lambda: " * 20_000 + "0",
    "branches": "if a: pass\n" + "elif a: pass\n" * 20_000,
    "conditions": "x = " + "1 if a else " * 20_000 + "0",
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_refused_in_one_sentence(text, write):
    name = write("deep.py", text)
    assert refusal(name).startswith((f"{name} cannot be checked: ", f"{name} is not valid Python: "))


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_refused_in_a_thread_too(text):
    """Pages run in threads, whose stacks may be smaller."""
    refused = []

    def run() -> None:
        with pytest.raises(Unreadable):
            check(Source("deep.py", text))
        refused.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert refused


def test_a_syntax_error_names_its_line(write):
    name = write("code.py", "x = 1\ndef f(:\n")
    assert refusal(name) == f"{name} is not valid Python: invalid syntax (line 2)"


@pytest.mark.parametrize("text", ["x = '\0'", "x = '\ud800'"])
def test_null_characters_and_half_pairs_are_refused(text):
    with pytest.raises(Unreadable, match="not valid Python"):
        check(Source("code.py", text))


def test_warnings_about_the_source_are_not_shown(recwarn):
    assert check(Source("code.py", "x = '\\d' is 1\n")) == []
    assert len(recwarn) == 0


CODES = [code for pitfall in PITFALLS for code in (pitfall.broken, pitfall.right)]
LINES = sorted({line for code in CODES for line in code.splitlines()})
FRAGMENTS = [
    "(",
    ").eval()",
    "self.",
    "*a, **b",
    "lambda p=.9: ",
    "from torch.nn import *",
    "class A(nn.Module):",
    "    ",
    "@",
]
texts = (
    st.text()
    | st.lists(st.sampled_from(CODES), max_size=4).map("\n\n".join)
    | st.lists(st.sampled_from(LINES), max_size=20).map("\n".join)
    | st.lists(st.sampled_from(LINES + FRAGMENTS), max_size=20).map("".join)
)


def outcome(source: Source) -> str:
    """Check a source. Returns the error's message, or "" if it can be checked."""
    try:
        findings = check(source)
    except Unreadable as error:
        return str(error)
    lines = source.text.count("\n") + source.text.count("\r") + 1
    assert all(1 <= finding.line <= lines for finding in findings)
    return ""


@settings(max_examples=300, deadline=None)
@given(texts)
def test_any_text_is_checked_or_refused(text):
    assert "\n" not in outcome(Source("code.py", text))


@settings(max_examples=100, deadline=None)
@given(content=st.binary())
def test_any_file_is_checked_or_refused(content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.py"
    path.write_bytes(content)
    with contextlib.suppress(Unreadable):
        check(read(str(path)))


# --- notebooks -------------------------------------------------------------------------------------------------------


def cells(*sources: str | list[str]) -> str:
    code = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# Title"}, *code], "nbformat": 4})


def test_findings_in_a_notebook_name_the_cell():
    text = cells("import torch.nn as layers", ["%matplotlib inline\n", "x = 1\n", "drop = layers.Dropout(0.9)\n"], "")
    (finding,) = check(notebook("a.ipynb", text))
    assert finding.place == "a.ipynb:cell 2:3"
    assert finding.source.position(finding.line) == (2, 3)


def test_what_only_ipython_understands_is_left_out():
    magic = ["%pip install torch", "!ls", "files = !ls", "  %time f()", "net?", "net.eval??", "?net", "value = %time 1"]
    source = notebook(
        "a.ipynb", cells("if True:\n    !ls\n" + "\n".join(magic).replace("  %", "%"), "%%bash\nls |", BUG)
    )
    assert [finding.place for finding in check(source)] == ["a.ipynb:cell 3:1"]
    assert "%%time" not in notebook("a.ipynb", cells("%%time\n" + BUG)).text
    assert check(notebook("a.ipynb", cells("%%time\n" + BUG)))[0].line == 2


def test_a_syntax_error_in_a_notebook_names_the_cell():
    with pytest.raises(Unreadable) as error:
        check(notebook("a.ipynb", cells("x = 1", "x = 1\nx = = 2")))
    assert str(error.value) == "cell 2 of a.ipynb is not valid Python: invalid syntax (line 2)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not JSON"),
        ("[]", "it has no list of cells"),
        ('{"cells": 3}', "it has no list of cells"),
        ('{"cells": [{"cell_type": "code"}]}', "it has no list of cells"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_refused(text, reason, write):
    name = write("a.ipynb", text)
    assert refusal(name) == f"{name} is not a notebook: {reason}"


def test_an_empty_notebook_has_no_findings():
    assert check(notebook("a.ipynb", cells())) == []
