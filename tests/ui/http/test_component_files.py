"""Test that the scripts of large components are served as files, and that messages only name them."""

import gzip
import json
import re

import pytest
from starlette.responses import PlainTextResponse

from dropout_core.ui import component_data, component_scripts
from dropout_core.ui.component_scripts import PRELOADED, SCRIPTS, address, loader
from dropout_core.ui.http import preload
from dropout_core.ui.http.component_files import ServeComponents
from dropout_core.ui.navigation import BY_NAME
from tests.asgi import Answer, answer

FROM_STREAMLIT = b"from Streamlit"


def ask(path: str, **options: str) -> Answer:
    return answer(ServeComponents(PlainTextResponse(FROM_STREAMLIT)), path, **options)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_sent_compressed_and_kept_for_ever(name):
    sent = ask(f"/{address(name)}", accept_encoding="gzip")
    assert gzip.decompress(sent.body).decode() == SCRIPTS[name]()
    assert sent.headers["content-type"].startswith("text/javascript")
    assert "immutable" in sent.headers["cache-control"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_browser_without_compression_gets_the_script_too(name):
    assert ask(f"/{address(name)}").body.decode() == SCRIPTS[name]()


@pytest.mark.parametrize("path", ["/", "/components", "/static/index.js", f"//{address('dropout_tiles')}"])
def test_all_else_is_left_to_streamlit(path):
    assert ask(path).body == FROM_STREAMLIT


@pytest.mark.parametrize("name", ["", "dropout_network.js", "dropout_tiles.000000000000.js", "data.000000000000.json"])
def test_unknown_files_of_components_are_not_found(name):
    assert ask(f"/components/{name}").status == 404


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_message_names_the_file_instead_of_holding_the_script(name):
    assert re.findall(r'loadScript\("([^"]+)"\)', loader(name)) == [address(name)]
    assert len(loader(name)) < len(SCRIPTS[name]()) / 10


def test_a_reader_of_a_file_that_is_gone_is_told_to_reload():
    assert loader("dropout_tiles").count("Please reload the page.") == 2


def test_another_script_has_another_address(monkeypatch):
    before = address("dropout_tiles")
    address.cache_clear()
    monkeypatch.setitem(component_scripts.SCRIPTS, "dropout_tiles", lambda: "export default () => {}")
    try:
        assert address("dropout_tiles") != before
    finally:
        address.cache_clear()


def test_pages_that_open_with_a_component_announce_its_script():
    for name, component in PRELOADED.items():
        assert preload.links(BY_NAME[name]).count(address(component)) == 1
    assert "components/" not in preload.links(BY_NAME["overview"])


def test_published_data_are_sent_compressed_and_kept_for_ever():
    data = {"numbers": list(range(1000))}
    address = component_data.publish(data)
    sent = ask(f"/{address}", accept_encoding="gzip")
    assert json.loads(gzip.decompress(sent.body)) == component_data.content(address) == data
    assert sent.headers["content-type"].startswith("application/json")
    assert "immutable" in sent.headers["cache-control"]


def test_equal_data_have_one_address_and_other_data_another():
    data = {"numbers": [1, 2]}
    assert component_data.publish(data) == component_data.publish(data) == component_data.publish({"numbers": [1, 2]})
    assert component_data.publish({"numbers": [1, 3]}) != component_data.publish(data)


def test_style_sheets_are_sent_without_comments_and_keep_their_rules():
    whole, sent = component_scripts.static("app.css"), component_scripts.style_sheet("app.css")
    assert "/*" not in sent
    assert len(sent) < 0.85 * len(whole)
    rules = re.findall(r"[\w-]+: [^;{}]+;", re.sub(r"/\*.*?\*/", "", whole, flags=re.DOTALL))
    assert len(rules) > 50
    assert [rule for rule in rules if rule not in sent] == []
