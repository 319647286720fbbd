"""Settings for all tests: type-checked annotations, the `quick` marker, and no deliberate delays."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Set before NumPy and PyTorch are imported. On a busy machine, threads that wait for each other's share of a small
# product keep the cores busy: with two threads, tests of training took six times as much processor time.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import pytest
from jaxtyping import install_import_hook

import tests.typecheck  # the import hook finds its checker by this name

install_import_hook("dropout_core", f"{tests.typecheck.__name__}.checker")

# Hypothesis examples have no deadline, because the machine may be slow or busy.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

TESTS = Path(__file__).parent
SLOW_FOLDERS = {"cli", "e2e", "export", "pages", "static_site", "training", "ui"}
SLOW_FIXTURES = {"engine", "own_server", "terminal"}  # these start workers or the whole app


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the slow folders if only quick tests are selected, because importing them takes as long as many tests."""
    wants_quick = config.getoption("markexpr") == "quick"
    return True if wants_quick and collection_path.parent == TESTS and collection_path.name in SLOW_FOLDERS else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test as quick unless its folder, its fixtures or its own marker make it slow."""
    for item in items:
        if not _is_slow(item):
            item.add_marker(pytest.mark.quick)


def _is_slow(item: pytest.Item) -> bool:
    folder = item.path.relative_to(TESTS).parts[0]
    fixtures = set(getattr(item, "fixturenames", ()))
    return (
        folder in SLOW_FOLDERS or not fixtures.isdisjoint(SLOW_FIXTURES) or item.get_closest_marker("slow") is not None
    )


@pytest.fixture(autouse=True)
def _subnormal_numbers() -> Iterator[None]:
    """Stop flushing subnormal numbers, as trainer and script do for the whole thread: Hypothesis does not accept it."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session", autouse=True)
def _whole_pages() -> None:
    """Draw closed expanders, too, and remove the delay after a page's first chart, which is useful only in browsers."""
    if "streamlit" in sys.modules:
        from dropout_core.ui import first_chart, layout

        first_chart.LONGEST = 0
        layout.draw_closed_expanders = True


@pytest.fixture(scope="module", autouse=True)
def main_module() -> Iterator[None]:
    """Restore the main module. Streamlit's test harness replaces it with its script, which workers would import."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        yield
