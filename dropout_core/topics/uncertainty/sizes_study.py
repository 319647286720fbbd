"""Measure the calibration and the disagreement of nets trained on 500 to 60,000 images, like nets_study.py.

Run it with `python -m dropout_core.topics.uncertainty.sizes_study`; nets_record.py reads the file that it writes.
"""

from dropout_core.topics.uncertainty.nets_record import SIZES, SIZES_FILE, of_size
from dropout_core.topics.uncertainty.nets_study import write


def main() -> None:
    """Train five dropout nets and ten nets without dropout for each size, and measure them."""
    write(map(of_size, SIZES), SIZES_FILE)


if __name__ == "__main__":
    main()
