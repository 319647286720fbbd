"""The nets of the paper's scale, made small enough to train in a test."""

import pytest

from dropout_core.experiments import paper_scale as scale
from dropout_core.reference import paper_scale as files


def make_small(patch: pytest.MonkeyPatch, folder) -> None:
    """Shrink the nets of Tables 2 and 10 and their training, and store the files of their runs in this folder."""
    small = {"data": "mnist-5k", "images": 320, "epochs": 2, "batch": 20}
    groups = {name: scale.GROUPS[name] for name in (scale.NAME, scale.TABLE_10)}
    shrunk = {
        name: {label: about | {"hidden": (16, 8)} for label, about in nets.items()} for name, nets in groups.items()
    }
    patch.setattr(scale, "_COMMON", scale._COMMON | small)
    patch.setattr(scale, "GROUPS", shrunk)
    patch.setattr(scale, "SEEDS_OF", {scale.NAME: scale.SEEDS, scale.TABLE_10: scale.SEEDS[:2]})
    patch.setattr(files, "FOLDER", folder)
