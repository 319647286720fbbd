"""A short soak test: the server's threads, open files and memory do not grow during visits and training."""

import pytest

from dropout_core.benchmarks.soak import soak

pytestmark = pytest.mark.browser
MINUTES, READERS = 1, 5


@pytest.mark.timeout(240)
def test_threads_files_and_memory_stay_flat_once_every_page_has_been_opened(monkeypatch, tmp_path):
    monkeypatch.setenv("DROPOUT_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("DROPOUT_WORKERS", "1")
    rows = soak(MINUTES, READERS)
    half = len(rows) // 2
    early, late = rows[half], rows[-1]
    came = sum(row["came"] for row in rows[half + 1 :])
    assert sum(row["reruns"] for row in rows) >= 2 * READERS, "the readers were at it"
    assert not any(row["errors"] for row in rows), "a page showed an error"
    assert late["threads"] <= early["threads"] + READERS, (early, late)
    assert late["files"] <= early["files"] + 3 * came + 5 * READERS, (early, late, came)
    assert late["server_mb"] <= 1.15 * early["server_mb"], (early, late)
