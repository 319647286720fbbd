"""A syntax tree with what the rules ask of it: scopes, imported names, layers by name, arguments and numbers."""

import ast
import re
from collections import defaultdict
from collections.abc import Container, Iterator
from functools import cached_property

from dropout_core.check.names import Names, pairs

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Scope = ast.Module | Function
_SCOPES = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_NAMED_DROPOUT = re.compile(r"drop(out)?\d*")  # how a layer is called whose definition cannot be seen
_NONE: list[ast.expr] = []
_DEPTH = 5  # of names that stand for other names


class Code:
    """The syntax tree of one source."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.nodes = list(ast.walk(tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.names = Names(self.nodes)

    # --- where a node stands ---

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def scope(self, node: ast.AST) -> Scope:
        """Return the function that contains the node, or the module."""
        return next((each for each in self.ancestors(node) if isinstance(each, _SCOPES)), self.tree)

    def function(self, node: ast.AST) -> Function | None:
        scope = self.scope(node)
        return None if isinstance(scope, ast.Module) else scope

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        return next((each for each in self.ancestors(node) if isinstance(each, ast.ClassDef)), None)

    @cached_property
    def own(self) -> dict[Scope, list[ast.AST]]:
        """The nodes of each scope, without those of the functions inside it, in the order of the source."""
        found: dict[Scope, list[ast.AST]] = defaultdict(list)
        for node in sorted((node for node in self.nodes if hasattr(node, "lineno")), key=position):
            found[self.scope(node)].append(node)
        return found

    @cached_property
    def functions(self) -> dict[str, list[ast.FunctionDef]]:
        """All functions and methods of this source, by name."""
        found: dict[str, list[ast.FunctionDef]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef):
                found[node.name].append(node)
        return found

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    # --- what a name stands for ---

    @cached_property
    def _assigned(self) -> dict[tuple[ast.AST | None, str], list[ast.expr]]:
        """The values assigned to each name of a scope, and to each attribute of self of a class."""
        found: dict[tuple[ast.AST | None, str], list[ast.expr]] = defaultdict(list)
        for target, value in pairs(self.nodes):
            if isinstance(target, ast.Name):
                found[self.scope(target), target.id].append(value)
            elif attribute := own_attribute(target):
                found[self.class_of(target), attribute].append(value)
        return found

    def values(self, expr: ast.expr) -> list[ast.expr]:
        """Return the values that this source assigns to a name, or to an attribute of self. The inner scope wins."""
        if attribute := own_attribute(expr):
            return next((v for each in self._hierarchy(expr) if (v := self._assigned.get((each, attribute)))), _NONE)
        if not isinstance(expr, ast.Name):
            return _NONE
        scopes = [self.scope(expr), *(each for each in self.ancestors(expr) if isinstance(each, _SCOPES))]
        for scope in scopes:
            if found := self._assigned.get((scope, expr.id)):
                return found
            if expr.id in parameters(scope):
                return _NONE
        return _NONE

    def _hierarchy(self, node: ast.AST) -> list[ast.ClassDef]:
        """Return the class around a node and those of its base classes that are in this source."""
        inner = self.class_of(node)
        known = [] if inner is None else [inner]
        for each in known:
            names = [base.id for base in each.bases if isinstance(base, ast.Name)]
            known += [self.classes[name] for name in names if name in self.classes and self.classes[name] not in known]
        return known

    def value(self, expr: ast.expr) -> ast.expr | None:
        """Return the only value that this source assigns to a name, or None."""
        found = self.values(expr)
        return found[0] if len(found) == 1 else None

    def number(self, expr: ast.expr | None, defaults: bool = False, depth: int = 0) -> float | None:
        """Return the number that an expression certainly is, or None.

        defaults  whether a parameter counts as its default
        """
        match expr:
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int() | float() as number):
                return float(number) if abs(number) < 1e9 else None
            case _ if depth == _DEPTH:
                return None
            case ast.BinOp(left, ast.Sub(), right):
                a, b = (self.number(each, defaults, depth + 1) for each in (left, right))
                return None if a is None or b is None else a - b
            case ast.Name() | ast.Attribute():
                value = self.value(expr) or (self._default(expr) if defaults else None)
                return self.number(value, defaults, depth + 1)
        return None

    def _default(self, expr: ast.expr) -> ast.expr | None:
        function = self.function(expr)
        if not isinstance(expr, ast.Name) or function is None:
            return None
        positional = [*function.args.posonlyargs, *function.args.args]
        pairs = [*zip(reversed(positional), reversed(function.args.defaults), strict=False)]
        pairs += [(a, d) for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True) if d]
        return next((default for argument, default in pairs if argument.arg == expr.id), None)

    # --- calls ---

    @cached_property
    def all_calls(self) -> list[ast.Call]:
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    def calls(self, names: Container[str]) -> Iterator[ast.Call]:
        """Yield all calls of these functions and classes of PyTorch."""
        return (call for call in self.all_calls if self.names.dotted(call.func) in names)

    def made(self, expr: ast.expr) -> list[ast.Call]:
        """Return the calls that may have made the layer that an expression stands for: nn.Dropout(p) for self.drop."""
        if isinstance(expr, ast.Call):
            return [expr]
        values = [part for value in self.values(expr) for part in _alternatives(value)]
        return [value for value in values if isinstance(value, ast.Call)]

    def called(self, call: ast.Call) -> set[str]:
        """Return what a call may run: a function, the class of the layer, or ".name" for a method of a tensor."""
        if name := self.names.dotted(call.func):
            return {name}
        if made := self.made(call.func):
            return {self.names.dotted(each.func) for each in made} - {""}
        if self._named_dropout(call.func):
            return {"torch.nn.Dropout"}
        if isinstance(call.func, ast.Attribute) and own_attribute(call.func) is None:
            return {f".{call.func.attr}"}
        return set()

    def _named_dropout(self, func: ast.expr) -> bool:
        """Whether a layer whose definition cannot be seen is called drop or dropout."""
        name = func.id if isinstance(func, ast.Name) else own_attribute(func)
        return bool(name and _NAMED_DROPOUT.fullmatch(name)) and not self.values(func) and name not in self.functions


def _alternatives(value: ast.expr) -> Iterator[ast.expr]:
    """Yield the branches of `a if test else b`, or the expression itself."""
    if isinstance(value, ast.IfExp):
        yield from _alternatives(value.body)
        yield from _alternatives(value.orelse)
    else:
        yield value


def own_attribute(expr: ast.AST) -> str | None:
    """Return x if the expression is self.x."""
    match expr:
        case ast.Attribute(ast.Name("self"), attribute):
            return attribute
    return None


def last_name(expr: ast.AST) -> str:
    """Return the last name of an expression: rate for self.rate, and "" if it is not a name."""
    return expr.id if isinstance(expr, ast.Name) else expr.attr if isinstance(expr, ast.Attribute) else ""


def position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def parameters(scope: ast.AST) -> set[str]:
    """Return the names of a function's parameters."""
    arguments = getattr(scope, "args", None)
    if not isinstance(arguments, ast.arguments):
        return set()
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    """Return the argument at this position or with this name, or None if the call does not show it."""
    named = next((each.value for each in call.keywords if each.arg == name), None)
    plain = not any(isinstance(each, ast.Starred) for each in call.args)
    return named or (call.args[index] if plain and index < len(call.args) else None)


def may_have(call: ast.Call, index: int, name: str) -> bool:
    """Whether a call passes this argument, or may pass it inside *args or **kwargs."""
    hidden = any(isinstance(each, ast.Starred) for each in call.args) or any(not each.arg for each in call.keywords)
    return hidden or argument(call, index, name) is not None
