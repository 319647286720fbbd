"""The command `python -m dropout_core claims`, which prints the verdict on each of the article's claims."""

import argparse
import json
import textwrap
from typing import Any

from dropout_core.topics.claims import scoreboard

HELP = "print the verdicts on the article's claims, from the reference runs"
_WIDTH = 100


def set_up(parser: argparse.ArgumentParser) -> None:
    """Add this command's flags to the parser."""
    parser.add_argument("--json", action="store_true", help="print a list of JSON objects instead of text")
    parser.set_defaults(command=claims)


def claims(args: argparse.Namespace) -> int:
    """Print the scoreboard. The exit status is 1 if a record cannot be read."""
    rows = scoreboard.rows()
    print(json.dumps(rows, ensure_ascii=False) if args.json else "\n".join(map(_text, rows)))
    return int(any(row["verdict"] is None for row in rows))


def _text(row: dict[str, Any]) -> str:
    """Format a claim in a few lines: its text, its verdict, and the first comparison behind it."""
    lines = [f"{row['id']:4}{row['claim']}", f"    {row['verdict'] or 'its record cannot be read'}"]
    if row["figure"] is not None:
        lines.append(f"    {_evidence(row)}")
    return "\n".join(textwrap.fill(line, _WIDTH, subsequent_indent="    ") for line in lines)


def _evidence(row: dict[str, Any]) -> str:
    interval = f" ({row['interval'][0]:+.3g} to {row['interval'][1]:+.3g})" if row["interval"] else ""
    margin = f", margin ±{row['margin']:.3g}" if row["margin"] is not None else ""
    seen = f", detects {row['detectable']:.3g}" if row["detectable"] is not None else ""
    what = row["evidence"][0]["what"]
    return f"{what}: {row['figure']:+.3g}{interval}, {row['measure']}; {row['seeds']} seeds{margin}{seen}"
