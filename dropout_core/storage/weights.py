"""Read and write trained weights, with one safetensors file per net. Only the store uses this module."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, load_file, save

from dropout_core.common.errors import UserError, first_line
from dropout_core.common.settings import without_password
from dropout_core.common.whole_files import write_whole


class StoreError(UserError):
    """The store cannot be read or written. The message states the reason and the remedy."""


class WeightFiles(ABC):
    """The weight files in a folder, each named after its comparison key, arm and seed.

    name  what error messages call the folder
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, key: str, arm: str, seed: int) -> dict[str, np.ndarray]:
        """Read the weights of one run, keyed by PyTorch name. Raises StoreError if the file is missing or damaged."""
        name = _file_name(key, arm, seed)
        try:
            return self._read(name)
        except FileNotFoundError:
            raise StoreError(f"the weights of {arm}, seed {seed}, are missing; train again to restore them") from None
        except (SafetensorError, OSError) as error:
            raise StoreError(f"the weights in {name} cannot be read ({error}); train again") from None

    def write(self, key: str, arm: str, seed: int, weights: dict[str, np.ndarray]) -> None:
        """Write the weights of one run, replacing any existing file. Raises StoreError."""
        try:
            self._write(_file_name(key, arm, seed), save(weights))
        except OSError as error:
            raise StoreError(f"weights could not be written to {self.name} ({_reason(error)})") from error

    def forget(self, key: str) -> None:
        """Remove all weights of a comparison, including temporary files left by killed processes. Raises StoreError."""
        try:
            self._remove(f"{key}-*")
        except OSError as error:
            raise StoreError(f"old weights could not be removed from {self.name} ({_reason(error)})") from error

    def check(self) -> None:
        """Write a small file, and remove it. Raises StoreError."""
        try:
            self._write(name := f"check-{uuid.uuid4().hex}", bytes(4096))
            self._remove(name)
        except OSError as error:
            raise StoreError(f"weights could not be written to {self.name} ({_reason(error)})") from error

    @abstractmethod
    def prepare(self) -> None:
        """Create the folder if necessary. Raises OSError."""

    @abstractmethod
    def _read(self, name: str) -> dict[str, np.ndarray]: ...

    @abstractmethod
    def _write(self, name: str, content: bytes) -> None: ...

    @abstractmethod
    def _remove(self, pattern: str) -> None: ...


class LocalFiles(WeightFiles):
    """Weight files in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder

    def prepare(self) -> None:
        """Create the folder if necessary. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def _read(self, name: str) -> dict[str, np.ndarray]:
        return load_file(self._folder / name)

    def _write(self, name: str, content: bytes) -> None:
        write_whole(self._folder / name, content)

    def _remove(self, pattern: str) -> None:
        for path in self._folder.glob(pattern):
            path.unlink(missing_ok=True)


class RemoteFiles(WeightFiles):
    """Weight files at an address that fsspec knows, such as s3://bucket/folder. Raises StoreError."""

    def __init__(self, address: str) -> None:
        super().__init__(without_password(address))
        from fsspec.core import url_to_fs

        try:
            self._files, self._folder = url_to_fs(address)
        except Exception as error:  # each kind of storage has its own errors
            reason = f"{first_line(error)}; correct DROPOUT_WEIGHTS"
            raise StoreError(f"the weights at {self.name} cannot be reached ({reason})") from None

    def prepare(self) -> None:
        """Create the folder if this kind of storage has folders. Raises OSError."""
        with _os_errors():
            self._files.makedirs(self._folder, exist_ok=True)

    def _read(self, name: str) -> dict[str, np.ndarray]:
        with _os_errors():
            content = self._files.cat_file(f"{self._folder}/{name}")
        return load(content)

    def _write(self, name: str, content: bytes) -> None:
        with _os_errors():
            self._files.pipe_file(f"{self._folder}/{name}", content)

    def _remove(self, pattern: str) -> None:
        with _os_errors():
            for path in self._files.glob(f"{self._folder}/{pattern}"):
                self._files.rm_file(path)


@contextmanager
def _os_errors() -> Iterator[None]:
    """Raise OSError for the errors of any kind of storage, each of which has its own, such as missing credentials."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(first_line(error)) from error


def weight_files(place: Path | str) -> WeightFiles:
    """Return the weight files in a folder, or at an address that fsspec knows. Raises StoreError."""
    return LocalFiles(place) if isinstance(place, Path) else RemoteFiles(place)


def _file_name(key: str, arm: str, seed: int) -> str:
    return f"{key}-{arm.replace(' ', '-')}-{seed}.safetensors"


def _reason(error: OSError) -> str:
    return error.strerror or first_line(error)
