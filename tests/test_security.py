"""Test the guarantees in docs/security.md: no code from data, no HTML from input, no open ports."""

import ast
import re
import socket
import ssl
import sys
import tomllib
from functools import cache, partial
from pathlib import Path

import psutil
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from dropout_core.ui import query_params
from tests import harness
from tests.engines import running
from tests.harness import own_server, texts  # noqa: F401

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SOURCES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "dropout_core").rglob("*.py"))]
each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))

# Calls and modules that can turn data into code or commands.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "torch.load", "pd.read_pickle"}
FORBIDDEN_IMPORTS = {"pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib", "yaml", "xml"}
# Runs the code of the pitfalls, which is a constant in their catalogue.
RUNS_PITFALLS = ROOT / "dropout_core/topics/pitfalls/snippets.py"
# Modules that start processes. The arguments of these processes never come from a reader.
PROCESSES = {
    "dropout_core/data/mnist.py",
    "dropout_core/common/provenance.py",
    "dropout_core/engine/devices.py",
    "dropout_core/benchmarks/local_cluster.py",
    "dropout_core/benchmarks/serving.py",
    "dropout_core/benchmarks/static_pages.py",
}


@cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Find all calls in a file, each with its dotted name, such as "os.system"."""
    nodes = [node for node in ast.walk(syntax(path)) if isinstance(node, ast.Call)]
    return [(ast.unparse(node.func), node) for node in nodes]


def keywords(call: ast.Call) -> dict[str, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg}


def dangers(path: Path) -> list[str]:
    """Find all calls and imports in a file that can turn data into code or commands."""
    dangerous = [name for name, _ in calls(path) if name in FORBIDDEN_CALLS]
    dangerous += [name for name, call in calls(path) if keywords(call).keys() & {"shell", "allow_pickle"}]
    for node in ast.walk(syntax(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        dangerous += [name for name in names if name.split(".")[0] in FORBIDDEN_IMPORTS]
    return dangerous


@each_source
def test_no_code_and_no_command_is_made_of_data(path):
    assert dangers(path) == (["exec"] if path == RUNS_PITFALLS else [])


def test_the_server_never_runs_the_pitfalls_code():
    """A maintainer runs it to make the record, and a worker to train: only there does anything import PyTorch."""
    assert importers("snippets") == {"symptom_study.py", "live_training_worker.py"}
    assert importers("symptom_study") == {"reference.py"}
    assert importers("live_training_worker") == {"live_training.py"}
    module = syntax(RUNS_PITFALLS.with_name("live_training.py"))
    at_the_top = [node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [node for node in at_the_top if re.search("study|_worker", ast.unparse(node))]


def importers(module: str) -> set[str]:
    """List the files that mention this module of the pitfalls in their code, apart from the module itself."""
    mention = re.compile(rf"pitfalls(\.| import ){module}\b")
    return {path.name for path in SOURCES if path.stem != module and mention.search(ast.unparse(syntax(path)))}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from xml.etree import ElementTree",
        "x = eval(text)",
        "os.system(text)",
        "torch.load(path, weights_only=True)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
    ],
)
def test_the_check_would_notice(code, tmp_path):
    (tmp_path / "module.py").write_text(code)
    assert dangers(tmp_path / "module.py")


@each_source
def test_few_modules_start_processes(path):
    uses = "subprocess" in {name.split(".")[0] for name, _ in calls(path)}
    assert uses == (str(path.relative_to(ROOT)) in PROCESSES)


@each_source
def test_markdown_stays_markdown(path):
    assert not [name for name, call in calls(path) if any("unsafe" in word for word in keywords(call))]


@each_source
def test_html_is_made_of_constants_and_of_files_of_the_package(path):
    passing_on = [each for each in ast.walk(syntax(path)) if getattr(each, "name", "") == _REGISTERS]
    inside = [node for function in passing_on for node in ast.walk(function)]
    for name, call in calls(path):
        given = name.startswith(("st.html", "st.components", "st.iframe")) or name == _REGISTERS
        if given and call not in inside:
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            assert all(constant(argument, path) for argument in arguments), ast.unparse(call)


def test_only_this_module_registers_components():
    registering = [path for path in SOURCES if any(name.startswith("st.components") for name, _ in calls(path))]
    assert registering == [ROOT / "dropout_core/ui/components.py"]


_REGISTERS = "_component"  # a function of components.py, which passes its arguments on to st.components
_CONSTANT_CALLS = "static", "style_sheet", "theme.variables", "component_scripts.loader"


def constant(node: ast.expr, path: Path) -> bool:
    """Whether an expression consists only of literals, files in dropout_core/ui/static, and names bound to those."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "component_scripts":
        return node.attr.isupper()
    if isinstance(node, ast.JoinedStr):
        return all(constant(part, path) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return constant(node.value, path)
    if isinstance(node, ast.BinOp):  # a path below the file's own folder, or below a name bound to that folder
        own_folder = ast.unparse(node.left) == "Path(__file__).parent" or constant(node.left, path)
        return own_folder and isinstance(node.right, ast.Constant)
    if isinstance(node, ast.Name):
        values = assigned(node.id, path)
        return bool(values) and all(constant(value, path) for value in values)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in _CONSTANT_CALLS:
        return all(constant(argument, path) for argument in node.args)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "read_text":
        return constant(node.func.value, path)
    if isinstance(node, ast.Starred):
        return constant(node.value, path)
    if isinstance(node, ast.Tuple):
        return all(constant(element, path) for element in node.elts)
    return isinstance(node, ast.Constant)


def assigned(name: str, path: Path) -> list[ast.expr]:
    """Find all expressions that a file assigns to this name, as in `a = 1` or `a, b = 1, 2`."""
    values = []
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = zip(target.elts, value.elts, strict=False) if both else [(target, value)]
            values += [made for place, made in pairs if ast.unparse(place) == name]
    return values


HOSTILE = {
    "script": "<script>alert(1)</script>$\\input{/etc/passwd}$'; DROP TABLE runs; --",
    "markdown": "[a](//evil.example)",
    "address": "www.evil.example",
    "long": "9" * 1_000_000,
    "nul": "a\0b\r\n",
    "path": "../../../../etc/passwd",
    "overflow": "1e309",
    "digits": "٣٤",
    "list": ["1", "<b>2</b>"],
    "empty": "",
}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Collect the names of query parameters that pages read. The set grows as pages are opened."""
    names: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("number_param", "choice_param", "text_param"):
            patch.setattr(query_params, kind, partial(_ask, names, getattr(query_params, kind)))
        yield names


def _ask(names: set[str], original, name: str, *args, **more):
    names.add(name)
    return original(name, *args, **more)


def visit(page: str, params: dict[str, object]) -> AppTest:
    app = harness.new_app(120)
    app.query_params.update(params)
    return harness.go(app, page)


@pytest.mark.usefixtures("own_server")
@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_link_is_a_note_at_most(page, known):
    known.clear()
    plain = visit(page, {})
    assert not plain.exception
    names = sorted(known) or ["anything"]
    for kind, value in HOSTILE.items():
        app = visit(page, dict.fromkeys([*names, "<b>unknown</b>"], value))
        assert not app.exception, kind
        assert app.title, kind
        assert html(app) == html(plain), kind
        notes = texts(app, "info") + texts(app, "warning") + texts(app, "error")
        assert len(notes) < 20_000, kind
        assert not [part for part in ("<script", "<b>", "](", "evil.example", "$", "\0") if part in notes], kind


def html(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.get("html")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with running(tmp_path_factory.mktemp("store"), DROPOUT_WORKERS="1") as engine:
        yield engine


def test_the_engine_listens_on_loopback_alone(engine):
    listening = []
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        listening += [c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
@pytest.mark.usefixtures("engine")
def test_nobody_else_may_ask_for_a_worker_to_be_forked():
    opened = [c.laddr for child in psutil.Process().children() for c in child.net_connections("unix")]
    asked = [path for path in map(Path, opened) if path.name.startswith("listener-")]
    assert asked
    for path in asked:
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


def test_scheduler_and_workers_speak_tls_with_each_other_only(engine):
    info = engine.cluster.client.scheduler_info()
    addresses = [info["address"], *info["workers"], *(worker["nanny"] for worker in info["workers"].values())]
    assert all(address.startswith("tls://127.0.0.1:") for address in addresses)
    host, port = info["address"].removeprefix("tls://").split(":")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        knock(host, int(port))


def knock(host: str, port: int) -> None:
    """Connect and send a message without the cluster's certificate, as any user of this machine could."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), timeout=10) as plain, anybody.wrap_socket(plain) as door:
        door.sendall(b"hello")
        if not door.recv(1):
            raise ConnectionError("closed")


def test_streamlit_s_own_protection_is_left_on():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert not {"enableCORS", "enableXsrfProtection", "enableStaticServing"} & settings["server"].keys()
    assert config.get_option("server.enableCORS")
    assert config.get_option("server.enableXsrfProtection")
    assert settings["client"]["showErrorDetails"] == "none"
    for name in ("Dockerfile", "deploy/dropout.service", "README.md"):
        assert "enableCORS" not in (ROOT / name).read_text("utf-8")
        assert "enableXsrf" not in (ROOT / name).read_text("utf-8")
