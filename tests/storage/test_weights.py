"""Test that weights can be stored at an address that fsspec knows. Its memory file system stands in for a bucket."""

import uuid

import fsspec
import numpy as np
import pytest

from dropout_core.storage.store import Store
from dropout_core.storage.weights import StoreError, weight_files
from tests.storage.filled import RECIPE, fill

WEIGHTS = {"layers.0.bias": np.arange(4, dtype=np.float32)}


@pytest.fixture
def address() -> str:
    return f"memory://bucket/{uuid.uuid4().hex}"


def test_a_store_keeps_its_weights_at_an_address(tmp_path, address):
    store = Store(tmp_path, address)
    fill(store)
    assert store.weights(RECIPE.key, "dropout", 0)["layers.0.bias"].tolist() == [0, 1, 2, 3]
    assert not (tmp_path / "weights").exists()
    store.forget(RECIPE.key)
    with pytest.raises(StoreError, match="missing; train again"):
        store.weights(RECIPE.key, "dropout", 0)
    store.close()


def test_weights_that_cannot_be_read_say_so(address):
    files = weight_files(address)
    files.write("key", "no dropout", 1, WEIGHTS)
    (path,) = fsspec.filesystem("memory").glob(f"{address.removeprefix('memory:/')}/key-no-dropout-1*")
    fsspec.filesystem("memory").pipe_file(path, b"noise")
    with pytest.raises(StoreError, match="cannot be read"):
        files.read("key", "no dropout", 1)


def test_an_unknown_kind_of_storage_is_named_without_its_password():
    with pytest.raises(StoreError, match="nowhere://me@bucket/weights cannot be reached") as error:
        weight_files("nowhere://me:secret@bucket/weights")
    assert "secret" not in str(error.value)


def test_any_error_of_a_storage_is_an_error_of_the_store(address, monkeypatch):
    class NoCredentials(Exception):
        pass

    def refuse(*_, **__):
        raise NoCredentials("unable to locate credentials")

    files = weight_files(address)
    for name in ("pipe_file", "cat_file", "glob"):
        monkeypatch.setattr(type(files._files), name, refuse)
    for action in (lambda: files.write("key", "a", 0, WEIGHTS), lambda: files.read("key", "a", 0),
                   lambda: files.forget("key")):  # fmt: skip
        with pytest.raises(StoreError, match="unable to locate credentials"):
            action()
