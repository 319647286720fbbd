"""A reader's end of Streamlit's own protocol: a session with a running app, and what the app says in it."""

import asyncio


def session(address: str):
    """A session with the app at this host and port; an asynchronous context manager."""
    import websockets

    url = f"ws://{address}/_stcore/stream"
    return websockets.connect(url, subprotocols=["streamlit"], max_size=None, open_timeout=120)


async def hear(socket):
    """The next thing that the app says, a ForwardMsg. Raises TimeoutError after two minutes of silence."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    return ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 120))
