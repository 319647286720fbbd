"""Test that charts that report selections send their tables separately, and that cached output keeps its layout."""

import json
from copy import deepcopy

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.ui import layout
from dropout_core.ui.layout import extract_datasets

ROWS = [{"k": k, "share": k / 7, "name": f"n{k}"} for k in range(40)]
SPEC = {
    "layer": [
        {"data": {"values": ROWS}, "mark": "bar"},
        {"data": {"values": ROWS}, "mark": "text"},
        {"data": {"values": [{"x": 1}]}, "mark": "rule", "encoding": {"x": {"axis": {"values": [0, 1]}}}},
    ]
}


def test_a_table_goes_once_in_arrow_and_comes_back_as_it_was():
    given = deepcopy(SPEC)
    spec = extract_datasets(given)
    first, second, small = spec["layer"]
    assert first["data"] == second["data"] == {"name": next(iter(spec["datasets"]))}
    (data,) = spec["datasets"].values()
    assert pa.ipc.open_stream(data).read_all().to_pylist() == ROWS
    assert small == SPEC["layer"][2], "what is small, and what is no table, stays"
    assert given == SPEC, "what the page keeps is as it was"


def test_a_table_with_a_name_keeps_it_for_the_layers_that_use_it():
    spec = {"layer": [{"data": {"values": ROWS, "name": "rows"}}, {"data": {"name": "rows"}}]}
    result = extract_datasets(spec)
    assert result["layer"][0]["data"] == result["layer"][1]["data"] == {"name": "rows"}
    assert list(result["datasets"]) == ["rows"]


@pytest.mark.parametrize("cell", [[1, 2], {"a": 1}])
def test_a_table_whose_cells_hold_more_than_one_value_stays_in_the_chart(cell):
    given = {"data": {"values": [{**row, "more": cell} for row in ROWS]}}
    assert extract_datasets(given) == given
    json.dumps(extract_datasets(given))


def page():
    from dropout_core.ui.layout import cached_output, draw, two_columns

    @cached_output
    def picture_and_words() -> None:
        picture, words = two_columns("A screen")
        with picture:
            draw({"mark": "bar", "data": {"values": [{"x": 1}]}}, "layout_test", "A bar.")
        words.markdown("said")

    picture_and_words()


def test_a_chart_of_a_screen_drawn_once_stays_in_its_column_when_it_comes_from_the_cache():
    """Inside cached output, charts must not be cached again: Streamlit would replay them outside their columns."""
    app = AppTest.from_function(page)
    for _ in range(2):
        app.run()
        assert not app.exception
        assert len(app.columns[0].get("vega_lite_chart")) == len(app.get("vega_lite_chart")) == 1


def with_expanders():
    from dropout_core.common.errors import UserError
    from dropout_core.ui import layout

    def fail(error):
        raise error

    layout.expander("good", layout.small, "content")
    layout.expander("damaged", fail, UserError("its record is damaged"))
    layout.expander("gone", fail, FileNotFoundError(2, "No such file", "a.gz"))


@pytest.mark.parametrize("opened", [False, True])
def test_an_expander_has_content_only_when_it_is_open(monkeypatch, opened):
    monkeypatch.setattr(layout, "draw_closed_expanders", opened)
    app = AppTest.from_function(with_expanders, default_timeout=60).run()
    assert [each.label for each in app.expander] == ["good", "damaged", "gone"]
    assert [each.value for each in app.markdown] == [":small[content]"] * opened


def test_an_error_in_an_expander_is_a_sentence_there():
    app = AppTest.from_function(with_expanders, default_timeout=60).run()
    damaged, gone = app.error
    assert damaged.value == "This cannot be shown here: its record is damaged."
    assert "a.gz" in gone.value
    assert not app.exception


def test_whole_numbers_are_sent_in_the_smallest_type_that_holds_them():
    columns = {"small": range(30), "medium": range(970, 1000), "large": range(70_000, 70_030), "part": [0.5] * 30}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    (data,) = extract_datasets({"layer": [{"data": {"values": rows}}]})["datasets"].values()
    table = pa.ipc.open_stream(data).read_all()
    assert [str(field.type) for field in table.schema] == ["int8", "int16", "int32", "double"]
    assert table.to_pylist() == rows
