"""A rule: which pitfall it finds, what it says about it, and how it finds it."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from dropout_core.check.code import Code
from dropout_core.check.flow import Flow
from dropout_core.check.modes import Modes


class Program(Code):
    """A syntax tree, with its flow of values and its modes, both computed on first use."""

    @cached_property
    def flow(self) -> Flow:
        return Flow(self)

    @cached_property
    def modes(self) -> Modes:
        return Modes(self)


@dataclass(frozen=True)
class Rule:
    """What to look for.

    pitfall  the slug of the pitfall on the page *Pitfalls*
    what     the alarm, in one sentence without a full stop
    why      one or two sentences: what happens, and what to do
    find     yields the nodes that raise the alarm
    """

    pitfall: str
    what: str
    why: str
    find: Callable[[Program], Iterable[ast.AST]]
