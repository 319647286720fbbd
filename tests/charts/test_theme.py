"""Test that all colours come from the theme, and have enough contrast in light and in dark mode."""

import re
import tomllib
from pathlib import Path

import pytest

from dropout_core.charts import theme
from dropout_core.topics.ensemble.charts_averaging import WAYS
from dropout_core.topics.ensemble.charts_subnetworks import MARKS as MARKS_OF_MEANS
from dropout_core.topics.uncertainty.charts_calibration import STYLES
from dropout_core.topics.uncertainty.charts_passes import CURVES
from dropout_core.topics.uncertainty.charts_study import ARMS, OFF, ON
from dropout_core.topics.uncertainty.nets_record import AVERAGE, PLAIN, SCALED

ROOT = Path(__file__).parents[2]
DASH = re.compile(r"""(?i:dash)\w*["']?\s*[:=,]\s*[\[(]+\s*\d|\b[A-Z_]{4,}, ?[\[(]\d+, ?\d""")
CSS_DASH = re.compile(r"stroke-dasharray: ([\d ]+)")
LITERAL = re.compile(r"""#[0-9a-f]{6,8}\b|#[0-9a-f]{3,4}\b(?=["';,)\s])|\b(?:rgb|hsl)a?\(\s*[\d.]""", re.IGNORECASE)
BACKGROUNDS = {"light": "#ffffff", "dark": "#0e1117"}  # of Streamlit's themes
DASHES = {name: value for name, value in vars(theme).items() if name == "SOLID" or name.endswith("_DASH")}
# Where the colours with a narrow meaning are used, and for what.
USES = {
    "KEPT": {
        "charts/network_diagram.py": "kept neurons and connections",
        "topics/ensemble/charts_thumbnails.py": "kept units and connections",
        "topics/masks/charts.py": "the number of kept neurons",
        "topics/scaling/charts_schemes.py": "the output of a kept unit",
        "topics/variants/charts_factor.py": "factors that are not 0",
        "topics/variants/charts_feature_maps.py": "kept values",
        "topics/variants/charts_network.py": "kept neurons and connections",
        "pages/masks.py": "kept neurons and connections",
    },
    "DROPPED": {
        "charts/network_diagram.py": "dropped neurons and connections",
        "topics/ensemble/charts_thumbnails.py": "dropped units",
        "topics/scaling/charts_schemes.py": "the output of a dropped unit",
        "topics/variants/charts_factor.py": "factors of 0",
        "topics/variants/charts_feature_maps.py": "dropped values",
        "topics/variants/charts_network.py": "dropped neurons and connections",
        "pages/masks.py": "dropped neurons and connections",
    },
    "NEGATIVE": {
        "topics/variants/charts_network.py": "negative factors",
        "pages/masks.py": "contributions that lower a sum",
    },
    "AVERAGED": {
        "topics/ensemble/cached.py": "averages of subnetworks",
        "topics/ensemble/charts_averaging.py": "averages of subnetworks",
        "topics/ensemble/charts_subnetworks.py": "both means of all subnetworks",
        "topics/papers/charts.py": "ridge regression, the average over all masks",
        "topics/papers/figures.py": "averages of subnetworks",
        "topics/scaling/charts_running_mean.py": "the mean of the passes",
        "topics/scaling/charts_schemes.py": "the mean over the masks",
        "topics/scaling/charts_sums.py": "the mean of the passes",
        "topics/uncertainty/charts_calibration.py": "the mean of the passes",
        "topics/uncertainty/charts_passes.py": "the mean of the passes",
        "topics/uncertainty/charts_study.py": "the mean of the passes",
        "topics/variants/charts_factor.py": "the mean of the factors",
    },
    "WHOLE_NET": {
        "topics/ensemble/charts_averaging.py": "the scaled pass",
        "topics/ensemble/charts_subnetworks.py": "the scaled pass",
        "topics/scaling/charts_enumeration.py": "the scaled pass",
        "topics/scaling/charts_schemes.py": "the output at inference",
        "topics/scaling/charts_sums.py": "the sum at inference",
        "topics/uncertainty/charts_calibration.py": "the pass with masks off",
        "topics/uncertainty/charts_passes.py": "the pass with masks off",
        "topics/uncertainty/charts_study.py": "the pass with masks off",
    },
    "PICKED": {
        "topics/ensemble/charts_subnetworks.py": "the chosen subnetwork",
        "topics/ensemble/charts_thumbnails.py": "the chosen subnetwork",
        "topics/pitfalls/charts.py": "broken code, beside correct code",
        "topics/today/charts_epochs.py": "the reader's guess",
        "topics/pitfalls/charts_live_training.py": "broken code, beside correct code",
        "topics/training/charts_differences.py": "the reader's run, beside recorded runs",
        "topics/variants/charts_curves.py": "the chosen variant",
    },
}
MARKS = {name: value for name, value in vars(theme).items() if name.isupper() and str(value).startswith("#")}


