"""Test that the site is written only into an empty folder, and not at all if something goes wrong."""

import errno
import os
from pathlib import Path

import pytest

from dropout_core.static_site import writer
from dropout_core.static_site.writer import ExportError, SiteFolder


def test_files_are_written_below_a_new_folder(tmp_path: Path):
    site = SiteFolder(tmp_path / "new" / "site")
    site.write("assets/a.css", "a {}")
    site.write("index.html", b"<p>")
    assert (site.folder / "assets" / "a.css").read_text() == "a {}"
    assert sorted(path.name for path in site.folder.rglob("*")) == ["a.css", "assets", "index.html"]


def test_a_folder_with_files_is_refused_and_kept(tmp_path: Path):
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(ExportError, match=r"the folder .* is not empty; name a new or an empty folder"):
        SiteFolder(tmp_path)
    assert (tmp_path / "mine").read_text() == "kept"


def test_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ExportError, match="is not a folder"):
        SiteFolder(tmp_path / "file")
    with pytest.raises(ExportError, match=r"cannot be written to .* \(not a directory\)"):
        SiteFolder(tmp_path / "file" / "below")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_protected_folder_is_refused(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError, match="permission denied"):
        SiteFolder(tmp_path / "site")
    with pytest.raises(ExportError, match="permission denied"):
        SiteFolder(tmp_path)
    tmp_path.chmod(0o700)


def test_a_full_disk_is_reported_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(path: Path, content: str | bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    (tmp_path / "site").mkdir()
    site = SiteFolder(tmp_path / "site")
    site.write("first.html", "x")
    monkeypatch.setattr(writer, "write_whole", full)
    with pytest.raises(ExportError, match=r"^the site cannot be written to .*site \(no space left on device\)$"):
        site.write("second.html", "x")
    site.clear()
    assert list(site.folder.iterdir()) == []


def test_clearing_removes_new_folders_and_keeps_what_others_wrote(tmp_path: Path):
    site = SiteFolder(tmp_path / "site")
    site.write("downloads/1/one.csv", "x")
    site.write("assets/two.js", "x")
    site.clear()
    assert not (tmp_path / "site").exists()
    site = SiteFolder(tmp_path / "site")
    site.write("downloads/1/one.csv", "x")
    (tmp_path / "site" / "mine").write_text("kept")
    site.clear()
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["mine"]
