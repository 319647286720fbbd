"""Test masks and scaling: exact values, properties that hold for all inputs, and agreement with PyTorch's dropout."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dropout_core.numerics.masks import (
    SCHEMES,
    TORCH_LINES,
    TORCH_MASK,
    apply_mask,
    check_rate,
    inference_scale,
    keep_mask,
    moments,
    training_scale,
    uniforms,
)

rates = st.floats(0, 0.95)
vectors = arrays(np.float64, st.integers(1, 8), elements=st.floats(-100, 100))
A = np.array([1.0, -0.5, 2.0, 0.25])
MASK = np.array([True, False, True, False])


@pytest.mark.parametrize("rate", [-0.01, 1.0, 1.5, float("nan"), float("inf")])
def test_a_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(ValueError, match=r"P\(drop\)"):
        check_rate(rate)


def test_half_the_units_at_twice_the_size():
    np.testing.assert_array_equal(apply_mask(A, MASK, 0.5), [2, 0, 4, 0])
    np.testing.assert_array_equal(apply_mask(A, MASK, 0.5, "standard"), [1, 0, 2, 0])
    np.testing.assert_array_equal(apply_mask(A, MASK, 0.5, "no scaling"), [1, 0, 2, 0])


def test_exact_moments_at_a_quarter():
    mean, variance = moments(A, 0.25)
    np.testing.assert_allclose(mean, A, rtol=1e-15)
    np.testing.assert_allclose(variance, A**2 / 3, rtol=1e-15)
    mean, variance = moments(A, 0.25, "standard")
    np.testing.assert_allclose(mean, 0.75 * A, rtol=1e-15)
    np.testing.assert_allclose(variance, A**2 * 0.1875, rtol=1e-15)


def test_unknown_schemes_and_other_shapes_are_refused():
    with pytest.raises(ValueError, match="unknown scheme"):
        training_scale(0.5, "twice")
    with pytest.raises(ValueError, match="shape"):
        apply_mask(A, MASK[:3], 0.5)


def test_uniforms_are_seeded():
    np.testing.assert_array_equal(uniforms((3, 4), 7), uniforms((3, 4), 7))
    assert not np.array_equal(uniforms((3, 4), 7), uniforms((3, 4), 8))


@given(a=vectors, rate=rates, scheme=st.sampled_from(SCHEMES), seed=st.integers(0, 2**32))
def test_kept_units_are_scaled_and_dropped_ones_are_zero(a, rate, scheme, seed):
    mask = keep_mask(uniforms(a.shape, seed), rate)
    out = apply_mask(a, mask, rate, scheme)
    assert not out[~mask].any()
    np.testing.assert_array_equal(out[mask], a[mask] * training_scale(rate, scheme))


@given(rates=st.tuples(rates, rates), seed=st.integers(0, 2**32))
def test_once_dropped_stays_dropped_as_the_rate_grows(rates, seed):
    u, (low, high) = uniforms((50,), seed), sorted(rates)
    assert not (keep_mask(u, high) & ~keep_mask(u, low)).any()


@given(a=vectors, rate=rates)
def test_moments_are_those_of_the_two_outcomes(a, rate):
    for scheme in SCHEMES:
        kept, q = a * training_scale(rate, scheme), 1 - rate
        mean, variance = moments(a, rate, scheme)
        np.testing.assert_allclose(mean, q * kept, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(variance, q * kept**2 - (q * kept) ** 2, rtol=1e-7, atol=1e-9)


@given(a=vectors, rate=rates)
def test_training_on_average_is_inference_for_all_but_no_scaling(a, rate):
    for scheme in ("standard", "inverted"):
        np.testing.assert_allclose(moments(a, rate, scheme)[0], a * inference_scale(rate, scheme), rtol=1e-12)
    np.testing.assert_allclose(moments(a, rate, "no scaling")[0], a * (1 - rate), rtol=1e-12)
    assert inference_scale(rate, "no scaling") == 1


@given(a=vectors, seed=st.integers(0, 2**32))
def test_at_rate_0_nothing_happens(a, seed):
    for scheme in SCHEMES:
        np.testing.assert_array_equal(apply_mask(a, keep_mask(uniforms(a.shape, seed), 0.0), 0.0, scheme), a)


# --- against PyTorch -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1,), (7,), (64, 256), (2, 3, 4, 5)])
@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_given_torch_s_mask_values_and_gradients_are_torch_s(shape, rate):
    torch.manual_seed(0)
    a = (torch.rand(shape, dtype=torch.float64) + 0.5).requires_grad_()
    theirs = F.dropout(a, rate, training=True)
    theirs.sum().backward()
    mask = np.asarray((theirs != 0).numpy())
    ours = apply_mask(np.asarray(a.detach().numpy()), mask, rate)
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(mask * training_scale(rate, "inverted"), a.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_mean_and_variance_are_torch_s(rate):
    n = 200_000
    torch.manual_seed(1)
    theirs = F.dropout(torch.full((n,), 2.0), rate, training=True).numpy()
    a = np.full(n, 2.0)
    ours = apply_mask(a, keep_mask(uniforms((n,), 1), rate), rate)
    mean, variance = (float(m[0]) for m in moments(a[:1], rate))
    for sample in (theirs, ours):
        assert abs(sample.mean() - mean) < 5 * np.sqrt(variance / n)
        assert sample.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("training", [True, False])
def test_the_lines_shown_as_pytorch_do_what_the_scheme_says(scheme, training):
    a, p, n = torch.from_numpy(np.tile(A, (50_000, 1))), 0.3, 50_000
    torch.manual_seed(2)
    names = {"F": F, "torch": torch, "a": a, "p": p, "training": training}
    names["mask"] = eval(TORCH_MASK, names)
    out = eval(TORCH_LINES[scheme], names).numpy()
    if not training:
        np.testing.assert_allclose(out, a.numpy() * inference_scale(p, scheme), rtol=1e-12)
        return
    mean, variance = moments(A, p, scheme)
    assert (np.abs(out.mean(axis=0) - mean) < 5 * np.sqrt(variance / n)).all()
    np.testing.assert_allclose(out[out != 0][0], A[0] * training_scale(p, scheme), rtol=1e-12)
