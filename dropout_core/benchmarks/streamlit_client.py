"""A client for Streamlit's protocol: opens a session with a running app and receives the app's messages."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

Socket = Any  # websockets.ClientConnection, not imported here because websockets is a development requirement
Message = Any  # ForwardMsg in Streamlit's protocol, whose generated fields type checkers cannot see


def session(address: str) -> AbstractAsyncContextManager[Socket]:
    """Open a session with the app at this host and port."""
    from websockets import Subprotocol, connect

    url = f"ws://{address}/_stcore/stream"
    return connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None, open_timeout=120)


async def receive(socket: Socket) -> Message:
    """Return the app's next message. Raises TimeoutError after two minutes."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    async with asyncio.timeout(120):  # wait_for would start a task for each message
        return ForwardMsg.FromString(await socket.recv())
