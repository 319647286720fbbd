"""Test that docs/check.md lists the rules, and every alarm on torchvision's models."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from dropout_core.check.findings import RULES, check
from dropout_core.check.source import Source, files, read

DOCUMENT = (Path(__file__).parents[2] / "docs" / "check.md").read_text("utf-8")
SPEC = find_spec("torchvision")  # which is not imported
ALARM = re.compile(r"^\| `([\w/.]+:\d+)` \| `([\w-]+)` \| (Yes|No)\. ", re.MULTILINE)


@pytest.fixture(scope="module")
def models() -> Path:
    assert SPEC is not None
    assert SPEC.origin is not None
    return Path(SPEC.origin).parent / "models"


def alarms(folder: Path) -> set[tuple[str, str]]:
    """Return the places and pitfalls of all findings below a folder."""
    found = [finding for name in files([str(folder)]) for finding in check(read(str(name)))]
    return {(finding.place.split("/site-packages/")[-1], finding.rule.pitfall) for finding in found}


def test_the_document_lists_every_alarm_on_torchvision_s_models(models):
    listed = {(place, slug) for place, slug, _ in ALARM.findall(DOCUMENT) if place.startswith("torchvision/")}
    assert alarms(models) == listed
    assert len(list(files([str(models)]))) > 50


@pytest.mark.parametrize(
    ("name", "code", "bug", "slug"),
    [
        ("densenet.py", ", training=self.training", "", "functional"),
        ("inception.py", "self.dropout = nn.Dropout(p=dropout)", "self.dropout = nn.Dropout(p=0.9)", "keep"),
    ],
)
def test_a_bug_in_one_of_these_models_would_be_found(models, name, code, bug, slug):
    text = (models / name).read_text("utf-8")
    assert code in text
    assert slug in {finding.rule.pitfall for finding in check(Source(name, text.replace(code, bug)))}


def test_the_number_of_alarms_is_the_number_of_those_listed():
    rows = re.findall(r"^\| `([\w.]+)` \| [\d.]+ \| [\d,]+ \| (\d+) \|$", DOCUMENT, re.MULTILINE)
    assert len(rows) == 3
    for library, count in rows:
        folder = library.replace(".", "/")
        assert sum(place.startswith(f"{folder}/") for place, *_ in ALARM.findall(DOCUMENT)) == int(count)


def test_the_document_lists_every_rule():
    rules, _ = DOCUMENT.split("## On other people's code")
    assert re.findall(r"^\| `([\w-]+)` \| (.*?) \| ", rules, re.MULTILINE) == [(r.pitfall, r.what) for r in RULES]
