"""Test the building blocks shared by interactive charts."""

from dropout_core.charts.vega import element, layered, numbered, reported


def test_a_reported_slider_is_a_bound_point_selection():
    param = reported("rate", "p", 0.5, {"input": "range"})
    assert param == {
        "name": "rate",
        "select": {"type": "point", "fields": ["p"]},
        "bind": {"p": {"input": "range"}},
        "value": [{"p": 0.5}],
    }


def test_charts_are_drawn_as_svg():
    assert layered([], 10, [], [], [])["usermeta"]["embedOptions"]["renderer"] == "svg"


def test_a_list_in_columns_is_addressed_by_its_index():
    assert numbered("u", [0.1, 0.2]) == {"u0": 0.1, "u1": 0.2}
    assert element("u", "pass_k - 1") == "datum['u' + (pass_k - 1)]"
