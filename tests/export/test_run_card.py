"""Test that run cards are complete, reproducible, read back exactly, and safe to read from any source."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import config

from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.experiments.result_tables import frame
from dropout_core.experiments.results import COLUMNS, Point, Result
from dropout_core.export.run_card import FORMAT, LIMIT, CardError, final_numbers, recipe_of, to_card
from dropout_core.storage.store import CANCELLED, DONE, Comparison, Store

RECIPE = Recipe(data="mnist-5k", images=100, epochs=2, hidden=(4,), seeds=(3, 1))
PROVENANCE = {"commit": "abc-dirty", "torch": "2.14.1", "device": "cpu", "hardware": "Fast", "data_checksum": "0123"}


@pytest.fixture(autouse=True)
def without_the_type_checker():
    """Turn off jaxtyping: cards are untrusted input, so the code itself must reject wrong types."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


def point(run, step, **more):
    values = dict.fromkeys(COLUMNS, 1 / 3) | {"arm": run.arm, "seed": run.seed, "step": step, "epoch": step / 2}
    return Point(**values | more)


def comparison(recipe=RECIPE, status=DONE, runs=None):
    runs = recipe.runs() if runs is None else runs
    losses = {2: 0.5, 4: 0.25, 6: 0.75}
    unmeasured = {"full_val_loss": None, "full_val_accuracy": None, "epoch_loss": None}
    points = [point(run, step, full_val_loss=loss) for run in runs for step, loss in losses.items()]
    points += [point(run, 3, **unmeasured) for run in runs]
    table = pd.DataFrame(
        [(run.arm, run.seed, 12.5, 1) for run in runs], columns=["arm", "seed", "seconds", "stopped_early"]
    )
    times = "2026-01-31T12:00:00+00:00", "2026-01-31T12:01:00+00:00"
    return Comparison(recipe, status, "", *times, PROVENANCE, frame(points), table)


CARD = json.loads(to_card(comparison()))


def changed(**fields):
    return json.dumps(CARD | fields)


def test_a_card_says_what_was_done_with_what_and_what_came_of_it():
    assert (CARD["format"], CARD["version"], CARD["status"]) == (FORMAT, "1.0", DONE)
    assert (CARD["key"], CARD["seeds"]) == (RECIPE.key, [3, 1])
    assert Recipe.from_dict(CARD["recipe"]) == RECIPE
    assert CARD["data"] == {"source": "mnist-5k", "checksum": "0123"}
    assert CARD["provenance"] == PROVENANCE
    assert CARD["started"] < CARD["ended"]
    assert [(run["arm"], run["seed"]) for run in CARD["runs"]] == [(arm, seed) for seed in (3, 1) for arm in ARMS]


def test_final_numbers_are_those_of_the_last_point_and_name_the_best_epoch():
    for run in CARD["runs"]:
        assert (run["epoch"], run["full_val_loss"], run["eval_loss"]) == (3, 0.75, 0.3333333)
        assert (run["best_epoch"], run["best_val_loss"]) == (2, 0.25)
        assert (run["seconds"], run["stopped_early"]) == (12.5, True)


def test_a_card_is_the_same_whatever_the_order_of_rows():
    found = comparison()
    shuffled = replace(found, points=found.points[::-1].reset_index(drop=True), runs=found.runs[::-1])
    assert to_card(shuffled) == to_card(found)


def test_the_store_s_comparison_makes_a_card(tmp_path):
    store = Store(tmp_path)
    store.start(RECIPE)
    for run in RECIPE.runs():
        store.add(RECIPE, Result(run, [point(run, 4)], {"layers.0.bias": np.zeros(4, "f4")}, 0.5), PROVENANCE)
    store.finish(RECIPE.key, DONE)
    text = to_card(store.get(RECIPE.key))
    store.close()
    assert recipe_of(text) == RECIPE
    assert len(json.loads(text)["runs"]) == 4


@pytest.mark.parametrize("runs", [[], RECIPE.runs()[:3]])
def test_a_comparison_that_was_cut_short_makes_a_card_of_the_runs_there_are(runs):
    cut = replace(comparison(status=CANCELLED, runs=runs), ended=None, provenance={})
    card = json.loads(to_card(cut))
    assert len(card["runs"]) == len(final_numbers(cut)) == len(runs)
    assert card["data"]["checksum"] == "unknown"
    assert recipe_of(json.dumps(card)) == RECIPE


