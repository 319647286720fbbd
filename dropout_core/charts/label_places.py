"""Places of labels beside the ends of lines, moved apart so that they do not overlap."""

from collections.abc import Sequence
from math import inf


def apart(values: Sequence[float], least: float, lowest: float = -inf) -> list[float]:
    """Return a place for the label of each line. Neighbouring places are at least `least` apart.

    Labels that are too close are spread evenly around their mean, so that each stays beside its line.

    values  where the lines end
    lowest  no label is placed below this value
    """
    groups: list[list[int]] = []  # indices of the values, in ascending order; the labels of a group are evenly spaced

    def place(group: Sequence[int], i: int) -> float:
        middle = sum(values[k] for k in group) / len(group)
        return max(middle - least * (len(group) - 1) / 2, lowest) + i * least

    for k in sorted(range(len(values)), key=values.__getitem__):
        groups.append([k])
        while len(groups) > 1 and place(groups[-1], 0) < place(groups[-2], len(groups[-2])):
            groups[-2:] = [groups[-2] + groups[-1]]
    places = {k: place(group, i) for group in groups for i, k in enumerate(group)}
    return [places[k] for k in range(len(values))]
