"""The command `python -m dropout_core check`, which names the pitfalls in PyTorch source."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from dropout_core.check.findings import Finding, check
from dropout_core.check.source import Unreadable, files, read
from dropout_core.common.settings import SettingError, public_url
from dropout_core.common.text import counted

HELP = "find common dropout mistakes in PyTorch source code without running it"
CLEAN, FINDINGS, UNREADABLE = 0, 1, 2  # exit statuses; unreadable files outweigh findings
_EPILOG = (
    "Exit status: 0 without findings, 1 with findings, 2 if a file cannot be read. A comment `# dropout: ok` on a \
line silences its alarms."
)


@dataclass
class Report:
    """What came of all files."""

    files: int = 0
    findings: list[Finding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        return UNREADABLE if self.problems else FINDINGS if self.findings else CLEAN


def set_up(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments to the parser."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="+", metavar="FILE", help="Python file, notebook or folder; - is standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(command=run)


def run(args: argparse.Namespace) -> int:
    """Check all files, print what was found, and return the exit status."""
    try:
        base = public_url(os.environ)
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)
        return UNREADABLE
    report = check_all(args.files)
    if args.json:
        print(json.dumps(_summary(report, base), ensure_ascii=False))
        return report.status
    for finding in report.findings:
        print(_text(finding, base))
    for problem in report.problems:
        print(f"{problem}.", file=sys.stderr)
    print(_count(report))
    return report.status


def check_all(names: Iterable[str]) -> Report:
    """Check these files and folders. What cannot be read is noted, and the rest is still checked."""
    report = Report()
    for name in files(names):
        report.files += 1
        try:
            if isinstance(name, Unreadable):
                raise name
            report.findings += check(read(name))
        except Unreadable as error:
            report.problems.append(str(error))
    return report


def link(slug: str, base: str | None) -> str:
    """Return the address of a pitfall, without its host if the app's address is not known."""
    return f"{base or ''}/pitfalls?lab={slug}"


def _text(finding: Finding, base: str | None) -> str:
    rule = finding.rule
    return f"{finding.place}: {rule.what}\n    {rule.why}.\n    {link(rule.pitfall, base)}"


def _count(report: Report) -> str:
    return f"{counted(len(report.findings), 'finding')} in {counted(report.files, 'file')}."


def _summary(report: Report, base: str | None) -> dict[str, object]:
    return {
        "files": report.files,
        "findings": [_entry(finding, base) for finding in report.findings],
        "unreadable": report.problems,
    }


def _entry(finding: Finding, base: str | None) -> dict[str, object]:
    cell, line = finding.source.position(finding.line)
    rule = finding.rule
    place = {"file": finding.source.name, "line": line} | ({} if cell is None else {"cell": cell})
    return place | {"pitfall": rule.pitfall, "what": rule.what, "why": rule.why, "link": link(rule.pitfall, base)}
