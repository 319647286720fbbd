"""Test what the page says about each framework, by calling its dropout. Packages that are not installed are skipped."""

import inspect
import os
from collections.abc import Callable

import numpy as np
import pytest

from dropout_core.topics.today.frameworks import FRAMEWORKS, LAYERS, Layer, ignoring_eval

N, RATE = 4_000, 0.2
ROWS = {f"{layer.package}.{layer.call}": layer for layer in LAYERS}


def package(name: str):
    """Return the module, or skip the test with a notice."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip(name, reason=f"{FRAMEWORKS[name]} is not installed, so its rows are not checked here")


def assert_drops(output: np.ndarray, rate: float = RATE) -> None:
    """Expect that about this share of ones became zero, and that the others are scaled up."""
    assert np.allclose(output[output != 0], 1 / (1 - rate))
    assert (output == 0).mean() == pytest.approx(rate, abs=0.05)


def assert_identity(output: np.ndarray) -> None:
    assert (output == 1).all()


def parameter(call: Callable, layer: Layer) -> inspect.Parameter:
    """Return the parameter that the row names."""
    return inspect.signature(call.__init__ if isinstance(call, type) else call).parameters[
        layer.argument.split(" = ")[0]
    ]


def assert_default(call: Callable, layer: Layer) -> None:
    default = parameter(call, layer).default
    if layer.default == "none":
        assert default is inspect.Parameter.empty
    else:
        assert default == float(layer.default)


def test_every_row_means_the_probability_of_dropping():
    assert all(layer.argument.endswith(" = P(drop)") for layer in LAYERS)
    assert {layer.package for layer in LAYERS} == set(FRAMEWORKS)


def test_the_calls_that_ignore_evaluation_mode_are_named():
    assert ignoring_eval() == ["F.dropout", "F.scaled_dot_product_attention"]


def test_pytorchs_module_follows_train_and_eval():
    torch, layer = package("torch"), ROWS["torch.nn.Dropout"]
    assert_default(torch.nn.Dropout, layer)
    module, ones = torch.nn.Dropout(RATE), torch.ones(N)
    assert module.training, layer.on
    assert_drops(module(ones).numpy())
    assert_identity(module.eval()(ones).numpy())
    assert_drops(module.train()(ones).numpy())


def test_pytorchs_function_is_on_unless_told_otherwise():
    torch, layer = package("torch"), ROWS["torch.F.dropout"]
    dropout, ones = torch.nn.functional.dropout, torch.ones(N)
    assert_default(dropout, layer)

    class Net(torch.nn.Module):
        def forward(self, x):
            return dropout(x, RATE)

    assert_drops(Net().eval()(ones).numpy())
    assert_identity(dropout(ones, RATE, training=False).numpy())


def test_pytorchs_attention_ignores_eval():
    torch, layer = package("torch"), ROWS["torch.F.scaled_dot_product_attention"]
    attention = torch.nn.functional.scaled_dot_product_attention
    assert f"{layer.argument.split(' = ')[0]}=0.0" in attention.__doc__  # a built-in function has no signature
    q = k = torch.zeros(1, 8, 4)

    class Net(torch.nn.Module):
        def forward(self, v, p):
            return attention(q, k, v, dropout_p=p)

    net, ones = Net().eval(), torch.ones(1, 8, 4)
    assert np.allclose(net(ones, 0.0), 1)
    assert not np.allclose(net(ones, 0.5), 1)


@pytest.mark.parametrize("name", ["MultiheadAttention", "TransformerEncoderLayer"])
def test_pytorchs_larger_modules_follow_train_and_eval(name):
    torch, layer = package("torch"), ROWS[f"torch.nn.{name}"]
    cls = getattr(torch.nn, name)
    assert_default(cls, layer)
    arguments = {"d_model": 8, "nhead": 2} if name == "TransformerEncoderLayer" else {"embed_dim": 8, "num_heads": 2}
    module, x = cls(**arguments, dropout=0.5), torch.randn(1, 6, 8)
    inputs = (x, x, x) if name == "MultiheadAttention" else (x,)

    def outputs() -> list[np.ndarray]:
        made = [module(*inputs) for _ in range(2)]
        return [(each[0] if isinstance(each, tuple) else each).detach().numpy() for each in made]

    assert module.training
    assert not np.allclose(*outputs())
    module.eval()
    assert np.allclose(*outputs())


@pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")
def test_keras_drops_in_fit_or_with_training_true_only():
    keras, layer = package("keras"), ROWS["keras.layers.Dropout"]
    assert_default(keras.layers.Dropout, layer)
    dropout, ones = keras.layers.Dropout(RATE), np.ones(N, np.float32)

    def array(tensor) -> np.ndarray:
        return keras.ops.convert_to_numpy(tensor)

    assert_identity(array(dropout(ones)))
    assert_drops(array(dropout(ones, training=True)))
    seen = []

    class Recording(keras.layers.Layer):
        def call(self, x, training=None):
            seen.append(training)
            return x

    model = keras.Sequential([keras.layers.Dense(1), Recording()])
    model.compile(loss="mse", run_eagerly=True)
    x, y = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)
    seen.clear()
    model.fit(x, y, verbose=0)
    assert seen[-1] is True
    model.predict(x, verbose=0)
    assert seen[-1] is False


def test_flax_nnx_drops_by_default():
    package("flax")
    from flax import nnx
    from jax import numpy as jnp

    layer, ones = ROWS["flax.nnx.Dropout"], jnp.ones(N)
    assert_default(nnx.Dropout, layer)
    dropout = nnx.Dropout(RATE, rngs=nnx.Rngs(0))
    assert_drops(np.asarray(dropout(ones)))
    assert_identity(np.asarray(dropout(ones, deterministic=True)))
    dropout.eval()
    assert_identity(np.asarray(dropout(ones)))
    with pytest.raises(ValueError, match="rngs"):
        nnx.Dropout(RATE)(ones)


def test_flax_linen_has_no_default_mode():
    package("flax")
    import jax
    from flax import errors, linen

    layer, ones = ROWS["flax.linen.Dropout"], jax.numpy.ones(N)
    assert_default(linen.Dropout, layer)
    rngs = {"dropout": jax.random.key(0)}
    assert_drops(np.asarray(linen.Dropout(RATE, deterministic=False).apply({}, ones, rngs=rngs)))
    assert_identity(np.asarray(linen.Dropout(RATE, deterministic=True).apply({}, ones)))
    with pytest.raises(ValueError, match="deterministic"):
        linen.Dropout(RATE).apply({}, ones, rngs=rngs)
    with pytest.raises(errors.InvalidRngError):
        linen.Dropout(RATE, deterministic=False).apply({}, ones)
