"""Test the provenance of all reference runs, and the labelled table of a finished repetition."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.engine import grid_runner
from dropout_core.experiments.experiment import Experiment, Trial
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.reference import FILES, records
from dropout_core.ui import reference_panel, server
from tests.harness import button, own_server, texts  # noqa: F401

pytestmark = pytest.mark.usefixtures("own_server")


def script(arms: tuple[str, ...]) -> None:
    from dropout_core.ui import reference_panel
    from tests.ui.test_reference_panel import tiny

    reference_panel.repetition(tiny(arms))


def tiny(arms: tuple[str, ...]) -> Experiment:
    recipes = {
        name: Recipe(data="mnist-5k", images=200, epochs=1, hidden=(16,), seeds=(0, 1), rate=rate, arms=arms)
        for name, rate in (("small b", 0.1), ("Large a", 0.5))
    }
    return Experiment(
        f"tiny-{len(arms)}", "Tiny: two rates", tuple(Trial(name, recipe) for name, recipe in recipes.items())
    )


@pytest.mark.parametrize("arms", [ARMS, (DROPOUT,)], ids=["pair", "one"])
def test_its_numbers_have_a_unit_an_order_and_a_head_only_where_it_tells_something(arms):
    grid_runner.run(tiny(arms), server.engine())
    app = AppTest.from_function(script, args=(arms,), default_timeout=60).run()
    assert not app.exception
    assert "Tiny, with 200 images from the 5,000-image subset" in texts(app, "markdown")
    assert "Mean validation accuracy over 2 seeds, in %" in texts(app, "markdown")
    [table] = app.table
    assert [*table.value.index] == ["small b", "Large a"]
    assert {*table.value.columns} == {*arms}
    assert table.proto.hide_header == (len(arms) == 1)
    assert button(app, "Repeat").disabled
    assert not app.info


@pytest.mark.parametrize("file", sorted(FILES.glob("*.json")), ids=lambda file: file.stem)
def test_the_provenance_of_every_record_and_study_is_complete(file):
    if "trials" in json.loads(file.read_text("utf-8")):
        origin = reference_panel.origin(file.stem, records.load(file.stem))
    else:
        origin = reference_panel.study_origin(file.stem)
    assert "?" not in origin
    for part in (", 2026-", "torch ", "commit "):
        assert part in origin
