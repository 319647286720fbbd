"""Tests of the papers page in Streamlit's test harness: figures, links, buttons, and a missing record."""

import json
import re
from functools import partial

import pandas as pd
import pyarrow as pa
import pytest

from dropout_core.charts.theme import NEUTRAL
from dropout_core.charts.trial_dots import PUBLISHED
from dropout_core.numerics.verdicts import REPRODUCTION_TEXT
from dropout_core.reference import paper_scale, records
from dropout_core.topics.papers import catalogue, figures
from dropout_core.topics.papers.catalogue import BY_SLUG, FIGURES
from dropout_core.ui.query_params import STEP
from tests import harness, scale_record
from tests.harness import button, texts

open_page = partial(harness.open_page, "papers")
read_page = partial(harness.read_page, "papers")
SLUGS = tuple(BY_SLUG)
SCALES = ("", " at our scale")
pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


def heading(figure) -> str:
    return f"{figure.name}: {figure.title}"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.slug)
def test_every_figure_has_a_chart_in_words_a_verdict_and_where_it_comes_from(figure):
    app = read_page(figure=figure.slug)
    assert texts(app, "header") == heading(figure)
    charts = app.get("vega_lite_chart")
    assert charts
    assert all(len(chart.proto.alt) > 60 for chart in charts)
    text = texts(app, "markdown")
    assert any(f"**{verdict}{scale}.**" in text for verdict in REPRODUCTION_TEXT.values() for scale in SCALES)
    assert not {"nan", "None"} & set(text.replace("(", " ").split())
    recorded = bool(figure.record) and bool(paper_scale.load_any(figure.record).trials)
    assert ("Reference runs" in text) == recorded
    assert ("| paper | ours |" in text) == bool(recorded and (figure.net or figure.hidden or figure.updates))
    assert ("ur settings: " in text or "ur other settings: " in text) == recorded
    assert "for which the paper gives no numbers" not in text, "the paper gives some of them"
    assert "| –" not in text
    assert not app.info
    assert not app.warning


def test_the_tally_counts_the_verdicts_of_all_figures():
    app, groups = read_page(), ("agree", "differ", "inconclusive", "too few seeds", "comparable", "finished")
    tally = next(each.value for each in app.markdown if "statements from the paper:" in each.value)
    total = int(re.match(r"\*\*(\d+) ", tally)[1])
    found = {group: re.search(rf": \*\*(\d+)\*\* [a-z ]*{group}", tally) for group in groups}
    counts = {group: int(match[1]) if match else 0 for group, match in found.items()}
    assert sum(counts.values()) == total
    verdicts = [line for figure in FIGURES for line in lines(read_page(figure=figure.slug))]
    assert len(verdicts) == total
    agree = [line for line in verdicts if "**Agrees" in line]
    inconclusive = [line for line in verdicts if "**Inconclusive" in line]
    too_few = [line for line in verdicts if "**Too few seeds" in line]
    assert (counts["agree"], counts["inconclusive"], counts["too few seeds"]) == tuple(
        map(len, (agree, inconclusive, too_few))
    )
    assert counts["comparable"] == sum("**Not comparable" in line for line in verdicts)
    assert counts["finished"] == sum("**Not finished" in line for line in verdicts)
    within = sum("**Agrees within the margin" in line for line in verdicts)
    assert f" {within} of those that agree: within a margin." in tally
    assert counts["differ"] == sum("**Differs" in line for line in verdicts)
    measured = [line for line in inconclusive if "95 % interval" in line]
    assert measured
    assert all("with 80 % power" in line for line in measured), "what the seeds could have detected"


def lines(app) -> list[str]:
    """Return a figure's findings, each in one line that begins with the symbol of its verdict."""
    return [line for each in app.markdown for line in each.value.splitlines() if line.startswith("- :material/")]


def test_what_was_published_alone_is_grey_and_stands_on_the_error_alone():
    for slug, published in (("figure-9a", "paper: flat"), ("figure-9b", "paper: lowest error")):
        error, loss = read_page(figure=slug).get("vega_lite_chart")
        assert published in str(rows(error)["label"].tolist())
        assert "label" not in rows(loss)
        assert "loss" in json.loads(loss.proto.spec)["title"]["text"]
    assert figures.TRAINING["training images"].colour != NEUTRAL
    ours, theirs = read_page(figure="table-9").get("vega_lite_chart")
    assert set(rows(ours)["kind"]) == {"run", "mean"}
    assert set(rows(theirs)["kind"]) == {PUBLISHED}, "the kind that is drawn in grey"


