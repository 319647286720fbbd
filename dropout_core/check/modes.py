"""Follows the switch between training and evaluation mode through the calls of eval() and train()."""

import ast
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from dropout_core.check.code import Code, Scope, last_name, own_attribute, position

EVAL, TRAIN, EITHER = "eval", "train", "either"
_LEARN = "learn"  # gradients are computed
_NOWHERE = (10**9, 0)  # a position behind every line
_SAYS_EVAL = re.compile(r"eval", re.IGNORECASE)
_SAYS_MODE = re.compile(r"train|eval|deterministic", re.IGNORECASE)


class Modes:
    """The modes that the code of one source switches to, and where."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._carriers: dict[int, bool] = {}

    def switched(self, node: ast.AST) -> str | None:
        """Return the mode to which a call switches, or None."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        values = [*node.args, *(each.value for each in node.keywords)]
        if node.func.attr == "eval" and not values:
            return EVAL
        if node.func.attr != "train" or len(values) > 1:
            return None
        match values:
            case [] | [ast.Constant(True)]:
                return TRAIN
            case [ast.Constant(False)]:
                return EVAL
        return EITHER

    def effects(self, node: ast.AST) -> set[str]:
        """Return the modes to which a node switches, itself or in a function of this source that it calls."""
        return self._events(node) - {_LEARN}

    def learns(self, scope: ast.AST) -> bool:
        """Whether a scope or loop computes gradients, itself or in a function of this source that it calls."""
        return any(_LEARN in self._events(node) for node in ast.walk(scope))

    def _events(self, node: ast.AST) -> set[str]:
        found = {event for each in self._helpers(node) for event in self._summary.get(each, ())}
        return found | self._own_events(node)

    def _own_events(self, node: ast.AST) -> set[str]:
        mode = self.switched(node)
        learns = isinstance(node, ast.Call) and last_name(node.func).endswith("backward")
        return {mode} if mode else {_LEARN} if learns else set()

    @cached_property
    def _summary(self) -> dict[str, set[str]]:
        """What each function of this source does, also in the functions of this source that it calls."""
        found = {name: {e for n in self._nodes(name) for e in self._own_events(n)} for name in self.code.functions}
        helpers = {name: {h for n in self._nodes(name) for h in self._helpers(n)} for name in self.code.functions}
        while True:
            more = {name: events.union(*(found[each] for each in helpers[name])) for name, events in found.items()}
            if more == found:
                return found
            found = more

    def _nodes(self, name: str) -> list[ast.AST]:
        return [node for each in self.code.functions[name] for node in self.code.own.get(each, ())]

    def _helpers(self, node: ast.AST) -> list[str]:
        """Return the name of the function of this source that a call runs, or nothing."""
        if not isinstance(node, ast.Call) or self.switched(node):
            return []
        name = node.func.id if isinstance(node.func, ast.Name) else own_attribute(node.func)
        return [name] if name in self.code.functions else []

    def before(self, node: ast.AST) -> set[str]:
        """Return the modes to which the scope has switched last when it reaches the node, or nothing."""
        switches = self._switches[self.code.scope(node)]
        at = bisect_left(switches, position(node), key=lambda switch: switch[0])
        return switches[at - 1][1] if at else set()

    @cached_property
    def _switches(self) -> dict[Scope, list[tuple[tuple[int, int], set[str]]]]:
        """The places in each scope where the mode changes, and the modes."""
        found: dict[Scope, list[tuple[tuple[int, int], set[str]]]] = defaultdict(list)
        for scope, nodes in self.code.own.items():
            found[scope] = [(position(node), modes) for node in nodes if (modes := self.effects(node))]
        return found

    def evaluates(self, node: ast.AST, seen: set[Scope] | None = None) -> bool:
        """Whether eval() was called before the node is reached: in its scope, around it, or by a caller in this source.

        train() with gradients in the same scope is the usual training loop. Without gradients it is deliberate.
        """
        scope, seen = self.code.scope(node), set() if seen is None else seen
        if self._in_context(node):
            return True
        if modes := self.before(node):
            return modes != {TRAIN} or not self.learns(scope)
        if isinstance(scope, ast.Module | ast.Lambda) or scope in seen:
            return False
        seen.add(scope)
        callers = [call for call in self.code.all_calls if scope.name in self._helpers(call)]
        return any(self.evaluates(each, seen) for each in [scope, *callers])

    def _in_context(self, node: ast.AST) -> bool:
        """Whether the node stands in a block such as `with evaluating(net):`."""
        blocks = [each for each in self.code.ancestors(node) if isinstance(each, ast.With)]
        return any(_SAYS_EVAL.search(name) for each in blocks for item in each.items for name in _words(item))

    # --- what depends on the mode ---

    def depends(self, expr: ast.AST) -> bool:
        """Whether an expression mentions the mode, itself or through a name: p if self.training else 0."""
        names = [each for each in ast.walk(expr) if isinstance(each, ast.Name)]
        return _says_mode(expr) or any(self._carries_mode(name) for name in names)

    def _carries_mode(self, name: ast.Name) -> bool:
        values = self.code.values(name)
        key = id(values)  # the same list for every use of a variable
        if key not in self._carriers:
            self._carriers[key] = any(map(_says_mode, values))
        return self._carriers[key]

    def guarded(self, node: ast.AST) -> bool:
        """Whether a node runs only in one mode: inside `if training:`, or after `if not training: return`."""
        around = [each for each in self.code.ancestors(node) if isinstance(each, ast.If | ast.IfExp)]
        left = self._left.get(self.code.scope(node), _NOWHERE)
        return left < position(node) or any(each in self._tests for each in around)

    @cached_property
    def _tests(self) -> set[ast.AST]:
        """All conditions that depend on the mode."""
        return {n for n in self.code.nodes if isinstance(n, ast.If | ast.IfExp) and self.depends(n.test)}

    @cached_property
    def _left(self) -> dict[Scope, tuple[int, int]]:
        """The place from which a scope runs in one mode only, because it returns in the other."""
        found: dict[Scope, tuple[int, int]] = {}
        for node in self._tests:
            if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Return | ast.Raise):
                scope = self.code.scope(node)
                found[scope] = min(position(node), found.get(scope, _NOWHERE))
        return found


def _says_mode(expr: ast.AST) -> bool:
    return any(_SAYS_MODE.search(word) for word in _words(expr))


def _words(node: ast.AST) -> Iterator[str]:
    return (name for each in ast.walk(node) if (name := last_name(each)))
