"""Rules about the order of layers: what stands in front of dropout, and what behind it."""

import ast
from collections.abc import Container, Iterator

from dropout_core.check.code import argument, last_name, own_attribute
from dropout_core.check.modes import EVAL
from dropout_core.check.rule import Program, Rule
from dropout_core.check.rules_calls import rate_of
from dropout_core.check.vocabulary import (
    BATCH_NORM,
    CLASSES,
    DROPOUT,
    DROPOUT_LAYERS,
    ELEMENTWISE,
    HEAD,
    LINEAR,
    LINEAR_OR_CONV,
    PROBABILITIES,
    SPREAD,
    SQUASHING,
    is_model,
)

USUAL_INPUT_RATE = 0.2


def before_batch_norm(code: Program) -> Iterator[ast.AST]:
    yield from _dropout_before(code, BATCH_NORM, ELEMENTWISE)


def before_sigmoid(code: Program) -> Iterator[ast.AST]:
    yield from _dropout_before(code, SQUASHING, frozenset())


def _dropout_before(code: Program, layers: Container[str], through: Container[str]) -> Iterator[ast.AST]:
    """Yield calls of these layers on what dropout returns, and dropout layers in front of them in an nn.Sequential."""
    for call in code.all_calls:
        inputs = code.flow.behind(call, through) if any(name in layers for name in code.called(call)) else ()
        if any(_is_dropout(code, each) for each in inputs):
            yield call
    for _, parts in _sequences(code):
        rest = [each for each in parts if code.names.dotted(each.func) not in through]
        for one, following in zip(rest, rest[1:], strict=False):
            if code.names.dotted(one.func) in DROPOUT_LAYERS and code.names.dotted(following.func) in layers:
                yield one


def _is_dropout(code: Program, call: ast.Call) -> bool:
    return bool(code.called(call) & DROPOUT)


def _sequences(code: Program) -> Iterator[tuple[ast.Call, list[ast.Call]]]:
    """Yield each nn.Sequential with its layers, if all of them are visible."""
    for call in code.calls({"torch.nn.Sequential"}):
        parts = [_value(each) for each in _listed(code, call)]
        calls = [each for each in parts if isinstance(each, ast.Call)]
        if len(calls) == len(parts):
            yield call, calls


def _listed(code: Program, call: ast.Call) -> list[ast.expr]:
    match call.args:
        case [ast.Call(func, [ast.List(elements)])] if last_name(func) == "OrderedDict":
            return elements
    return call.args


def _value(element: ast.expr) -> ast.expr:
    """Return the layer of a pair such as ("drop", nn.Dropout(p)), or the element itself."""
    return element.elts[1] if isinstance(element, ast.Tuple) and len(element.elts) == 2 else element


def on_output(code: Program) -> Iterator[ast.AST]:
    """Yield dropout on the scores of a network, which are recognised by their number or by their name."""
    for whole, parts in _sequences(code):
        while parts and code.names.dotted(parts[-1].func) in PROBABILITIES:
            parts = parts[:-1]
        names = [code.names.dotted(each.func) for each in parts[-2:]]
        dropped = len(names) == 2 and names[0] in LINEAR and names[1] in DROPOUT_LAYERS
        if dropped and (_counts_classes(code, parts[-2]) or _is_network(code, whole)):
            yield parts[-1]
    for _, calls in code.flow.returned:
        for call in calls:
            if _is_dropout(code, call) and any(_makes_scores(code, each) for each in code.flow.inputs.get(call, ())):
                yield call


def _makes_scores(code: Program, call: ast.Call) -> bool:
    """Whether a call runs a linear layer whose outputs are scores of classes."""
    made = [each for each in code.made(call.func) if code.names.dotted(each.func) in LINEAR]
    return any(_counts_classes(code, each) for each in made) or bool(made and HEAD.search(last_name(call.func)))


def _counts_classes(code: Program, linear: ast.Call) -> bool:
    units = argument(linear, 1, "out_features")
    return units is not None and any(CLASSES.search(last_name(each)) for each in ast.walk(units))


def _is_network(code: Program, sequence: ast.Call) -> bool:
    """Whether an nn.Sequential is a whole network, or its head, by the name that it gets."""
    match code.parents[sequence]:
        case ast.Assign([ast.Name(name)]):
            return is_model(name)
        case ast.Assign([ast.Attribute() as target]):
            return bool(HEAD.search(own_attribute(target) or ""))
    return False


def on_inputs(code: Program) -> Iterator[ast.AST]:
    """Yield dropout as the first layer of a whole network, unless its rate is known to be low."""
    for whole, parts in _sequences(code):
        names = [code.names.dotted(each.func) for each in parts[:2]]
        match code.parents[whole]:
            case ast.Assign([ast.Name(name)]) if is_model(name) and len(names) == 2:
                rate = code.number(rate_of(parts[0])) if rate_of(parts[0]) else 0.5
                low = rate is not None and rate <= USUAL_INPUT_RATE
                if names[0] in DROPOUT_LAYERS and names[1] in LINEAR_OR_CONV and not low:
                    yield parts[0]


def spread_after_dropout(code: Program) -> Iterator[ast.AST]:
    for call in code.all_calls:
        dropped = any(_is_dropout(code, each) for each in code.flow.inputs.get(call, ()))
        if dropped and code.called(call) & SPREAD and code.modes.before(call) != {EVAL}:
            yield call


RULES = (
    Rule(
        "placement",
        "Dropout comes before batch normalisation",
        "Batch normalisation then measures the noise of the masks, which is absent at inference. Put dropout after "
        "the last batch normalisation",
        before_batch_norm,
    ),
    Rule(
        "order",
        "Dropout comes before a sigmoid",
        "The sigmoid turns the 0 of a dropped unit into 0.5. Put dropout behind it",
        before_sigmoid,
    ),
    Rule(
        "output",
        "Dropout acts on the output layer",
        "It erases scores that no other unit can replace. Put it before the last linear layer",
        on_output,
    ),
    Rule(
        "inputs",
        "Dropout acts on the inputs",
        f"Nothing can stand in for a dropped input. A rate of {USUAL_INPUT_RATE:g} or less is usual there",
        on_inputs,
    ),
    Rule(
        "variance",
        "A standard deviation or variance is measured right after dropout",
        "In training it includes the noise of the masks. Measure it in evaluation mode",
        spread_after_dropout,
    ),
)
