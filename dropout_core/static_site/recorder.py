"""Runs the app's pages in Streamlit's runtime, without a server, and keeps what a browser would receive."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryFile, MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionClient

from dropout_core.static_site.tree import Node, build
from dropout_core.ui import first_chart, layout

_FINISHED = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR
_LONGEST = 300  # seconds that one page may take
_OPTIONS = {"server.fileWatcherType": "none", "runner.magicEnabled": False, "browser.gatherUsageStats": False}


@dataclass(frozen=True)
class Recording:
    """What a page shows when it has just been opened.

    main   the page's elements
    files  images and downloads, keyed by the address that the elements give
    """

    main: Node
    files: Mapping[str, MemoryFile]


class _Browser(SessionClient):
    """Takes the messages of the last run of a session. A run that restarts itself discards its earlier messages."""

    def __init__(self) -> None:
        self.deltas: list[ForwardMsg] = []
        self.finished = asyncio.Event()

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        match msg.WhichOneof("type"):
            case "new_session":
                self.deltas.clear()
            case "delta":
                self.deltas.append(msg)
            case "script_finished" if msg.script_finished in _FINISHED:
                self.finished.set()


class Recorder:
    """Opens pages of a script, each in a new session."""

    def __init__(self, runtime: Runtime, storage: MemoryMediaFileStorage) -> None:
        self._runtime, self._storage = runtime, storage

    async def record(self, page: str = "", params: Mapping[str, str] | None = None) -> Recording:
        """Open the page with this path and these query parameters, and wait until it has run to its end."""
        browser = _Browser()
        session = self._runtime.connect_session(browser, {})
        try:
            self._runtime.handle_backmsg(session, _request(page, params or {}))
            await self._end_of(browser)
            main = build(browser.deltas)
            return Recording(main, self._files(main))
        finally:
            self._runtime.close_session(session)

    async def _end_of(self, browser: _Browser) -> None:
        """Wait until the page has run to its end. Raises what stopped the runtime, if it has stopped."""
        finished = asyncio.ensure_future(browser.finished.wait())
        stopped = asyncio.ensure_future(self._runtime.stopped)
        done, _ = await asyncio.wait({finished, stopped}, timeout=_LONGEST, return_when=asyncio.FIRST_COMPLETED)
        finished.cancel()
        if stopped in done:
            stopped.result()
        if finished not in done:
            raise TimeoutError(f"a page did not finish within {_LONGEST} s")

    def _files(self, main: Node) -> dict[str, MemoryFile]:
        """Read the page's images, and create its downloads. Streamlit deletes both when the session is closed."""
        addresses = {address: address for node in main for address in _images(node)}
        for node in main:
            if node.kind == "download_button" and not node.element.download_button.disabled:
                button = node.element.download_button
                addresses[button.id] = button.url or self._deferred(button.deferred_file_id)
        return {key: self._storage.get_file(url.rpartition("/")[2]) for key, url in addresses.items() if url}

    def _deferred(self, file_id: str) -> str:
        try:
            return self._runtime.media_file_mgr.execute_deferred(file_id)
        except MediaFileStorageError:  # the page offers a file that cannot be made
            return ""


def _images(node: Node) -> list[str]:
    if node.kind != "imgs":
        return []
    return [image.url for image in node.element.imgs.imgs if not image.url.startswith(("http", "data:"))]


def _request(page: str, params: Mapping[str, str]) -> BackMsg:
    request = BackMsg()
    request.rerun_script.page_name = page
    request.rerun_script.query_string = urlencode(params)
    return request


@asynccontextmanager
async def recorder(script: Path) -> AsyncIterator[Recorder]:
    """Start Streamlit's runtime for this script. Closed expanders are recorded with their contents."""
    for option, value in _OPTIONS.items():
        config.set_option(option, value)
    layout.draw_closed_expanders, first_chart.LONGEST = True, 0
    storage = MemoryMediaFileStorage("/media")
    runtime = Runtime(RuntimeConfig(str(script), storage, MemoryUploadedFileManager("/upload")))
    try:
        await runtime.start()
        yield Recorder(runtime, storage)
        runtime.stop()
        await runtime.stopped
    finally:
        Runtime._instance = None  # so that the process can start another one, as Streamlit's own AppTest does
