"""Places of labels beside the ends of lines, moved apart so that they do not overlap."""

from collections.abc import Mapping, Sequence


def apart(places: Mapping[int, float], least: float) -> dict[int, float]:
    """Spread label positions that are less than `least` apart evenly around their mean, so each stays by its line."""
    groups: list[list[int]] = []
    for name in sorted(places, key=places.__getitem__):
        groups.append([name])
        while len(groups) > 1 and _lowest(groups[-1], places, least) - _highest(groups[-2], places, least) < least:
            groups[-2:] = [groups[-2] + groups[-1]]
    return {name: _lowest(group, places, least) + i * least for group in groups for i, name in enumerate(group)}


def _lowest(group: Sequence[int], places: Mapping[int, float], least: float) -> float:
    return sum(places[name] for name in group) / len(group) - least * (len(group) - 1) / 2


def _highest(group: Sequence[int], places: Mapping[int, float], least: float) -> float:
    return _lowest(group, places, least) + least * (len(group) - 1)
