"""Shapes and types in dropout_core's annotations are checked at every call while the tests run."""

import sys
from collections.abc import Iterator

import pytest
from jaxtyping import install_import_hook

import tests.typecheck  # the hook looks its checker up by this name

install_import_hook("dropout_core", f"{tests.typecheck.__name__}.checker")


@pytest.fixture(scope="module", autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit's harness leaves its script as the main module, which the workers of later tests would import again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        yield


@pytest.fixture(scope="session", autouse=True)
def without_delay() -> Iterator[None]:
    """Pages in Streamlit's test harness have no browser that draws their first chart."""
    from dropout_core.ui import layout

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "FIRST_CHART_DELAY", 0.0)
        yield
