"""Test early and late dropout: when it acts, how nets are trained, and what the records say, with SciPy."""

import json

import numpy as np
import pytest
import torch
from scipy import stats

from dropout_core.data.mnist import Digits
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.today import early_record, early_study
from dropout_core.topics.today.early_record import EARLY, LATE, NONE, OVERFITS, REGIMES, THROUGHOUT, UNDERFITS, rate_at
from dropout_core.topics.today.early_study import Images, Net, drawn, score, to_tensors, train

SMALL = REGIMES[OVERFITS]._replace(images=40, hidden=(16, 12), epochs=6, batch=10)


@pytest.fixture(scope="module")
def digits() -> Digits:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (60, 28, 28), np.uint8), rng.integers(0, 10, 60, np.uint8)
    return Digits(images, labels, images[:20], labels[:20], "")


@pytest.fixture(scope="module")
def images(digits) -> Images:
    return to_tensors(digits.train_images, digits.train_labels)


def test_early_dropout_falls_to_zero_where_late_dropout_begins():
    assert [rate_at(EARLY, 0.4, done) for done in (0, 1 / 12, 1 / 6, 0.5)] == pytest.approx([0.4, 0.2, 0, 0])
    assert [rate_at(LATE, 0.4, done) for done in (0, 0.16, 1 / 6, 0.99)] == [0, 0, 0.4, 0.4]
    assert {rate_at(THROUGHOUT, 0.4, done) for done in (0, 0.5, 1)} == {0.4}
    assert {rate_at(NONE, 0.4, done) for done in (0, 0.5, 1)} == {0.0}


def test_the_net_is_that_of_pytorchs_layers_and_drops_hidden_units_alone():
    torch.manual_seed(0)
    net, x = Net(20, (400, 300)), torch.randn(5, 20)
    plain = torch.nn.Sequential(net.layers[0], torch.nn.ReLU(), net.layers[1], torch.nn.ReLU(), net.layers[2])
    assert torch.equal(net(x), plain(x))
    assert not torch.equal(net(x, 0.5), net(x, 0.5))
    shallow = Net(20, (400,))  # its mean over the masks is exactly the output without dropout
    with torch.inference_mode():
        mean = torch.stack([shallow(x, 0.2) for _ in range(4_000)]).mean(0)
    assert torch.allclose(mean, shallow(x), atol=0.03)


def test_the_schedules_part_where_their_rates_do(images, monkeypatch):
    """Each net is trained by the rates of its schedule, step by step, and nets of one seed start alike."""
    asked: list[tuple[str, float]] = []

    def ask(schedule: str, rate: float, done: float) -> float:
        asked.append((schedule, done))
        return rate_at(schedule, rate, done)

    monkeypatch.setattr(early_study, "rate_at", ask)
    own = drawn(images, SMALL.images, 0)
    nets = {name: train(SMALL, name, 0.5, own, 0) for name in early_record.SCHEDULES}
    steps = SMALL.epochs * SMALL.images // SMALL.batch
    assert [done for name, done in asked if name == EARLY] == pytest.approx(np.arange(steps) / steps)
    first = [net.layers[0].weight for net in nets.values()]
    assert all(not torch.equal(first[i], first[j]) for i in range(4) for j in range(i))
    again = train(SMALL, LATE, 0.5, own, 0)
    assert torch.equal(again.layers[0].weight, nets[LATE].layers[0].weight)
    untrained = [train(SMALL._replace(epochs=0), name, 0.5, own, 7).layers[0].weight for name in (NONE, EARLY)]
    assert torch.equal(*untrained)


def test_training_lowers_the_loss_and_the_score_is_accuracy_and_cross_entropy(images):
    long = SMALL._replace(epochs=40)
    before, net = train(long._replace(epochs=0), NONE, 0.0, images, 0), train(long, NONE, 0.0, images, 0)
    assert score(net, images)[1] < 0.7 * score(before, images)[1]
    with torch.inference_mode():
        p = torch.softmax(net(images.x), 1)[torch.arange(60), images.y]
        right = (net(images.x).argmax(1) == images.y).sum()
    assert score(net, images) == (
        pytest.approx(100 * right.item() / 60, abs=1e-3),
        pytest.approx(-p.log().mean().item(), abs=1e-5),
    )


def test_dead_units_fire_for_no_image_in_any_layer(images):
    net = train(SMALL, NONE, 0.0, images, 0)
    before = early_study.dead_units(net, images)
    with torch.no_grad():
        net.layers[0].bias[:3] = -1e6
        net.layers[1].bias[5] = -1e6
    alive = [set(range(16)), set(range(12))]
    x = images.x
    for layer, units in zip(net.layers, alive, strict=False):
        x = torch.relu(layer(x))
        units -= {i for i, column in enumerate(x.T) if not any(column.tolist())}
    assert early_study.dead_units(net, images) == 28 - len(alive[0]) - len(alive[1]) >= before + 3


def test_a_seed_draws_its_own_images_with_their_labels(images):
    first, second = (drawn(images, 40, seed) for seed in (0, 1))
    assert not torch.equal(first.x, second.x)
    rows = [int((images.x == row).all(1).nonzero()) for row in first.x]
    assert len(set(rows)) == 40
    assert first.y.tolist() == images.y[rows].tolist()


