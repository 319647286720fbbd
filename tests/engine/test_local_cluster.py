"""Test that the local cluster never runs code planted by other users, and explains a failed start in one line."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from distributed import SpecCluster

from dropout_core.common.settings import Settings
from dropout_core.engine import local_cluster
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import EngineError
from dropout_core.storage.store import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TRAIN = ["train", "--data", "mnist-5k", "--images", "60", "--epochs", "1", "--hidden", "8"]


def train(folder: Path, prefix=(), cwd=ROOT, **environment):
    """Train a small comparison from the command line, with a temporary store."""
    env = os.environ | {"DROPOUT_CACHE_DIR": str(folder / "cache"), "DROPOUT_WORKERS": "1", "PYTHONPATH": str(ROOT)}
    for name in ("DROPOUT_DATA_DIR", "DROPOUT_STORE"):
        env.pop(name, None)
    command = [
        *prefix,
        sys.executable,
        "-c",
        "from dropout_core.cli.main import main; raise SystemExit(main())",
        *TRAIN,
    ]
    env = {name: value for name, value in (env | environment).items() if value is not None}
    return subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=200)


def plant(folder: Path, mark: Path) -> None:
    """Write a pandas.py that creates the file `mark` when it is imported."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    (folder / "pandas.py").write_text(f"open({str(mark)!r}, 'w').close()\nraise ImportError('planted')\n")


@pytest.mark.parametrize("workers", ["1", "2"])  # the second worker is started later, by other code
def test_code_in_a_shared_temporary_folder_is_not_run(workers, tmp_path):
    """Dask's scratch folder, which comes first on the import path, has a predictable name."""
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:
        os.chmod(shared, 0o1777)
        plant(Path(shared) / "dask-scratch-space", tmp_path / "mark")
        done = train(tmp_path, TMPDIR=shared, DROPOUT_WORKERS=workers)
        left = [path.name for path in Path(shared).iterdir() if path.name != "dask-scratch-space"]
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "mark").exists()
    assert left == [], "its own files are removed"


def test_workers_do_not_import_from_the_folder_that_the_server_was_started_in(tmp_path):
    plant(tmp_path / "here", tmp_path / "mark")
    done = train(tmp_path, cwd=tmp_path / "here", PYTHONSAFEPATH="1")  # run it like an installed command
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "mark").exists()


def test_a_temporary_folder_with_a_long_name_works(tmp_path):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    done = train(tmp_path, TMPDIR=str(long))
    assert done.returncode == 0, done.stderr


def test_a_malformed_configuration_of_dask_is_one_line(tmp_path):
    (tmp_path / ".config" / "dask").mkdir(parents=True)
    (tmp_path / ".config" / "dask" / "dask.yaml").write_text("distributed: [unclosed\n")
    done = train(tmp_path, HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "dask.yaml' is malformed; correct or remove that file" in done.stderr


def test_without_loopback_the_error_is_one_line(tmp_path):
    if not shutil.which("unshare") or subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode:
        pytest.skip("a network namespace needs rights that are missing here")
    done = train(tmp_path, prefix=("unshare", "-n"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "enable the loopback interface" in done.stderr


def test_a_user_without_name_and_home_can_train(tmp_path):
    """Docker's --user option creates such a user."""
    nobody = ("unshare", "--user", "--map-user=12345", "--map-group=12345")
    if not shutil.which("unshare") or subprocess.run([*nobody, "true"], capture_output=True).returncode:
        pytest.skip("a user namespace needs rights that are missing here")
    nameless = {"HOME": None, "USER": None, "LOGNAME": None, "XDG_CACHE_HOME": None}
    done = train(tmp_path, nobody, **nameless)
    assert done.returncode == 0, done.stderr
    done = train(tmp_path, nobody, DROPOUT_CACHE_DIR=None, **nameless)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "set DROPOUT_CACHE_DIR" in done.stderr


def test_a_failing_start_is_one_sentence_with_its_cause_and_a_traceback_in_the_log(tmp_path, monkeypatch, caplog):
    def failing(*_):
        try:
            raise OSError("the disk is on fire")
        except OSError as error:
            raise RuntimeError("Nanny failed to start.") from error

    monkeypatch.setattr(local_cluster, "SpecCluster", lambda **_: failing())
    store = Store(tmp_path)
    engine = Engine(store, Settings.from_env({"DROPOUT_WORKERS": "1"}))
    with pytest.raises(EngineError) as raised:
        engine.warm().result(timeout=120)
    engine.close()
    store.close()
    message = str(raised.value)
    assert message == "the workers could not be started (the disk is on fire); see the server's log for details"
    assert "Nanny failed to start." in caplog.text


def test_a_cluster_that_does_not_close_stops_nobody(monkeypatch, caplog):
    async def never(_):
        await asyncio.sleep(3600)

    cluster = local_cluster.OwnCluster(Settings.from_env({"DROPOUT_WORKERS": "1"}))
    dask_cluster = cluster.client.cluster
    with closing(dask_cluster), monkeypatch.context() as patch:
        patch.setattr(local_cluster, "CLOSING", 1)
        patch.setattr(SpecCluster, "_close", never)
        cluster.close()
        assert "could not be closed within 1 s" in caplog.text
        patch.undo()
        cluster.client.close()
