"""Simulates a visitor who starts one training run after another while response times are measured.

The visitor speaks Streamlit's protocol directly. A browser on this machine would take half of the server's CPU
time, whereas a real visitor's browser runs on a different machine.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from dropout_core.benchmarks.streamlit_client import Socket, receive, session

_START, _CANCEL = "Start training", "Cancel"
_UNDER_WAY = 120  # seconds within which the first comparison must start


@contextmanager
def training(address: str, recipe: str, every: float) -> Iterator[None]:
    """Start a training run every few seconds, with this recipe (a query string) and a new seed, and follow its page.

    The body of the with statement runs once the first comparison has started. On exit, the last comparison is
    cancelled. Raises SystemExit if no comparison starts.
    """
    begun, end = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_train(address, recipe, every, begun, end)), daemon=True)
    thread.start()
    try:
        if not begun.wait(_UNDER_WAY):
            raise SystemExit("no training run started")
        yield
    finally:
        end.set()
        thread.join(60)


async def _train(address: str, recipe: str, every: float, begun: threading.Event, end: threading.Event) -> None:
    import websockets

    seed = 0
    while not end.is_set():
        seed += 1
        until = monotonic() + every
        try:
            await _follow(address, f"{recipe}&seed={seed}", until, begun, end)
        except (OSError, TimeoutError, websockets.WebSocketException):
            await asyncio.sleep(1)  # the server may be busy: try the next seed


async def _follow(address: str, query: str, until: float, begun: threading.Event, end: threading.Event) -> None:
    """Open the training page, press Start, and rerun the page's fragment at the interval that the page requests."""
    async with session(address) as socket:
        page = await _run(socket, query)
        page = await _run(socket, query, pressed=page.buttons[_START])
        shown = page
        while monotonic() < until and not end.is_set():
            await asyncio.sleep(shown.interval)
            if shown.fragment:
                begun.set()
                shown = await _run(socket, query, part=shown)
        if end.is_set():
            await _run(socket, query, pressed=page.buttons[_CANCEL])


@dataclass
class _Shown:
    """A page's button ids, keyed by label, and the id and refresh interval (seconds) of its live fragment."""

    buttons: dict[str, str] = field(default_factory=dict)
    fragment: str = ""
    interval: float = 0.5


async def _run(socket: Socket, query: str, pressed: str = "", part: _Shown | None = None) -> _Shown:
    """Rerun the training page (optionally pressing a button) or only the fragment of `part`, and wait for the end."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    request, shown = BackMsg(), _Shown()
    request.rerun_script.page_name, request.rerun_script.query_string = "training", query
    request.rerun_script.fragment_id = part.fragment if part else ""
    if pressed:
        request.rerun_script.widget_states.widgets.add(id=pressed, trigger_value=True)
    await socket.send(request.SerializeToString())
    while True:
        message = await receive(socket)
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            shown.fragment, shown.interval = message.auto_rerun.fragment_id, message.auto_rerun.interval
        elif kind == "delta" and (button := message.delta.new_element.button).label:
            shown.buttons[button.label] = button.id
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return shown
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            return part or shown
