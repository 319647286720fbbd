"""The app's own components: their places on a page, and the scripts that all pages share."""

import json
import re
from hashlib import sha256

from streamlit.proto.BidiComponent_pb2 import BidiComponent

from dropout_core.static_site.charts import script
from dropout_core.static_site.markdown import attribute
from dropout_core.ui import component_data, component_scripts

_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)
PICTURES = ("dropout_network", "dropout_tiles", "dropout_reconstructions")  # figures that can be embedded
_LARGE = 200_000  # characters
_NEED_SERVER = ("dropout_pad",)  # what is drawn here, the server reads


def html(component: BidiComponent, key: str, file: str = "") -> str:
    """Return a component's place on the page, with its data. files/components.js starts it.

    file  the name of the script that holds the data, if they are too large for the page
    """
    name = component.component_name
    extra = " data-figure" if name in PICTURES else ""
    extra += " inert" if name in _NEED_SERVER else ""
    extra += f' data-file="{file}"' if file else ""
    place = f'class="stBidiComponent" data-component="{attribute(name)}" data-key="{attribute(key)}"{extra}'
    return f"<div {place}>{'' if file else script(_data(component))}</div>"


def data_file(component: BidiComponent) -> tuple[str, str]:
    """Return the name and the text of a script that holds the data, or empty texts if they are small.

    A browser loads it when the component is shown, which a fold may delay.
    """
    text = json.dumps(_data(component), separators=(",", ":"))
    if len(text) <= _LARGE:
        return "", ""
    name = f"data-{sha256(text.encode()).hexdigest()[:12]}.js"
    return name, f"(window.dropoutData ??= {{}})[{json.dumps(name)}] = {text}\n"


def _data(component: BidiComponent) -> object:
    """Return the component's data, also those that the app serves as a file."""
    data = json.loads(component.json or component.mixed.json or "null")
    return component_data.content(data["file"]) if isinstance(data, dict) and "file" in data else data


def source(component: BidiComponent) -> str:
    """Return a classic script that registers the component. Browsers refuse to load modules from files."""
    made = component_scripts.SCRIPTS.get(component.component_name, lambda: component.js_content)
    code, found = _DEFAULT.subn("exported.start = ", _EXPORT.sub("", made()))
    if found != 1:
        raise ValueError(f"{component.component_name} has {found} default exports")
    parts = json.dumps({"html": component.html_content, "css": component.css_content}, ensure_ascii=False)
    name = json.dumps(component.component_name)
    return f"(window.dropoutComponents ??= {{}})[{name}] = ((exported) => {{\n{code}\nreturn exported\n}})({parts})\n"
