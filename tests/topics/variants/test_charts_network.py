"""Render the network under dropout and beside it under each variant, with different initial values of the controls."""

import itertools
import re

import pytest
import vl_convert as vlc

from dropout_core.charts.network_tables import DECIMALS
from dropout_core.charts.theme import DROPPED
from dropout_core.topics.variants.charts_network import NAMES, network_chart
from dropout_core.topics.variants.numerics import GAUSSIAN, SIZES, factors, neuron_draws
from tests.vega import assert_valid

pytestmark = pytest.mark.slow
HIDDEN = sum(SIZES[1:-1])


def network(variant: str, rate: float, shown: int = 1, width: int = 1000) -> str:
    spec = network_chart({"variant": variant, "rate": rate, "pass": shown})
    return vlc.vegalite_to_svg({**spec, "width": width})


def shown_factors(svg: str, name: str) -> list[float]:
    """Return the factors in the descriptions of the hidden neurons on this variant's side."""
    found = re.findall(rf'aria-label="{name}, Hidden \d, neuron \d: factor ([−\d.]+)"', svg)
    return [float(text.replace("−", "-")) for text in found]


def test_the_specification_is_valid():
    assert_valid(network_chart({"variant": "Gaussian", "rate": 0.5, "pass": 1}))


@pytest.mark.parametrize("variant", NAMES)
def test_at_rate_0_nothing_is_dropped_and_every_factor_is_1(variant):
    svg = network(variant, 0.0)
    assert f">0 of {HIDDEN} dropped<" in svg
    assert svg.count(" dropped<") == (1 if variant == "Gaussian" else 2)
    assert set(shown_factors(svg, "Dropout")) == {1.0}
    assert ": factor 0.00" not in svg


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.85, 0.95])
def test_the_bars_of_a_distribution_stay_on_its_axis(rate):
    """From rate 0.82 on, the kept units' factor lies beyond the axis, and its bar stands at the end."""
    svg = network("DropConnect", rate, width=1120)
    (bars,) = re.findall(r"mark-rect[^>]*>(.*?)</g>", svg)
    edges = [(float(x), float(x) + float(w)) for x, w in re.findall(r'd="M([\d.]+),[\d.]+h([\d.]+)', bars)]
    panel = (1120 - 48) / 2
    assert len(edges) == 4
    for (left, right), start in zip(edges, (0, 0, panel + 48, panel + 48), strict=True):
        assert start <= left < right <= start + panel


@pytest.mark.parametrize("width", [720, 1120])
def test_the_largest_neuron_stays_below_the_names_of_the_layers(width):
    svg = network("Gaussian", 0.95, width=width)
    discs = re.findall(r'neuron \d: factor [^>]*translate\([\d.]+,([\d.]+)\)" d="M([\d.]+),0A', svg)
    (names,) = set(re.findall(r'translate\([\d.]+,([\d.]+)\)"[^>]*>Hidden 1<', svg))
    assert min(float(y) - float(radius) for y, radius in discs) >= float(names) + 2


@pytest.mark.parametrize("width", [358, 1120])
@pytest.mark.parametrize(("variant", "rate"), [("DropConnect", 0.5), ("DropConnect", 0.95), ("Gaussian", 0.95)])
def test_neurons_do_not_touch(variant, rate, width):
    svg = network(variant, rate, width=width)
    found = re.findall(r'neuron \d: factor [^>]*translate\(([\d.]+),([\d.]+)\)" d="M([\d.]+),0A', svg)
    columns: dict[str, list[tuple[float, float]]] = {}
    for x, y, radius in sorted(set(found)):
        columns.setdefault(x, []).append((float(y), float(radius)))
    assert columns
    for discs in columns.values():
        for (above, first), (below, second) in itertools.pairwise(sorted(discs)):
            assert below - above > first + second + 1.5


def test_each_variant_drops_what_it_says():
    assert ">a coin per connection<" in network("DropConnect", 0.8)
    assert re.search(r">\d+ of 60 dropped<", network("DropConnect", 0.8))
    assert re.search(r">\d of 4 dropped<", network("Inputs", 0.8))
    lost = {rate: network("DropConnect", rate).count(f'stroke="{DROPPED}"') for rate in (0.8, 0)}
    assert lost[0.8] > lost[0] + 60, "on both sides, most connections are gone at 0.8"


def test_both_sides_show_the_same_pass():
    for shown in (1, 7):
        svg = network("Dropout", 0.5, shown)  # the address of an old link
        (left, right) = re.findall(r">(\d+ of 12 dropped)<", svg)
        assert left == right


@pytest.mark.parametrize(("rate", "shown"), [(0.05, 1), (0.5, 3), (0.8, 40)])
def test_the_browser_computes_the_same_gaussian_factors_as_numpy(rate, shown):
    u = (neuron_draws()[SIZES[0] :, shown - 1] + 0.5) / 10**DECIMALS
    expected = factors(u, rate, GAUSSIAN)
    svg = network("Gaussian", rate, shown)
    assert shown_factors(svg, "Gaussian") == pytest.approx(expected.tolist(), abs=0.0051)
    negative = int((expected < 0).sum())
    assert f">{negative} factor{' is' if negative == 1 else 's are'} negative<" in svg


@pytest.mark.parametrize(("rate", "variance"), [(0.0, "0.00"), (0.5, "1.00"), (0.8, "4.00")])
def test_the_common_variance_is_written_below(rate, variance):
    assert f"variance p / (1 − p) = {variance}<" in network("Inputs", rate)
    assert f">mean 1, variance p / (1 − p) = {variance}<" in network("Inputs", rate, width=358)
