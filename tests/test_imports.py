"""Test that only certain modules load torch or Streamlit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import Module, name_of, source_files

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
CORE = ROOT / "dropout_core"


def run(code: str, folder: Path) -> str:
    """Run code in a new interpreter with its own cache folder and without downloads. Returns its output."""
    env = os.environ | {"DROPOUT_CACHE_DIR": str(folder), "DROPOUT_DOWNLOAD": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


ALL = [Module(name_of(path)) for path in source_files() if path.is_relative_to(CORE)]
WITHOUT_TORCH = [each for each in ALL if not each.may_import_torch and not each.name.endswith(("__main__", "template"))]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> dict[str, set[str]]:
    """In a new interpreter, import all modules in turn, and check after each whether torch and Streamlit are loaded.

    Modules that may import Streamlit come last, so that the other modules are checked without it.
    """
    names = [each.name for each in sorted(WITHOUT_TORCH, key=lambda each: each.may_import_streamlit)]
    code = f"""
import importlib, sys
for name in {names!r}:
    importlib.import_module(name)
    print(name, *({{"torch", "streamlit"}} & set(sys.modules)), flush=True)
"""
    lines = run(code, tmp_path_factory.mktemp("cache")).splitlines()
    return {name: set(others) for name, *others in map(str.split, lines)}


@pytest.mark.parametrize("module", WITHOUT_TORCH, ids=lambda each: each.name)
def test_importing_it_does_not_import_torch(module, loaded):
    """Torch takes seconds and hundreds of megabytes to load. If several cases fail, the first one is the culprit."""
    assert "torch" not in loaded[module.name]


@pytest.mark.parametrize("module", WITHOUT_TORCH, ids=lambda each: each.name)
def test_importing_it_imports_streamlit_only_where_it_may(module, loaded):
    """Workers import the engine's modules, and must not load Streamlit."""
    assert module.may_import_streamlit or "streamlit" not in loaded[module.name]


def test_a_worker_process_does_without_pandas(tmp_path):
    """Pandas would take 70 MB in every worker, and no worker uses tables."""
    code = """
import sys, dropout_core.engine.worker, dropout_core.training.trainer
print({"pandas", "pyarrow"} & set(sys.modules))
"""
    assert run(code, tmp_path) == "set()\n"
