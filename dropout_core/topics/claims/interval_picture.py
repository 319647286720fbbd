"""Draws one comparison (mean, interval, zero and margin) as a picture small enough for a line of text."""

from base64 import b64encode

from dropout_core.charts.theme import NEUTRAL
from dropout_core.numerics.evidence import Evidence

_WIDTH, _HEIGHT = 150, 20  # pixels
_REACH = 1.15  # half of the width, relative to the largest value drawn


def markdown(evidence: Evidence, expected: int) -> str:
    """Return an inline image with a text alternative. Differences that favour the claim are right of zero.

    expected  the sign of the differences that favour the claim; 0 if neither sign does
    """
    image = b64encode(_svg(evidence, -1 if expected < 0 else 1).encode()).decode()
    alt = f"{evidence.what}, {evidence.measure}: {evidence.text}"
    return f'![{alt}](data:image/svg+xml;base64,{image} "{alt}")'


def _svg(evidence: Evidence, direction: int) -> str:
    estimate, mean, margin = evidence.estimate, evidence.paired.mean, evidence.margin or 0.0
    low, high = (estimate.low, estimate.high) if estimate else (mean, mean)
    scale = direction * _WIDTH / 2 / (_REACH * (max(abs(low), abs(high), margin) or 1))
    left, right = sorted((scale * low, scale * high))
    parts = [
        _bar(-abs(scale * margin), abs(scale * margin), _HEIGHT, 'opacity="0.35"') if margin else "",
        _bar(-0.5, 0.5, _HEIGHT),
        _bar(left, right, 3) if estimate else "",
        f'<circle cx="{scale * mean:.1f}" cy="{_HEIGHT / 2}" r="4"/>',
    ]
    box = f'viewBox="{-_WIDTH / 2} 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" fill="{NEUTRAL}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{"".join(parts)}</svg>'


def _bar(left: float, right: float, height: float, style: str = "") -> str:
    top = (_HEIGHT - height) / 2
    return f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{height}" {style}/>'
