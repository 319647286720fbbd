"""A reader who trains in the app again and again, over Streamlit's protocol, while others measure how the app serves.

Not a browser: a reader's draws on the reader's machine, and here it would take half of the server's.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from dropout_core.benchmarks.streamlit_client import hear, session

_START, _CANCEL = "Start training", "Cancel"
_UNDER_WAY = 120  # seconds that the first comparison may take until it is


@contextmanager
def training(address: str, recipe: str, every: float) -> Iterator[None]:
    """Every so many seconds Start is pressed for another seed of this recipe, a query of the page, and followed.

    Begins once the first comparison is under way, and cancels the last. Raises SystemExit where none comes to be.
    """
    begun, end = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_train(address, recipe, every, begun, end)), daemon=True)
    thread.start()
    try:
        if not begun.wait(_UNDER_WAY):
            raise SystemExit("no training began: the page showed none")
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
            await asyncio.sleep(1)  # a busy server: the next one will do


async def _follow(address: str, query: str, until: float, begun: threading.Event, end: threading.Event) -> None:
    """Open the page, press Start, then ask for what it wants to show anew as often as it says."""
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
    """What a page has said: its buttons' ids by label, and which part of it wants to run again, how often (s)."""

    buttons: dict[str, str] = field(default_factory=dict)
    fragment: str = ""
    interval: float = 0.5


async def _run(socket, query: str, pressed: str = "", part: _Shown | None = None) -> _Shown:
    """Have the page run, with a button pressed, or the part of it that was shown, and wait until it has."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    ask, shown = BackMsg(), _Shown()
    ask.rerun_script.page_name, ask.rerun_script.query_string = "training", query
    ask.rerun_script.fragment_id = part.fragment if part else ""
    if pressed:
        ask.rerun_script.widget_states.widgets.add(id=pressed, trigger_value=True)
    await socket.send(ask.SerializeToString())
    while True:
        told = await hear(socket)
        kind = told.WhichOneof("type")
        if kind == "auto_rerun":
            shown.fragment, shown.interval = told.auto_rerun.fragment_id, told.auto_rerun.interval
        elif kind == "delta" and (button := told.delta.new_element.button).label:
            shown.buttons[button.label] = button.id
        elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return shown
        elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            return part
