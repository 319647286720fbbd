"""This project's import rule: a file's location determines which modules it may import. See docs/architecture.md."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "dropout_core"
# From bottom to top. A module may import from its own folder and from the folders listed before it.
LAYERS = (
    "common",
    "numerics",
    "experiments",
    "data",
    "training",
    "storage",
    "engine",
    "reference",
    "export",
    "check",
    "charts",
    "ui",
    "topics",
    "static_site",
    "cli",
    "benchmarks",
)
GATHERING_TOPICS = ("papers", "claims", "overview")
PAGES, APP = "pages", "app"
TOP = len(LAYERS)
FILES_AT_THE_TOP = {"__init__.py", "__main__.py"}
MOST_MODULES, MOST_LINES = 20, 270


@dataclass(frozen=True)
class Module:
    """A source file, represented by its dotted name."""

    name: str

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    @property
    def folder(self) -> str:
        """The folder inside the package, or "pages" or "app" for files outside it."""
        return self.parts[1] if self.parts[0] == PACKAGE and len(self.parts) > 1 else self.parts[0]

    @property
    def topic(self) -> str | None:
        return self.parts[2] if self.folder == "topics" and len(self.parts) > 2 else None

    @property
    def level(self) -> int:
        """The folder's position in the layer order. Raises ValueError for an unknown folder."""
        if self.name == PACKAGE:
            return 0  # the package's __init__ contains only its version
        if self.folder in (PAGES, APP, "__main__"):
            return TOP
        return LAYERS.index(self.folder)

    @property
    def may_import_torch(self) -> bool:
        """Whether the file may import torch at module level. Opening a page must not load torch."""
        return self.folder == "training" or self.parts[-1].endswith(("study", "_worker", "_preload"))

    @property
    def may_import_torch_inside_functions(self) -> bool:
        return self.may_import_torch or self.folder in ("engine", "cli", "benchmarks")

    @property
    def may_import_streamlit(self) -> bool:
        serves = self.folder in ("ui", "static_site", "benchmarks", PAGES, APP) or self.name == f"{PACKAGE}.cli.open"
        if serves:
            return True
        return self.topic is not None and (self.parts[-1] == "cached" or self.parts[-1].endswith("_view"))


@dataclass(frozen=True)
class Import:
    """A name imported by a file, and whether the import runs as soon as the file is imported."""

    target: str
    at_the_top: bool


def name_of(path: Path, root: Path = ROOT) -> str:
    """Return a file's dotted name, such as dropout_core.ui.server, pages.masks or app."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def source_files(root: Path = ROOT) -> list[Path]:
    """List all Python files of the app and its package."""
    return [root / "app.py", *sorted((root / PAGES).rglob("*.py")), *sorted((root / PACKAGE).rglob("*.py"))]


@cache
def imports(path: Path) -> list[Import]:
    """List all imports in a file, by full dotted name. Raises ValueError for a relative import."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {id(node) for function in _functions(tree) for node in ast.walk(function)} | _for_types_alone(tree)
    return [Import(name, id(node) not in inside) for node in ast.walk(tree) for name in _names(node, path)]


def _functions(tree: ast.AST) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]


def _for_types_alone(tree: ast.AST) -> set[int]:
    """Return the ids of all nodes under `if TYPE_CHECKING:`, which never run."""
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {id(node) for test in tests for node in ast.walk(test)}


def _names(node: ast.AST, path: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    if node.level:
        raise ValueError(f"{path}:{node.lineno}: imports are absolute here")
    return [_module(node.module, alias.name) for alias in node.names]


def _module(package: str, name: str) -> str:
    """Return the module imported by `from package import name`: a module with that name, or else the package itself."""
    base = ROOT / package.replace(".", "/")
    is_module = (base / f"{name}.py").exists() or (base / name).is_dir()
    return f"{package}.{name}" if is_module and package.split(".")[0] in (PACKAGE, PAGES) else package


def faults(path: Path, root: Path = ROOT) -> list[str]:
    """List a file's violations of the rule, one sentence each. Raises ValueError for an unknown folder."""
    module = Module(name_of(path, root))
    if module.parts[0] == PACKAGE and len(module.parts) == 2 and path.parent.name == PACKAGE:
        return [] if path.name in FILES_AT_THE_TOP else [f"{path.name} lies at the top of {PACKAGE}"]
    assert module.level <= TOP  # checks the folder even if the file has no imports
    return [fault for each in imports(path) for fault in _objections(module, each)]


def _objections(module: Module, imported: Import) -> list[str]:
    package = imported.target.split(".")[0]
    if package in ("torch", "torchvision"):
        allowed = module.may_import_torch if imported.at_the_top else module.may_import_torch_inside_functions
        return [] if allowed else [f"{module.name} imports {package}"]
    if package == "streamlit":
        return [] if module.may_import_streamlit else [f"{module.name} imports streamlit"]
    if package not in (PACKAGE, PAGES, APP):
        return []
    return _arrow(module, Module(imported.target))


def _arrow(module: Module, target: Module) -> list[str]:
    if target.parts[0] in (PAGES, APP) or target.level > module.level:
        return [f"{module.name} imports {target.name}, which stands above it"]
    other = target.topic
    if module.topic and other and other != module.topic and module.topic not in GATHERING_TOPICS:
        return [f"{module.name} imports {target.name}, of another topic"]
    return []
