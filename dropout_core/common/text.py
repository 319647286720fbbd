"""Format numbers as text: plurals, signs, percentages and intervals."""

from collections.abc import Iterable
from math import floor, isclose, log10

NATS = "Loss: the mean of −ln(probability of the true digit), in nats (units of the natural logarithm)."

_NO_ERROR = 1e-9  # smaller standard errors are rounding errors


def counted(n: float, noun: str) -> str:
    """Format a count with its noun: "1 epoch", "2 epochs", "1,000 images"."""
    return f"{n:,g} {noun}{'s' * (n != 1)}"


def roughly(n: int) -> str:
    """Format a number that is only an estimate, with two significant digits: "38", "1,300"."""
    return f"{int(float(f'{n:.2g}')):,}"


def signed(value: float, places: int) -> str:
    """Format the value with an explicit sign, using a true minus sign. A value that rounds to zero gets a plus sign."""
    return f"{round(value, places) + 0.0:+,.{places}f}".replace("-", "−")


def decimals(least: int, *bounds: float) -> int:
    """Return the number of decimal places to print.

    It is `least`, or up to three more if a nonzero bound would otherwise be printed as zero.
    """
    return next((n for n in range(least, least + 3) if all(round(b, n) or not b for b in bounds)), least + 3)


def between(low: float, high: float, places: int) -> str:
    """Format the bounds of an interval: "+0.31 to +1.37", or "+0.10 only" if it has no width."""
    n = decimals(places, low, high)
    if isclose(low, high):
        return f"{signed(low, n)} only"
    return f"{signed(low, n)} to {signed(high, n)}"


def difference(mean: float, low: float, high: float, unit: str, places: int) -> str:
    """Format a difference with its interval: "+0.84 points (95 % interval +0.31 to +1.37)"."""
    return f"{signed(mean, decimals(places, low, high))} {unit} (95 % interval {between(low, high, places)})"


def around(mean: float, low: float, high: float, places: int) -> str:
    """Format a difference with its interval in short form: "+0.84 (+0.31 to +1.37)"."""
    return f"{signed(mean, decimals(places, low, high))} ({between(low, high, places)})"


def mean_and_range(values: Iterable[float], places: int) -> str:
    """Format the mean and range of several runs, as in "97.54 (97.41 to 97.66)". A single value is formatted alone."""
    numbers = [*values]
    mean, low, high = (fixed(v, places) for v in (sum(numbers) / len(numbers), min(numbers), max(numbers)))
    return f"{mean} ({low} to {high})" if len(numbers) > 1 else mean


def fixed(value: float, places: int) -> str:
    """Format the value with a fixed number of decimal places and a true minus sign."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


def fixed_alike(*values: float) -> list[str]:
    """Format values for comparison: with two decimal places, or as many as the smallest needs to differ from zero."""
    least = min((abs(value) for value in values if abs(value) > _NO_ERROR), default=1.0)
    return [fixed(value, max(2, -floor(log10(least)))) for value in values]


def with_error(value: float, error: float) -> str:
    """Format the value ± its standard error, to two significant digits of the error, so that z can be recomputed.

    An error of zero is not printed: "1.000, always".
    """
    if error < _NO_ERROR:
        return f"{fixed(value, 3)}, always"
    places = max(0, 1 - floor(log10(error)))
    return f"{fixed(value, places)} ± {error:.{places}f}"


def superscript(n: int) -> str:
    """Format a whole number as an exponent: "²⁴", "⁻⁶"."""
    return str(n).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def duration(seconds: float) -> str:
    """Format an estimated time in seconds, minutes or hours: "7 s", "2 min", "1.5 h"."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{seconds / 3600:.1f} h"


def span(values: Iterable[float]) -> str:
    """Format the range of the values: "5", "3 to 8"."""
    numbers = [*values]
    low, high = min(numbers), max(numbers)
    return f"{low:,g}" if low == high else f"{low:,g} to {high:,g}"


def listed(names: Iterable[object], last: str = "and") -> str:
    """Join names: "a", "a and b", "a, b and c".

    last  word before the last name
    """
    *first, end = map(str, names)
    return f"{', '.join(first)} {last} {end}" if first else end


def sentence(text: str) -> str:
    """Turn an error message into a sentence with an initial capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
