"""Test that the folds of the page on dropout today are complete in the static edition, with charts and formulas."""

import re
from html import unescape

import pytest

from dropout_core.static_site import blocks
from dropout_core.static_site.elements import Elements
from dropout_core.static_site.links import Links
from dropout_core.static_site.recorder import recorder
from dropout_core.static_site.variants import all_variants
from dropout_core.topics.today import adaptive_l2_record, coadaptation_record, early_record, norm, transformer_record
from dropout_core.ui import shell
from tests import harness, loops

pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server
FOLDS = {  # the studies whose records exist: label of the fold, finding, and number of charts
    "Does early or late dropout help?": (early_record, 2),
    "Batch norm or dropout?": (norm, 1),
    "Where in a transformer does dropout help?": (transformer_record, 1),
    "Does dropout reduce co-adaptation?": (coadaptation_record, 1),
    "Is dropout an L2 penalty?": (adaptive_l2_record, 1),
}


def exists(record) -> bool:
    return record is norm or record.FILE.exists()


@pytest.fixture(scope="module")
def page(own_server) -> str:
    """Return the page's HTML, as the static edition writes it."""
    variants = all_variants()
    (variant,) = [each for each in variants if each.page == "today"]

    async def run():
        async with recorder(shell.__file__) as app:
            return await app.record("today", variant.params)

    recording = loops.run(run())
    assert not [node for node in recording.main if node.kind == "exception"]
    return blocks.html(recording.main, Elements(Links(variant, variants, dict.fromkeys(recording.files, "file"))))


@pytest.mark.parametrize("label", FOLDS)
def test_a_fold_has_its_finding_and_its_charts(page: str, label: str):
    record, charts = FOLDS[label]
    if not exists(record):
        pytest.skip("the study has not been run")
    start = page.index(label)
    others = [page.find(other, start + 1) for other in FOLDS if other != label]
    fold = page[start : min((at for at in others if at > 0), default=len(page))]
    assert record.headline() in unescape(re.sub("<[^>]+>", "", fold))
    assert fold.count('class="stVegaLiteChart"') == charts
    if record is adaptive_l2_record:
        assert fold.count("<math") >= 2
