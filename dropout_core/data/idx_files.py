"""Verify and read the four MNIST files in a folder that has torchvision's layout (MNIST/raw).

Each file may be plain or compressed (.gz), as torchvision downloads it.
"""

import gzip
import hashlib
import os
import zlib
from functools import lru_cache
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

_COUNTS = {"train": 60_000, "t10k": 10_000}
# SHA-256 checksums of MNIST's uncompressed files. Two are accepted for the training images, since one copy in
# circulation differs from the original in storing the grey value 1 as 0.
_SUMS: dict[str, dict[str, tuple[str, ...]]] = {
    "train": {
        "labels": ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",),
        "images": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "b61ffb6f513fd9ff8d89824731f6b4ed7863c759c33056d701efb8412469fb04",
        ),
    },
    "t10k": {
        "labels": ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",),
        "images": ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",),
    },
}
_MAGIC = {"images": (2051, 28, 28), "labels": (2049,)}  # file header without the count: magic number, image size
_NAMES = {"images": "images-idx3-ubyte", "labels": "labels-idx1-ubyte"}


def check(folder: Path) -> list[str]:
    """List the problems with the files, one sentence per problem. The list is empty if there are none."""
    problems: list[str] = []
    for part, count in _COUNTS.items():
        headers = {kind: _header(kind, count) for kind in ("labels", "images")}  # labels are quick to read
        files = {kind: _file(folder, part, kind) for kind in headers}
        sizes = {"labels": count, "images": 784 * count}
        problems += [p for kind in headers if (p := _problem(files[kind], headers[kind], sizes[kind]))]
        for kind, path in files.items():
            if not problems and _sum(path) not in _SUMS[part][kind]:
                problems.append(f"{path} does not contain MNIST's {kind} (its checksum is wrong)")
    return problems


def read(folder: Path, part: str) -> tuple[UInt8[np.ndarray, "n 28 28"], UInt8[np.ndarray, "n"]]:
    """Read the images and labels of one part, "train" or "t10k", from files that passed check()."""
    count = _COUNTS[part]
    images, labels = (_array(_file(folder, part, kind), len(_header(kind, count))) for kind in ("images", "labels"))
    return images.reshape(count, 28, 28), labels


def _file(folder: Path, part: str, kind: str) -> Path:
    """Return the path of the uncompressed file, or of the compressed file if only that one exists."""
    plain = folder / "MNIST" / "raw" / f"{part}-{_NAMES[kind]}"
    compressed = plain.with_name(plain.name + ".gz")
    # Path.exists raises an error if the folder may not be entered; _problem() reports that.
    return compressed if os.path.exists(compressed) and not os.path.exists(plain) else plain


def _header(kind: str, count: int) -> bytes:
    magic, *sides = _MAGIC[kind]
    return np.array([magic, count, *sides], ">i4").tobytes()


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _array(path: Path, offset: int) -> UInt8[np.ndarray, "n"]:
    if path.suffix != ".gz":
        return np.fromfile(path, np.uint8, offset=offset)
    with _open(path) as file:
        return np.frombuffer(bytearray(file.read()), np.uint8, offset=offset)  # a bytearray makes the array writable


def _problem(path: Path, header: bytes, size: int) -> str | None:
    """Explain what is wrong with the file. Returns None if the file's header and length are correct."""
    try:
        head, length = _start(path, len(header))
    except (OSError, EOFError, zlib.error) as error:
        return f"{path} cannot be read ({getattr(error, 'strerror', None) or error})"
    if head != header:
        return f"{path} is corrupt (its header is wrong)"
    if length != size + len(header):
        return f"{path} is {'truncated' if length < size + len(header) else 'too long'} ({length:,} bytes)"
    return None


def _start(path: Path, n: int) -> tuple[bytes, int]:
    """Return the first n bytes of the uncompressed content, and its total length in bytes."""
    stat = path.stat()
    if path.suffix == ".gz":
        return _start_of_compressed(path, n, stat.st_size, stat.st_mtime_ns)
    with _open(path) as file:
        return file.read(n), stat.st_size


@lru_cache(maxsize=8)
def _start_of_compressed(path: Path, n: int, size: int, changed: int) -> tuple[bytes, int]:
    with _open(path) as file:
        data = file.read()
    return data[:n], len(data)


def _sum(path: Path) -> str:
    stat = path.stat()
    return _sum_of(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=32)
def _sum_of(path: Path, size: int, changed: int) -> str:
    """Compute the SHA-256 of the content, cached by size and modification time because every page run needs it."""
    with _open(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
