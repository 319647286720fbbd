"""Test that settings have defaults, that each variable sets its field, and that error messages name the variable."""

import contextlib
import os
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.common import settings
from dropout_core.common.settings import VARIABLES, DatabaseUrl, SettingError, Settings
from dropout_core.common.worker_counts import WorkerCounts


def test_without_variables_everything_has_a_usable_default():
    s = Settings.from_env({})
    assert (s.data_dir, s.scheduler, s.device, s.download) == (None, None, "auto", True)
    assert s.store == s.cache_dir / "store"
    assert 1 <= s.workers.total <= min(os.cpu_count(), 8)
    assert (s.download_timeout, s.queue, s.cached_nets) == (120, 8, None)


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("DROPOUT_DATA_DIR", "/data", "data_dir", Path("/data")),
        ("DROPOUT_CACHE_DIR", "/cache", "cache_dir", Path("/cache")),
        ("DROPOUT_CACHE_DIR", "/cache", "store", Path("/cache/store")),
        ("DROPOUT_STORE", "/store", "store", Path("/store")),
        ("DROPOUT_WEIGHTS", "/weights", "weights", Path("/weights")),
        ("DROPOUT_WEIGHTS", "s3://bucket/weights", "weights", "s3://bucket/weights"),
        ("DROPOUT_DOWNLOAD", "0", "download", False),
        ("DROPOUT_DOWNLOAD", " No ", "download", False),
        ("DROPOUT_DOWNLOAD", "1", "download", True),
        ("DROPOUT_DOWNLOAD_TIMEOUT", "2.5", "download_timeout", 2.5),
        ("DROPOUT_SCHEDULER", "tcp://10.0.0.1:8786", "scheduler", "tcp://10.0.0.1:8786"),
        ("DROPOUT_SCHEDULER", "tls://host:1", "scheduler", "tls://host:1"),
        ("DROPOUT_WORKERS", "3", "workers", WorkerCounts(3)),
        ("DROPOUT_WORKERS", " cuda:2, cpu:1 ", "workers", WorkerCounts(3, cuda=2)),
        ("DROPOUT_WORKERS", "CUDA:4", "workers", WorkerCounts(4, cuda=4)),
        ("DROPOUT_WORKERS", "cpu:4", "workers", WorkerCounts(4, cuda=0)),
        ("DROPOUT_DEVICE", "CPU", "device", "cpu"),
        ("DROPOUT_CACHED_NETS", "0", "cached_nets", 0),
        ("DROPOUT_CACHED_NETS", "50", "cached_nets", 50),
        ("DROPOUT_QUEUE", "1", "queue", 1),
        ("DROPOUT_KEEP", "500", "keep", 500),
        ("DROPOUT_READ_ONLY", "1", "read_only", True),
        ("DROPOUT_LOG", "JSON", "log", "json"),
        ("DROPOUT_URL", "https://dropout.example.org/", "url", "https://dropout.example.org"),
        ("DROPOUT_URL", " http://Example.org:8080/a/b ", "url", "http://Example.org:8080/a/b"),
    ],
)
def test_a_variable_sets_its_field(name, text, field, value):
    assert getattr(Settings.from_env({name: text}), field) == value


