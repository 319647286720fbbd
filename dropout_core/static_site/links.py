"""Addresses on the site: pages, files, and what stands in place of the app's controls."""

from collections.abc import Mapping

from dropout_core.static_site import icons, widgets
from dropout_core.static_site.markdown import attribute, inline
from dropout_core.static_site.tree import Node
from dropout_core.static_site.variants import Variant, address


class Links:
    """The addresses on one page of the site.

    files  addresses of images and downloads, keyed as in Recording.files
    """

    def __init__(self, here: Variant, variants: tuple[Variant, ...], files: Mapping[str, str]) -> None:
        self._here, self._variants, self._files = here, variants, files

    def page(self, path: str, query: str = "") -> str:
        """Return the address of a page of the app."""
        return address(path, query, self._variants)

    def file(self, name: str) -> str:
        """Return the address of an image or a download, or "" if there is no such file."""
        return self._files.get(name, name if name.startswith(("http", "data:")) else "")

    def replacement(self, node: Node) -> str:
        """Return the link or links that stand in place of a control, or "" if the site has no such pages."""
        if node.kind == "button" and (file := self._here.links.get(node.key)):
            part = node.element.button
            return f'<a class="button" href="{attribute(file)}">{icons.of(part.icon)}{inline(part.label)}</a>'
        if files := self._here.options.get(node.key):
            part = getattr(node.element, node.kind)
            labels = part.options if node.kind == "selectbox" else [option.content for option in part.options]
            return widgets.choices(list(zip(files, labels, strict=True)), self._here.file, part.label)
        return ""
