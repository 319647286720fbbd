"""Rules about one call: a missing or doubtful argument, or a layer made in the wrong place."""

import ast
from collections.abc import Iterator

from dropout_core.check.code import argument, last_name, may_have, own_attribute, parameters
from dropout_core.check.rule import Program, Rule
from dropout_core.check.vocabulary import (
    ATTENTION,
    DROPOUT,
    DROPOUT_FUNCTIONS,
    DROPOUT_LAYERS,
    KEEP,
    RECURRENT,
)

HIGH_RATE = 0.8


def rate_of(call: ast.Call) -> ast.expr | None:
    """Return the rate in a call of dropout or of a constructor of a dropout layer."""
    return argument(call, 0 if last_name(call.func)[:1].isupper() else 1, "p")


def without_training(code: Program) -> Iterator[ast.AST]:
    for call in code.calls(DROPOUT_FUNCTIONS):
        rate = rate_of(call)
        if code.function(call) is None or may_have(call, 2, "training") or code.modes.guarded(call):
            continue
        if rate is None or not (code.number(rate) == 0 or code.modes.depends(rate)):
            yield call


def attention_without_training(code: Program) -> Iterator[ast.AST]:
    """Yield calls of attention whose rate does not depend on the mode, and is no parameter of a wrapper."""
    for call in code.calls(ATTENTION):
        rate, function = argument(call, 4, "dropout_p"), code.function(call)
        if rate is None or function is None or code.number(rate) == 0 or code.modes.guarded(call):
            continue
        if not code.modes.depends(rate) and last_name(rate) not in parameters(function):
            yield call


def keep_or_drop(code: Program) -> Iterator[ast.AST]:
    rates = [(call, rate_of(call)) for call in code.calls(DROPOUT)]
    rates += [(call, argument(call, 4, "dropout_p")) for call in code.calls(ATTENTION)]
    for call, rate in rates:
        number = code.number(rate, defaults=True)
        if (number is not None and number >= HIGH_RATE) or (rate is not None and KEEP.search(last_name(rate))):
            yield call


def one_recurrent_layer(code: Program) -> Iterator[ast.AST]:
    for call in code.calls(RECURRENT):
        named = {each.arg for each in call.keywords}
        rate, layers = argument(call, 99, "dropout"), argument(call, 2, "num_layers")
        if None in named or rate is None or code.number(rate) == 0:
            continue
        if (layers is None and len(call.args) < 3) or code.number(layers) == 1:
            yield call


def made_in_forward(code: Program) -> Iterator[ast.AST]:
    """Yield dropout layers that are made and used in the same pass."""
    for call in code.calls(DROPOUT_LAYERS):
        function, parent = code.function(call), code.parents[call]
        if function is None or isinstance(parent, ast.Attribute) or _is_kept(parent):
            continue
        used_at_once = isinstance(parent, ast.Call) and parent.func is call
        if used_at_once or getattr(function, "name", "") == "forward":
            yield call


def _is_kept(parent: ast.AST) -> bool:
    """Whether a layer becomes part of the module, as in `self.drop = nn.Dropout(p)`."""
    return isinstance(parent, ast.Assign) and any(own_attribute(target) for target in parent.targets)


RULES = (
    Rule(
        "functional",
        "F.dropout is called without training=",
        "It then also drops units in evaluation mode. Pass training=self.training, or use an nn.Dropout layer",
        without_training,
    ),
    Rule(
        "attention",
        "dropout_p does not depend on self.training",
        "This function drops values whenever it is called, even after eval(). Pass p if self.training else 0.0",
        attention_without_training,
    ),
    Rule(
        "keep",
        "The rate looks like a probability of keeping",
        f"PyTorch expects P(drop). A rate of {HIGH_RATE:g} or more is rare; pass 1 − keep if the number is P(keep)",
        keep_or_drop,
    ),
    Rule(
        "lstm",
        "dropout= has no effect on a recurrent layer with num_layers=1",
        "It acts between stacked layers only. Use an nn.Dropout layer on the output instead",
        one_recurrent_layer,
    ),
    Rule(
        "anew",
        "A dropout layer is created in every pass",
        "A new layer starts in training mode, and eval() does not reach it. Make the layer in __init__",
        made_in_forward,
    ),
)
