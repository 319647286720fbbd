"""A reader who trains in the app again and again, over Streamlit's protocol, while others measure how the app serves.

Not a browser: a reader's draws on the reader's machine, and here it would take half of the server's.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from .bench_reader import hear, session

_START = "Start training"


@contextmanager
def training(address: str, recipe: str, every: float) -> Iterator[None]:
    """Every so many seconds Start is pressed for another seed of this recipe, a query of the page, and followed."""
    end = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_train(address, recipe, every, end)), daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join(60)


async def _train(address: str, recipe: str, every: float, end: threading.Event) -> None:
    import websockets

    seed = 0
    while not end.is_set():
        seed += 1
        until = monotonic() + every
        try:
            await _follow(address, f"{recipe}&seed={seed}", until, end)
        except (OSError, TimeoutError, websockets.WebSocketException):
            await asyncio.sleep(1)  # a busy server: the next one will do


async def _follow(address: str, query: str, until: float, end: threading.Event) -> None:
    """Open the page, press Start, then ask for what it wants to show anew as often as it says."""
    async with session(address) as socket:
        shown = await _run(socket, query)
        shown = await _run(socket, query, pressed=shown.start)
        while monotonic() < until and not end.is_set():
            await asyncio.sleep(shown.interval)
            if shown.fragment:
                shown = await _run(socket, query, part=shown)


@dataclass
class _Shown:
    """What a page has said: the id of its button Start, and which part of it wants to run again, how often (s)."""

    start: str = ""
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
        elif kind == "delta" and told.delta.new_element.button.label == _START:
            shown.start = told.delta.new_element.button.id
        elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return shown
        elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            return part
