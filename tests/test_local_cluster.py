"""Test that deploy/local-cluster.sh names what is missing or in use, before it starts anything."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dropout_core.benchmarks.local_cluster import free_ports

ROOT = Path(__file__).parents[1]


def refusal(folder: Path, **settings: object) -> str:
    """Run the script, which has to end with status 1 and to leave the folder alone. Return what it says."""
    before = sorted(folder.rglob("*"))
    env = os.environ | {"PYTHON": sys.executable, "PORT": str(free_ports(4))}
    env |= {name: str(value) for name, value in settings.items()}
    command = [ROOT / "deploy" / "local-cluster.sh", folder]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, sorted(folder.rglob("*"))) == (1, "", before)
    return done.stderr.strip()


@pytest.mark.parametrize("place", range(4), ids=["nginx", "scheduler", "server-1", "server-2"])
def test_a_port_in_use_is_named(tmp_path, place):
    first = free_ports(4)
    with socket.create_server(("127.0.0.1", first + place)):
        assert refusal(tmp_path, PORT=first) == f"port {first + place} is in use; set PORT"


def test_a_python_that_is_missing_is_named(tmp_path):
    said = refusal(tmp_path, PYTHON="/nowhere/python")
    assert said == "/nowhere/python is missing: set PYTHON, or create the environment as the README says"


def test_packages_that_are_missing_are_named(tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    said = refusal(tmp_path, PYTHON=bare)
    assert said == f"{bare} lacks packages; install: streamlit distributed psycopg[binary]"


def test_a_folder_that_a_running_postgresql_uses_is_named(tmp_path):
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    postgres = tmp_path / "bin" / "postgres"  # a process with this name, which the script looks for
    postgres.parent.mkdir()
    shutil.copy(shutil.which("sleep"), postgres)
    with subprocess.Popen([postgres, "100"]) as process:
        try:
            (tmp_path / "postgres" / "data" / "postmaster.pid").write_text(f"{process.pid}\nmore\n")
            said = refusal(tmp_path)
        finally:
            process.kill()
    assert said == f"{tmp_path} is in use by PostgreSQL (process {process.pid}); name another folder"


@pytest.mark.parametrize(("lives", "status"), [("sleep 60", 0), ("true", 1)])
def test_an_answer_counts_only_if_the_process_that_was_started_lives(tmp_path, lives, status):
    code = f"""
source <(sed -n -e '/^fail()/,/^}}/p' -e '/^wait_for()/,/^}}/p' deploy/local-cluster.sh)
folder={tmp_path}
{lives} & echo $! >"$folder/server.pid"
answer() {{ sleep 0.5; }}
(wait_for server answer)
status=$?
kill %1 2>/dev/null
exit $status"""
    done = subprocess.run(["bash", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == status
    assert done.stderr.strip() == (f"server did not start; see {tmp_path}/server.log" if status else "")
