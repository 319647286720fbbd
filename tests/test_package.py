"""Test that the command and all pages work if the wheel is installed outside the checkout and without PyTorch."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import dropout_core
from dropout_core.benchmarks.streamlit_client import receive, session
from dropout_core.charts.theme import INTERFACE
from dropout_core.ui.navigation import PAGES
from tests import loops
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
ADVICE = "pip install torch torchvision"
START_SECONDS = 120

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (path,) = folder.iterdir()
    return path


def test_the_wheel_installs_one_package(wheel):
    assert wheel.name.startswith(f"dropout_explainer-{dropout_core.__version__}-")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"dropout_core"}
    pages = {path.name for path in (ROOT / "pages").glob("*.py")}
    assert {name.split("/")[-1] for name in names if name.startswith("dropout_core/app/pages/")} == pages
    assert {"dropout_core/app/app.py", "dropout_core/app/.streamlit/config.toml"} <= set(names)
    files = {f"dropout_core/{path.relative_to(ROOT / 'dropout_core')}" for path in tracked("dropout_core")}
    assert files <= set(names)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """Install only the wheel and its base dependencies. Returns the environment's folder with the executables.

    The dependencies are links to the installed ones: for pip, to install about seventy packages takes minutes.
    """
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    python = programs / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-compile", wheel)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    for each in dependencies(wheel):
        for name in {file.parts[0] for file in each.files or ()} - {"..", "__pycache__"}:
            (site / name).symlink_to(Path(each.locate_file(name)).resolve())
    return programs


def dependencies(wheel: Path) -> list[Distribution]:
    """Return the installed distributions that pip would install with the wheel, and check their versions."""
    found: dict[str, Distribution] = {}
    (wanted,) = [each.requires or [] for each in distributions(path=[str(wheel)])]
    while wanted:
        requirement = Requirement(wanted.pop())
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found[requirement.name] = distribution(requirement.name)
        assert found[requirement.name].version in requirement.specifier, requirement
        wanted += found[requirement.name].requires or []
    return list({each.name: each for each in found.values()}.values())


def run(*command: object, **options) -> str:
    """Run a command and return its output. The command must succeed."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked(folder: str) -> list[Path]:
    return [ROOT / name for name in run("git", "ls-files", folder, cwd=ROOT).split()]


def environment(folder: Path) -> dict[str, str]:
    """Return environment variables that make a process independent of this checkout, with its cache in this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DROPOUT_", "PYTHON"))}
    return kept | {"DROPOUT_CACHE_DIR": str(folder), "DROPOUT_DOWNLOAD": "0"}


def test_pytorch_is_not_installed(installed, tmp_path):
    code = "import dropout_core; from importlib.util import find_spec; print(dropout_core.__file__, find_spec('torch'))"
    printed = run(installed / "python", "-c", code, cwd=tmp_path, env=environment(tmp_path))
    assert printed.startswith(str(installed.parent))
    assert printed.endswith(" None\n")


def test_the_base_takes_less_than_500_megabytes(wheel):
    """Without compiled modules, which neither uv nor pip with --no-compile writes."""
    files = [Path(each.locate_file(file)) for each in dependencies(wheel) for file in each.files or ()]
    own = sum(file.file_size for file in zipfile.ZipFile(wheel).infolist())
    others = sum(path.stat().st_size for path in files if path.suffix != ".pyc" and path.is_file())
    assert 100_000_000 < own + others < 500_000_000


def test_the_command_does_what_the_module_does(installed, tmp_path):
    options = {"cwd": tmp_path, "env": environment(tmp_path)}
    for arguments in (["data"], ["script", "--data", "mnist-5k"], ["reference", "--list"]):
        by_command = run(installed / "dropout-explainer", *arguments, **options)
        assert by_command
        assert by_command == run(installed / "python", "-m", "dropout_core", *arguments, **options)
    assert run(installed / "dropout-explainer", "--help", **options).startswith("usage: dropout-explainer ")
    command = [str(installed / "dropout-explainer"), "train", "--data", "mnist-5k"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    assert (done.returncode, done.stdout) == (1, "")
    assert ADVICE in done.stderr


@pytest.fixture(scope="module")
def address(installed, tmp_path_factory) -> Iterator[str]:
    """Start the app with its command, outside the checkout. Yields its host and port."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    with (folder / "log").open("w") as log:
        command = [installed / "dropout-explainer", "open", *options]
        server = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server, folder / "log")
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(timeout=60)
            finally:
                server.kill()
    assert "Traceback" not in (folder / "log").read_text()


def wait_until_healthy(url: str, server: subprocess.Popen, log: Path) -> None:
    def healthy() -> bool:
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=1).close()
            return True
        return False

    wait_until(healthy, f"the app starts; see {log}", START_SECONDS, pause=0.2)


async def opened(address: str, page: str) -> list[ForwardMsg]:
    """Open a page as a reader would. Returns all messages from the server."""
    ask, messages = BackMsg(), []
    ask.rerun_script.page_name = page
    async with session(address) as websocket:
        await websocket.send(ask.SerializeToString())
        while not (messages and messages[-1].WhichOneof("type") == "script_finished"):
            messages.append(await receive(websocket))
    return messages


def elements(messages: list[ForwardMsg], kind: str) -> list:
    """Return all elements of one kind, such as "alert", in these messages."""
    new = [message.delta.new_element for message in messages if message.WhichOneof("type") == "delta"]
    return [getattr(element, kind) for element in new if element.WhichOneof("type") == kind]


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_every_page_opens(entry, address):
    messages = loops.run(opened(address, "" if entry is PAGES[0] else entry.name))
    assert elements(messages, "exception") == []
    assert [heading.tag for heading in elements(messages, "heading")][:1] == ["h1"]
    assert [alert.body for alert in elements(messages, "alert") if "cannot" in alert.body] == []
    if entry.name == "claims":
        return  # its pictures are folded; the next test counts its rows
    shown = elements(messages, "vega_lite_chart") + elements(messages, "bidi_component") + elements(messages, "table")
    assert shown


def test_recorded_results_are_shown(address):
    """The Claims page computes thirteen verdicts from the reference runs."""
    messages = loops.run(opened(address, "claims"))
    blocks = [message.delta.add_block for message in messages if message.WhichOneof("type") == "delta"]
    assert len({name for block in blocks for name in re.findall(r"\bC\d+\b", block.expandable.label)}) == 13


def test_the_training_page_says_what_to_install(address):
    alerts = elements(loops.run(opened(address, "training")), "alert")
    assert any(ADVICE in alert.body for alert in alerts)


def test_the_configuration_of_streamlit_is_the_package_s(address):
    (new_session,) = [
        message.new_session for message in loops.run(opened(address, "")) if message.WhichOneof("type") == "new_session"
    ]
    assert not new_session.config.gather_usage_stats
    assert new_session.custom_theme.light.primary_color == INTERFACE["light"]