def luminance(colour: str) -> float:
    shares = [part / 255 for part in bytes.fromhex(colour[1:])]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def sources() -> list[Path]:
    places = (ROOT / "dropout_core", ROOT / "pages")
    found = [path for place in places for kind in ("py", "css", "js", "html") for path in place.rglob(f"*.{kind}")]
    return [path for path in found if path != Path(theme.__file__)]


def test_no_other_file_contains_a_colour():
    literals = {str(path.relative_to(ROOT)): LITERAL.findall(path.read_text("utf-8")) for path in sources()}
    assert {path: found for path, found in literals.items() if found} == {}
    assert len(literals) > 100
    assert all(map(LITERAL.search, ("color: #fff;", '"#0d9488"', "rgba(1, 2, 3, 0.5)")))


def test_no_other_file_contains_a_dash_pattern():
    python = [path for path in sources() if path.suffix == ".py"]
    literals = {str(path.relative_to(ROOT)): DASH.findall(path.read_text("utf-8")) for path in python}
    assert {path: found for path, found in literals.items() if found} == {}
    assert all(map(DASH.search, ('"strokeDash": [3, 3]', "_DASHES = [3, 3]", "Style(DROPOUT, (2, 3))")))
    styles = [path.read_text("utf-8") for path in sources() if path.suffix == ".css"]
    found = {dash.strip() for text in styles for dash in CSS_DASH.findall(text)}
    assert found == {" ".join(map(str, theme.DROPPED_DASH))}


@pytest.mark.parametrize("colour", USES)
def test_a_colour_is_used_only_for_its_meaning(colour):
    imports = re.compile(rf"from dropout_core\.charts\.theme import (\([^)]*\b{colour}\b|[^(\n]*\b{colour}\b)")
    found = {path for path in sources() if path.suffix == ".py" and imports.search(path.read_text("utf-8"))}
    names = {str(path.relative_to(ROOT)).removeprefix("dropout_core/") for path in found}
    assert names == USES[colour].keys()


def test_the_pass_without_masks_and_the_mean_of_passes_look_alike_on_all_pages():
    whole = {WAYS["scaled"]["fill"], MARKS_OF_MEANS["scaled"]["color"], CURVES["entropy with masks off"][0]}
    assert whole | {ARMS[OFF][0], STYLES[SCALED][0]} == {theme.WHOLE_NET}
    averaged = {WAYS["arithmetic"]["fill"], MARKS_OF_MEANS["arithmetic"]["color"], CURVES["predictive entropy"][0]}
    assert averaged | {ARMS[ON][0], STYLES[AVERAGE][0]} == {theme.AVERAGED}
    dashes = CURVES["entropy with masks off"][1], ARMS[OFF][1], STYLES[SCALED][1]
    assert all(dash == theme.WHOLE_NET_DASH for dash in dashes)
    assert STYLES[PLAIN][:2] == (theme.NO_DROPOUT, theme.ARM_DASHES["no dropout"])


@pytest.mark.parametrize("mode", BACKGROUNDS)
def test_streamlit_s_theme_has_the_colour_of_the_interface(mode):
    configured = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"][mode]
    assert configured == dict.fromkeys(("primaryColor", "linkColor"), theme.INTERFACE[mode])


@pytest.mark.parametrize("mode", BACKGROUNDS)
def test_colours_contrast_with_the_background(mode):
    weak = {name: value for name, value in MARKS.items() if contrast(value, BACKGROUNDS[mode]) < 3}
    assert not weak
    assert len(MARKS) > 5
    assert contrast(theme.INTERFACE[mode], BACKGROUNDS[mode]) >= 4.5
    assert contrast(theme.INTERFACE[mode], theme.ON_INTERFACE[mode]) >= 4.5


def test_each_meaning_has_its_own_colour():
    assert len({*MARKS.values(), *theme.INTERFACE.values()}) == len(MARKS) + len(theme.INTERFACE)
    dashes = [*DASHES.values(), theme.ARM_DASHES["no dropout"]]
    assert len({*map(tuple, dashes)}) == len(dashes) >= 7
    assert theme.ARM_DASHES["dropout"] == theme.SOLID


def test_a_translucent_colour_is_written_for_css():
    assert theme.translucent("#0d9488", 0.5) == "rgba(13, 148, 136, 0.5)"
