"""Markdown tables of the moments of the noise."""

from dropout_core.common.text import fixed, with_error
from dropout_core.topics.variants import cached
from dropout_core.topics.variants.numerics import VARIANTS, Measured
from dropout_core.ui.layout import table


def moments(rate: float) -> str:
    """Tabulate which values share one draw, and the mean and variance of the factor, for each variant."""
    rows = [_moments_row(slug, measured) for slug, measured in cached.moments(rate).items()]
    return table(("one draw decides", "mean", "variance", "exact"), rows)


def _moments_row(slug: str, m: Measured) -> tuple[str, ...]:
    """Format one variant's row.

    There is no error at rate 0, nor of the variance at rate 0.5: there every Bernoulli factor is 0 or 2, both at
    distance 1 from the mean.
    """
    variant = VARIANTS[slug]
    mean, variance = with_error(m.mean, m.mean_error), with_error(m.variance, m.variance_error)
    return f"**{variant.name}:** {variant.shared}", mean, variance, f"{m.exact_variance:#.4g}"


def two_sums(rate: float) -> str:
    """Tabulate the exact and measured variance and correlation of two sums, under dropout and under DropConnect."""
    sums = cached.two_sums(rate).values()
    rows: list[tuple[str, ...]] = [
        ("variance of z₁", *(f"{s.exact_variance:.3f}" for s in sums)),
        ("measured", *(f"{s.variance:.3f}" for s in sums)),
    ]
    if rate:  # without noise, the correlation is undefined
        rows += [
            ("correlation of z₁, z₂", *(fixed(s.exact_correlation, 4) for s in sums)),
            ("measured", *(with_error(s.correlation, s.correlation_error) for s in sums)),
        ]
    return table((f"p = {rate:.2f}", "Dropout", "DropConnect"), rows)
