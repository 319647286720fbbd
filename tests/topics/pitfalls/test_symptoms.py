"""Test the pitfalls: running the displayed code reproduces the stored symptoms, which also agree with theory."""

import json
import math

import numpy as np
import pytest

from dropout_core.numerics.masks import RATES as ALL_RATES
from dropout_core.topics.pitfalls import charts, symptoms
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, LINKED, PITFALLS, decode, encode
from dropout_core.topics.pitfalls.pitfall import BUG, MISCONCEPTION
from dropout_core.topics.pitfalls.symptom_study import run
from dropout_core.topics.pitfalls.symptoms import RATES, finding, symptom

AGREE_AFTER_EVAL = ("functional", "attention", "anew")
each_pitfall = pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: pitfall.slug)
P = np.array(RATES)


def values(slug: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the stored values [positions, repetitions] of the broken and of the correct code."""
    stored = symptom(BY_SLUG[slug])
    return np.array(stored.bug), np.array(stored.right)


def means(slug: str) -> tuple[np.ndarray, np.ndarray]:
    bug, right = values(slug)
    return bug.mean(1), right.mean(1)


# --- the record repeats ----------------------------------------------------------------------------------------------


@each_pitfall
@pytest.mark.parametrize("code", ["broken", "right"])
def test_the_code_that_is_shown_gives_the_stored_values(pitfall, code):
    stored = getattr(symptom(pitfall), "bug" if code == "broken" else "right")
    tolerance = {"rel": 2e-3, "abs": 2e-3}
    if pitfall.steps:
        assert run(pitfall, getattr(pitfall, code), pitfall.rate) == pytest.approx([v for (v,) in stored], **tolerance)
        return
    for rate in (0.05, 0.35, 0.95):
        assert run(pitfall, getattr(pitfall, code), rate) == pytest.approx(stored[RATES.index(rate)], **tolerance)


@each_pitfall
def test_values_are_complete_and_finite(pitfall):
    stored = symptom(pitfall)
    assert len(stored.x) == len(stored.bug) == len(stored.right)
    assert stored.x == ALL_RATES[1:] or pitfall.steps
    assert not pitfall.steps or stored.x == tuple(pitfall.step * i for i in range(1, len(stored.x) + 1))
    assert all(map(math.isfinite, [v for at in stored.bug + stored.right for v in at]))


@each_pitfall
def test_the_finding_is_filled_in(pitfall):
    for rate in RATES:
        text = finding(pitfall, rate)
        assert not {"{", "nan", "inf"} & {*text.split(), *text}


# --- the values agree with theory ------------------------------------------------------------------------------------


def test_the_keep_probability_as_the_rate():
    bug, right = means("keep")
    assert bug == pytest.approx(100 * P, abs=2)  # 20,000 units
    assert right == pytest.approx(100 * (1 - P), abs=2)


@pytest.mark.parametrize("slug", AGREE_AFTER_EVAL)
def test_evaluation_mode_does_not_reach_the_bug(slug):
    bug, right = values(slug)
    assert all(len(set(passes)) > 1 for passes in bug)
    assert (right == right[0, 0]).all()
    assert bug.mean() == pytest.approx(right.mean(), abs=0.2)  # inverted dropout preserves the mean of a linear layer


def test_no_grad_leaves_dropout_on():
    bug, right = means("no-grad")
    assert (bug > 0).all()
    assert (right == 0).all()


def test_scaling_twice_shrinks_the_output():
    bug, right = means("scaling")
    error = 5 * np.sqrt(P / (1 - P) / 20_000)
    assert (abs(bug / (1 - P) - 1) < error + 1e-3).all()
    assert (abs(right - 1) < error + 1e-3).all()


def test_dropout_before_a_sigmoid():
    bug, right = means("order")
    sigmoid = 1 / (1 + math.exp(-2))
    assert bug == pytest.approx((1 - P) / (1 + np.exp(-2 / (1 - P))) + P / 2, abs=0.01)
    assert (abs(right - sigmoid) < 5 * sigmoid * np.sqrt(P / (1 - P) / 20_000)).all()


def test_batch_normalisation_behind_dropout_divides_by_too_much():
    bug, right = means("placement")
    assert (np.diff(bug) < 0).all()
    assert right == pytest.approx(1, abs=0.03)


def test_dropout_on_the_output_erases_scores():
    bug, right = means("output")
    assert bug == pytest.approx(100 * P, abs=2)
    assert (right == 0).all()


def test_inputs_bear_less_dropout_than_hidden_units():
    bug, right = means("inputs")
    assert (bug < right).all()
    assert bug[RATES.index(0.25)] < right[RATES.index(0.5)]


def test_without_train_dropout_stays_off():
    bug, right = means("train")
    assert bug[0] == right[0]  # the first epoch is identical
    assert (bug[1:] == 0).all()
    assert right == pytest.approx(50, abs=8)  # 1,000 units


def test_an_lstm_with_one_layer_does_not_drop():
    bug, right = values("lstm")
    assert (bug == bug[0, 0]).all()
    assert all(len(set(passes)) > 1 for passes in right)


def test_sampling_with_batch_normalisation_awake_changes_the_network():
    bug, right = means("mc")
    assert len(set(right)) == 1
    assert abs(bug[-1] - right[-1]) > abs(bug[0] - right[0]) > 0


def test_masks_raise_the_training_loss():
    """This follows from Jensen's inequality, as the loss is convex in the score and masks preserve the mean score."""
    bug, right = means("loss")
    assert (bug > right + 0.01).all()
    assert right == pytest.approx(0, abs=0.02)


def test_masks_add_variance():
    bug, right = means("variance")
    assert bug == pytest.approx(np.sqrt(1 + 2 * P / (1 - P)), rel=0.06)
    assert right == pytest.approx(1, abs=0.02)


def test_one_mask_keeps_a_unit_for_all_examples_or_none():
    bug, right = values("one-mask")
    assert set(bug.ravel()) == {0, 100}
    assert right.mean(1) == pytest.approx(100 * (1 - P), abs=8)


def test_exactly_k_units_are_kept():
    bug, right = values("exactly-k")
    assert (bug == np.array([[round((1 - p) * 10)] for p in RATES])).all()
    assert right.mean(1) == pytest.approx(10 * (1 - P), abs=1.5)
    assert right.std(1)[9] > 0


def test_validation_finds_that_dropout_does_not_always_help():
    bug, right = means("always")
    assert right[0] == bug[0]  # with 20 examples, validation chooses dropout
    assert (right[5:] < bug[5:]).all()
    at = symptom(BY_SLUG["always"]).x
    assert (at[0], at[-1]) == (20, 400)
    after = bug[at.index(80) :]  # the symptom: beyond 80 examples, the error hardly falls
    assert after[-1] > 0.9 * after[0] > 0.9 * bug[0] / 3


# --- the catalogue and the charts ------------------------------------------------------------------------------------


def test_groups_and_letters():
    assert [each.slug for each in PITFALLS if each.kind == MISCONCEPTION] == [
        "loss", "variance", "one-mask", "exactly-k", "always",
    ]  # fmt: skip
    assert {each.bug for each in PITFALLS if each.kind == BUG} == {"A", "B"}
    for each in PITFALLS:
        assert each.shown[each.bug] == each.broken
        assert {*each.shown.values()} == {each.broken, each.right}


def test_answers_survive_a_link_and_old_links_keep_their_order():
    answers = {"keep": "A", "mc": "B", "always": "A"}
    assert decode(encode(answers)) == answers
    assert sorted(LINKED) == sorted(BY_SLUG)
    assert decode("--AB------A") == {"no-grad": "A", "loss": "B", "always": "A"}
    for text in ("AC", "A" * (len(PITFALLS) + 1)):
        with pytest.raises(ValueError, match="letters"):
            decode(text)


@each_pitfall
def test_the_chart_hides_the_correct_code_until_it_is_revealed(pitfall):
    stored, drawn = symptom(pitfall), []
    for revealed in (False, True):
        spec = charts.symptom_chart(pitfall, stored, revealed, 0.2)
        assert json.loads(json.dumps(spec)) == spec
        rows = spec["layer"][0]["layer"][0]["data"]["values"]
        drawn.append({code: [row["y"] for row in rows if row["code"] == code] for code in {r["code"] for r in rows}})
    bug = f"with the {pitfall.kind}"
    assert drawn[0] == {bug: [v for at in stored.bug for v in at]}
    assert drawn[1] == drawn[0] | {charts.CORRECT: [v for at in stored.right for v in at]}


@each_pitfall
def test_no_symbol_of_the_legend_lacks_its_text(pitfall):
    for revealed in (False, True):
        spec = charts.symptom_chart(pitfall, symptom(pitfall), revealed, 0.2)
        layers = [layer for layer in spec["layer"][0]["layer"] if "mark" in layer]
        symbols, names = ([x for x in layers if x["mark"]["type"] == kind] for kind in ("point", "text"))
        assert len(symbols) == len(names)
        assert all(row["say"] for layer in names for row in layer["data"]["values"])


def test_a_range_in_words():
    assert charts.in_words((0.5, 0.5)) == "0.5"
    assert charts.in_words((-1.0, 2.3456)) == "−1 to 2.35"
    assert symptoms.load()[1]["torch"]
