"""Test the pitfalls: numbers agree with formulas and PyTorch, correct code works, and bugs have visible effects."""

import json
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dropout_core.numerics.masks import RATES
from dropout_core.numerics.network import random_network
from dropout_core.topics.pitfalls import charts as pictures
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, PITFALLS, SEEN_IN
from dropout_core.topics.pitfalls.measurements import SEED, Row
from dropout_core.topics.pitfalls.symptoms import BATCH, SYMPTOMS, UNITS, exactly_k_masks
from dropout_core.topics.pitfalls.symptoms_evaluation import _examples, _fit, noisy_scores, steady_scores
from dropout_core.topics.training.presets import PRESETS

each_rate = pytest.mark.parametrize("rate", RATES[1:])
P, N, MANY = 0.3, 10, 20_000


def rows(slug: str, rate: float) -> dict[str, Row]:
    return {row.what: row for row in SYMPTOMS[slug](rate)}


def run(code: str, **names: object) -> dict[str, object]:
    """Run a code snippet of the page with a fixed random seed, and return the variables that it defines."""
    torch.manual_seed(0)
    names |= {"torch": torch, "nn": nn, "F": F}
    exec(code, names)
    return names


def both(slug: str, **names: object) -> tuple[dict[str, object], dict[str, object]]:
    lab = BY_SLUG[slug].at(P)
    return run(lab.broken, **names), run(lab.right, **names)


# --- the numbers -----------------------------------------------------------------------------------------------------


@each_rate
@pytest.mark.parametrize("slug", SYMPTOMS)
def test_what_is_measured_agrees_with_its_formula(slug, rate):
    for row in SYMPTOMS[slug](rate):
        assert math.isfinite(row.bug)
        assert row.error >= 0
        if row.exact is not None:
            assert abs(row.bug - row.exact) <= 4 * row.error + 2e-3 * abs(row.exact), row


@pytest.mark.parametrize("slug", SYMPTOMS)
def test_the_same_rate_gives_the_same_numbers(slug):
    assert SYMPTOMS[slug](0.35) == SYMPTOMS[slug](0.35)


@each_rate
def test_closed_forms(rate):
    keep, noise = 1 - rate, rate / (1 - rate)
    share, factor, variance = SYMPTOMS["keep"](rate)
    assert (share.exact, share.right) == pytest.approx((rate, keep))
    assert (factor.bug, factor.right) == pytest.approx((1 / rate, 1 / keep))
    assert (variance.exact, variance.right) == pytest.approx((keep / rate, noise))
    assert [r.exact for r in SYMPTOMS["scaling"](rate)] == pytest.approx([keep, 1 / keep, rate / keep])
    assert [r.exact for r in SYMPTOMS["variance"](rate)] == pytest.approx([2, 4 * noise, 2 * math.sqrt(16 * noise)])
    assert [r.exact for r in SYMPTOMS["order"](rate)][2:] == pytest.approx([2, 1 + rate])
    assert SYMPTOMS["one-mask"](rate)[1].exact == pytest.approx(BATCH * SYMPTOMS["one-mask"](rate)[1].right)
    mean, number, pair, masks = SYMPTOMS["exactly-k"](rate)
    assert mean.exact == pytest.approx(round(N * keep) / N / keep)
    assert (number.bug, number.right) == pytest.approx((0, N * rate * keep))
    kept = round(N * keep)
    assert pair.exact == pytest.approx(-kept * (N - kept) / N**2 / 9)
    assert masks.exact == math.comb(N, round(N * keep))


def test_dropout_before_relu_is_dropout_after_it():
    assert rows("order", 0.5)["mean over masks, ReLU"].exact == rows("order", 0.5)["mean over masks, ReLU"].right


@each_rate
def test_the_masks_raise_the_training_loss(rate):
    """This follows from Jensen's inequality, as the loss is convex in the score and masks preserve the mean score."""
    loss, _, gap = SYMPTOMS["loss"](rate)
    assert loss.exact > loss.right
    assert gap.right < 0


def test_masks_of_exactly_k():
    assert set(exactly_k_masks(0.2, 50).sum(1)) == {8}
    assert UNITS == N


