"""Runs all rules on a source."""

import ast
import re
import warnings
from dataclasses import dataclass
from threading import Lock

from dropout_core.check import rules_calls, rules_masks, rules_modes, rules_order
from dropout_core.check.code import position
from dropout_core.check.rule import Program, Rule
from dropout_core.check.source import Source, Unreadable

RULES = (*rules_calls.RULES, *rules_order.RULES, *rules_modes.RULES, *rules_masks.RULES)
_SILENCED = re.compile(r"#\s*dropout:\s*ok\b")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_parsing = Lock()  # warnings.catch_warnings changes the filters of the whole process


@dataclass(frozen=True)
class Finding:
    """An alarm, and the line of the source on which it stands."""

    source: Source
    line: int
    rule: Rule

    @property
    def place(self) -> str:
        return self.source.place(self.line)

    @property
    def text(self) -> str:
        """The line of the source, without its indentation."""
        return lines_of(self.source.text)[self.line - 1].strip()


def check(source: Source) -> list[Finding]:
    """Return all findings in a source, by line. Raises Unreadable if it is not Python."""
    try:
        program = Program(_parsed(source))
        nodes = [(rule, node) for rule in RULES for node in rule.find(program)]
    except (RecursionError, MemoryError):
        raise Unreadable(f"{source.name} cannot be checked: the code is nested too deeply") from None
    lines = lines_of(source.text)
    alarms = {(position(node)[0], rule.pitfall): rule for rule, node in nodes if not _silenced(lines, node)}
    order = {rule.pitfall: at for at, rule in enumerate(RULES)}
    return [
        Finding(source, line, alarms[line, slug]) for line, slug in sorted(alarms, key=lambda k: (k[0], order[k[1]]))
    ]


def lines_of(text: str) -> list[str]:
    """Split a text into lines as Python counts them. str.splitlines also ends lines at other characters."""
    return _NEWLINE.split(text)


def _parsed(source: Source) -> ast.Module:
    try:
        with _parsing, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the source, such as an unknown escape sequence
            return ast.parse(source.text)
    except SyntaxError as error:
        place = f" (line {source.position(error.lineno)[1]})" if error.lineno else ""
        raise Unreadable(f"{_where(source, error)} is not valid Python: {error.msg}{place}") from None
    except ValueError:  # null characters, or half of a surrogate pair
        raise Unreadable(
            f"{source.name} is not valid Python: it contains a null or another invalid character"
        ) from None


def _where(source: Source, error: SyntaxError) -> str:
    cell, _ = source.position(error.lineno or 1)
    return f"cell {cell} of {source.name}" if cell else source.name


def _silenced(lines: list[str], node: ast.AST) -> bool:
    """Whether the first or the last line of a node carries the comment "# dropout: ok"."""
    numbers = {position(node)[0], getattr(node, "end_lineno", 0)}
    return any(_SILENCED.search(lines[number - 1]) for number in numbers if 0 < number <= len(lines))
