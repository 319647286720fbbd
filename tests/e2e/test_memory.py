"""Test that the server's memory stays bounded during hundreds of reruns of the training page."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

pytestmark = pytest.mark.browser
RERUNS = int(os.environ.get("RERUNS", 300))  # RERUNS=1000 takes about five minutes on two cores


def rerun(socket, query: str, widgets=()) -> None:
    """Request a rerun of the page's script and wait until it ends. Fails if the page shows an exception."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = "training"
    message.rerun_script.widget_states.widgets.extend(widgets)
    socket.send(message.SerializeToString())
    while True:
        forward = ForwardMsg()
        forward.ParseFromString(socket.recv(timeout=60))
        kind = forward.WhichOneof("type")
        if kind == "delta" and forward.delta.new_element.WhichOneof("type") == "exception":
            raise AssertionError(forward.delta.new_element.exception.message)
        if kind == "script_finished":
            return


def memory(address: str) -> float:
    """Return the resident memory, in megabytes, of the process that serves this address."""
    port = address.rsplit(":", 1)[1]
    pids = subprocess.run(["pgrep", "-f", f"server.port={port}"], capture_output=True, text=True).stdout.split()
    status = Path(f"/proc/{pids[0]}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is read from /proc")
def test_hundreds_of_reruns_with_a_training_under_way_leave_the_memory_as_it_was(page, own_app):
    query = "epochs=100&rate=0.65&seeds=10&hidden=1024-512"  # this training run lasts longer than the test
    with own_app(DROPOUT_WORKERS="1") as app:  # one worker leaves one core for the server
        page.goto(f"{app}/training?{query}")
        page.get_by_role("button", name="Start training").click()
        page.get_by_text("left, on the").wait_for()
        page.goto("about:blank")
        with connect(f"ws://{app.split('//')[1]}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:
            for _ in range(100):
                rerun(socket, query)
            early = memory(app)
            for _ in range(RERUNS - 100):
                rerun(socket, query)
            late = memory(app)
    assert late < 1.1 * early, f"{early:.0f} MB after 100 reruns, {late:.0f} MB after {RERUNS}"
