"""Test that the Docker image, systemd unit, proxy configuration and documents match the app, without running Docker."""

import configparser
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from streamlit import config

from dropout_core.common.settings import VARIABLES

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("C*.md"))]


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


DOCKERFILE = text("Dockerfile").replace("\\\n", " ")
IGNORED = text(".dockerignore").splitlines()
COPIED = [path for line in re.findall("^COPY (.*)$", DOCKERFILE, re.M) for path in line.split()[:-1]]
STREAMLIT = {
    "Dockerfile": re.search(r'^CMD \["(streamlit.*)"\]', DOCKERFILE, re.M)[1].split('", "'),
    "dropout.service": shlex.split(re.search("ExecStart=(.*)", text("deploy/dropout.service"))[1]),
}


@pytest.mark.parametrize("path", COPIED)
def test_what_the_image_copies_is_there_and_not_kept_out(path):
    assert (ROOT / path).exists()
    assert f"!{path.removeprefix('./')}" in IGNORED
    assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 1


@pytest.mark.slow
def test_what_the_image_copies_is_enough_to_open_the_app(tmp_path):
    for path in COPIED:
        (tmp_path / path).symlink_to(ROOT / path)
    code = """
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("dropout_core/ui/shell.py", default_timeout=240).run()
assert not app.exception and app.title
import dropout_core
print(dropout_core.__file__)
"""
    settings = {"DROPOUT_CACHE_DIR": str(tmp_path / "cache"), "DROPOUT_DOWNLOAD": "0"}
    env = os.environ | settings | {"PYTHONPATH": str(tmp_path)}  # as `streamlit run` does for app.py's folder
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_the_image_runs_as_nobody_special_and_writes_to_its_volume():
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.M)
    assert users == ["reader"]
    assert DOCKERFILE.index("\nUSER reader") < DOCKERFILE.index("\nCMD")
    assert re.search(r"useradd .*--uid 1000 reader && mkdir /data && chown reader /data", DOCKERFILE)
    assert "\nVOLUME /data\n" in DOCKERFILE
    for name in ("DROPOUT_CACHE_DIR", "DROPOUT_STORE"):
        assert re.search(rf"{name}=/data\b", DOCKERFILE)


def test_the_image_s_health_check_asks_the_port_that_is_set():
    check = json.loads(re.search(r"HEALTHCHECK .*CMD (\[.*\])", DOCKERFILE)[1])
    compile(check[2], "HEALTHCHECK", "exec")
    assert "os.environ['STREAMLIT_SERVER_PORT']" in check[2]
    assert "server.port" not in DOCKERFILE, "an option would override the variable"


def test_uv_installs_pytorch_for_cpus_unless_it_is_told_otherwise():
    assert "ARG TORCH_BACKEND=cpu\n" in DOCKERFILE
    assert re.search(r'uv pip install .*--torch-backend="\$TORCH_BACKEND" -r requirements.txt', DOCKERFILE)
    assert text("docs/hosting.md").count("uv pip install --torch-backend=cpu -r requirements.txt") == 2
    assert DOCKERFILE.index("ARG TORCH_BACKEND") < DOCKERFILE.index("$TORCH_BACKEND")


REGISTRIES = r"(pypi|pythonhosted|pytorch|npmjs|jsdelivr|unpkg|cdnjs|anaconda|debian|docker|ghcr|quay)\.(org|com|io)\b"


