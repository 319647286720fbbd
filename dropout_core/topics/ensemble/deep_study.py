"""Test claim C12 on small, deep nets with fresh seeds: `python -m dropout_core.topics.ensemble.deep_study`.

Ten pilot nets with three layers of four units, at p = 0.5 and on images of 7 × 7 pixels (study.py, "coarse"), suggested
that the average of all subnetworks is more accurate than the scaled pass. This study repeats them with other seeds.

Fixed before the first of these nets was trained:

- The seeds are 200 to 599. The pilot's are 0 to 9, and an audit looked at 100 to 119. With the audit's standard
  deviation of about 8 points, 400 nets detect a difference of about 1.1 points with 80 % power.
- The measure is the accuracy of the arithmetic mean over all subnetworks minus that of the scaled pass, per net. No net
  is left out, not even one at chance.
- C12 "does not hold in some small, deep nets" only if the whole 95 % interval of the mean lies outside C12's margin,
  ±0.3 points. Otherwise, C12 has no exception, and its sentence says that the pilot's difference was not confirmed.
"""

import json

from dropout_core.common import provenance
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import load
from dropout_core.reference import FILES
from dropout_core.topics.ensemble.study import DEEP, small_row
from dropout_core.topics.ensemble.tiny_net import COARSE, small_digits

FILE = FILES / "ensemble_deep.json"
DEEP_SEEDS = range(200, 600)


def main() -> None:
    """Train and measure all nets, and write the file."""
    digits = load("mnist-5k", Settings.from_env())
    images = small_digits(digits, COARSE)
    rows = [small_row(images, *DEEP, seed) for seed in DEEP_SEEDS]
    made = {"hardware": provenance.processor(), "data_checksum": digits.checksum, "ended": provenance.now()}
    about = {"pixels": COARSE, "provenance": provenance.software() | made, "nets": rows}
    write_whole(FILE, json.dumps(about, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
