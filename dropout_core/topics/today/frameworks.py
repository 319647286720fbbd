"""How three frameworks call dropout. tests/topics/today/test_frameworks.py checks the rows of installed packages."""

from typing import NamedTuple


class Layer(NamedTuple):
    """One way to call dropout.

    argument  the name of the argument, and which probability it is
    default   its default
    on        when neurons are dropped
    off       how to turn dropout off for inference
    """

    package: str
    call: str
    argument: str
    default: str
    on: str
    off: str


LAYERS = (
    Layer("torch", "nn.Dropout", "p = P(drop)", "0.5", "after train(), the initial mode", "eval()"),
    Layer("torch", "F.dropout", "p = P(drop)", "0.5", "always, by default", "training=False; eval() has no effect"),
    Layer(
        "torch",
        "F.scaled_dot_product_attention",
        "dropout_p = P(drop)",
        "0",
        "whenever dropout_p is not 0",
        "dropout_p=0; eval() has no effect",
    ),
    Layer("torch", "nn.MultiheadAttention", "dropout = P(drop)", "0", "after train(), the initial mode", "eval()"),
    Layer(
        "torch", "nn.TransformerEncoderLayer", "dropout = P(drop)", "0.1", "after train(), the initial mode", "eval()"
    ),
    Layer(
        "keras",
        "layers.Dropout",
        "rate = P(drop)",
        "none",
        "in fit(), or with training=True",
        "the default outside fit()",
    ),
    Layer("flax", "nnx.Dropout", "rate = P(drop)", "none", "by default; needs rngs", "eval(), or deterministic=True"),
    Layer(
        "flax",
        "linen.Dropout",
        "rate = P(drop)",
        "none",
        "with deterministic=False; needs an rng named dropout",
        "deterministic=True; there is no default",
    ),
)
IGNORES_EVAL = "eval() has no effect"  # as in the column "off"
FRAMEWORKS = {"torch": "PyTorch", "keras": "Keras", "flax": "Flax"}


def ignoring_eval() -> list[str]:
    """Return the calls that drop in evaluation mode, too, unless an argument prevents it."""
    return [each.call for each in LAYERS if IGNORES_EVAL in each.off]
