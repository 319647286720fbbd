"""Test that temporary folders are new and private, and that their paths are short enough for Unix sockets."""

import os
import stat
import tempfile

import pytest

from dropout_core.common import temporary

pytestmark = pytest.mark.skipif(os.name == "nt", reason="owners and modes are Unix's")


@pytest.fixture
def tmpdir_is(monkeypatch):
    """Return a function that sets the folder for temporary files."""
    return lambda folder: monkeypatch.setattr(tempfile, "tempdir", str(folder))


def test_a_folder_is_new_and_only_its_owner_may_enter(tmpdir_is):
    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        tmpdir_is(base)
        folders = [temporary.private_folder() for _ in range(2)]
        assert folders[0] != folders[1]
        for folder in folders:
            assert str(folder.parent) == base
            status = folder.stat()
            assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o700, os.getuid())


def test_a_long_path_is_passed_over(tmp_path, tmpdir_is):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    tmpdir_is(long)
    assert not temporary.base_folder().startswith(str(long))


def test_a_folder_in_which_others_may_replace_files_is_passed_over(tmpdir_is):
    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        os.chmod(base, 0o777)
        tmpdir_is(base)
        assert temporary.base_folder() != base
        os.chmod(base, 0o1777)  # world-writable with the sticky bit set, like /tmp
        assert temporary.base_folder() == base


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_the_folder_of_a_different_user_is_passed_over(tmpdir_is):
    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        os.chmod(base, 0o1777)
        os.chown(base, 12_345, 12_345)
        tmpdir_is(base)
        assert temporary.base_folder() != base


def test_without_any_safe_folder_the_error_names_the_variable(monkeypatch):
    monkeypatch.setattr(temporary, "_candidates", lambda: iter(()))
    with pytest.raises(temporary.TemporaryFolderError, match="set TMPDIR"):
        temporary.private_folder()