@pytest.fixture
def small_study(digits, monkeypatch, tmp_path):
    """Let the study train tiny nets, and store them elsewhere."""
    regimes = {name: SMALL._replace(epochs=1, rate=rate) for name, rate in ((UNDERFITS, 0.1), (OVERFITS, 0.5))}
    changed = {
        "FILE": tmp_path / "runs.json",
        "PILOT_FILE": tmp_path / "pilot.json",
        "REGIMES": regimes,
        "SEEDS": (100, 101),
        "PILOT_SEEDS": (0,),
        "HELD_OUT": 20,
        "load": lambda *_: digits,
    }
    for name, value in changed.items():
        monkeypatch.setattr(early_study, name, value)
    return tmp_path


def test_the_pilot_never_sees_the_images_that_decide(small_study, digits, monkeypatch):
    scored: list[np.ndarray] = []
    real = early_study.measure

    def watch(case, seen, unseen):
        scored.append(unseen.x.numpy())
        assert len(seen.x) == 40
        return real(case, seen, unseen)

    monkeypatch.setattr(early_study, "measure", watch)
    early_study.pilot(digits)
    expected = to_tensors(digits.train_images[-20:], digits.train_labels[-20:]).x.numpy()
    assert all(np.array_equal(x, expected) for x in scored)
    assert len(scored) == 2 * (1 + 3 * 3)
    assert not (small_study / "runs.json").exists()


def test_an_interrupted_study_is_resumed_and_another_design_is_not(small_study, monkeypatch):
    real, trained = early_study.measure, []

    def count(case, *images):
        trained.append(case)
        if len(trained) == 23:
            raise KeyboardInterrupt
        return real(case, *images)

    monkeypatch.setattr(early_study, "measure", count)
    with pytest.raises(KeyboardInterrupt):
        early_study.main()
    assert len(json.loads((small_study / "pilot.json").read_text("utf-8"))["runs"]) == 20
    assert len(json.loads((small_study / "runs.json").read_text("utf-8"))["runs"]) == 2
    early_study.main()
    stored = json.loads((small_study / "runs.json").read_text("utf-8"))
    assert len(trained) == 20 + 16 + 1
    assert {(r["regime"], r["schedule"], r["rate"]) for r in stored["runs"]} == {
        (regime, schedule, 0.0 if schedule == NONE else rate)
        for regime, rate in ((UNDERFITS, 0.1), (OVERFITS, 0.5))
        for schedule in early_record.SCHEDULES
    }
    changed = {name: regime._replace(batch=20) for name, regime in early_study.REGIMES.items()}
    monkeypatch.setattr(early_study, "REGIMES", changed)
    early_study.main()
    assert len(trained) == 37 + 36


# --- the records -----------------------------------------------------------------------------------------------------

recorded = pytest.mark.skipif(not early_record.FILE.exists(), reason="reference early-late has not been run")


def raw(regime: str, one: str, other: str, measure: str) -> np.ndarray:
    """Read the differences straight from the file."""
    runs = json.loads(early_record.FILE.read_text("utf-8"))["runs"]
    value = {(run["regime"], run["schedule"], run["seed"]): run[measure] for run in runs}
    return np.array([value[regime, one, seed] - value[regime, other, seed] for seed in range(100, 110)])


def is_equivalent(d: np.ndarray, margin: float) -> bool:
    tests = ((d + margin, "greater"), (d - margin, "less"))
    return all(stats.ttest_1samp(part, 0, alternative=side).pvalue < 0.025 for part, side in tests)


@recorded
def test_the_verdicts_by_t_tests():
    cases = ((UNDERFITS, EARLY, NONE), (OVERFITS, LATE, NONE), (OVERFITS, LATE, THROUGHOUT))
    for (regime, one, other), finding in zip(cases, early_record.findings().values(), strict=True):
        better, same = [], []
        for each, measure, margin, side in zip(
            finding.evidence, ("accuracy", "loss"), (0.3, 0.03), ("greater", "less"), strict=False
        ):
            d = raw(regime, one, other, measure)
            low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
            assert (each.paired.mean, each.paired.low, each.paired.high) == pytest.approx((d.mean(), low, high))
            same.append(is_equivalent(d, margin))
            better.append(stats.ttest_1samp(d, 0, alternative=side).pvalue < 0.025 and not same[-1])
        assert (finding.verdict is Verdict.HOLDS) == all(better)
        if finding.verdict is Verdict.EQUIVALENT:
            assert any(same)


@recorded
def test_the_pilot_chose_the_rates_on_other_seeds():
    pilot, study = (json.loads(file.read_text("utf-8")) for file in (early_record.PILOT_FILE, early_record.FILE))
    assert not {run["seed"] for run in pilot["runs"]} & {run["seed"] for run in study["runs"]}
    for name, regime in REGIMES.items():
        losses = {
            rate: np.mean(
                [
                    run["loss"]
                    for run in pilot["runs"]
                    if (run["regime"], run["schedule"], run["rate"]) == (name, regime.chosen, rate)
                ]
            )
            for rate in early_record.PILOT_RATES
        }
        assert min(losses, key=losses.get) == regime.rate
        assert {run["rate"] for run in study["runs"] if run["regime"] == name} == {0.0, regime.rate}
        assert study["design"][name] == json.loads(json.dumps(regime._asdict()))
