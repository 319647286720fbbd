"""Read what the head of an HTML page says about the page, as a search engine does."""

from collections import Counter
from html.parser import HTMLParser


class Head(HTMLParser):
    """The title, the named tags and the canonical link of a page. A name that occurs twice is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.tags: dict[str, str] = {}
        self.canonical: list[str] = []
        self._names: Counter[str] = Counter()
        self._in_title = False
        self.feed(html.partition("</head>")[0])
        self.close()
        assert max(self._names.values()) == 1, self._names

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self._in_title = tag == "title"
        if tag == "meta" and (name := given.get("name") or given.get("property")):
            self.tags[name] = given["content"] or ""
            self._names[name] += 1
        elif tag == "link" and given.get("rel") == "canonical":
            self.canonical.append(given["href"] or "")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.titles.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
