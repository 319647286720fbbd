"""Check that the reference experiments have distinct labels, recipes and keys, and can be scaled down."""

import pytest

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import DATA

each = pytest.mark.parametrize("name", EXPERIMENTS)


@each
def test_labels_and_recipes_are_distinct_and_have_several_seeds(name):
    trials = EXPERIMENTS[name].trials
    assert len({trial.label for trial in trials}) == len({trial.recipe.key for trial in trials}) == len(trials)
    assert all(len(trial.recipe.seeds) >= 3 for trial in trials)
    assert EXPERIMENTS[name].cells() == trials
    assert EXPERIMENTS[name].work == sum(trial.recipe.work for trial in trials)


@each
@pytest.mark.parametrize("data", DATA)
def test_a_smaller_one_is_the_same_but_for_its_scale(name, data):
    small = EXPERIMENTS[name].smaller(data, images=500, epochs=4, seeds=2)
    assert small.name == name
    assert small.key != EXPERIMENTS[name].key
    by_label = {trial.label: trial.recipe for trial in EXPERIMENTS[name].trials}
    for label, recipe in small.trials:
        whole = by_label[label]
        assert recipe.data == data
        assert recipe.images <= 500
        assert (f"{recipe.images:,} images" in label) == ("images" in label)
        assert recipe.epochs <= 4
        assert recipe.seeds == whole.seeds[:2]
        assert (recipe.rate, recipe.hidden, recipe.noise) == (whole.rate, whole.hidden, whole.noise)


def test_keys_differ_between_experiments():
    assert len({experiment.key for experiment in EXPERIMENTS.values()}) == len(EXPERIMENTS)
