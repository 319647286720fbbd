"""Runs of a page after the first one compute nothing anew: charts, tables and statistics come from caches."""

import inspect
import threading
from collections import Counter
from types import FrameType

import altair as alt
import pytest
from streamlit import dataframe_util
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.session_manager import SessionClient

from dropout_core.benchmarks.serving import PAGES
from dropout_core.numerics import statistics
from dropout_core.static_site.recorder import recorder
from dropout_core.ui import layout
from dropout_core.ui.http.web import SCRIPT
from tests.harness import own_server  # noqa: F401
from tests.loops import run

COSTLY = {
    inspect.unwrap(function).__code__: what
    for what, function in {
        "read the source of a function": inspect.getsource,
        "compute an interval": statistics.interval,
        "build a chart": alt.TopLevelMixin.to_dict,
        "convert a table": dataframe_util.convert_anything_to_arrow_bytes,
    }.items()
}


class Reader(SessionClient):
    """A reader who stays, since Streamlit forgets the pages' code when the last reader leaves."""

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        pass


async def second_runs() -> dict[str, Counter[str]]:
    """Run each page for two readers. Returns what the second run does that is costly, for the pages that do any."""
    found = {}
    async with recorder(SCRIPT) as each:
        Runtime.instance().connect_session(Reader(), {})
        layout.draw_closed_expanders = False
        for page in PAGES:
            path = "" if page == "overview" else page
            await each.record(path)
            calls = Counter[str]()
            threading.setprofile(lambda frame, event, _, calls=calls: note(frame, event, calls))
            await each.record(path)
            threading.setprofile(None)
            if calls:
                found[page] = calls
    return found


def note(frame: FrameType, event: str, calls: Counter[str]) -> None:
    if event == "call" and frame.f_code in COSTLY:
        calls[COSTLY[frame.f_code]] += 1


@pytest.mark.usefixtures("own_server")
def test_the_second_reader_of_a_page_gets_what_the_first_one_s_run_computed(monkeypatch):
    monkeypatch.setattr(layout, "draw_closed_expanders", True)  # restored at the end
    assert run(second_runs()) == {}
