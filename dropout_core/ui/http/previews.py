"""Describe each page to search engines, and to sites and messengers that show a preview of a link.

Absolute addresses begin with DROPOUT_URL and never with the request's Host header, which anybody can forge.
"""

from html import escape

from dropout_core.ui.page import SITE, Page

WIDTH, HEIGHT = 1200, 630
ABOUT = "An interactive explainer of dropout in neural networks."


def path_of(page: Page) -> str:
    """Return the page's path below the app's address. The start page is the only one without a section."""
    return page.name if page.section else ""


def picture_of(page: Page) -> str:
    """Return the path of the picture that previews show."""
    return f"previews/{page.name}.png"


def description(page: Page) -> str:
    """Return two sentences about the page."""
    return f"{page.summary} {ABOUT}"


def tags(page: Page, url: str | None) -> str:
    """Return the elements of the HTML's head that describe the page.

    url  the app's public address; without it, the canonical link is relative, and tags that allow only absolute
         addresses are left out
    """
    lines = [f"<title>{escape(page.full_title)}</title>", _meta("name", {"description": description(page)})]
    lines += [_meta("property", _open_graph(page, url)), _meta("name", _twitter(page, url))]
    lines += [f'<link rel="canonical" href="{url or "."}/{path_of(page)}">']
    return "\n".join(lines) + "\n"


def _meta(kind: str, tags: dict[str, str]) -> str:
    return "\n".join(f'<meta {kind}="{name}" content="{escape(text)}">' for name, text in tags.items())


def _open_graph(page: Page, url: str | None) -> dict[str, str]:
    tags = {"type": "website", "site_name": SITE, "title": page.full_title, "description": description(page)}
    if url:
        tags |= {"url": f"{url}/{path_of(page)}", **_picture(page, url)}
        tags |= {"image:type": "image/png", "image:width": str(WIDTH), "image:height": str(HEIGHT)}
    return {f"og:{name}": text for name, text in tags.items()}


def _twitter(page: Page, url: str | None) -> dict[str, str]:
    tags = {"card": "summary_large_image" if url else "summary"}
    tags |= {"title": page.full_title, "description": description(page), **(_picture(page, url) if url else {})}
    return {f"twitter:{name}": text for name, text in tags.items()}


def _picture(page: Page, url: str) -> dict[str, str]:
    return {"image": f"{url}/{picture_of(page)}", "image:alt": f"The page {page.title} of “{SITE}”"}
