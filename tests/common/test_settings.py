"""Settings have defaults, each variable sets its field, and error messages name the variable."""

import contextlib
import os
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.common import settings
from dropout_core.common.settings import VARIABLES, SettingError, Settings


def test_without_variables_everything_has_a_usable_default():
    s = Settings.from_env({})
    assert (s.data_dir, s.scheduler, s.device, s.download) == (None, None, "auto", True)
    assert s.store == s.cache_dir / "store"
    assert 1 <= s.workers <= min(os.cpu_count(), 8)
    assert (s.download_timeout, s.queue) == (120, 8)


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("DROPOUT_DATA_DIR", "/data", "data_dir", Path("/data")),
        ("DROPOUT_CACHE_DIR", "/cache", "cache_dir", Path("/cache")),
        ("DROPOUT_CACHE_DIR", "/cache", "store", Path("/cache/store")),
        ("DROPOUT_STORE", "/store", "store", Path("/store")),
        ("DROPOUT_DOWNLOAD", "0", "download", False),
        ("DROPOUT_DOWNLOAD", " No ", "download", False),
        ("DROPOUT_DOWNLOAD", "1", "download", True),
        ("DROPOUT_DOWNLOAD_TIMEOUT", "2.5", "download_timeout", 2.5),
        ("DROPOUT_SCHEDULER", "tcp://10.0.0.1:8786", "scheduler", "tcp://10.0.0.1:8786"),
        ("DROPOUT_SCHEDULER", "tls://host:1", "scheduler", "tls://host:1"),
        ("DROPOUT_WORKERS", "3", "workers", 3),
        ("DROPOUT_DEVICE", "CPU", "device", "cpu"),
        ("DROPOUT_QUEUE", "1", "queue", 1),
        ("DROPOUT_KEEP", "500", "keep", 500),
        ("DROPOUT_READ_ONLY", "1", "read_only", True),
        ("DROPOUT_LOG", "JSON", "log", "json"),
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
        ("DROPOUT_DEVICE", "tpu"),
        ("DROPOUT_QUEUE", "-1"),
        ("DROPOUT_KEEP", "-1"),
        ("DROPOUT_READ_ONLY", "please"),
        ("DROPOUT_LOG", "xml"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_the_variables_name(name, text):
    with pytest.raises(SettingError, match=f"^{name} must .*{re.escape(repr(text))}$"):
        Settings.from_env({name: text})


@pytest.mark.parametrize("name", ["DROPOUT_DATA_DIR", "DROPOUT_CACHE_DIR", "DROPOUT_STORE"])
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
    assert Settings.from_env({}).workers == workers


@given(st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=9), max_size=4))
def test_no_environment_does_worse_than_a_setting_error(env):
    with contextlib.suppress(SettingError):
        assert Settings.from_env(env).workers >= 1


def test_every_field_has_its_documented_variable():
    assert set(VARIABLES) == {f"DROPOUT_{field.name.upper()}" for field in fields(Settings)}
