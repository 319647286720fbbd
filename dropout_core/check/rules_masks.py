"""Rules about masks made by hand: how they are drawn, and how they are scaled."""

import ast
from collections.abc import Iterator

from dropout_core.check.code import Scope, last_name
from dropout_core.check.rule import Program, Rule
from dropout_core.check.rules_calls import rate_of
from dropout_core.check.vocabulary import DRAWS, DROPOUT, RANDOM

_SECOND = (1, -1)  # the dimension of units, where the first one is the batch


def scaled_twice(code: Program) -> Iterator[ast.AST]:
    """Yield products and quotients with 1 − p where the noise is already scaled by the same p."""
    for scope, factors in _factors(code).items():
        divided = {rate for _, rate, divides in factors if divides}
        dropped = _dropped_rates(code, scope)
        draws = any(isinstance(node, ast.Call) and code.called(node) & DRAWS for node in code.own.get(scope, ()))
        for node, rate, divides in factors:
            if rate in dropped or (draws and not divides and rate in divided):
                yield node


def _factors(code: Program) -> dict[Scope, list[tuple[ast.AST, str, bool]]]:
    """Return each scope's products and quotients with 1 − p, with p as source text and whether it is a quotient."""
    found: dict[Scope, list[tuple[ast.AST, str, bool]]] = {}
    for node in code.nodes:
        for factor, divides in () if _is_rounded(code, node) else _operands(node):
            if (rate := _complement(code, factor)) is not None:
                found.setdefault(code.scope(node), []).append((node, rate, divides))
    return found


def _is_rounded(code: Program, node: ast.AST) -> bool:
    """Whether a product is a count, as in round((1 - p) * units)."""
    parent = code.parents.get(node)
    return isinstance(parent, ast.Call) and last_name(parent.func) in ("round", "int", "ceil", "floor")


def _operands(node: ast.AST) -> list[tuple[ast.expr, bool]]:
    match node:
        case ast.BinOp(_, ast.Div(), right) | ast.AugAssign(_, ast.Div(), right):
            return [(right, True)]
        case ast.BinOp(left, ast.Mult(), right):
            return [(left, False), (right, False)]
        case ast.AugAssign(_, ast.Mult(), right):
            return [(right, False)]
    return []


def _complement(code: Program, expr: ast.expr) -> str | None:
    """Return p as source text if the expression is 1 − p, or a name for it."""
    if isinstance(expr, ast.Name):
        expr = code.value(expr) or expr
    match expr:
        case ast.BinOp(ast.Constant(1 | 1.0), ast.Sub(), rate):
            return last_name(rate) or _constant(rate)
    return None


def _constant(rate: ast.expr) -> str | None:
    return repr(rate.value) if isinstance(rate, ast.Constant) else None


def _dropped_rates(code: Program, scope: Scope) -> set[str]:
    """Return the rates, as source text, of the dropout layers and functions that a scope calls."""
    calls = [node for node in code.own.get(scope, ()) if isinstance(node, ast.Call) and code.called(node) & DROPOUT]
    made = [each for call in calls for each in (code.made(call.func) or [call])]
    rates = [rate for each in made if (rate := rate_of(each)) is not None]
    return {text for rate in rates if (text := last_name(rate) or _constant(rate))}


def one_mask(code: Program) -> Iterator[ast.AST]:
    """Yield masks with one number per unit, but none per example."""
    for node in code.nodes:
        if isinstance(node, ast.Compare):
            calls = [each for each in (node.left, *node.comparators) if isinstance(each, ast.Call)]
            if any(code.names.dotted(call.func) == "torch.rand" and _units_alone(call) for call in calls):
                yield node


def _units_alone(call: ast.Call) -> bool:
    """Whether the only size of a random tensor is another tensor's second or last: h.shape[1] or h.size(-1)."""
    match call.args:
        case [ast.Subscript(ast.Attribute(_, "shape"), index)] | [ast.Call(ast.Attribute(_, "size"), [index])]:
            return ast.unparse(index) in map(str, _SECOND)
    return False


def exactly_k(code: Program) -> Iterator[ast.AST]:
    """Yield the choice of the k largest of random numbers, if what is kept is scaled by 1 − p."""
    scaled = {scope for scope, factors in _factors(code).items() if any(divides for *_, divides in factors)}
    for call in code.all_calls:
        if last_name(call.func) == "topk" and code.scope(call) in scaled:
            drawn = call.args[:1] if code.names.dotted(call.func) else [getattr(call.func, "value", None)]
            if any(_is_random(code, each) for each in drawn):
                yield call


def _is_random(code: Program, expr: ast.expr | None) -> bool:
    value = code.value(expr) if isinstance(expr, ast.Name) else expr
    return isinstance(value, ast.Call) and code.names.dotted(value.func) in RANDOM


RULES = (
    Rule(
        "scaling",
        "The noise is scaled twice",
        "One factor is enough: PyTorch divides by 1 − p in training, so nothing is scaled at inference",
        scaled_twice,
    ),
    Rule(
        "one-mask",
        "One mask serves the whole batch",
        "Every example then trains the same subnetwork. Draw a mask with torch.rand_like",
        one_mask,
    ),
    Rule(
        "exactly-k",
        "Exactly k units are kept in each pass",
        "Dropout decides for each unit independently. Compare random numbers with p",
        exactly_k,
    ),
)
