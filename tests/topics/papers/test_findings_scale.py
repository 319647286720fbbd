"""Test the verdicts and charts of Table 2 and Fig. 4 at the paper's scale, on records with known errors."""

import json
from dataclasses import replace

import pytest

from dropout_core.charts.theme import NEUTRAL
from dropout_core.charts.trial_dots import PUBLISHED
from dropout_core.experiments.paper_scale import DROPPED, PLAIN, SEEDS
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import paper_scale
from dropout_core.topics.papers import catalogue, figures_scale
from dropout_core.topics.papers import findings_scale as found
from tests.scale_record import written

LIKE_THEIRS = {"small": 1.60, "plain": 1.60, "dropped": 1.25, "bounded": 1.06}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paper_scale, "FOLDER", tmp_path)
    return tmp_path


def verdicts(findings) -> list[Verdict]:
    return [each.verdict for each in findings]


def test_a_record_like_theirs_agrees_in_order_and_within_the_margin():
    record = written(**LIKE_THEIRS)
    assert verdicts(found.table_2(record)) == [Verdict.HOLDS] * 3 + [Verdict.EQUIVALENT] * 3
    assert verdicts(found.figure_4(record)) == [Verdict.HOLDS] * 2
    last = found.table_2(record)[-1]
    assert "Paper: 3 × 1024, + max-norm, 1.06 %. Ours: 1.06 %" in last.sentence
    assert last.evidence[0].margin == found.MARGIN


def test_a_record_the_other_way_round_differs():
    record = written(small=1.0, plain=1.0, dropped=1.5, bounded=1.9)
    assert verdicts(found.table_2(record)) == [Verdict.DOES_NOT_HOLD] * 6
    assert verdicts(found.figure_4(record)) == [Verdict.DOES_NOT_HOLD] * 2


def test_the_final_error_is_that_after_the_last_update():
    table = found.final_errors(written(1, plain=1.6)).set_index("trial")
    assert table.loc[PLAIN, "error"] == pytest.approx(1.57, abs=1e-3), "the first seed's noise is −0.03"


def test_one_seed_gives_no_verdict_and_says_what_is_missing():
    record = written(1, plain=1.6, dropped=1.25)
    findings = found.table_2(record)
    assert verdicts(findings) == [
        Verdict.NOT_FINISHED, Verdict.TOO_FEW_SEEDS, Verdict.NOT_FINISHED,
        Verdict.NOT_FINISHED, Verdict.TOO_FEW_SEEDS, Verdict.NOT_FINISHED,
    ]  # fmt: skip
    assert "(1 seed, no interval)" in findings[1].sentence
    assert findings[5].sentence.endswith("Ours: 5 of 5 runs are missing.")
    assert findings[2].sentence.endswith("Ours: 9 of 10 runs are missing."), "of both nets together"
    assert found.missing(record) == f"18 of 20 runs are missing: about 8.1 h on one core, `{found.COMMAND}`."


def test_seeds_of_one_net_alone_are_not_compared():
    written(1, dropped=1.25)
    record = written(5, plain=1.6)
    p = found._compared(record, DROPPED, PLAIN, late=False)
    assert p.n == 1


def test_without_runs_nothing_is_finished_and_has_a_cost():
    record = paper_scale.load(())
    assert set(verdicts(found.table_2(record))) == {Verdict.NOT_FINISHED}
    assert verdicts(found.figure_4(record)) == [Verdict.NOT_FINISHED] * 2
    assert "20 of 20 runs are missing: about 9.7 h on one core" in found.missing(record)
    (drawn,) = figures_scale.table_2(record).charts
    assert set(drawn.rows["kind"]) == {PUBLISHED}
    assert "No run of ours is finished." in drawn.alt


def test_nothing_is_missing_from_the_whole():
    assert found.missing(written(**LIKE_THEIRS)) == ""


@pytest.mark.parametrize(("seeds", "intervals"), [(1, 0), (4, 0), (5, 2)])
def test_intervals_are_drawn_from_five_seeds_on(seeds, intervals):
    (drawn,) = figures_scale.table_2(written(seeds, plain=1.6, dropped=1.25)).charts
    marks = drawn.rows["kind"].value_counts().to_dict()
    assert marks == {PUBLISHED: len(found.PUBLISHED), "run": 2 * seeds, "mean": 2}
    assert drawn.rows["low"].notna().sum() == intervals
    assert drawn.rows.loc[drawn.rows["kind"] == PUBLISHED, "value"].max() == 1.60
    assert drawn.rows["arm"].notna().all()
    assert NEUTRAL in json.dumps(drawn.spec)
    assert "3 × 1024, dropout 1.2" in drawn.alt


def test_fig_4_has_a_line_for_each_net_with_a_band_from_five_seeds_on():
    few, all_seeds = (figures_scale.figure_4(written(n, plain=1.6, bounded=1.06)).charts[0].rows for n in (2, 5))
    for rows in (few, all_seeds):
        assert set(rows["group"]) == {"3 × 1024, no dropout", "3 × 1024, + max-norm"}
        assert rows["x"].min() > 10_020
        assert rows["x"].max() == 100_200
    assert few["low"].isna().all()
    assert all_seeds["low"].notna().all()


def test_the_curve_of_a_net_has_only_points_of_all_its_seeds():
    record = written(2, plain=1.6)
    plain = record.trials[PLAIN]
    lost = (plain.points["seed"] == SEEDS[0]) & (plain.points["epoch"] == 99)
    record = replace(record, trials={PLAIN: replace(plain, points=plain.points[~lost])})
    assert 59_400 not in set(found.curves(record)["x"])
    assert 54_000 in set(found.curves(record)["x"])


def test_figures_with_small_nets_announce_the_larger_ones_and_their_cost():
    told = {slug: found.pending(catalogue.BY_SLUG[slug]) for slug in catalogue.BY_SLUG}
    assert [slug for slug in told if told[slug]] == ["figure-9a", "figure-9b", "table-10"]
    assert "45 of 45 runs are missing: about" in told["figure-9a"]
    assert "20 of 20 runs are missing" in told["table-10"]
    assert found.pending(replace(catalogue.BY_SLUG["table-10"], record="paper-table-10")) == ""
