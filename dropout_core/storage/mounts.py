"""Recognises network file systems, on which SQLite's locks and shared memory do not work reliably."""

import re
from pathlib import Path

_MOUNTS = Path("/proc/mounts")  # Linux only; elsewhere, file systems are not checked
_NETWORK = {
    "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
}  # fmt: skip


def network_file_system(folder: Path) -> str | None:
    """Return the type of the folder's file system if it is a network file system, such as "nfs4"; otherwise None."""
    try:
        lines = _MOUNTS.read_text(errors="replace").splitlines()
        real = folder.resolve()
    except OSError:
        return None
    mounts = [(Path(_unescape(fields[1])), fields[2]) for line in lines if len(fields := line.split()) >= 3]
    inside = [(len(mount.parts), i, kind) for i, (mount, kind) in enumerate(mounts) if real.is_relative_to(mount)]
    kind = max(inside, default=(0, 0, ""))[2]  # the innermost mount, or the latest of several at the same place
    return kind if kind in _NETWORK else None


def _unescape(text: str) -> str:
    """Replace the octal codes that the kernel writes for spaces, tabs, newlines and backslashes."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
