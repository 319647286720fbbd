"""Test that the small fonts hold every icon and character that is shown. `python -m tests.make_fonts` makes them."""

import pytest
from fontTools.ttLib import TTFont

from dropout_core.ui.http import bundle
from dropout_core.ui.http.paths import BUNDLE
from tests import make_fonts
from tests.asgi import answer
from tests.make_fonts import GREEK, ICONS, LATIN, TEXTS, icons_in_use, ligatures, original, small_fonts

AGAIN = "run python -m tests.make_fonts"


@pytest.fixture(scope="module")
def icons() -> dict[str, str]:
    return ligatures(TTFont(original(ICONS)))


def small(name: str) -> TTFont:
    return TTFont(small_fonts() / original(name).name)


def test_the_fonts_are_those_of_this_streamlit():
    assert small_fonts().is_dir(), AGAIN
    assert {path.name for path in small_fonts().glob("*.woff2")} == {original(name).name for name in (ICONS, *TEXTS)}


def test_every_icon_in_use_is_in_the_small_font(icons):
    wanted = icons_in_use() & set(icons)
    assert {"arrow_back", "arrow_forward", "info", "replay", "keyboard_arrow_right", "more_vert"} <= wanted
    assert wanted <= set(ligatures(small(ICONS))), AGAIN


@pytest.mark.parametrize("name", TEXTS)
def test_letters_digits_and_common_signs_are_in_the_small_font(name):
    """A browser takes other characters from a font of its own."""
    wanted = {ord(each) for each in "−×→≤≥≠…’“”–²√∞"} | set(LATIN) | set(GREEK)
    assert wanted & set(TTFont(original(name)).getBestCmap()) <= set(small(name).getBestCmap()), AGAIN


@pytest.mark.parametrize("name", TEXTS)
def test_a_changed_font_does_not_bear_the_reserved_name(name):
    names = small(name)["name"].names
    mention = {each.nameID for each in names if "Source" in str(each)}
    assert mention <= {make_fonts.COPYRIGHT, make_fonts.LICENCE}
    assert any("Open Font License" in str(each) for each in names)


@pytest.mark.parametrize("name", TEXTS)
def test_weights_and_widths_are_those_of_the_original(name):
    whole, part = TTFont(original(name)), small(name)
    axes = [[(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] for font in (whole, part)]
    assert axes[0] == axes[1]
    for character in "aM0%":
        glyphs = [font["hmtx"][font.getBestCmap()[ord(character)]][0] for font in (whole, part)]
        assert glyphs[0] == glyphs[1]


@pytest.mark.parametrize("name", [ICONS, *TEXTS])
def test_the_small_font_is_sent_instead_of_streamlit_s(name):
    async def streamlit(*_: object) -> None:
        raise AssertionError("Streamlit's own font is not sent")

    path = original(name).relative_to(BUNDLE).as_posix()
    sent = answer(bundle.CompressBundle(streamlit), f"/{path}", accept_encoding="gzip, br")
    assert sent.body == (small_fonts() / original(name).name).read_bytes()
    assert sent.headers["content-type"] == "font/woff2"
    assert "immutable" not in sent.headers["cache-control"], "the next version of the app may show other icons"
    assert answer(bundle.CompressBundle(streamlit), f"/{path}").body == sent.body
    assert len(sent.body) < original(name).stat().st_size / 2
