"""All pitfalls, in the order in which the page shows them, and their encoding in links."""

from collections.abc import Mapping

from dropout_core.topics.pitfalls.bugs import BUGS
from dropout_core.topics.pitfalls.misconceptions import MISCONCEPTIONS

PITFALLS = (*BUGS, *MISCONCEPTIONS)
BY_SLUG = {pitfall.slug: pitfall for pitfall in PITFALLS}
# The order of the answers in a link. It begins with the pitfalls of the first version, whose links remain valid.
_FIRST = (
    "keep", "functional", "no-grad", "loss", "scaling", "variance",
    "order", "one-mask", "exactly-k", "placement", "always",
)  # fmt: skip
LINKED = (*_FIRST, *(slug for slug in BY_SLUG if slug not in _FIRST))
UNANSWERED = "-"


def encode(answers: Mapping[str, str]) -> str:
    """Return the answers (A or B, by slug) as text for a link, with one letter per pitfall."""
    return "".join(answers.get(slug, UNANSWERED) for slug in LINKED).rstrip(UNANSWERED)


def decode(text: str) -> dict[str, str]:
    """Return the answers that the text encodes. Raises ValueError for any other text."""
    if len(text) > len(LINKED) or set(text) - {"A", "B", UNANSWERED}:
        raise ValueError(f"not a string of at most {len(LINKED)} letters, each A, B or, for no answer, “{UNANSWERED}”.")
    return {slug: letter for slug, letter in zip(LINKED, text, strict=False) if letter != UNANSWERED}
