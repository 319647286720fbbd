"""Characters that stand for Material icons, so that the site need not carry a font of 4,000 icons."""

from html import escape

_SIGNS = {
    "add": "+",
    "arrow_back": "←",
    "arrow_forward": "→",
    "balance": "⚖",
    "bar_chart": "▥",
    "blur_on": "◌",
    "cancel": "✖",
    "casino": "⚄",
    "check": "✓",
    "check_circle": "✔",
    "close": "✕",
    "compare": "⇆",
    "dataset": "▦",
    "download": "↓",
    "draw": "✎",
    "edit": "✎",
    "equal": "=",
    "error": "⚠",
    "filter_alt_off": "∅",
    "flag": "⚑",
    "functions": "∑",
    "grid_4x4": "▦",
    "grid_on": "▦",
    "grid_view": "▦",
    "groups": "∷",
    "healing": "✚",
    "help": "?",
    "history": "↺",
    "hourglass": "◔",
    "hourglass_empty": "◔",
    "hub": "⁂",
    "image": "▣",
    "info": "ℹ",
    "inventory_2": "▤",
    "link_off": "⚠",
    "model_training": "↻",
    "pending": "…",
    "photo_library": "▣",
    "play_arrow": "▶",
    "query_stats": "∿",
    "question_mark": "?",
    "radio_button_unchecked": "○",
    "remove": "−",
    "replay": "↻",
    "rule": "≟",
    "science": "⚗",
    "show_chart": "∿",
    "shuffle": "⇄",
    "stop": "■",
    "swap_vert": "⇅",
    "table": "▤",
    "touch_app": "☝",
    "tour": "⚑",
    "tune": "≡",
    "visibility": "◉",
    "warning": "⚠",
}


def icon(name: str) -> str:
    """Return an icon's character as HTML. Screen readers skip it, since the text beside it says the same."""
    sign = _SIGNS.get(name, "•")
    return f'<span class="icon" aria-hidden="true">{escape(sign)}</span>'


def of(name: str) -> str:
    """Return the icon of an element, given as ":material/name:", as an emoji, or as "" for none."""
    if not name:
        return ""
    if name.startswith(":material/"):
        return icon(name.strip(":").removeprefix("material/")) + " "
    return f'<span class="icon" aria-hidden="true">{escape(name)}</span> '