def rows(chart) -> pd.DataFrame:
    return pa.ipc.open_stream(chart.proto.data.data).read_pandas()


def test_the_default_stays_out_of_the_link_and_a_choice_gets_into_it():
    app = open_page()
    assert texts(app, "header") == heading(FIGURES[0])
    assert dict(app.query_params) == {}
    app.selectbox(key="papers_figure").set_value("table-10").run()
    assert dict(app.query_params) == {"figure": "table-10", STEP: "1"}, "a step, which Back undoes"
    assert texts(app, "header") == heading(BY_SLUG["table-10"])


def ways(app) -> list[str]:
    return [each.label for each in app.button if each.label.startswith(("Previous", "Next"))]


def test_the_buttons_go_to_either_end_and_no_further():
    app = open_page()
    assert ways(app) == [f"Next figure: {FIGURES[1].name}"]
    app = button(app, f"Next figure: {FIGURES[1].name}").click().run()
    assert texts(app, "header") == heading(FIGURES[1])
    assert ways(app) == [f"Previous figure: {FIGURES[0].name}", f"Next figure: {FIGURES[2].name}"]
    app = button(app, f"Previous figure: {FIGURES[0].name}").click().run()
    assert texts(app, "header") == heading(FIGURES[0])
    assert not app.exception
    assert ways(read_page(figure=FIGURES[-1].slug)) == [f"Previous figure: {FIGURES[-2].name}"]


@pytest.mark.parametrize(
    ("params", "word"), [({"figure": "figure-5"}, f"not one of “{SLUGS[0]}”"), ({"q": "1"}, "not have")]
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = read_page(**params)
    assert word in texts(app, "info")
    assert texts(app, "header") == heading(FIGURES[0])


def test_a_record_that_is_not_there_is_a_sentence_and_the_rest_stays(monkeypatch, tmp_path):
    records.load.cache_clear()
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    app = open_page(figure="figure-9a")
    assert "cannot be shown" in texts(app, "warning")
    assert not app.get("vega_lite_chart")
    assert "statements from the paper:" in texts(app, "markdown"), "those of figures without a record remain"
    assert button(app, "Next figure: Fig. 9b")
    app = app.selectbox(key="papers_figure").set_value("section-9.1").run()
    assert app.get("vega_lite_chart")
    app = app.selectbox(key="papers_figure").set_value("table-2").run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1


@pytest.fixture
def finished(monkeypatch, tmp_path):
    """Return a function that writes made-up runs at the paper's scale, as if the package had been shipped with them."""
    monkeypatch.setattr(paper_scale, "FOLDER", tmp_path)
    shown = catalogue.figures(True)
    monkeypatch.setattr(catalogue, "FIGURES", shown)
    monkeypatch.setattr(catalogue, "BY_SLUG", {figure.slug: figure for figure in shown})
    return scale_record.written


def test_with_finished_runs_it_opens_on_them(finished):
    finished(small=1.60, plain=1.60, dropped=1.25, bounded=1.06)
    app = open_page()
    assert texts(app, "header") == "Table 2: The error rates"
    assert [line.split("**")[1] for line in lines(app)] == ["Agrees."] * 3 + ["Agrees within the margin."] * 3
    [chart] = app.get("vega_lite_chart")
    assert "3 × 1024, dropout 1.25, mean of 5" in chart.proto.alt
    assert "In the paper, training took up to 10 times as many updates" in texts(app, "markdown")
    assert "missing" not in texts(app, "markdown")
    app = button(app, "Next figure: Fig. 4").click().run()
    assert texts(app, "header") == "Fig. 4: Error during training"
    assert [line.split("**")[1] for line in lines(app)] == ["Agrees."] * 2
    assert "3 × 1024, + max-norm" in app.get("vega_lite_chart")[0].proto.alt
    assert not app.exception


def test_a_single_run_is_shown_with_what_is_missing_and_its_cost(finished):
    finished(1, dropped=1.25)
    app = open_page()
    text = texts(app, "markdown")
    assert "19 of 20 runs are missing: about" in text
    assert "`python -m dropout_core reference paper-scale`" in text
    assert "Reference runs" in text
    assert not app.exception
    app = app.selectbox(key="papers_figure").set_value("figure-4").run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1


def test_most_runs_are_smaller_than_the_papers_as_the_introduction_says():
    assert "most of them smaller than the paper’s" in texts(read_page(), "markdown")
    told = [re.search(r"(\d+) times as many", texts(read_page(figure=f.slug), "markdown")) for f in FIGURES]
    smaller = [int(match[1]) > 1 for match in told if match]
    assert sum(smaller) > len(FIGURES) / 2
