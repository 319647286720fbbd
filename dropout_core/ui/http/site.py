"""Serve what describes the app from outside: each page's HTML, the pictures of previews, robots.txt and sitemap.xml."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropout_core.ui.http import previews
from dropout_core.ui.http.compression import WebFile
from dropout_core.ui.http.page_html import page_html
from dropout_core.ui.http.paths import STATIC, path_below_the_app
from dropout_core.ui.navigation import PAGES
from dropout_core.ui.page import Page

SITEMAP = "sitemap.xml"
ASK_AGAIN, A_DAY = "no-cache", "public, max-age=86400"


class ServeSite:
    """ASGI middleware that answers requests for these files. Streamlit answers all others.

    url  the app's public address
    """

    def __init__(self, app: ASGIApp, url: str | None = None) -> None:
        self.app, self.files = app, files(url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_below_the_app(scope)
        if path in self.files:
            await self.files[path].respond(scope, receive, send)
        elif path == SITEMAP:
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif path is None or "/" in path:
            await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, self._instead_of_html(scope, receive, send))

    def _instead_of_html(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """Replace the HTML with which Streamlit answers for unknown paths: it lacks the script and the tags."""
        start_page, replaced = self.files[""], False

        async def forward(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_html(message):
                replaced = True
                await start_page.respond(scope, receive, send)
            elif not replaced:
                await send(message)

        return forward


def _is_html(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")


def files(url: str | None) -> dict[str, WebFile]:
    """Return the files by their path below the app's address. Without `url` there is no sitemap."""
    made = {previews.path_of(page): _html(page, url) for page in PAGES}
    made |= {name: WebFile((STATIC / name).read_bytes, "image/png", A_DAY) for name in map(previews.picture_of, PAGES)}
    made["robots.txt"] = _text(robots(url), "text/plain")
    if url:
        made[SITEMAP] = _text(sitemap(url), "application/xml")
    return made


def _html(page: Page, url: str | None) -> WebFile:
    return WebFile(lambda: page_html(page, url).encode(), "text/html", ASK_AGAIN)


def _text(text: str, media_type: str) -> WebFile:
    return WebFile(text.encode, media_type, A_DAY)


def robots(url: str | None) -> str:
    """Allow search engines to read everything, and tell them where the sitemap is."""
    return "User-agent: *\nDisallow:\n" + (f"\nSitemap: {url}/{SITEMAP}\n" if url else "")


def sitemap(url: str) -> str:
    """List the addresses of all pages."""
    places = "".join(f"  <url><loc>{url}/{previews.path_of(page)}</loc></url>\n" for page in PAGES)
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{start}{places}</urlset>\n"
