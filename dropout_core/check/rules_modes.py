"""Rules about training and evaluation mode: switches that are missing, or reach too far."""

import ast
from collections.abc import Iterator

from dropout_core.check.code import Scope, last_name, own_attribute, position
from dropout_core.check.modes import EVAL, TRAIN
from dropout_core.check.rule import Program, Rule
from dropout_core.check.vocabulary import BATCH_NORM, DROPOUT, NO_GRADIENTS, RECURRENT, is_model

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_LEARNING = ("backward", "step", "zero_grad", "grad")


def no_eval(code: Program) -> Iterator[ast.AST]:
    """Yield the first call of a network in each region without gradients that evaluation mode does not reach."""
    if _knows_no_mode(code):
        return
    for region in _without_gradients(code):
        calls = sorted((each for each in ast.walk(region) if _runs_network(code, each)), key=position)
        if calls and not _is_inherited(code, region) and not code.modes.evaluates(calls[0]):
            yield calls[0]


def _is_inherited(code: Program, region: ast.AST) -> bool:
    """Whether the region belongs to a class with a base class, such as nn.Module, whose users set the mode."""
    defined = code.class_of(region)
    return defined is not None and any(last_name(base) != "object" for base in defined.bases)


def _knows_no_mode(code: Program) -> bool:
    """Whether the source defines networks, and none of them depends on the mode."""
    bases = {code.names.dotted(base) for each in code.classes.values() for base in each.bases}
    defines = bool(bases & {"torch.nn.Module"}) or any(code.calls({"torch.nn.Sequential"}))
    depends = any(code.calls(DROPOUT | BATCH_NORM | RECURRENT))
    return defines and not depends and not any(own_attribute(node) == "training" for node in code.nodes)


def _without_gradients(code: Program) -> Iterator[ast.AST]:
    """Yield blocks and functions under torch.no_grad() or torch.inference_mode()."""
    for node in code.nodes:
        if isinstance(node, ast.With):
            expressions = [item.context_expr for item in node.items]
        else:
            expressions = list(getattr(node, "decorator_list", []))
        if any(code.names.dotted(getattr(each, "func", each)) in NO_GRADIENTS for each in expressions):
            yield node


def _runs_network(code: Program, node: ast.AST) -> bool:
    """Whether a node calls what a variable such as `net`, or an attribute such as self.model, holds.

    A pass whose result is thrown away evaluates nothing.
    """
    if not isinstance(node, ast.Call) or code.names.dotted(node.func) or isinstance(code.parents[node], ast.Expr):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else own_attribute(node.func)
    return bool(name) and name not in code.functions and (is_model(name or "") or _is_network(code, node))


def _is_network(code: Program, call: ast.Call) -> bool:
    """Whether a call runs an instance of a network that this source defines."""
    for made in code.made(call.func):
        if code.names.dotted(made.func) == "torch.nn.Sequential":
            return True
        defined = code.classes.get(last_name(made.func))
        if defined and any(code.names.dotted(base) == "torch.nn.Module" for base in defined.bases):
            return made is not call.func
    return False


def no_train(code: Program) -> Iterator[ast.AST]:
    """Yield switches to evaluation mode in loops that train and never switch back."""
    for loop in code.nodes:
        if isinstance(loop, _LOOPS):
            inside = [node for node in ast.walk(loop) if node is not loop]
            modes = {mode for node in inside for mode in code.modes.effects(node)}
            if modes == {EVAL} and (code.modes.learns(loop) or _trains_before(code, loop)):
                yield min((node for node in inside if code.modes.effects(node)), key=position)


def _trains_before(code: Program, loop: ast.AST) -> bool:
    """Whether train() was called in front of a loop that stands in no other loop."""
    inner = any(isinstance(each, _LOOPS) for each in code.ancestors(loop))
    return not inner and TRAIN in code.modes.before(loop)


def samples_with_train(code: Program) -> Iterator[ast.AST]:
    """Yield calls of train() in functions that compute no gradients and return the network's output."""
    for name, functions in code.functions.items():
        for function in functions:
            own = code.own.get(function, [])
            switches = [node for node in own if code.modes.switched(node)]
            learns = any(isinstance(node, ast.Call) and last_name(node.func) in _LEARNING for node in own)
            if [code.modes.switched(node) for node in switches] == [TRAIN] and not learns and "train" not in name:
                yield from (each for each in switches if _returns_answer(function, each, own))


def _returns_answer(function: ast.FunctionDef, switch: ast.AST, own: list[ast.AST]) -> bool:
    """Whether a function returns the output of the network that it has switched."""
    assert isinstance(switch, ast.Call)
    assert isinstance(switch.func, ast.Attribute)
    network = ast.dump(switch.func.value)
    parts = [part for node in own if isinstance(node, ast.Return) for part in ast.walk(node)]
    return any(isinstance(part, ast.Call) and ast.dump(part.func) == network for part in parts)


def losses_of_two_modes(code: Program) -> Iterator[ast.AST]:
    """Yield differences between two results of one function, of which one was computed in each mode."""
    for node in code.nodes:
        match node:
            case ast.BinOp(ast.Name() as left, ast.Sub(), ast.Name() as right):
                made = [value for each in (left, right) if isinstance(value := code.value(each), ast.Call)]
                same = len(made) == 2 and ast.dump(made[0].func) == ast.dump(made[1].func)
                if same and _modes_of(code, made, code.scope(node)) == [{TRAIN}, {EVAL}]:
                    yield node


def _modes_of(code: Program, calls: list[ast.Call], scope: Scope) -> list[set[str]]:
    modes = [code.modes.before(each) for each in calls if code.scope(each) is scope]
    return sorted(modes, key=lambda mode: mode != {TRAIN})


RULES = (
    Rule(
        "no-grad",
        "A network is evaluated without calling eval() first",
        "torch.no_grad() does not switch dropout off. Call eval() before the evaluation",
        no_eval,
    ),
    Rule(
        "train",
        "A training loop calls eval() but never train() afterwards",
        "Dropout stays off after the first evaluation. Call train() at the start of every epoch",
        no_train,
    ),
    Rule(
        "mc",
        "train() switches the whole network to training mode for sampling",
        "It also makes batch normalisation update its statistics. Switch the dropout layers only",
        samples_with_train,
    ),
    Rule(
        "loss",
        "A loss in training mode is compared with one in evaluation mode",
        "Masks raise the loss in training mode. Compute both losses in evaluation mode",
        losses_of_two_modes,
    ),
)
