"""A client for Streamlit's protocol: a session with a running app, and the messages that the app sends."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

Socket = Any  # websockets.ClientConnection; websockets is needed for development only
Message = Any  # ForwardMsg of Streamlit's protocol, whose fields are generated


def session(address: str) -> AbstractAsyncContextManager[Socket]:
    """A session with the app at this host and port."""
    from websockets import Subprotocol, connect

    url = f"ws://{address}/_stcore/stream"
    return connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None, open_timeout=120)


async def receive(socket: Socket) -> Message:
    """The app's next message. Raises TimeoutError after two minutes."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    return ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 120))
