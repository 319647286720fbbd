"""Which way the arrows of the house point: who may import torch, and who Streamlit."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "dropout_core"
ONCE = tuple(f"once.{path.stem}" for path in sorted((CORE / "once").glob("[!_]*.py")))
WITHOUT_TORCH = (
    "masks",
    "vector",
    "network",
    "subnetworks",
    "estimates",
    "diagram",
    "recipe",
    "settings",
    "reading",
    "published",
    "papers",
    "papers_reading",
    "papers_tables",
    "papers_figures",
    "linear_dropout",
    "history",
    "points",
    "provenance",
    "stats",
    "presets",
    "card",
    "script",
    "pitfalls",
    "pitfall_texts",
    "variants",
    "variant_reading",
    "distort",
    "detection",
    "drawing",
    "uncertainty",
    "uncertainty_study",
    "uncertainty_reading",
    "ablation",
    "ablation_runs",
    "neurons",
    "sweep",
    "inference",
    "experiments",
    "records",
    "record_reading",
    "rate_records",
    "claims",
    "regularisers",
    "predictions",
    *(f"charts.{path.stem}" for path in sorted((CORE / "charts").glob("[!_]*.py"))),
    "ensemble",
    "ensemble_net",
    "ensemble_members",
    "ensemble_figures",
    "ensemble_run",
    "ensemble_reading",
    "datasets",
    "store",
    "database",
    "weight_files",
    "work",
    "jobs",
    "ui",
    "service",
    *ONCE,
)
# They speak its protocol, as readers do.
BENCHES = {"bench.py", "bench_reader.py", "bench_serving.py", "bench_soak.py", "bench_training.py"}
FOR_PAGES = {
    "ui.py",
    "service.py",
    "recipe_ui.py",
    "result_ui.py",
    "running_ui.py",
    "reference_ui.py",
    "source_ui.py",
    "sweep_ui.py",
    "layout_ui.py",
    "once",
}
KNOW_STREAMLIT = FOR_PAGES | BENCHES  # files, and folders of them
STREAMLITS = {"streamlit", *(f".{name.removesuffix('.py')}" for name in KNOW_STREAMLIT)}
EXPLAINERS = (
    "overview",
    "masks",
    "scaling",
    "rates",
    "uncertainty",
    "ensemble",
    "neurons",
    "variants",
    "papers",
    "pitfalls",
    "regularisers",
    "claims",
    "training",
)


def run(code: str, folder: Path) -> str:
    """What a new interpreter prints, with a store and a cache of its own and no network."""
    env = os.environ | {"DROPOUT_CACHE_DIR": str(folder), "DROPOUT_DOWNLOAD": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def brought(tmp_path_factory) -> dict[str, set[str]]:
    """Of torch and Streamlit, what is loaded after importing each module, one after the other, in a new interpreter."""
    code = f"""
import importlib, sys
for name in {WITHOUT_TORCH!r}:
    importlib.import_module("dropout_core." + name)
    print(name, *({{"torch", "streamlit"}} & set(sys.modules)), flush=True)
"""
    lines = run(code, tmp_path_factory.mktemp("cache")).splitlines()
    return {name: set(loaded) for name, *loaded in map(str.split, lines)}


@pytest.mark.parametrize("name", WITHOUT_TORCH)
def test_importing_it_does_not_import_torch(name, brought):
    """Torch takes seconds and hundreds of megabytes. The first to fail is the one to blame."""
    assert "torch" not in brought[name]


def test_importing_anything_before_the_pages_modules_does_not_import_streamlit(brought):
    """Workers import jobs' and work's modules, and must not carry Streamlit along."""
    assert [name for name, loaded in brought.items() if "streamlit" in loaded] == ["ui", "service", *ONCE]


def test_a_worker_process_does_without_pandas(tmp_path):
    """Its 70 MB would be there once a worker; on 60,000 images, nothing that a worker does has a use for a table."""
    code = "import sys, dropout_core.engine.worker, dropout_core.training.trainer; print({'pandas', 'pyarrow'} & set(sys.modules))"
    assert run(code, tmp_path) == "set()\n"


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports, wherever in it; of its own package, the modules' dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            found |= {f".{node.module or alias.name}" for alias in node.names}
    return found


MODULES = sorted(CORE.rglob("*.py"))
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(CORE)))


def streamlits(path: Path) -> set[str]:
    """What a file imports that brings Streamlit along; a folder's modules count as the folder: `.once`."""
    return {name if name[0] != "." else f".{name.split('.')[1]}" for name in imported(path)} & STREAMLITS


@pytest.mark.parametrize(
    "code",
    [
        "import streamlit",
        "from streamlit.testing import v1",
        "from . import once",
        "from .once import ensemble",
        "from ..once.ensemble import digits",
        "from .. import service",
    ],
)
def test_the_check_would_notice_streamlit(code, tmp_path):
    (tmp_path / "module.py").write_text(code)
    assert streamlits(tmp_path / "module.py")


@each_module
def test_only_the_modules_for_pages_know_streamlit(path):
    assert path.relative_to(CORE).parts[0] in KNOW_STREAMLIT or not streamlits(path)


@each_module
def test_no_module_imports_a_page_or_the_entry_point(path):
    allowed = {"import_module"} if path.name == "ui.py" else set()  # ui.open_page runs app.py by name, see there
    assert not (imported(path) - allowed) & {"pages", "app"}


@pytest.mark.parametrize("path", sorted((CORE / "charts").glob("*.py")), ids=lambda p: p.name)
def test_charts_do_not_know_where_their_data_come_from(path):
    assert not imported(path) & {".jobs", ".store", ".work", ".datasets", ".trainer", ".models", ".predictions"}


@pytest.mark.parametrize("page", EXPLAINERS)
def test_opening_an_explainer_page_does_not_import_torch(page, visited):
    assert visited[page] == "False"


def test_the_check_of_pages_would_notice_torch(visited):
    assert visited["afterwards"] == "True"


@pytest.fixture(scope="module")
def visited(tmp_path_factory) -> dict[str, str]:
    """Whether torch is loaded after each page of app.py was opened in one new interpreter, and after importing it."""
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
for page in {EXPLAINERS!r}:
    app = AppTest.from_file("app.py", default_timeout=30)
    app = (app if page == "overview" else app.switch_page(f"pages/{{page}}.py")).run()
    assert not app.exception, app.exception
    assert app.title, "the page is empty"
    print(page, "torch" in sys.modules)
import dropout_core.models
print("afterwards", "torch" in sys.modules)
"""
    return dict(map(str.split, run(code, tmp_path_factory.mktemp("cache")).splitlines()))
