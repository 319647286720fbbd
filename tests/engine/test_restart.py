"""Test that a new server continues a comparison after the old server was killed or stopped."""

import os
import signal
import subprocess
import sys
from contextlib import closing

import psutil
import pytest

from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import CANCELLED, INTERRUPTED, Store
from tests.engines import PATIENCE
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

RECIPE = Recipe(data="mnist-5k", images=4000, epochs=8, hidden=(64, 32), seeds=(0, 1, 2))
SERVER = """
import signal, sys, threading
from pathlib import Path
from dropout_core.engine.engine import Engine
from dropout_core.experiments.recipe import Recipe
from dropout_core.common.settings import Settings
from dropout_core.storage.store import Store

if __name__ == "__main__":
    engine = Engine(Store(Path(sys.argv[1])), Settings.from_env({"DROPOUT_WORKERS": "2"}))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        engine.submit(Recipe.from_json(sys.argv[2]))
        threading.Event().wait(600)
    finally:  # as app.py's lifespan does: Dask's own atexit handler would stop the workers first
        engine.close()
"""


@pytest.fixture(autouse=True)
def run_by_run(monkeypatch):
    """Train on the CPU. On a GPU, all runs end together, so none could finish before the server is stopped."""
    monkeypatch.setenv("DROPOUT_DEVICE", "cpu")


def test_finished_runs_outlive_a_killed_server_and_the_rest_is_made_by_the_next(tmp_path):
    folder = tmp_path / "store"
    server = start(tmp_path, subprocess.DEVNULL)
    try:
        finished = wait_for_runs(folder, 2)
        workers = psutil.Process(server.pid).children(recursive=True)
    finally:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    assert len(workers) >= 2
    assert not psutil.wait_procs(workers, timeout=PATIENCE)[1], "none trains on for nobody"
    store = Store(folder)
    interrupted = store.get(RECIPE.key)
    assert interrupted.status == INTERRUPTED
    assert len(interrupted.missing) < len(RECIPE.runs())
    engine = Engine(store, Settings.from_env({"DROPOUT_WORKERS": "2"}))
    job = engine.submit(RECIPE)
    assert job.finished_event.wait(PATIENCE)
    after = store.get(RECIPE.key)
    engine.close()
    store.close()
    assert (job.state, after.missing) == (DONE, [])
    kept = after.runs.set_index(["arm", "seed"])["seconds"]
    assert all(kept[key] == seconds for key, seconds in finished.items()), "what was finished was not made again"


def test_a_server_that_is_told_to_stop_does_so_quietly(tmp_path):
    with (tmp_path / "errors").open("w") as errors:
        server = start(tmp_path, errors)
        try:
            wait_for_runs(tmp_path / "store", 1)
            server.terminate()
            assert server.wait(PATIENCE) == 0
        finally:
            server.kill()
    assert "Traceback" not in (tmp_path / "errors").read_text()
    store = Store(tmp_path / "store")
    assert store.get(RECIPE.key).status == CANCELLED
    store.close()


def start(folder, errors):
    """Start a process that trains RECIPE and stores it in folder/store."""
    program = folder / "server.py"
    program.write_text(SERVER)
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    command = [sys.executable, str(program), str(folder / "store"), RECIPE.to_json()]
    return subprocess.Popen(command, env=environment, stderr=errors)


def wait_for_runs(folder, count):
    """Wait until the store holds this many runs, and return their training times in seconds, keyed by (arm, seed)."""

    def finished() -> dict | None:
        if not (folder / "comparisons.sqlite").exists():
            return None
        with closing(Store(folder)) as store:
            comparison = store.get(RECIPE.key)
        if comparison is None or not count <= len(comparison.runs) < len(RECIPE.runs()):
            return None
        return comparison.runs.set_index(["arm", "seed"])["seconds"].to_dict()

    return wait_until(finished, f"{count} runs are finished", PATIENCE)
