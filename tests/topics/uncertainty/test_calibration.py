"""Tests of calibration over several nets: the verdict and intervals by SciPy, the sentences and the diagrams."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.uncertainty import calibration, nets_record
from dropout_core.topics.uncertainty.charts_calibration import reliability
from dropout_core.topics.uncertainty.nets_record import AVERAGE, BINS, PACKAGED, SCALED, WAYS, TrainingSet

PLACES = 2e-6  # the stored numbers are rounded


def shifted(nets: TrainingSet, by: list[float]) -> TrainingSet:
    """Set the mean of the passes' calibration error to that of the scaled pass plus these amounts, one for each net."""
    changed = [
        replace(net, calibration=net.calibration | {AVERAGE: replace(net.calibration[AVERAGE], error=error + extra)})
        for net, extra in zip(nets.nets, by, strict=True)
        for error in [net.calibration[SCALED].error]
    ]
    return replace(nets, nets=tuple(changed))


@pytest.fixture(scope="module")
def packaged() -> TrainingSet:
    return nets_record.load_packaged()


@pytest.fixture(scope="module")
def stored() -> dict:
    [found] = json.loads(nets_record.PACKAGED_FILE.read_text("utf-8"))["training_sets"]
    return found


def test_the_record_has_ten_pairs_of_nets_of_the_packaged_recipe(packaged):
    assert packaged.recipe == PACKAGED
    assert tuple(net.seed for net in packaged.nets) == PACKAGED.seeds
    assert len(packaged.nets) == len(packaged.without) == 10
    assert "dirty" not in packaged.provenance["commit"]


def test_the_stored_errors_are_those_of_the_stored_bins(stored):
    for net in stored["nets"]:
        for way in WAYS:
            found = net["calibration"][way]
            assert sum(images for *_, images in found["bins"]) == 10_000
            gaps = [abs(right - confidence * images) for _, confidence, right, images in found["bins"]]
            assert found["error"] == pytest.approx(sum(gaps) / 10_000, abs=PLACES)
            assert found["accuracy"] == sum(right for *_, right, _ in found["bins"]) / 10_000


def test_the_verdict_by_scipy(packaged, stored):
    ways = "dropout, mean of 100 passes", "dropout, masks off"
    average, scaled = ([net["calibration"][way]["error"] for net in stored["nets"]] for way in ways)
    low, high = stats.ttest_rel(average, scaled).confidence_interval(0.95)
    expected = Verdict.HOLDS if low > 0 else Verdict.DOES_NOT_HOLD if high < 0 else Verdict.INCONCLUSIVE
    assert calibration.verdict(packaged) is expected
    e = calibration.averaging(packaged).estimate
    assert (e.value, e.low, e.high) == pytest.approx((np.mean(average) - np.mean(scaled), low, high))


def test_the_headline_follows_the_verdict(packaged):
    n = len(packaged.nets)
    worse, better, unclear = (
        shifted(packaged, [c + 0.001 * (i % 2) for i in range(n)]) for c in (0.02, -0.02, -0.0005)
    )
    assert "makes dropout nets worse calibrated: a calibration error of" in calibration.headline(worse)
    assert "difference +0.020" in calibration.headline(worse) or "difference +0.021" in calibration.headline(worse)
    assert "makes dropout nets better calibrated" in calibration.headline(better)
    assert "makes no detectable difference to the calibration" in calibration.headline(unclear)


def test_a_tendency_has_a_sign_and_an_interval(packaged):
    [net, *_] = packaged.nets
    for gap, text in ((0.05, "overconfident by 5.0 points (4.4 to 5.6)"), (-0.05, "underconfident by 5.0 points")):
        offsets = np.array([-0.005, 0.005, 0, -0.005, 0.005])
        ways = [{SCALED: replace(net.calibration[SCALED], confidence=0.9 + gap + o, accuracy=0.9)} for o in offsets]
        nets = replace(packaged, nets=tuple(replace(net, calibration=way) for way in ways))
        assert calibration.tendency(nets, SCALED).startswith(text)
        assert calibration.measured(nets, SCALED, "gap").value == pytest.approx(gap)


def test_every_point_of_the_diagram_is_the_mean_over_the_nets(packaged):
    for way in WAYS:
        points = calibration.reliability(packaged, way)
        assert [int(c * BINS) for c, _ in points[-5:]] == [5, 6, 7, 8, 9]
        last = [b.right / b.images for net in packaged.nets for b in net.calibration[way].bins if b.number == 9]
        assert points[-1][1].value == pytest.approx(np.mean(last))
        assert all(e.low <= e.value <= e.high for _, e in points)


def test_the_diagram_has_a_line_for_each_method(packaged):
    points = {way: calibration.reliability(packaged, way) for way in WAYS}
    layers = [each for each in reliability(points)["layer"][0]["layer"] if "point" in each["mark"]]
    assert [len(each["data"]["values"]) for each in layers] == [len(each) for each in points.values()]
