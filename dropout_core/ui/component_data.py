"""The data of large components. Browsers load them over HTTP: compressed, and once for all later visits.

Streamlit would put them into a message of each session, uncompressed.
"""

import hashlib
import json
from collections.abc import Mapping
from threading import Lock
from typing import Any

from dropout_core.ui.http.compression import FOREVER, WebFile

_addresses: dict[int, tuple[Mapping[str, Any], str]] = {}
_files: dict[str, WebFile] = {}
_lock = Lock()


def publish(data: Mapping[str, Any]) -> str:
    """Keep constant data for browsers. Returns their address below the app's, which contains a hash of the data.

    Addresses are cached by object identity, since pages pass the same object in each run.
    """
    with _lock:
        known = _addresses.get(id(data))
        if known is None or known[0] is not data:
            known = _addresses[id(data)] = data, _add(json.dumps(data, separators=(",", ":")).encode())
        return known[1]


def _add(content: bytes) -> str:
    address = f"components/data.{hashlib.sha256(content).hexdigest()[:12]}.json"
    _files[address] = WebFile(lambda: content, "application/json", FOREVER)
    return address


def file(address: str) -> WebFile | None:
    """Return the published file with this address, or None."""
    return _files.get(address)


def content(address: str) -> Any:
    """Return the published data with this address. Raises KeyError if there are none."""
    return json.loads(_files[address].read())
