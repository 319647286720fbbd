"""Test the configurations of nginx, the one of several servers also with small servers in place of the app."""

import http.client
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dropout_core.benchmarks.local_cluster import free_ports
from tests.e2e.local_cluster import HAS_NGINX, NGINX
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
needs_nginx = pytest.mark.skipif(not HAS_NGINX, reason="nginx is not installed: apt-get install nginx-light")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_proxy_passes_websockets_and_the_host_on():
    conf = text("deploy/nginx.conf")
    for line in (
        "proxy_pass http://127.0.0.1:8501;",
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        'proxy_set_header Connection "upgrade";',
        "proxy_set_header Host $host;",
        "proxy_read_timeout 1h;",
    ):
        assert line in conf
    assert conf.count("{") == conf.count("}")


def test_the_proxy_of_several_servers_keeps_a_reader_at_one_of_them():
    one, several = text("deploy/nginx.conf"), text("deploy/nginx-replicas.conf")
    passed_on = re.findall(r"proxy_(?:http_version|set_header (?!Host)|read_timeout|buffering).*;", one)
    assert len(passed_on) == 7
    assert [line for line in passed_on if line not in several] == []
    assert "proxy_set_header Host $http_host;" in several, "the websocket's origin has the port, too"
    assert "proxy_pass http://$way;" in several
    assert several.count("{") == several.count("}")


@pytest.mark.parametrize("name", ["nginx.conf", "nginx-replicas.conf"])
def test_the_proxy_keeps_the_metrics_to_itself(name):
    assert "location = /_stcore/metrics { return 404; }" in text(f"deploy/{name}")


def configuration(port: int, servers: list[int]) -> str:
    """Return what local-cluster.sh writes for servers on these ports."""
    code = f"""
port={port} ports=({" ".join(map(str, servers))})
source <(sed -n -e '/^routes()/,/^}}/p' -e '/^replicas_conf()/,/^}}/p' deploy/local-cluster.sh)
replicas_conf"""
    return subprocess.run(["bash", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_script_writes_the_routes_of_the_composition():
    start, end = "map $cookie_server", "map $upstream_addr"

    def routes(conf: str) -> list[str]:
        lines = conf[conf.index(start) : conf.index(end)].splitlines()
        return [" ".join(line.split()) for line in lines if not line.startswith("#")]

    script, composition = configuration(80, [8501, 8502]), text("deploy/nginx-replicas.conf")
    assert routes(script) == routes(re.sub(r"server-\d:", "127.0.0.1:", composition))
    assert script.count(start) == 1


@contextmanager
def proxy(folder: Path, port: int, servers: list[int]) -> Iterator[None]:
    (folder / "replicas.conf").write_text(configuration(port, servers))
    places = "".join(f"{name}_temp_path {folder}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    places += f"client_body_temp_path {folder}/body; access_log off;"
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log; events {{}}\n"
        f"http {{ {places} include {folder}/replicas.conf; }}"
    )
    with running([str(NGINX), "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"], port):
        yield


@contextmanager
def running(command: list[str], port: int) -> Iterator[Callable[[], None]]:
    """Run a command that listens on this port, and yield a function that kills it."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill() -> None:
        process.terminate()
        process.wait(60)

    try:
        wait_until(lambda: answers(port), f"{command[0]} listens on {port}", 60)
        yield kill
    finally:
        kill()


def answers(port: int) -> bool:
    try:
        ask(port)
    except OSError:
        return False
    return True


def server(folder: Path, port: int):
    return running([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", str(folder)], port)


def ask(port: int, cookie: str = "", path: str = "/") -> tuple[int, str]:
    """Return the status, and the port in the cookie that the answer sets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Cookie": f"server={cookie}"} if cookie else {})
    answer = connection.getresponse()
    found = re.match(r"server=(\d+); Path=/; HttpOnly", answer.headers.get("Set-Cookie", ""))
    connection.close()
    return answer.status, found[1] if found else ""


@needs_nginx
def test_a_reader_stays_at_the_server_that_answered_when_the_first_one_returns(tmp_path):
    port = free_ports(3)
    first, second = port + 1, port + 2
    with ExitStack() as stack:
        kill = stack.enter_context(server(tmp_path, first))
        stack.enter_context(server(tmp_path, second))
        stack.enter_context(proxy(tmp_path, port, [first, second]))
        for each in (first, second):
            assert [ask(port, str(each)) for _ in range(3)] == [(200, str(each))] * 3
        kill()
        assert ask(port, str(first)) == (200, str(second))
        with server(tmp_path, first):
            assert [ask(port, str(second)) for _ in range(3)] == [(200, str(second))] * 3
            assert {ask(port, "8999")[1] for _ in range(9)} <= {str(first), str(second)}


@needs_nginx
@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_servers_can_be_behind_the_proxy(tmp_path, count):
    port = free_ports(1 + count)
    servers = [port + 1 + i for i in range(count)]
    with ExitStack() as stack:
        for each in servers:
            stack.enter_context(server(tmp_path, each))
        stack.enter_context(proxy(tmp_path, port, servers))
        assert [ask(port, str(each)) for each in servers] == [(200, str(each)) for each in servers]
        assert ask(port, path="/_stcore/metrics") == (404, "")
