"""Test that a file is either replaced completely or left unchanged."""

import os
from pathlib import Path

import pytest

from dropout_core.common.whole_files import write_whole


@pytest.mark.parametrize("content", ["±1\n", b"\x00\xff"])
def test_content_replaces_the_old_file(tmp_path: Path, content: str | bytes):
    path = tmp_path / "file"
    for each in (b"old", content):
        write_whole(path, each)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch, step: str):
    path = tmp_path / "file"
    write_whole(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path if step == "write_bytes" else os, step, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