def test_the_spread_of_scores_against_many_passes():
    row = SYMPTOMS["functional"](P)[2]
    assert noisy_scores(P, MANY, 1)[:, 0, 0].std() == pytest.approx(row.exact, rel=0.02)
    assert noisy_scores(P, MANY, 1).mean(0) == pytest.approx(steady_scores(1), abs=0.03)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_placement_is_measured_on_the_network_that_is_shown(rate):
    net, weights = run(BY_SLUG["placement"].at(rate).broken)["net"], random_network((8, 16, 3), SEED)
    net[1].weight.data, net[1].bias.data = torch.tensor(weights.weights[0].T), torch.tensor(weights.biases[0])
    net[4].momentum = None
    net.double()(x := torch.randn(100_000, 8, dtype=torch.double))
    normalised = net.eval()[:5](x).detach()
    ratio, deviation = SYMPTOMS["placement"](rate)[:2]
    h = net[1](x).detach().relu()
    assert float((net[4].running_var / h.var(0)).mean()) == pytest.approx(ratio.bug, rel=0.05)
    assert float(normalised.std(0).mean()) == pytest.approx(deviation.bug, rel=0.03)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_the_training_loss_is_that_of_the_network_that_is_shown(rate):
    """The snippet's network gets the weights of the symptom, and its loss with masks is averaged over many passes."""
    (x, y), w = _examples(200, 2), _fit(*_examples(200, 2), rate)
    code = BY_SLUG["loss"].at(rate).broken
    net = run(code.split("\n")[0].removeprefix("# ").removesuffix(", trained"))["net"].double()
    net[1].weight.data, net[1].bias.data = torch.tensor(w)[None], torch.zeros(1, dtype=torch.double)
    x, y = torch.tensor(x), torch.tensor(y)[:, None]
    net.requires_grad_(False)
    many = run(code, net=net, x_train=x.repeat(500, 1), y_train=y.repeat(500, 1), x_val=x, y_val=y)
    loss, _, _ = SYMPTOMS["loss"](rate)
    assert float(many["train_loss"]) == pytest.approx(loss.exact, rel=0.01)
    assert float(many["val_loss"]) == pytest.approx(loss.right, rel=1e-6)


# --- the code --------------------------------------------------------------------------------------------------------


def test_every_lab_has_its_numbers_and_both_letters_occur():
    assert [lab.slug for lab in PITFALLS] == [*SYMPTOMS, "always"]
    assert len(PITFALLS) == 11
    assert {lab.bug for lab in PITFALLS} == {"A", "B"}
    for lab in PITFALLS:
        assert lab.shown[lab.bug] == lab.broken
        assert {*lab.shown.values()} == {lab.broken, lab.right}


def test_the_presets_named_are_there():
    assert {*SEEN_IN} <= {preset.name for preset in PRESETS}


def test_the_rate_takes_its_places_in_question_and_code():
    lab = BY_SLUG["keep"].at(0.35)
    assert (lab.slug, lab.bug) == ("keep", BY_SLUG["keep"].bug)
    assert "p = 0.65”, and means that 65 %" in lab.question
    assert lab.right.startswith("keep = 0.65\n")


def test_training_loss_above_validation_loss_shows_at_the_rate_that_its_lab_opens_with():
    assert SYMPTOMS["loss"](BY_SLUG["loss"].rate)[-1].bug > 0 > SYMPTOMS["loss"](0.2)[-1].bug


def test_keep_for_drop():
    broken, right = (names["h"] for names in both("keep", h=torch.ones(MANY)))
    assert float((broken > 0).float().mean()) == pytest.approx(P, abs=0.02)
    assert float((right > 0).float().mean()) == pytest.approx(1 - P, abs=0.02)


@pytest.mark.parametrize(("kind", "same"), [("broken", False), ("right", True)])
def test_functional_dropout_after_eval(kind, same):
    net = nn.Module()
    net.first, net.last = nn.Linear(8, 16), nn.Linear(16, 3)
    forward, x = run(getattr(BY_SLUG["functional"].at(P), kind))["forward"], torch.randn(4, 8)
    net.eval()
    assert torch.equal(forward(net, x), forward(net, x)) == same
    net.train()
    assert not torch.equal(forward(net, x), forward(net, x))


@pytest.mark.parametrize(("kind", "same"), [("broken", False), ("right", True)])
def test_no_grad_without_eval(kind, same):
    net, x, code = (
        nn.Sequential(nn.Linear(8, 16), nn.Dropout(0.5)),
        torch.randn(4, 8),
        getattr(BY_SLUG["no-grad"].at(P), kind),
    )
    first = run(code, net=net, x=x)["scores"]
    exec(code, again := {"torch": torch, "net": net, "x": x})
    assert not first.requires_grad
    assert torch.equal(first, again["scores"]) == same


def test_training_loss_in_two_modes():
    net = nn.Sequential(nn.Dropout(0.5), nn.Linear(8, 1))
    x = torch.randn(500, 8)
    y = net[1](x).detach().sign()
    names = {"x_train": x, "x_val": x, "y_train": y, "y_val": y, "net": net}
    broken, right = both("loss", **names)
    assert broken["train_loss"] > broken["val_loss"]
    assert right["train_loss"] == right["val_loss"] == broken["val_loss"]


