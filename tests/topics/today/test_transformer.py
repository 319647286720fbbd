"""Test the tiny transformer: where its dropout acts, how it is trained, and what is said about its runs."""

import json

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional as F

from dropout_core.data.mnist import Digits
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.today import transformer_record, transformer_study
from dropout_core.topics.today.transformer_record import NONE, PLACES, Place, Setup
from dropout_core.topics.today.transformer_study import Block, Transformer, score, to_tensors, train

SETUP = Setup(images=32, epochs=2, batch=16, width=8, heads=2, blocks=1)
DROPPED = {name: place for name, place in PLACES.items() if name != NONE}


@pytest.fixture(scope="module")
def digits() -> Digits:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (64, 28, 28), np.uint8), rng.integers(0, 10, 64, np.uint8)
    return Digits(images, labels, images[:20], labels[:20], "")


def images() -> torch.Tensor:
    return torch.randn(6, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", DROPPED)
def test_noise_acts_in_training_only(name):
    net = Transformer(SETUP, DROPPED[name]._replace(**{f: 0.5 for f, rate in DROPPED[name]._asdict().items() if rate}))
    with torch.inference_mode():
        assert not torch.allclose(net(images()), net(images()))
        assert torch.equal(net.eval()(images()), net(images()))


def test_without_dropout_nothing_is_random():
    net = Transformer(SETUP, PLACES[NONE])
    with torch.inference_mode():
        assert torch.equal(net(images()), net(images()))


def test_stochastic_depth_skips_branches_of_whole_images_and_scales_the_others():
    block, branch = Block(SETUP, Place(depth=0.5)), torch.ones(400, 28, 8)
    kept = block._branch(branch)
    assert set(kept.unique().tolist()) == {0, 2}
    assert all(len(image.unique()) == 1 for image in kept)
    assert kept[:, 0, 0].mean() == pytest.approx(1, abs=0.2)
    assert torch.equal(block.eval()._branch(branch), branch)


def test_attention_is_that_of_pytorchs_module():
    block = Block(SETUP, PLACES[NONE]).eval()
    module = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    state = {
        "in_proj_weight": block.inputs.weight,
        "in_proj_bias": block.inputs.bias,
        "out_proj.weight": block.output.weight,
        "out_proj.bias": block.output.bias,
    }
    module.load_state_dict(state)
    x = torch.randn(3, 28, 8)
    assert torch.allclose(block.attend(x), module(x, x, x)[0], atol=1e-5)


def test_nets_of_one_seed_start_alike_and_training_repeats(digits):
    first, again = (train(SETUP, PLACES["all four"], digits, 0) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    untrained = SETUP._replace(epochs=0)
    nets = [train(untrained, place, digits, 3) for place in PLACES.values()]
    for net in nets[1:]:
        assert all(torch.equal(a, b) for a, b in zip(net.parameters(), nets[0].parameters(), strict=True))


def test_training_lowers_the_loss(digits):
    x, y = to_tensors(digits.train_images, digits.train_labels)
    long = SETUP._replace(images=64, epochs=60)
    before = score(train(long._replace(epochs=0), PLACES[NONE], digits, 0), x, y)
    after = score(train(long, PLACES[NONE], digits, 0), x, y)
    assert after["loss"] < 0.7 * before["loss"]


def test_scores_are_accuracy_and_cross_entropy(digits):
    net, (x, y) = train(SETUP, PLACES[NONE], digits, 0), to_tensors(digits.validation_images, digits.validation_labels)
    with torch.inference_mode():
        logits = net(x)
    right = 100 * (logits.argmax(1) == y).float().mean().item()
    assert score(net, x, y) == {
        "accuracy": pytest.approx(right, abs=1e-3),
        "loss": pytest.approx(F.cross_entropy(logits, y).item(), abs=1e-5),
    }


def test_an_interrupted_study_is_resumed(digits, monkeypatch, tmp_path):
    file = tmp_path / "runs.json"
    setup = SETUP._replace(epochs=1, seeds=(1, 2))
    trained: list[int] = []

    def count(*arguments):
        trained.append(arguments[-1])
        if len(trained) == len(PLACES) + 2:
            raise KeyboardInterrupt
        return train(*arguments)

    for name, value in {"FILE": file, "SETUP": setup, "load": lambda *_: digits, "train": count}.items():
        monkeypatch.setattr(transformer_study, name, value)
    with pytest.raises(KeyboardInterrupt):
        transformer_study.main()
    assert len(json.loads(file.read_text("utf-8"))["runs"]) == len(PLACES) + 1
    transformer_study.main()
    runs = json.loads(file.read_text("utf-8"))["runs"]
    assert [(run["place"], run["seed"]) for run in runs] == [(name, seed) for seed in (1, 2) for name in PLACES]
    assert len(trained) == 2 * len(PLACES) + 1
    monkeypatch.setattr(transformer_study, "SETUP", setup._replace(width=4))
    assert transformer_study._known() == []


# --- the record ------------------------------------------------------------------------------------------------------

recorded = pytest.mark.skipif(not transformer_record.FILE.exists(), reason="reference transformer has not been run")


def raw(measure: str) -> dict[str, np.ndarray]:
    """Read the differences from no dropout straight from the file, by place."""
    runs = json.loads(transformer_record.FILE.read_text("utf-8"))["runs"]
    value = {(run["place"], run["seed"]): run[measure] for run in runs}
    seeds = sorted({run["seed"] for run in runs})
    return {place: np.array([value[place, s] - value[NONE, s] for s in seeds]) for place in DROPPED}


def holm(p: dict[str, float]) -> set[str]:
    """Return the tests that Holm's method rejects at 5 %, by his own steps."""
    rejected: set[str] = set()
    for i, place in enumerate(sorted(p, key=p.__getitem__)):
        if p[place] > 0.05 / (len(p) - i):
            break
        rejected.add(place)
    return rejected


@recorded
@pytest.mark.parametrize(("measure", "better"), [("accuracy", 1), ("loss", -1)])
def test_the_verdicts_by_t_tests_with_holms_correction(measure, better):
    differences = raw(measure)
    assert {len(d) for d in differences.values()} == {len(transformer_record.SETUP.seeds)}
    rejected = holm({place: stats.ttest_1samp(d, 0).pvalue for place, d in differences.items()})
    for place, verdict in transformer_record.verdicts(measure).items():
        each, d = transformer_record.evidence(measure)[place], differences[place]
        assert each.paired.mean == pytest.approx(d.mean())
        low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
        assert each.paired.low <= low < high <= each.paired.high
        if verdict is not Verdict.EQUIVALENT:
            sign = np.sign(d.mean()) * (place in rejected)
            assert {Verdict.HOLDS: better, Verdict.DOES_NOT_HOLD: -better}.get(verdict, 0) == sign
        else:
            assert max(abs(low), abs(high)) < {"accuracy": 0.3, "loss": 0.03}[measure]


@recorded
def test_the_file_has_every_net_of_this_setup():
    stored = json.loads(transformer_record.FILE.read_text("utf-8"))
    assert stored["setup"] == json.loads(json.dumps(transformer_record.SETUP._asdict()))
    found = sorted((run["place"], run["seed"]) for run in stored["runs"])
    assert found == sorted((place, seed) for place in PLACES for seed in range(100, 110))
