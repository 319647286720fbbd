"""Lets the reader check a piece of code for the pitfalls: the box, and what was found."""

from collections.abc import Callable

import streamlit as st

from dropout_core.check.findings import Finding, check
from dropout_core.check.source import Source, Unreadable
from dropout_core.common.text import counted, sentence
from dropout_core.topics.pitfalls.catalogue import BY_SLUG
from dropout_core.ui import components
from dropout_core.ui.layout import small

MOST = 20_000  # characters; Streamlit cuts off the rest, on the server too


def box(open_pitfall: Callable[[str], None]) -> None:
    """Show the folded box. `open_pitfall` is called with the slug of the pitfall that the reader wants to see."""
    with st.expander("Check your own code", icon=":material/rule:"):
        small(
            "Paste PyTorch code: a whole file or part of one. The code is only read; it is neither run nor stored. To "
            "check files, use `python -m dropout_core check FILE`."
        )
        text = st.text_area("PyTorch code", max_chars=MOST, height=200, key="pit_code")
        st.button("Check", icon=":material/rule:", key="pit_check")  # sends the text, like any click outside the area
        if text.strip():
            _outcome(text, open_pitfall)


def _outcome(text: str, open_pitfall: Callable[[str], None]) -> None:
    try:
        findings = check(Source("your code", text))
    except Unreadable as error:
        st.error(sentence(str(error)), icon=":material/error:")
        return
    st.markdown(f"**{counted(len(findings), 'finding')}**" if findings else "**No findings.**")
    for at, finding in enumerate(findings):
        _show(at, finding, open_pitfall)


def _show(at: int, finding: Finding, open_pitfall: Callable[[str], None]) -> None:
    rule = finding.rule
    st.markdown(f"**Line {finding.line}: {_plain(rule.what)}.** {_plain(rule.why)}.")
    components.code(finding.text)
    st.button(
        BY_SLUG[rule.pitfall].name, icon=":material/arrow_forward:", type="tertiary", key=f"pit_finding_{at}",
        on_click=open_pitfall, args=(rule.pitfall,),
    )  # fmt: skip


def _plain(text: str) -> str:
    """Escape what Markdown would take for emphasis, as in __init__ or num_layers."""
    return text.replace("_", "\\_")
