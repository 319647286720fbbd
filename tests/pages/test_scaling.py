"""Tests of the scaling page in Streamlit's test harness: vectors, links, and values reported by charts."""

import json
import re
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.topics.scaling.vector_input import PRESETS
from tests import harness

CHARTS = 4
open_page = partial(harness.open_page, "scaling")
read_page = partial(harness.read_page, "scaling")


def spec(app: AppTest, place: int = 0) -> dict:
    return json.loads(app.get("vega_lite_chart")[place].proto.spec)


def vector(app: AppTest) -> list[float]:
    """Return the current vector, as shown in the page's warning or text field."""
    return [float(v) for v in app.session_state["scaling_settings"]["vector"].split(", ")]


def start(app: AppTest) -> dict:
    """Return the first chart's initial values."""
    first = spec(app)
    params = [*first["params"], *first["layer"][0]["layer"][0]["params"]]
    values = {p["name"]: p.get("value") for p in params}
    return {"rate": values["rate"][0]["p"], "pass": values["pass_k"]}


def headings(app: AppTest) -> str:
    return "\n".join(header.value for header in app.header)


def words(app: AppTest) -> str:
    return "\n".join(m.value for m in app.markdown)


def test_without_a_link():
    app = read_page()
    assert len(app.get("vega_lite_chart")) == CHARTS
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))
    assert vector(app) == [1, -0.5, 2, 0.25]
    assert start(app) == {"rate": 0.5, "pass": 200}
    assert not app.info
    assert not app.warning
    assert dict(app.query_params) == {}


def test_old_links_keep_working():
    app = open_page(rate="0.2", unit="2", passes="1000", stage="logits")
    assert start(app)["rate"] == 0.2
    assert not app.info
    assert dict(app.query_params) == {"rate": "0.2"}


def test_a_link_restores_everything():
    link = {"rate": "0.2", "pass": "17", "vector": "3, -1", "seed": "7", "scheme": "standard"}
    app = open_page(**link)
    assert vector(app) == [3, -1]
    assert start(app) == {"rate": 0.2, "pass": 17}
    assert app.number_input(key="scaling_seed").value == 7
    assert app.segmented_control(key="scaling_scheme").value == "standard"
    assert not app.info
    assert dict(app.query_params) == link


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rate", "half"),
        ("rate", "1"),
        ("rate", "nan"),
        ("pass", "0"),
        ("pass", "x"),
        ("vector", "1, two"),
        ("vector", ""),
        ("vector", "1e999"),
        ("seed", "-1"),
        ("scheme", "<b>twice"),
        ("else", "1"),
    ],
)
def test_what_a_link_cannot_have_is_said_and_the_page_is_drawn(name, text):
    app = open_page(**{name: text})
    assert len(app.info) == 1
    assert len(app.get("vega_lite_chart")) == CHARTS


def test_rates_between_the_steps_are_taken_to_the_nearest():
    assert start(open_page(rate="0.33"))["rate"] == 0.35


@pytest.mark.parametrize("text", ["", "1, two", "1 2 3 4 5 6 7 8 9", "nan", "1e9", "🙂", "$x$"])
def test_a_bad_vector_is_explained_and_the_last_good_one_kept(text):
    app = open_page(vector="3, -1")
    assert not app.text_input(key="scaling_text").set_value(text).run().exception
    assert "still shows 3, -1" in app.warning[0].value
    assert vector(app) == [3, -1]
    assert not app.text_input(key="scaling_text").set_value("2, 2, 2").run().exception
    assert not app.warning
    assert vector(app) == [2, 2, 2]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_fill_the_field(name):
    app = open_page(vector="3, -1")
    assert not next(b for b in app.button if b.label == name).click().run().exception
    assert app.text_input(key="scaling_text").value == PRESETS[name]
    assert len(vector(app)) == len(PRESETS[name].split(","))


@pytest.mark.parametrize("text", ["0", "0, 0", "100, -100, 0.001", "5"])
@pytest.mark.parametrize("rate", ["0", "0.95"])
def test_extreme_vectors_and_rates(text, rate):
    app = open_page(vector=text, rate=rate)
    assert len(app.get("vega_lite_chart")) == CHARTS
    assert not re.search(r"\b(nan|inf)\b", f"{words(app)} {headings(app)}".lower())


def test_another_seed_tosses_other_coins():
    app = open_page()
    before = spec(app)
    assert not app.number_input(key="scaling_seed").set_value(99).run().exception
    assert spec(app) != before
    assert dict(app.query_params) == {"seed": "99"}


def test_another_scheme_changes_the_network_chart_only():
    app = open_page()
    before = [spec(app, i) for i in range(CHARTS)]
    assert "exact in a linear net" in headings(app)
    assert not app.segmented_control(key="scaling_scheme").set_value("no scaling").run().exception
    assert [spec(app, i) == before[i] for i in range(CHARTS)] == [True] * (CHARTS - 1) + [False]
    assert "exact in a linear net" not in headings(app)


def test_every_scheme_has_its_line_of_pytorch():
    said = words(read_page())
    assert "F.dropout(a, p, training=training)" in said
    assert said.count("if training else") == 2


def test_the_headings_follow_rate_and_vector():
    assert (
        "At p = 0.80, unscaled sums average 0.80 over all masks instead of 4.00; scaled sums average 4.00"
        in headings(open_page(rate="0.8", vector="1, 1, 1, 1"))
    )
    assert "Nothing is dropped" in headings(open_page(rate="0"))
