"""Everything that can be configured: environment variables, read and checked once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from dropout_core.common.errors import UserError


class SettingError(UserError, ValueError):
    """An environment variable has a value that cannot be used; the message says which and what would do."""


@dataclass(frozen=True)
class Settings:
    """The configuration of one process. Every field is set by one environment variable; see VARIABLES."""

    data_dir: Path | None
    cache_dir: Path
    store: Path
    download: bool
    download_timeout: float
    scheduler: str | None
    workers: int
    dashboard: bool
    device: str
    queue: int
    per_visitor: int
    max_work: float
    keep: int
    read_only: bool
    log: str

    @property
    def at_once(self) -> int:
        """Comparisons that are trained at the same time: one for each two workers."""
        return max(1, self.workers // 2)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment; raises SettingError naming the variable that is at fault."""
        data_dir = env.get("DROPOUT_DATA_DIR")
        cache = Path(env.get("DROPOUT_CACHE_DIR") or user_cache_path("dropout-explainer"))
        return cls(
            data_dir=Path(data_dir) if data_dir else None,
            cache_dir=cache,
            store=Path(env.get("DROPOUT_STORE") or cache / "store"),
            download=_flag(env, "DROPOUT_DOWNLOAD", True),
            download_timeout=_number(env, "DROPOUT_DOWNLOAD_TIMEOUT", 120, 1, 3600),
            scheduler=_scheduler(env),
            workers=_whole(env, "DROPOUT_WORKERS", min(os.cpu_count() or 1, 8), 1, 256),
            dashboard=_flag(env, "DROPOUT_DASHBOARD", False),
            device=_choice(env, "DROPOUT_DEVICE", "auto", ("auto", "cpu", "cuda", "mps")),
            queue=_whole(env, "DROPOUT_QUEUE", 8, 1, 1000),
            per_visitor=_whole(env, "DROPOUT_PER_VISITOR", 2, 1, 1000),
            max_work=_number(env, "DROPOUT_MAX_WORK", 1e12, 1, 1e18),
            keep=_whole(env, "DROPOUT_KEEP", 0, 0, 10**9),
            read_only=_flag(env, "DROPOUT_READ_ONLY", False),
            log=_choice(env, "DROPOUT_LOG", "text", ("text", "json")),
        )


VARIABLES = {
    "DROPOUT_DATA_DIR": "folder with MNIST in torchvision's layout (`MNIST/raw/…`); tried before any download",
    "DROPOUT_CACHE_DIR": "where a downloaded MNIST is kept, and the store by default; default: the user's cache",
    "DROPOUT_STORE": "folder of finished comparisons and weights; default: `store` in the cache",
    "DROPOUT_DOWNLOAD": "`0` forbids downloading MNIST; default `1`",
    "DROPOUT_DOWNLOAD_TIMEOUT": "seconds after which a download is given up; default 120",
    "DROPOUT_SCHEDULER": "address of a Dask scheduler (`tcp://…` or `tls://…`); default: a cluster of its own",
    "DROPOUT_WORKERS": "worker processes of the own cluster; default: the cores, at most 8",
    "DROPOUT_DASHBOARD": "`1` opens Dask's dashboard on 127.0.0.1:8787 (install bokeh); default `0`",
    "DROPOUT_DEVICE": "`auto` (CUDA, then MPS, then CPU), `cpu`, `cuda` or `mps`",
    "DROPOUT_QUEUE": "comparisons that may wait for a worker; default 8",
    "DROPOUT_PER_VISITOR": "comparisons that one visitor may have waiting and running; default 2",
    "DROPOUT_MAX_WORK": "largest images × epochs × runs × widest layer that a visitor may ask for; default 1e12",
    "DROPOUT_KEEP": "comparisons that the store keeps, the oldest go first; default `0`: all of them",
    "DROPOUT_READ_ONLY": "`1` shows stored results and trains nothing: no workers are started; default `0`",
    "DROPOUT_LOG": "what the server says of its trainings on stderr: lines of `text` (default) or of `json`",
}


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text in ("", "0", "1", "false", "true", "no", "yes"):
        return default if text == "" else text in ("1", "true", "yes")
    raise SettingError(f"{name} must be 0 or 1; it is {text!r}")


def _number(env: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = env.get(name, "").strip()
    try:
        value = float(text) if text else float(default)
    except ValueError:
        raise SettingError(f"{name} must be a number; it is {text!r}") from None
    if not low <= value <= high:
        raise SettingError(f"{name} must lie between {low:g} and {high:g}; it is {text!r}")
    return value


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = _number(env, name, default, low, high)
    if value != int(value):
        raise SettingError(f"{name} must be a whole number; it is {env[name].strip()!r}")
    return int(value)


def _choice(env: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = env.get(name, "").strip().lower() or default
    if text not in choices:
        raise SettingError(f"{name} must be one of {', '.join(choices)}; it is {text!r}")
    return text


def _scheduler(env: Mapping[str, str]) -> str | None:
    text = env.get("DROPOUT_SCHEDULER", "").strip()
    if text and not text.startswith(("tcp://", "tls://")):
        raise SettingError(f"DROPOUT_SCHEDULER must start with tcp:// or tls://; it is {text!r}")
    return text or None
