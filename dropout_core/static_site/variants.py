"""The files of the site: one per page of the app, and one per choice on pages that show one of several items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from dropout_core.numerics.masks import SCHEMES
from dropout_core.topics.ensemble.tiny_net import SHAPES
from dropout_core.topics.papers.catalogue import FIGURES
from dropout_core.topics.pitfalls.catalogue import PITFALLS, encode
from dropout_core.topics.training.charts_comparison_data import MEASURES
from dropout_core.topics.uncertainty.distortions import DISTORTIONS
from dropout_core.ui.navigation import PAGES

FIGURE, LAB, PICKS = "figure", "lab", "picks"  # query parameters of the pages Papers and Pitfalls
# Pages that ask a question before they show their finding.
REVEALED: Mapping[str, Mapping[str, str]] = {name: {"show": "1"} for name in ("training", "rates", "neurons", "today")}


@dataclass(frozen=True)
class Choice:
    """A control whose options have files of their own.

    key        key of the control
    parameter  query parameter that chooses an option
    values     the parameter's values, in the order of the options
    default    the option that the page shows by itself
    """

    key: str
    parameter: str
    values: tuple[str, ...]
    default: str


CHOICES = {  # keyed by page
    "scaling": Choice("scaling_scheme", "scheme", SCHEMES, "inverted"),
    "ensemble": Choice("ens_depth", "depth", tuple(map(str, SHAPES)), "2"),
    "training": Choice("measure", "measure", tuple(MEASURES), "accuracy"),
    "uncertainty": Choice("unc_distortion", "distortion", tuple(DISTORTIONS), "rotation"),
}


@dataclass(frozen=True)
class Variant:
    """A file of the site.

    page     name of the app's page
    name     name of the file, without ".html"
    params   query parameters with which the app shows the same
    links    files that replace the page's controls, keyed by the key of the control
    options  files in place of the options of a control, keyed by its key
    """

    page: str
    name: str
    params: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return f"{self.name}.html"


def all_variants() -> tuple[Variant, ...]:
    """Return all files of the site, in the order of the pages."""
    return tuple(variant for page in PAGES for variant in _of(page.name))


def _of(page: str) -> Iterator[Variant]:
    if page == "papers":
        yield from _papers()
    elif page == "pitfalls":
        yield from _pitfalls()
    elif page in CHOICES:
        yield from _choice(page, CHOICES[page])
    else:
        yield Variant(page, "index" if page == PAGES[0].name else page, REVEALED.get(page, {}))


def _choice(page: str, choice: Choice) -> Iterator[Variant]:
    names = {value: f"{page}-{value.replace(' ', '-')}" for value in choice.values} | {choice.default: page}
    options = {choice.key: tuple(f"{name}.html" for name in names.values())}
    for value in sorted(choice.values, key=lambda value: value != choice.default):  # the default first
        params = {**REVEALED.get(page, {}), choice.parameter: value}
        yield Variant(page, names[value], params, options=options)


def _papers() -> Iterator[Variant]:
    slugs = [figure.slug for figure in FIGURES]
    files = [_file("papers", slugs, slug) for slug in slugs]
    for at, slug in enumerate(slugs):
        steps = {"Previous": at - 1, "Next": at + 1}
        links = {f"figure-{way}": files[there] for way, there in steps.items() if there in range(len(slugs))}
        name = files[at].removesuffix(".html")
        yield Variant("papers", name, {FIGURE: slug}, links, {"papers_figure": tuple(files)})


def _pitfalls() -> Iterator[Variant]:
    slugs = [pitfall.slug for pitfall in PITFALLS]
    cards = {f"pit_card_{slug}": _file("pitfalls", slugs, slug) for slug in slugs}
    for at, slug in enumerate(slugs):
        name = _file("pitfalls", slugs, slug).removesuffix(".html")
        answers = {letter: f"pitfalls-{slug}-{letter.lower()}" for letter in "AB"}
        buttons = {f"pit_answer_{letter}": f"{answered}.html" for letter, answered in answers.items()}
        yield Variant("pitfalls", name, {LAB: slug}, cards | buttons)
        ahead = {"pit_next": _file("pitfalls", slugs, slugs[(at + 1) % len(slugs)])}
        for letter, answered in answers.items():
            yield Variant("pitfalls", answered, {LAB: slug, PICKS: encode({slug: letter})}, cards | ahead)


def _file(page: str, slugs: list[str], slug: str) -> str:
    """Return the file of one item. The first one, which the page shows by itself, has the page's name."""
    return f"{page}.html" if slug == slugs[0] else f"{page}-{slug}.html"


def address(page: str, query: str, variants: tuple[Variant, ...]) -> str:
    """Return the relative address of a page of the app with this query.

    Parameters that choose the file are left out of the address; the others remain.
    """
    params = dict(parse_qsl(query))
    name = page or PAGES[0].name
    found = [each for each in variants if each.page == name]
    agreeing = [each for each in found if each.params.items() <= params.items()] or found[:1]
    chosen = max(agreeing, key=lambda each: len(each.params))
    rest = urlencode({key: value for key, value in params.items() if key not in chosen.params})
    return f"{chosen.file}?{rest}" if rest else chosen.file
