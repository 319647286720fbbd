"""Test recipes: their validation, canonical JSON, keys and runs."""

import json
import math
import pickle
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import config

from dropout_core.experiments.recipe import (
    ARMS,
    BEFORE_RELU,
    DATA,
    DROPOUT,
    NO_DROPOUT,
    NOISE_PLACES,
    NOISES,
    NORMS,
    OPTIMISERS,
    SCHEDULES,
    SUBSETS,
    Recipe,
    RecipeError,
    Run,
)

NAMES = [field.name for field in fields(Recipe)]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def without_the_type_checker():
    """Disable jaxtyping: since recipes come from links and files, Recipe itself must reject wrong types."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


@st.composite
def recipes(draw):
    data, noise = draw(st.sampled_from(sorted(DATA))), draw(st.sampled_from(NOISES))
    whole, real = st.integers, st.floats
    return Recipe(
        data=data,
        images=draw(whole(10, DATA[data])),
        epochs=draw(whole(1, 1000)),
        rate=draw(real(0, 0.95)),
        input_rate=draw(real(0, 0.95)),
        hidden=tuple(draw(st.lists(whole(1, 4096), min_size=1, max_size=4))),
        learning_rate=draw(real(1e-6, 10)),
        batch=draw(whole(1, 4096)),
        optimiser=draw(st.sampled_from(OPTIMISERS)),
        momentum=draw(real(0, 0.999)),
        weight_decay=draw(real(0, 1)),
        decoupled=draw(st.booleans()),
        max_norm=draw(real(0, 1000)),
        patience=draw(whole(0, 1000)),
        seeds=tuple(draw(st.lists(whole(0, 2**31 - 1), min_size=1, max_size=5, unique=True))),
        arms=draw(st.sampled_from([ARMS, *((arm,) for arm in ARMS)])),
        noise=noise,
        noise_at=draw(st.sampled_from(NOISE_PLACES)) if noise != "dropconnect" else BEFORE_RELU,
        schedule=draw(st.sampled_from(SCHEDULES)),
        batch_norm=draw(st.sampled_from(NORMS)),
        augment=draw(st.booleans()),
        subset=draw(st.sampled_from(SUBSETS)),
        annealing=draw(st.booleans()),
        **draw(st.sampled_from([{}, {"net": "conv", "conv_rate": 0.25}, {"net": "conv", "spatial": True}])),
    )


@given(recipes())
def test_a_recipe_survives_its_json_exactly(recipe):
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert (again.to_json(), again.key) == (recipe.to_json(), recipe.key)


def test_a_key_once_asked_for_changes_nothing_and_is_not_handed_on():
    named, other = Recipe(), Recipe()
    assert named.key is named.key
    assert (named, hash(named), repr(named)) == (other, hash(other), repr(other))
    assert (asdict(named), named.to_json()) == (asdict(other), other.to_json())
    assert replace(named, epochs=6).key == Recipe(epochs=6).key != named.key
    assert pickle.loads(pickle.dumps(named)).key == named.key


@given(recipes(), st.randoms())
def test_the_order_of_fields_and_the_white_space_of_its_json_do_not_change_the_key(recipe, random):
    items = list(json.loads(recipe.to_json()).items())
    random.shuffle(items)
    assert Recipe.from_json(json.dumps(dict(items), indent=3)).key == recipe.key


@given(recipes(), recipes())
def test_recipes_have_the_same_key_exactly_when_they_are_equal(one, other):
    assert (one.key == other.key) == (one == other)


@pytest.mark.parametrize("name", ["rate", "input_rate", "weight_decay", "max_norm", "momentum"])
def test_nought_is_one_number_however_it_is_written(name):
    keys = {Recipe.from_json(f'{{"{name}": {zero}}}').key for zero in ("0", "0.0", "-0.0", "0e5")}
    keys |= {Recipe(**{name: 0.0}).key, Recipe(**{name: -0.0}).key}
    assert len(keys) == 1


def test_the_key_of_a_recipe_is_the_same_in_every_version():
    """A different key would orphan all stored comparisons. Change the key only together with database.VERSION."""
    assert Recipe().key == "7a169fb63e32764e"


def test_what_came_later_stays_out_of_the_text_of_recipes_without_it():
    """Omitting newer fields at their defaults lets recipes from older stores keep their keys."""
    later = {"noise", "noise_at", "schedule", "batch_norm", "augment", "net", "subset", "annealing", "positive_pixels"}
    assert not later & set(json.loads(Recipe().to_json()))
    assert json.loads(Recipe(noise="gaussian").to_json())["noise"] == "gaussian"


@pytest.mark.parametrize(
    ("schedule", "rates"), [("constant", [0.5] * 3), ("early", [0.5, 0.5, 0]), ("late", [0, 0, 0.5])]
)
def test_a_schedule_switches_dropout_off_in_one_half_of_the_epochs(schedule, rates):
    recipe = Recipe(epochs=3, schedule=schedule)
    assert [recipe.rate_in(epoch, 0.5) for epoch in range(3)] == rates


def test_annealing_lowers_the_learning_rate_in_equal_steps():
    recipe = Recipe(epochs=4, learning_rate=0.8, annealing=True)
    assert [recipe.learning_rate_in(epoch) for epoch in range(4)] == pytest.approx([0.8, 0.6, 0.4, 0.2])
    assert replace(recipe, annealing=False).learning_rate_in(3) == 0.8


def test_noise_on_weights_has_no_place_after_the_relu():
    with pytest.raises(RecipeError, match="noise_at must be 'before ReLU' with DropConnect"):
        Recipe(noise="dropconnect", noise_at="after ReLU")


def test_images_drawn_for_each_seed_come_from_the_whole_source():
    assert Recipe(images=500).pool == 500
    assert Recipe(images=500, subset="drawn").pool == 60_000
    assert Recipe(data="mnist-5k", images=500, subset="drawn").pool == 4_000


def test_rates_of_convolutions_need_convolutions():
    with pytest.raises(RecipeError, match="convolutional"):
        Recipe(conv_rate=0.2)
    with pytest.raises(RecipeError, match="convolutional"):
        Recipe(spatial=True)


def test_pixels_from_0_to_1_need_a_fully_connected_net():
    with pytest.raises(RecipeError, match="positive_pixels must be false"):
        Recipe(net="conv", positive_pixels=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data", "cifar"),
        ("noise", "pink"),
        ("noise_at", "in the ReLU"),
        ("schedule", 1),
        ("batch_norm", True),
        ("net", "transformer"),
        ("augment", "yes"),
        ("spatial", 1),
        ("data", {}),
        ("data", []),
        ("images", 9),
        ("images", 60_001),
        ("images", 100.0),
        ("images", True),
        ("epochs", 0),
        ("epochs", 1001),
        ("rate", 0.96),
        ("rate", -0.01),
        ("rate", math.nan),
        ("rate", math.inf),
        ("rate", "0.5"),
        ("rate", None),
        ("rate", True),
        ("input_rate", 1),
        ("hidden", []),
        ("hidden", [1] * 5),
        ("hidden", [0]),
        ("hidden", [16.0]),
        ("hidden", 16),
        ("hidden", [[16]]),
        ("learning_rate", 0),
        ("learning_rate", 10**400),
        ("batch", 0),
        ("optimiser", "adamw"),
        ("optimiser", {}),
        ("momentum", 1),
        ("weight_decay", -1e-9),
        ("decoupled", 1),
        ("max_norm", 1001),
        ("patience", -1),
        ("seeds", []),
        ("seeds", [3, 3]),
        ("seeds", [2**31]),
        ("seeds", [-1]),
        ("seeds", [[1]]),
        ("seeds", [{}]),
        ("seeds", list(range(101))),
        ("arms", []),
        ("arms", [DROPOUT, NO_DROPOUT]),
        ("arms", [DROPOUT, DROPOUT]),
        ("arms", DROPOUT),
        ("arms", {}),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_name(field, value):
    with pytest.raises(RecipeError, match=f"^{field} must be "):
        Recipe.from_dict({field: value})


def test_a_data_set_cannot_give_more_images_than_it_has():
    assert Recipe(data="mnist-5k", images=4000).images == 4000
    with pytest.raises(RecipeError, match="10 to 4,000"):
        Recipe(data="mnist-5k", images=4001)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), json_values, max_size=4))
def test_any_json_object_is_a_valid_recipe_or_a_recipe_error(values):
    try:
        recipe = Recipe.from_json(json.dumps(values))
    except RecipeError:
        return
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "5", '"mnist"', "[" * 100_000, '{"rate": 1' + "0" * 9999 + "}"], ids=lambda t: t[:5]
)
def test_a_text_that_is_no_recipe_is_refused(text):
    with pytest.raises(RecipeError):
        Recipe.from_json(text)


def test_an_unknown_field_is_named():
    with pytest.raises(RecipeError, match="no field 'dropout'"):
        Recipe.from_json('{"dropout": 0.5}')


@given(recipes())
def test_there_is_one_run_an_arm_and_seed_and_only_dropout_drops(recipe):
    runs = recipe.runs()
    assert [(run.arm, run.seed) for run in runs] == [(arm, seed) for seed in recipe.seeds for arm in recipe.arms]
    for run in runs:
        rates = (recipe.rate, recipe.input_rate) if run.arm == DROPOUT else (0.0, 0.0)
        assert run == Run(run.arm, run.seed, *rates)


@given(recipes())
def test_the_steps_of_an_epoch_cover_every_image_once(recipe):
    assert 0 <= recipe.steps_per_epoch * recipe.batch - recipe.images < recipe.batch


def test_the_default_is_the_articles_comparison():
    r = Recipe()
    assert (r.images, r.epochs, r.rate, r.hidden, r.learning_rate, r.batch) == (60_000, 5, 0.5, (256, 128), 1e-3, 64)
    assert r.steps_per_epoch == 938
