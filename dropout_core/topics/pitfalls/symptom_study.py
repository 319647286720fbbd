"""Run every pitfall's broken and correct code with PyTorch, and store the numbers that the page draws.

Run it with `python -m dropout_core.topics.pitfalls.symptom_study`; symptoms.py reads the file that it writes.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.whole_files import write_whole
from dropout_core.topics.pitfalls.catalogue import PITFALLS
from dropout_core.topics.pitfalls.pitfall import Pitfall
from dropout_core.topics.pitfalls.snippets import execute
from dropout_core.topics.pitfalls.symptoms import FILE, RATES

_DIGITS = 4


def run(pitfall: Pitfall, code: str, rate: float) -> list[float]:
    """Run the code between its setup and its probe, and return the probe's values, to four significant digits."""
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "p": rate}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "dropout option adds dropout", UserWarning)  # the symptom of one pitfall
        execute(pitfall.script(code), names)
    return [float(f"{float(value):.{_DIGITS}g}") for value in names["values"]]


def measure(pitfall: Pitfall, code: str) -> list[list[float]]:
    """Return the values at each point of the horizontal axis: at each step, or at each rate."""
    if pitfall.steps:
        return [[value] for value in run(pitfall, code, pitfall.rate)]
    return [run(pitfall, code, rate) for rate in RATES]


def main(file: Path = FILE) -> None:
    values = {each.slug: {"bug": measure(each, each.broken), "right": measure(each, each.right)} for each in PITFALLS}
    provenance = software() | {"hardware": processor(), "ended": now()}
    write_whole(file, json.dumps({"values": values, "provenance": provenance}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