def test_the_largest_card_is_within_the_limit():
    recipe = replace(RECIPE, seeds=tuple(range(2**31 - 101, 2**31 - 1)))
    text = to_card(replace(comparison(recipe), provenance={f"name {i}": "x" * 1000 for i in range(20)}))
    assert len(text) < LIMIT
    assert recipe_of(text) == recipe


def test_what_was_not_measured_is_null():
    run = RECIPE.runs()[0]
    found = comparison(runs=[run])
    card = json.loads(to_card(replace(found, points=frame([point(run, 3, full_val_loss=None)]))))
    assert [card["runs"][0][name] for name in ("full_val_loss", "best_val_loss", "best_epoch")] == [None] * 3
    assert recipe_of(json.dumps(card)) == RECIPE


recipes = st.builds(
    Recipe,
    epochs=st.integers(1, 1000),
    rate=st.floats(0, 0.95),
    hidden=st.lists(st.integers(1, 4096), min_size=1, max_size=4).map(tuple),
    weight_decay=st.floats(0, 1),
    decoupled=st.booleans(),
    seeds=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=3, unique=True).map(tuple),
    arms=st.sampled_from([ARMS, (DROPOUT,)]),
)


@settings(max_examples=30, deadline=None)
@given(recipes)
def test_a_recipe_survives_its_card_and_its_own_json_exactly(recipe):
    text = to_card(comparison(recipe))
    assert recipe_of(text) == recipe_of("\ufeff" + text) == recipe
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"):
        assert recipe_of(text.encode(encoding)) == recipe, encoding
    assert recipe_of(recipe.to_json()) == recipe


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


def is_read_or_refused(text):
    said = ""
    try:
        assert isinstance(recipe_of(text), Recipe)
    except CardError as error:
        said = str(error)
    assert len(said) < 600
    assert "\n" not in said


@given(st.binary() | st.text())
def test_any_bytes_and_any_text_are_read_or_refused(text):
    is_read_or_refused(text)


@given(values)
def test_any_json_is_read_or_refused(value):
    is_read_or_refused(json.dumps(value))


@given(st.sampled_from(sorted(CARD)) | st.text(max_size=5), values)
def test_a_card_with_any_field_changed_is_read_or_refused(name, value):
    is_read_or_refused(changed(**{name: value}))


@given(st.sampled_from(sorted(CARD["runs"][0])), values, st.sampled_from(["1.0", "1.1"]))
def test_a_card_with_any_field_of_a_run_changed_is_read_or_refused(name, value, version):
    is_read_or_refused(changed(runs=[CARD["runs"][0] | {name: value}], version=version))


