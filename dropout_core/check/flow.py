"""Follows values through a function: which calls made the operand of each call, and what is returned."""

import ast
from collections.abc import Container, Iterator

from dropout_core.check.code import Code

Calls = tuple[ast.Call, ...]
_Env = dict[str, Calls]  # the calls that may have made the present value of each variable
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)  # their blocks are read on their own


class Flow:
    """Statements are read in the order of the source; both branches of an `if` may have run."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self.inputs: dict[ast.Call, Calls] = {}
        self.returned: list[tuple[ast.Return, Calls]] = []
        for node in code.nodes:
            if isinstance(node, (ast.Module, *_NESTED)):
                self._block(node.body, {})

    def behind(self, call: ast.Call, through: Container[str]) -> Iterator[ast.Call]:
        """Yield the calls that made a call's operand, looking through these functions and layers."""
        pending, seen = list(self.inputs.get(call, ())), set[ast.Call]()
        while pending:
            each = pending.pop()
            if each in seen:
                continue
            seen.add(each)
            if any(name in through for name in self._code.called(each)):
                pending += self.inputs.get(each, ())
            else:
                yield each

    def _block(self, statements: list[ast.stmt], env: _Env) -> _Env:
        """Read statements one after the other, and return `env`, which they change."""
        for statement in statements:
            self._statement(statement, env)
        return env

    def _statement(self, statement: ast.stmt, env: _Env) -> None:
        if isinstance(statement, _NESTED):
            return
        self._note(statement, env)
        match statement:
            case ast.If(_, body, orelse):
                _join(env, self._block(body, env.copy()), self._block(orelse, env.copy()))
            case (
                ast.For(body=body, orelse=orelse) | ast.AsyncFor(body=body, orelse=orelse) | ast.While(_, body, orelse)
            ):
                _join(env, env.copy(), self._block([*body, *orelse], env.copy()))
            case ast.With(_, body) | ast.AsyncWith(_, body):
                self._block(body, env)
            case ast.Try(body, handlers, orelse, finalbody):
                self._block([*body, *orelse, *finalbody, *(s for each in handlers for s in each.body)], env)
            case ast.Assign(targets, value):
                _assign([name for target in targets for name in _names(target)], self._made(value, env), env)
            case ast.AnnAssign(target, _, ast.expr() as value):
                _assign(_names(target), self._made(value, env), env)
            case ast.AugAssign(target):
                _assign(_names(target), (), env)
            case ast.Return(ast.expr() as value):
                self.returned.append((statement, self._made(value, env)))

    def _note(self, statement: ast.stmt, env: _Env) -> None:
        """Record the inputs of all calls in a statement, without those in its blocks."""
        pending: list[ast.AST] = [each for each in ast.iter_child_nodes(statement) if not isinstance(each, ast.stmt)]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Call) and (operand := self._operand(node)) is not None:
                self.inputs[node] = self._made(operand, env)
            if not isinstance(node, ast.stmt):
                pending += ast.iter_child_nodes(node)

    def _operand(self, call: ast.Call) -> ast.expr | None:
        """Return the tensor that a call transforms: its first argument, or the x of x.relu()."""
        method = any(name.startswith(".") for name in self._code.called(call))
        if method and isinstance(call.func, ast.Attribute):
            return call.func.value
        named = (each.value for each in call.keywords if each.arg == "input")
        return call.args[0] if call.args else next(named, None)

    def _made(self, expr: ast.expr, env: _Env) -> Calls:
        match expr:
            case ast.Call():
                return (expr,)
            case ast.Name(name):
                return env.get(name, ())
            case ast.IfExp(_, body, orelse):
                return self._made(body, env) + self._made(orelse, env)
        return ()


def _assign(names: list[str], calls: Calls, env: _Env) -> None:
    for name in names:
        env.pop(name, None)
    if calls:
        env.update(dict.fromkeys(names, calls))


def _names(target: ast.expr) -> list[str]:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return [each.id for each in parts if isinstance(each, ast.Name)]


def _join(env: _Env, one: _Env, other: _Env) -> None:
    """Set `env` to what may hold after one of two branches, without repetitions."""
    both = {name: (*one.get(name, ()), *other.get(name, ())) for name in {*one, *other}}
    env.clear()
    env.update({name: tuple(dict.fromkeys(calls)) for name, calls in both.items()})
