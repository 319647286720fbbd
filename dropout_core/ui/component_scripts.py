"""The scripts of large components. Browsers load each one over HTTP: compressed, and once for all later visits.

Streamlit would put the whole script into a message of each session, uncompressed.
"""

import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from dropout_core.reference import FILES

STATIC = Path(__file__).parent / "static"
NETWORK, TILES, RECONSTRUCTIONS = "dropout_network", "dropout_tiles", "dropout_reconstructions"
PRELOADED = {"masks": NETWORK, "neurons": TILES}  # the script that a page's first picture needs, by the page's name
# Sent instead of the script. Data with a `file` are in this file; see component_data. Addresses are relative to
# a page, as those of Streamlit's own scripts are.
_LOADER = """
const address = (name) => new URL(`./${name}`, document.baseURI)

const load = async (name) => {
  const answer = await fetch(address(name))
  if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status}). Please reload the page.`)
  return answer.json()
}

const loadScript = (name) =>
  import(address(name)).catch((error) => {
    throw new Error(`${name} could not be loaded (${error.message}). Please reload the page.`)
  })

export default async (component) => {
  const { data } = component, script = loadScript("%s")
  const loaded = data?.file ? await load(data.file) : data
  return (await script).default({ ...component, data: loaded })
}
"""


@cache
def static(*names: str) -> str:
    """Return the contents of these files of the folder static/, one after the other."""
    return "".join((STATIC / name).read_text("utf-8") for name in names)


@cache
def style_sheet(*names: str) -> str:
    """Return these style sheets without comments and indentation, since Streamlit sends them in messages."""
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", static(*names), flags=re.DOTALL)).strip()


def _network() -> str:
    """Return the script of the live network, which begins with the trained net and the sample digits."""
    stored = json.loads((FILES / "masks_net.json").read_text("utf-8"))
    net = json.dumps({name: stored[name] for name in ("layers", "samples")}, separators=(",", ":"))
    names = ("numbers", "picture", "words", "pen")
    parts = ("sheet.js", *(f"network_{name}.js" for name in names), "network.js")
    return f"const NET = {net}\n{static(*parts)}"


def _tiles() -> str:
    return static("tile_grid.js", "tiles_numbers.js", "tiles.js")


def _reconstructions() -> str:
    return static("tile_grid.js", "tiles_numbers.js", "reconstruction_numbers.js", "reconstruction.js")


SCRIPTS: dict[str, Callable[[], str]] = {NETWORK: _network, TILES: _tiles, RECONSTRUCTIONS: _reconstructions}


@cache
def address(component: str) -> str:
    """Return the address of the component's script below the app's. It contains a hash of the script."""
    digest = hashlib.sha256(SCRIPTS[component]().encode()).hexdigest()[:12]
    return f"components/{component}.{digest}.js"


def loader(component: str) -> str:
    """Return a short script for the message that loads the component's script and calls it."""
    return _LOADER % address(component)
