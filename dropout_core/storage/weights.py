"""Read and write trained weights, with one safetensors file per net. Only the store uses this module."""

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from dropout_core.common.errors import UserError
from dropout_core.common.whole_files import write_whole


class StoreError(UserError):
    """The store cannot be read or written. The message states the reason and the remedy."""


class WeightFiles:
    """The weight files in a folder, each named after its comparison key, arm and seed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: str, arm: str, seed: int) -> dict[str, np.ndarray]:
        """Read the weights of one run, keyed by PyTorch name. Raises StoreError if the file is missing or damaged."""
        path = self._path(key, arm, seed)
        try:
            return load_file(path)
        except FileNotFoundError:
            raise StoreError(f"the weights of {arm}, seed {seed}, are missing; train again to restore them") from None
        except (SafetensorError, OSError) as error:
            raise StoreError(f"the weights in {path.name} cannot be read ({error}); train again") from None

    def write(self, key: str, arm: str, seed: int, weights: dict[str, np.ndarray]) -> None:
        """Write the weights of one run, replacing any existing file. Raises StoreError."""
        try:
            write_whole(self._path(key, arm, seed), save(weights))
        except OSError as error:
            raise StoreError(f"weights could not be written to {self.folder} ({error.strerror})") from error

    def forget(self, key: str) -> None:
        """Remove all weights of a comparison, including temporary files left by killed processes. Raises StoreError."""
        try:
            for path in self.folder.glob(f"{key}-*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"old weights could not be removed from {self.folder} ({error.strerror})") from error

    def _path(self, key: str, arm: str, seed: int) -> Path:
        return self.folder / f"{key}-{arm.replace(' ', '-')}-{seed}.safetensors"
