"""Markdown tables of the moments of the noise."""

from dropout_core.common.text import fixed
from dropout_core.topics.variants import cached
from dropout_core.topics.variants.numerics import VARIANTS, Measured
from dropout_core.ui.layout import table


def moments(rate: float) -> str:
    """Tabulate which values share one draw, and the mean and variance of the factor, for each variant."""
    rows = [_moments_row(slug, measured) for slug, measured in cached.moments(rate).items()]
    return table(("one draw decides", "mean", "variance", "exact"), rows)


def _moments_row(slug: str, m: Measured) -> tuple[str, ...]:
    """Format one variant's row."""
    variant = VARIANTS[slug]
    mean, variance = _with_error(m.mean, m.mean_error), _with_error(m.variance, m.variance_error)
    return f"**{variant.name}:** {variant.shared}", mean, variance, f"{m.exact_variance:.3f}"


def _with_error(value: float, error: float) -> str:
    """Format a measured moment ± its standard error.

    There is no error at rate 0, nor of the variance at rate 0.5: there every Bernoulli factor is 0 or 2, both at
    distance 1 from the mean.
    """
    return f"{value:.3f} ± {error:.3f}" if error >= 0.0005 else f"{value:.3f}, always"


def two_sums(rate: float) -> str:
    """Tabulate the exact and measured variance and correlation of two sums, under dropout and under DropConnect."""
    sums = cached.two_sums(rate).values()
    rows: list[tuple[str, ...]] = [
        ("variance of z₁", *(f"{s.exact_variance:.3f}" for s in sums)),
        ("measured", *(f"{s.variance:.3f}" for s in sums)),
    ]
    if rate:  # without noise, the correlation is undefined
        rows += [
            ("correlation of z₁, z₂", *(fixed(s.exact_correlation, 3) for s in sums)),
            ("measured", *(f"{fixed(s.correlation, 3)} ± {s.correlation_error:.3f}" for s in sums)),
        ]
    return table((f"p = {rate:.2f}", "Dropout", "DropConnect"), rows)
