"""The nets of the paper's scale, made small enough to train in a test."""

import pytest

from dropout_core.experiments import paper_scale as scale
from dropout_core.reference import paper_scale as files


def make_small(patch: pytest.MonkeyPatch, folder) -> None:
    """Shrink all nets and their training, and store the files of their runs in this folder."""
    small = {"data": "mnist-5k", "images": 320, "epochs": 2, "batch": 20}
    patch.setattr(scale, "_COMMON", scale._COMMON | small)
    patch.setattr(scale, "NETS", {label: about | {"hidden": (16, 8)} for label, about in scale.NETS.items()})
    patch.setattr(files, "FOLDER", folder)