@pytest.mark.parametrize("name", VARIABLES)
def test_an_empty_variable_is_as_good_as_none(name):
    assert Settings.from_env({name: ""}) == Settings.from_env({})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DROPOUT_DOWNLOAD", "maybe"),
        ("DROPOUT_DOWNLOAD_TIMEOUT", "soon"),
        ("DROPOUT_DOWNLOAD_TIMEOUT", "0"),
        ("DROPOUT_DOWNLOAD_TIMEOUT", "nan"),
        ("DROPOUT_DOWNLOAD_TIMEOUT", "inf"),
        ("DROPOUT_SCHEDULER", "10.0.0.1:8786"),
        ("DROPOUT_SCHEDULER", "tcp://"),
        ("DROPOUT_SCHEDULER", "tcp://host"),
        ("DROPOUT_SCHEDULER", "tls://host:x"),
        ("DROPOUT_WORKERS", "0"),
        ("DROPOUT_WORKERS", "2.5"),
        ("DROPOUT_WORKERS", "1e9"),
        ("DROPOUT_WORKERS", "cuda:0"),
        ("DROPOUT_WORKERS", "cuda:1,cuda:2"),
        ("DROPOUT_WORKERS", "cuda:200,cpu:200"),
        ("DROPOUT_WORKERS", "tpu:2"),
        ("DROPOUT_WORKERS", "cuda:2,"),
        ("DROPOUT_WORKERS", "cuda:two"),
        ("DROPOUT_WORKERS", "2,cpu:1"),
        ("DROPOUT_DEVICE", "tpu"),
        ("DROPOUT_CACHED_NETS", "-1"),
        ("DROPOUT_CACHED_NETS", "all"),
        ("DROPOUT_QUEUE", "-1"),
        ("DROPOUT_KEEP", "-1"),
        ("DROPOUT_READ_ONLY", "please"),
        ("DROPOUT_LOG", "xml"),
        ("DROPOUT_URL", "dropout.example.org"),
        ("DROPOUT_URL", "ftp://example.org"),
        ("DROPOUT_URL", "https://example.org/?page=1"),
        ("DROPOUT_URL", "https://me@example.org"),
        ("DROPOUT_URL", 'https://example.org/"><script>'),
        ("DROPOUT_URL", "https://example.org//"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_the_variables_name(name, text):
    with pytest.raises(SettingError, match=f"^{name} must .*{re.escape(repr(text))}$"):
        Settings.from_env({name: text})


@pytest.mark.parametrize("name", ["DROPOUT_DATA_DIR", "DROPOUT_CACHE_DIR", "DROPOUT_STORE", "DROPOUT_WEIGHTS"])
@pytest.mark.parametrize("text", ["data", "./data", "~nobody-of-this-name/data"])
def test_a_path_must_be_absolute_or_start_with_a_home_folder(name, text):
    with pytest.raises(SettingError, match=f"^{name} must .*{re.escape(repr(text))}$"):
        Settings.from_env({name: text})


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/reader")
    s = Settings.from_env({"DROPOUT_DATA_DIR": "~/data", "DROPOUT_CACHE_DIR": "~", "DROPOUT_STORE": "~/a/store"})
    assert (s.data_dir, s.cache_dir, s.store) == (
        Path("/home/reader/data"),
        Path("/home/reader"),
        Path("/home/reader/a/store"),
    )


DATABASE = "postgresql://me:hunter2@host:5432/results?sslmode=require&password=hunter2"


def test_a_store_may_be_a_database_whose_password_is_never_printed():
    s = Settings.from_env({"DROPOUT_STORE": DATABASE, "DROPOUT_WEIGHTS": "s3://key:hunter2@bucket/weights"})
    assert s.store == DatabaseUrl(DATABASE)
    assert str(s.store) == "postgresql://me@host:5432/results"
    assert "hunter2" not in f"{s!r} {s.store!r}"


def test_the_weights_of_a_database_need_a_place():
    with pytest.raises(SettingError, match=r"^DROPOUT_WEIGHTS must be a folder.*s3://") as error:
        Settings.from_env({"DROPOUT_STORE": DATABASE})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "mysql://me:hunter2@host/results",
        "postgresql://me:hunter2@host",
        "postgresql://me:hunter2@host/",
        "postgresql://me:hunter2@host:port/results",
        "postgresql://me:hunter2@[host/results",
        "postgresql://me:12/hunter2@host/results",
        "sqlite:///hunter2",
    ],
)
def test_an_address_of_a_store_that_cannot_be_used_is_refused_without_repeating_it(text):
    with pytest.raises(SettingError, match=r"^DROPOUT_STORE must be an absolute path or postgresql://") as error:
        Settings.from_env({"DROPOUT_STORE": text, "DROPOUT_WEIGHTS": "/weights"})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("text", ["s3://", "://bucket", "s3://hunter2:x@[bucket", "ftp://me:12/hunter2@host/x"])
def test_an_address_of_weights_that_cannot_be_used_is_refused_without_repeating_it(text):
    with pytest.raises(SettingError, match=r"^DROPOUT_WEIGHTS must be an absolute path") as error:
        Settings.from_env({"DROPOUT_WEIGHTS": text})
    assert "hunter2" not in str(error.value)


@pytest.fixture
def homeless(monkeypatch):
    """Simulate a user with neither HOME nor an entry in the user database, as under Docker's --user."""
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 12_345)


def test_without_a_home_folder_one_sentence_says_what_to_set(homeless):
    with pytest.raises(SettingError, match="no home folder; set DROPOUT_CACHE_DIR"):
        Settings.from_env({})
    assert Settings.from_env({"DROPOUT_CACHE_DIR": "/cache"}).store == Path("/cache/store")


@pytest.mark.parametrize(
    ("cpus", "limit", "workers"),
    [(4, None, 4), (64, None, 8), (1, None, 1), (8, 1_000_000_000, 2), (8, 100_000_000, 1), (2, 10**12, 2)],
)
def test_workers_fit_into_the_cpus_and_the_memory_that_they_may_use(monkeypatch, cpus, limit, workers):
    monkeypatch.setattr(settings, "available_cpus", lambda: cpus)
    monkeypatch.setattr(settings, "memory_limit", lambda: limit)
    assert Settings.from_env({}).workers == WorkerCounts(workers)


@given(st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=9), max_size=4))
def test_no_environment_does_worse_than_a_setting_error(env):
    with contextlib.suppress(SettingError):
        assert Settings.from_env(env).workers.total >= 1


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_gpu_workers_on_another_device_are_refused(device):
    with pytest.raises(SettingError, match=f"asks for cuda, but DROPOUT_DEVICE is {device}"):
        Settings.from_env({"DROPOUT_WORKERS": "cuda:1,cpu:1", "DROPOUT_DEVICE": device})
    assert Settings.from_env({"DROPOUT_WORKERS": "cpu:1", "DROPOUT_DEVICE": device}).workers == WorkerCounts(1, 0)


@pytest.mark.parametrize(
    ("text", "gpus", "workers"),
    [("4", 1, 2), ("4", 2, 2), ("4", 3, 3), ("8", 8, 8), ("2", 4, 2), ("1", 1, 1), ("cuda:3", 2, 3), ("cpu:4", 2, 0)],
)
def test_a_number_of_workers_leaves_every_gpu_one_if_it_can(text, gpus, workers):
    assert WorkerCounts.parse(text).on_gpus(gpus) == workers


def test_every_field_has_its_documented_variable():
    assert set(VARIABLES) == {f"DROPOUT_{field.name.upper()}" for field in fields(Settings)}
