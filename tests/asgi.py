"""Send requests to an ASGI app without a server."""

from dataclasses import dataclass

from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """What an app has sent. Names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(app: ASGIApp, path: str = "/", method: str = "GET", root_path: str = "", **headers: str) -> Answer:
    """Return the app's answer to a request. Headers are written like accept_encoding="gzip"."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "root_path": root_path, "headers": raw}
    scope |= {"query_string": b"", "asgi": {"spec_version": "2.4"}}
    with start_blocking_portal() as portal:  # use another thread, since Playwright's loop may run in this one
        portal.call(app, scope, receive, send)
    (start,) = (message for message in sent if message["type"] == "http.response.start")
    named = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], named, b"".join(message.get("body", b"") for message in sent))
