"""Tests of what is said about one comparison."""

from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.power import detectable
from dropout_core.numerics.statistics import Paired, paired

VALUES = [0.4, 0.1, -0.2, 0.3, 0.5, 0.0]


def test_the_text_names_interval_margin_and_seeds():
    each = Evidence("a against b", "accuracy", "points", paired(VALUES, [0.0] * 6), 0.3)
    assert each.text == "+0.18 points (95 % interval −0.09 to +0.46; margin ±0.3; 6 seeds)"
    assert each.detectable == detectable(each.sd, 6)
    assert each.power_text.startswith(f"6 seeds detect {each.detectable:.2f} points four times in five")
    assert "deciding on ±0.3 takes about" in each.power_text


def test_one_seed_has_no_interval_and_detects_nothing():
    each = Evidence("", "loss", "nats", paired([0.5], [0.25]))
    assert each.text == "0.250 nats (no interval from so few seeds)"
    assert (each.estimate, each.detectable, each.power_text) == (None, None, "")


def test_an_estimate_without_single_differences_names_its_seeds():
    each = Evidence("", "slope", "per doubling", Paired((), 0.1, 0.05, 0.2), seeds=5)
    assert each.n == 5
    assert each.text.endswith("5 seeds)")
    assert each.detectable is None
