"""Test that the packaged nets reproduce the stored removal curves on this machine."""

import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.inference import pixels
from dropout_core.reference import nets
from dropout_core.topics.neurons.findings import removal
from dropout_core.topics.neurons.removal_study import STEP, measure_net

FEW_IMAGES = 0.3  # points of accuracy: different rounding may change the answers for three of 1,000 images


def test_the_stored_curves_can_be_measured_again():
    digits = load_validation(nets.RECIPE.data, Settings.from_env())
    counts, draws, stored = removal()
    few = range(0, counts[-1] + 1, 8 * STEP)
    again = measure_net(nets.load(DROPOUT).net, pixels(digits.images), digits.labels, few, draws)
    for how, curve in again.items():
        for name, values in curve.items():
            expected = [stored[how][DROPOUT][name][counts.index(k)] for k in few]
            assert values == pytest.approx(expected, abs=FEW_IMAGES), (how, name)


@pytest.mark.parametrize("how", ["costly", "random"])
def test_the_curves_begin_with_the_whole_net_and_end_with_guessing(how: str):
    counts, _, stored = removal()
    for arm in (NO_DROPOUT, DROPOUT):
        mean = stored[how][arm]["mean"]
        assert len(mean) == len(counts)
        assert mean[0] == pytest.approx(nets.load(arm).accuracy, abs=FEW_IMAGES)
        assert mean[-1] < 15
