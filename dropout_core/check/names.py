"""Resolves names to the modules, functions and classes that a source imports under them."""

import ast
import re
from collections.abc import Iterable, Iterator

_USUAL = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"}  # assumed in a piece without imports
_PRIVATE = re.compile(r"^torch\.nn\.modules\.\w+\.|^torch\._C\._nn\.")
_PUBLIC = {"torch.nn.modules.": "torch.nn.", "torch._C._nn.": "torch.nn.functional."}


class Names:
    """The imported names of one source."""

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        nodes = list(nodes)
        self._bound = set(_bound(nodes))
        self.imported = {name: path for name, path in _USUAL.items() if name not in self._bound}
        self.imported |= {name: path for node in nodes for name, path in _imports(node)}
        self._star = next(_stars(nodes), "")

    def dotted(self, expr: ast.AST) -> str:
        """Return the full name of what an expression refers to, such as torch.nn.Dropout, or "" if it is unknown."""
        attributes = []
        while isinstance(expr, ast.Attribute):
            attributes.append(expr.attr)
            expr = expr.value
        if not isinstance(expr, ast.Name) or not (base := self._base(expr.id)):
            return ""
        name = ".".join([base, *reversed(attributes)])
        return _PRIVATE.sub(lambda found: _public(found[0]), name)

    def _base(self, name: str) -> str:
        if name in self.imported:
            return self.imported[name]
        return f"{self._star}.{name}" if self._star and name not in self._bound else ""


def _public(prefix: str) -> str:
    return next(public for private, public in _PUBLIC.items() if prefix.startswith(private))


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield all names that the source assigns, defines or takes as parameters."""
    for node in nodes:
        match node:
            case ast.Name(name, ast.Store()) | ast.arg(name):
                yield name
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                yield name


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each name that an import binds, and what it refers to."""
    if isinstance(node, ast.Import):
        for each in node.names:
            top = each.name.split(".")[0]
            yield (each.asname, each.name) if each.asname else (top, top)
    elif isinstance(node, ast.ImportFrom):
        package = "." * node.level + (node.module or "")
        yield from ((each.asname or each.name, f"{package}.{each.name}") for each in node.names if each.name != "*")


def _stars(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the parts of PyTorch from which everything is imported."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and (node.module or "").startswith("torch"):
            yield str(node.module)


def pairs(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target of an assignment with its value, also for `a, b = c, d` and `a = b = c`."""
    for node in nodes:
        match node:
            case ast.Assign(targets, value):
                for target in targets:
                    yield from _pair(target, value)
            case ast.AnnAssign(target, _, ast.expr() as value) | ast.NamedExpr(target, value):
                yield target, value


def _pair(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    match target, value:
        case (ast.Tuple(targets), ast.Tuple(values)) if len(targets) == len(values):
            yield from zip(targets, values, strict=True)
        case (ast.Tuple(targets), _):
            yield from ((each, ast.Constant(None)) for each in targets)  # a part of the value
        case _:
            yield target, value
