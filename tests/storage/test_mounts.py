"""Test that network file systems are recognised by the list of mounts."""

import pytest

from dropout_core.storage import mounts
from dropout_core.storage.mounts import network_file_system

LINES = """\
overlay / overlay rw 0 0
server:/home {root}/home nfs4 rw,relatime 0 0
/dev/sda1 {root}/home/local ext4 rw 0 0
me@host: {root}/with\\040space fuse.sshfs rw 0 0
//nas/share {root}/share cifs rw 0 0
short line
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "mounts").write_text(LINES.format(root=tmp_path))
    monkeypatch.setattr(mounts, "_MOUNTS", tmp_path / "mounts")
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("home/me/store", "nfs4"),
        ("home/local/store", None),
        ("home2/store", None),
        ("with space/store", "fuse.sshfs"),
        ("share", "cifs"),
        ("store", None),
    ],
)
def test_the_innermost_mount_decides(root, folder, kind):
    assert network_file_system(root / folder) == kind


def test_a_link_to_a_network_file_system_is_recognised(root):
    (root / "link").symlink_to(root / "share")
    assert network_file_system(root / "link" / "store") == "cifs"


def test_a_system_without_a_list_of_mounts_is_not_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(mounts, "_MOUNTS", tmp_path / "none")
    assert network_file_system(tmp_path) is None