@given(st.data())
def test_a_card_with_any_piece_cut_out_is_read_or_refused(data):
    text = to_card(comparison())
    start, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 40))
    is_read_or_refused(text[:start] + text[start + length :])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "^this is not JSON: line 1, column 1: a value is missing"),
        (b"\xff\xfe", "^this is not JSON: line 1, column 1: a value is missing"),
        (b"{\xff\xff}", "^this is not JSON: the file is not valid UTF-8 text; save it as UTF-8$"),
        ("[" * 90_000, "^this is not JSON: the brackets are nested too deeply$"),
        (
            '{"rate": 0.1,\n rate: 0.2}',
            "^this is not JSON: line 2, column 2: a field name in double quotes is missing$",
        ),
        ('{"rate" 0.1}', "line 1, column 9: a colon is missing after the field name$"),
        ('{"rate": 0.1 "seeds": []}', "line 1, column 14: a comma or a closing bracket is missing$"),
        (
            '{"rate": }',
            "line 1, column 10: a value is missing: a number, a string in double quotes, a list or an object$",
        ),
        ('{"rate": 0.1,}', "line 1, column 1[34]: "),
        ('{"data": "mnist}', "line 1, column 10: the string that starts here has no closing quotation mark$"),
        ('{"rate": 0.1}}', "line 1, column 14: remove the text after the closing bracket$"),
        ('{"data": "a\tb"}', "line 1, column 12: write "),
        ('{"data": "a\\c"}', "line 1, column 12: write "),
        ('{"rate": NaN}', "^this is not JSON: NaN is not a valid JSON number"),
        ('{"rate": 0.1, "rate": 0.2}', "field 'rate' appears more than once"),
        ('{"rate": 1' + "0" * 5000 + "}", "^this is not JSON: a number has too many digits$"),
        ("{}", "neither a run card nor a recipe"),
        ("[]", "neither a run card nor a recipe"),
        (" " * (LIMIT + 1), "at most 100,000 characters"),
        ('{"rate": 2}', "^recipe: rate must be a number"),
        ('{"dropout": 2}', "^recipe: a recipe has no field 'dropout'"),
        (json.dumps({"recipe": CARD["recipe"]}), "^format must be"),
        (changed(format="a song"), "^format must be"),
        (changed(version=None), "^version must be a string"),
        (changed(version="1.0.0"), "^version must be a string"),
        (changed(version="٣.٠"), "^version must be a string"),
        (changed(version="2.0"), "^version: 2.0 is too new for this program, which reads 1.0"),
        (changed(version="0.9"), "^version must be 1"),
        (changed(recipe=[]), "^recipe must be an object"),
        (changed(recipe=CARD["recipe"] | {"epochs": 0}), "^recipe: epochs must be"),
        (changed(recipe=CARD["recipe"] | {"epochs": 9}), "^key must be .* enter only the recipe object"),
        (changed(key="0" * 16), f"^key must be {RECIPE.key}"),
        (changed(seeds=[1, 3]), "^seeds must be the same as"),
        (changed(started="yesterday"), "^started must be a time"),
        (changed(started="2026-01-31T12:00:00"), "^started must be a time"),
        (changed(ended=5), "^ended must be a time"),
        (changed(data={"source": "mnist-5k"}), r"^data\.checksum is missing"),
        (changed(data={"source": "mnist", "checksum": ""}), r"^data\.source must be"),
        (changed(provenance={"torch": 2}), "^provenance must be an object with strings"),
        (changed(message="x" * 201), "^message must be a string"),
        (changed(runs={}), "^runs must be a list"),
        (changed(runs=[5]), r"^runs\[0\] must be an object"),
        (changed(runs=[CARD["runs"][0]] * 2), r"^runs\[1\] must be one of the recipe's runs, each listed only once"),
        (changed(runs=[CARD["runs"][0] | {"seed": 2}]), r"^runs\[0\] must be one of the recipe's runs"),
        (changed(runs=[CARD["runs"][0] | {"seed": True}]), r"^runs\[0\]\.seed must be a whole number"),
        (changed(runs=[CARD["runs"][0] | {"arm": {}}]), r"^runs\[0\]\.arm must be one of"),
        (changed(runs=[CARD["runs"][0] | {"eval_loss": "0"}]), r"^runs\[0\]\.eval_loss must be a number or null"),
        (changed(runs=[CARD["runs"][0] | {"seconds": 10**400}]), r"^runs\[0\]\.seconds must be a number"),
        (changed(runs=[CARD["runs"][0] | {"note": ""}]), r"^runs\[0\]\.'note' is not a field"),
        (changed(note=""), "^'note' is not a field in a version 1.0 run card"),
    ],
)
def test_a_text_that_is_no_card_is_refused_with_the_field_and_what_would_do(text, message):
    with pytest.raises(CardError, match=message):
        recipe_of(text)


@pytest.mark.parametrize("name", sorted(set(CARD) - {"format", "version"}))
def test_a_card_without_a_field_is_refused(name):
    with pytest.raises(CardError, match=f"^{name} is missing"):
        recipe_of(json.dumps({field: value for field, value in CARD.items() if field != name}))


def test_a_newer_minor_version_may_have_more_fields_but_not_in_the_recipe():
    run = CARD["runs"][0] | {"note": ""}
    assert recipe_of(changed(version="1.7", note=[1], runs=[run], data=CARD["data"] | {"note": ""})) == RECIPE
    with pytest.raises(CardError, match=r"^recipe: a recipe has no field 'note'"):
        recipe_of(changed(version="1.7", recipe=CARD["recipe"] | {"note": ""}))