def test_scaling_by_hand():
    broken, right = (names["dropout"] for names in both("scaling"))
    a = torch.ones(MANY)
    for dropout in (broken, right):
        assert float(dropout(a, True).mean()) == pytest.approx(1, abs=0.03)
    assert broken(a, False).tolist() == pytest.approx([1 - P] * MANY)
    assert torch.equal(right(a, False), a)


@each_rate
def test_the_test_of_the_variance_passes_when_it_is_right_and_fails_otherwise(rate):
    x, passed, lab = torch.full((10_000,), 2.0), 0, BY_SLUG["variance"].at(rate)
    with pytest.raises(AssertionError):
        run(lab.broken, x=x)
    for seed in range(100):
        torch.manual_seed(seed)
        passed += _passes(lab.right, x)
    assert passed == 100


def _passes(code: str, x: torch.Tensor) -> bool:
    try:
        exec(code, {"F": F, "x": x})
    except AssertionError:
        return False
    return True


def test_dropout_in_front_of_a_sigmoid():
    z = torch.full((MANY,), 2.0)
    broken, right = (names["h"] for names in both("order", z=z, training=True))
    assert float(broken.min()) == 0.5
    assert float(right.min()) == 0
    row = rows("order", P)["mean over masks, sigmoid"]
    assert float(broken.mean()) == pytest.approx(row.exact, abs=0.01)
    assert float(right.mean()) == pytest.approx(row.right, abs=0.02)


def test_one_mask_for_a_batch():
    broken, right = (names["h"] for names in both("one-mask", h=torch.ones(BATCH, MANY)))
    assert torch.equal(broken, broken[:1].expand_as(broken))
    assert not torch.equal(right[0], right[1])
    row = SYMPTOMS["one-mask"](P)[1]
    assert float(broken.mean(0).var()) == pytest.approx(row.exact, rel=0.05)
    assert float(right.mean(0).var()) == pytest.approx(row.right, rel=0.05)


def test_exactly_k_of_n():
    broken, right = (names["h"] > 0 for names in both("exactly-k", h=torch.ones(MANY, UNITS)))
    assert set(broken.sum(1).tolist()) == {7}
    _, number, pair, _ = SYMPTOMS["exactly-k"](P)
    assert float(right.sum(1).float().var()) == pytest.approx(number.right, rel=0.05)
    for mask, expected in ((broken, pair.exact), (right, pair.right)):
        assert np.cov(mask.T)[0, 1] == pytest.approx(expected, abs=0.03)


def test_exactly_k_gets_the_mean_wrong_if_k_is_rounded():
    h = torch.ones(MANY, UNITS)
    assert run(BY_SLUG["exactly-k"].at(0.95).broken, h=h)["h"].mean() == pytest.approx(2.0)
    assert run(BY_SLUG["exactly-k"].at(0.95).right, h=h)["h"].mean() == pytest.approx(1.0, abs=0.05)
    assert SYMPTOMS["exactly-k"](0.95)[0].bug == pytest.approx(2.0)


def test_layers_in_the_wrong_place():
    broken, right = (names["net"] for names in both("placement"))
    x = torch.randn(4_000, 8)
    erased = float((broken(x) == 0).float().mean())
    assert erased == pytest.approx(P, abs=0.05)
    assert not (right(x) == 0).any()


def test_a_rate_for_a_net_that_has_not_learned():
    better, worse = {0.0: 0.90, 0.5: 0.91}.get, {0.0: 0.90, 0.5: 0.89}.get
    broken, right = both("always", train_accuracy=0.8, val_accuracy=0.8, val_accuracy_at=better)
    assert (broken["rate"], right["rate"]) == (0.5, 0.0)
    broken, right = both("always", train_accuracy=1.0, val_accuracy=0.9, val_accuracy_at=better)
    assert (broken["rate"], right["rate"]) == (0.0, 0.5)
    assert both("always", train_accuracy=1.0, val_accuracy=0.9, val_accuracy_at=worse)[1]["rate"] == 0.0


# --- the pictures ----------------------------------------------------------------------------------------------------


def test_masks_are_drawn_cell_by_cell_with_their_counts():
    bug, right = np.ones((2, 3), bool), np.zeros((2, 3), bool)
    cells, words = pictures.masks(bug, right)["layer"][0]["layer"]
    assert [c["kept"] for c in cells["data"]["values"]] == [True] * 6 + [False] * 6
    said = [w["say"] for w in words["data"]["values"]]
    assert said == ["with the bug", "kept", "3", "3", "right", "kept", "0", "0"]


def test_passes_are_drawn_tick_by_tick():
    spec = pictures.passes(np.array([1.0, 2.0]), 1.5)
    values = spec["layer"][0]["layer"][0]["data"]["values"]
    assert [v["score"] for v in values] == [1, 2, 1.5]
    assert spec["usermeta"]["embedOptions"]["renderer"] == "svg"
    assert json.loads(json.dumps(spec)) == spec
