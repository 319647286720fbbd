"""Settings, which are read from environment variables and validated once."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from platformdirs import user_cache_path

from dropout_core.common.checks import Bounds
from dropout_core.common.errors import UserError
from dropout_core.common.resources import available_cpus, memory_limit
from dropout_core.common.worker_counts import ALLOWED, WorkerCounts

MOST_WORKERS = 8
_SERVER_BYTES, _WORKER_BYTES = 400_000_000, 250_000_000  # measured; see docs/hosting.md
_SHORTEST_TOKEN = 16
_ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}")
_URL = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._~-]+)*/?", re.IGNORECASE | re.ASCII)


class SettingError(UserError, ValueError):
    """An environment variable has an invalid value. The message names the variable and the allowed values."""


@dataclass(frozen=True)
class DatabaseUrl:
    """The address of a PostgreSQL database. As a string it has no password and no options."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return without_password(self.text)


@dataclass(frozen=True)
class Settings:
    """The configuration of a process. Each field is set by one environment variable; see VARIABLES."""

    data_dir: Path | None
    cache_dir: Path
    store: Path | DatabaseUrl
    weights: Path | str | None = field(repr=False)
    download: bool
    download_timeout: float
    scheduler: str | None
    workers: WorkerCounts
    dashboard: bool
    device: str
    cached_nets: int | None
    queue: int
    per_visitor: int
    max_work: float
    keep: int
    read_only: bool
    log: str
    url: str | None
    metrics_token: str | None = field(repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings from the environment. Raises SettingError."""
        cache = _path(env, "DROPOUT_CACHE_DIR") or _user_cache()
        store = _store(env) or cache / "store"
        device = _choice(env, "DROPOUT_DEVICE", "auto", ("auto", "cpu", "cuda", "mps"))
        return cls(
            data_dir=_path(env, "DROPOUT_DATA_DIR"),
            cache_dir=cache,
            store=store,
            weights=_weights(env, store),
            download=_flag(env, "DROPOUT_DOWNLOAD", True),
            download_timeout=_number(env, "DROPOUT_DOWNLOAD_TIMEOUT", 120, Bounds(1, 3600)),
            scheduler=_scheduler(env),
            workers=_workers(env, device),
            dashboard=_flag(env, "DROPOUT_DASHBOARD", False),
            device=device,
            cached_nets=_optional(env, "DROPOUT_CACHED_NETS", 0, 10**6),
            queue=_whole(env, "DROPOUT_QUEUE", 8, 1, 1000),
            per_visitor=_whole(env, "DROPOUT_PER_VISITOR", 2, 1, 1000),
            max_work=_number(env, "DROPOUT_MAX_WORK", 1e12, Bounds(1, 1e18)),
            keep=_whole(env, "DROPOUT_KEEP", 0, 0, 10**9),
            read_only=_flag(env, "DROPOUT_READ_ONLY", False),
            log=_choice(env, "DROPOUT_LOG", "text", ("text", "json")),
            url=public_url(env),
            metrics_token=_token(env, "DROPOUT_METRICS_TOKEN"),
        )


def default_workers() -> int:
    """Return the default number of workers: one per available CPU, at most 8, and no more than fit in memory."""
    limit = memory_limit()
    fit = MOST_WORKERS if limit is None else (limit - _SERVER_BYTES) // _WORKER_BYTES
    return max(1, min(available_cpus(), MOST_WORKERS, fit))


def public_url(env: Mapping[str, str]) -> str | None:
    """Return the app's public address without a slash at its end, or None if it is not set. Raises SettingError."""
    name = "DROPOUT_URL"
    text = env.get(name, "").strip()
    if text and not _URL.fullmatch(text):
        raise SettingError(f"{name} must be an http:// or https:// address without query and fragment; it is {text!r}")
    return text.rstrip("/") or None


VARIABLES = {
    "DROPOUT_DATA_DIR": "folder with MNIST in torchvision's layout (`MNIST/raw/…`); tried before any download",
    "DROPOUT_CACHE_DIR": "folder for a downloaded MNIST, and for the store by default; default: the user's cache",
    "DROPOUT_STORE": "folder of finished comparisons, or `postgresql://…`; default: `store` in the cache",
    "DROPOUT_WEIGHTS": "folder of trained weights, or an address such as `s3://…`; default: `weights` in the store; "
    "PostgreSQL requires it",
    "DROPOUT_DOWNLOAD": "`0` forbids downloading MNIST; default `1`",
    "DROPOUT_DOWNLOAD_TIMEOUT": "seconds after which a download is aborted; default 120",
    "DROPOUT_SCHEDULER": "address of a Dask scheduler (`tcp://…` or `tls://…`); default: a local cluster",
    "DROPOUT_WORKERS": "workers of the local cluster, as `4` or `cuda:2,cpu:1`; default: one per CPU, at most 8",
    "DROPOUT_DASHBOARD": "`1` opens Dask's dashboard on 127.0.0.1:8787 (install bokeh); default `0`",
    "DROPOUT_DEVICE": "`auto` (CUDA, then MPS, then CPU), `cpu`, `cuda` or `mps`",
    "DROPOUT_CACHED_NETS": "megabytes of trained nets that a worker keeps on its device; default: 256 on a GPU, else 0",
    "DROPOUT_QUEUE": "comparisons that may wait for a worker; default 8",
    "DROPOUT_PER_VISITOR": "comparisons that one visitor may have waiting or running; default 2",
    "DROPOUT_MAX_WORK": "largest images × epochs × runs × widest layer that a visitor may train; default 1e12",
    "DROPOUT_KEEP": "comparisons that the store keeps; the oldest are removed first; default `0`: all are kept",
    "DROPOUT_READ_ONLY": "`1` shows stored results and trains nothing, without workers; default `0`",
    "DROPOUT_LOG": "format of the training log on stderr: `text` (default) or `json`",
    "DROPOUT_URL": "public address of the app (`https://…`), for share previews and `sitemap.xml`; default: none",
    "DROPOUT_METRICS_TOKEN": "opens `/_stcore/metrics` to this bearer token of at least 16 characters; default: closed",
}


def without_password(url: str) -> str:
    """Return the URL without password and options, which may hold a password, too."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}{'@' if user else ''}{host}{parts.path}"


def _store(env: Mapping[str, str]) -> Path | DatabaseUrl | None:
    text = env.get("DROPOUT_STORE", "").strip()
    if "://" not in text:
        return _path(env, "DROPOUT_STORE")
    parts = _split(text)
    if parts is None or parts.scheme != "postgresql" or len(parts.path) < 2:
        address = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        raise SettingError(f"DROPOUT_STORE must be an absolute path or {address}; it is not shown, to hide passwords")
    return DatabaseUrl(text)


def _weights(env: Mapping[str, str], store: Path | DatabaseUrl) -> Path | str | None:
    text = env.get("DROPOUT_WEIGHTS", "").strip()
    if not text and isinstance(store, DatabaseUrl):
        where = "a folder that all servers share, or an address such as s3://bucket/folder"
        raise SettingError(f"DROPOUT_WEIGHTS must be {where}, because DROPOUT_STORE is a database")
    if "://" not in text:
        return _path(env, "DROPOUT_WEIGHTS")
    parts = _split(text)
    if parts is None or not (parts.scheme and parts.netloc):
        raise SettingError("DROPOUT_WEIGHTS must be an absolute path, or an address such as s3://bucket/folder")
    return text


def _split(url: str) -> SplitResult | None:
    with suppress(ValueError):
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for a port that is not a number
        # Programs disagree about where a password with a slash ends, so it would be shown.
        return None if "@" in parts.path and ":" in parts.netloc else parts
    return None


def _token(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name, "").strip()
    if text and not (len(text) >= _SHORTEST_TOKEN and text.isascii() and text.isprintable() and " " not in text):
        raise SettingError(f"{name} must have at least {_SHORTEST_TOKEN} ASCII characters, and no spaces")
    return text or None


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text in ("", "0", "1", "false", "true", "no", "yes"):
        return default if text == "" else text in ("1", "true", "yes")
    raise SettingError(f"{name} must be 0 or 1; it is {text!r}")


def _number(env: Mapping[str, str], name: str, default: float, bounds: Bounds) -> float:
    text = env.get(name, "").strip()
    try:
        return bounds.parse(text) if text else default
    except ValueError:
        raise SettingError(f"{name} must be {bounds}; it is {text!r}") from None


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    return int(_number(env, name, default, Bounds(low, high, whole=True)))


def _workers(env: Mapping[str, str], device: str) -> WorkerCounts:
    text = env.get("DROPOUT_WORKERS", "").strip()
    try:
        counts = WorkerCounts.parse(text) if text else WorkerCounts(default_workers())
    except ValueError:
        raise SettingError(f"DROPOUT_WORKERS must be {ALLOWED}; it is {text!r}") from None
    if counts.cuda and device not in ("auto", "cuda"):
        raise SettingError(f"DROPOUT_WORKERS asks for cuda, but DROPOUT_DEVICE is {device}; change one of them")
    return counts


def _optional(env: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    return _whole(env, name, low, low, high) if env.get(name, "").strip() else None


def _path(env: Mapping[str, str], name: str) -> Path | None:
    if not (text := env.get(name, "")):
        return None
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # the user does not exist or has no home folder
        raise SettingError(
            f"{name} must not start with ~, because the home folder is unknown; it is {text!r}"
        ) from None
    if not path.is_absolute():
        raise SettingError(f"{name} must be an absolute path; it is {text!r}")
    return path


def _user_cache() -> Path:
    with suppress(RuntimeError):  # no home folder is known; older versions return a relative path
        if (cache := user_cache_path("dropout-explainer")).is_absolute():
            return cache
    raise SettingError("this user has no home folder; set DROPOUT_CACHE_DIR to a folder for images and results")


def _choice(env: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = env.get(name, "").strip().lower() or default
    if text not in choices:
        raise SettingError(f"{name} must be one of {', '.join(choices)}; it is {text!r}")
    return text


def _scheduler(env: Mapping[str, str]) -> str | None:
    text = env.get("DROPOUT_SCHEDULER", "").strip()
    if text and not _ADDRESS.fullmatch(text):
        raise SettingError(f"DROPOUT_SCHEDULER must be tcp:// or tls:// with a host and a port; it is {text!r}")
    return text or None