def test_no_package_registry_is_named():
    """Package managers must use the user's configured package index."""
    pattern = f"{REGISTRIES}|index-url"
    assert re.search(pattern, "https://download." + "pytorch.org/whl/cpu")
    this_file = Path(__file__).relative_to(ROOT)
    command = ["git", "grep", "--untracked", "-I", "-i", "-n", "-P", pattern, "--", ".", f":!{this_file}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@pytest.mark.parametrize("place", STREAMLIT)
def test_streamlit_knows_the_options_it_is_started_with(place):
    command = STREAMLIT[place]
    assert command[1:3] == ["run", "app.py"]
    options = dict(word.removeprefix("--").split("=") for word in command[3:])
    assert set(options) <= set(config.get_config_options())
    port = re.search(r"STREAMLIT_SERVER_PORT=(\d+)", DOCKERFILE)[1] if place == "Dockerfile" else options["server.port"]
    assert port == "8501"
    outside = "0.0.0.0" if place == "Dockerfile" else "127.0.0.1"  # the systemd unit is behind a proxy
    assert options["server.address"] == outside


@pytest.mark.parametrize("path", [ROOT / "Dockerfile", *(ROOT / "deploy").iterdir(), *DOCUMENTS], ids=lambda p: p.name)
def test_only_settings_that_exist_are_named(path):
    assert set(re.findall(r"DROPOUT_[A-Z_]+", path.read_text("utf-8"))) <= set(VARIABLES)


def test_the_unit_may_write_its_own_folder_alone():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(text("deploy/dropout.service"))
    service = unit["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["DynamicUser"] == service["NoNewPrivileges"] == "yes"
    assert f"DROPOUT_CACHE_DIR=/var/lib/{service['StateDirectory']}" in service["Environment"].split()


COMPOSE = yaml.safe_load(text("deploy/compose.yaml"))["services"]


def test_both_servers_of_the_composition_share_store_scheduler_and_cookie_secret():
    first, second = COMPOSE["server-1"], COMPOSE["server-2"]
    settings = first["environment"]
    assert second == first | {"environment": settings | {"STREAMLIT_SERVER_PORT": "8502"}}
    assert settings["DROPOUT_STORE"].endswith("@postgres/dropout")
    assert settings["DROPOUT_SCHEDULER"] == "tcp://scheduler:8786"
    assert {"DROPOUT_WEIGHTS", "STREAMLIT_SERVER_COOKIE_SECRET"} <= set(settings)
    assert "server.cookieSecret" in config.get_config_options()
    assert COMPOSE["server-1"]["build"]["args"]["PACKAGES"] == "psycopg[binary]"
    assert "\nARG PACKAGES=\n" in DOCKERFILE
    assert DOCKERFILE.index("ARG PACKAGES") < DOCKERFILE.index("-r requirements.txt $PACKAGES")


def test_only_the_proxy_of_the_composition_is_reachable_from_outside():
    assert [name for name, service in COMPOSE.items() if "ports" in service] == ["nginx"]
    assert {network for service in COMPOSE.values() for network in service["networks"]} == {"inside", "outside"}
    assert [name for name, service in COMPOSE.items() if "outside" in service["networks"]] == ["nginx"]


def test_scheduler_and_workers_of_the_composition_find_the_package():
    """Dask unpacks tasks in the scheduler, too. The script `dask` does not search the current folder."""
    assert "\nWORKDIR /app\n" in DOCKERFILE
    for name in ("scheduler", "workers"):
        assert COMPOSE[name]["environment"]["PYTHONPATH"] == "/app"


SCRIPT = text("deploy/local-cluster.sh").replace("\\\n", " ")
DEFAULTS = dict(re.findall(r"(\w+)=\$\{\w+:-([^}]*)\}", SCRIPT))  # of the script's variables


def started() -> dict[str, list[str]]:
    """Return the command of each process that the script starts, by the name of the process."""
    calls = re.findall(r'\bstart "?([a-z]+(?:-\$i)?)"? (.*)', SCRIPT)
    return {name: shlex.split(re.sub(r"\$(\w+)", _default, command)) for name, command in calls}


def _default(variable: re.Match) -> str:
    return DEFAULTS.get(variable[1], variable[0])


def options(words: list[str], command: str) -> dict[str, str]:
    """Return the options of a Dask command, without those that say where the process runs."""
    words = words[words.index(command) + 1 :]
    found = {word: after for word, after in zip(words, [*words[1:], "--"], strict=True) if word.startswith("--")}
    places = ("--host", "--port", "--local-directory")
    return {name: "" if value.startswith("--") else value for name, value in found.items() if name not in places}


def test_the_script_starts_what_the_composition_starts():
    names = {f"server-{i + 1}" for i in range(int(DEFAULTS["replicas"]))} | (set(started()) - {"server-$i"})
    assert names == set(COMPOSE)
    for name in ("scheduler", "workers"):
        command = name.removesuffix("s")
        assert options(started()[name], command) == options(COMPOSE[name]["command"], command)
    assert started()["server-$i"][1:5] == ["-m", "streamlit", "run", "app.py"]
    assert '"streamlit", "run", "app.py"' in DOCKERFILE


def test_the_scripts_servers_have_the_settings_of_the_composition():
    exported = {
        name for line in re.findall("^export (.*)$", SCRIPT, re.M) for name in re.findall(r"\b([A-Z_]{5,})\b", line)
    }
    settings = set(COMPOSE["server-1"]["environment"]) - {"DROPOUT_KEEP"}  # a script's store is not kept for long
    assert settings <= exported
    assert "-U dropout " in SCRIPT
    assert COMPOSE["postgres"]["environment"]["POSTGRES_USER"] == "dropout"
    (mounted,) = COMPOSE["nginx"]["volumes"]
    assert mounted.startswith("./nginx-replicas.conf:")
    assert "deploy/nginx-replicas.conf" in SCRIPT


def test_ci_installs_postgresql():
    assert "apt-get update -qq && apt-get install -y -qq chromium postgresql" in text(".ci/run")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_of_the_documents_lead_somewhere(path):
    for link in re.findall(r"\]\((?!https?://)([^)#]*)", path.read_text("utf-8")):
        assert (path.parent / link).exists(), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_files_that_the_documents_name_are_there(path):
    named = re.findall(r"`((?:tests|deploy|docs|\.ci)/[\w./-]+)`", path.read_text("utf-8"))
    assert all((ROOT / name).exists() for name in named), named


@pytest.fixture(scope="module")
def auditor():
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package(*holes: tuple[str, list[str]]) -> dict:
    return {"name": "a", "version": "1", "vulns": [{"id": name, "fix_versions": fixes} for name, fixes in holes]}


@pytest.mark.parametrize(
    ("packages", "word", "status"),
    [
        ([{"name": "a", "skip_reason": "not found"}], "skipped", 0),
        ([package(), {"name": "b", "skip_reason": "not found"}], "1 packages", 0),
        ([package(("CVE-1", []))], "CVE-1, mended in no version yet", 0),
        ([package(("CVE-1", []), ("CVE-2", ["2"]))], "CVE-2, mended in 2", 1),
    ],
)
def test_the_audit_fails_for_a_hole_that_can_be_mended_and_never_for_silence(auditor, packages, word, status):
    lines, exit_status = auditor.judge({"dependencies": packages})
    assert exit_status == status
    assert word in " ".join(lines)


def test_an_audit_that_cannot_be_made_is_a_notice(auditor, monkeypatch, capsys):
    def late(*_):
        raise subprocess.TimeoutExpired("pip-audit", 60)

    monkeypatch.setattr(auditor, "audit", late)
    assert auditor.main() == 0
    assert "skipped" in capsys.readouterr().out


def test_ci_audits():
    assert "python3 .ci/audit.py" in text(".ci/run")
