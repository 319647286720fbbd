"""The run card: one JSON document per comparison, with its recipe, results and provenance.

A card contains everything needed to repeat the comparison. Cards are untrusted input: their size and types are checked,
and only the recipe is used.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pandas import DataFrame

from dropout_core.common.checks import Bounds, whole
from dropout_core.common.errors import UserError
from dropout_core.experiments.final_values import epoch_ends
from dropout_core.experiments.recipe import ARMS, Recipe, RecipeError
from dropout_core.storage.store import Comparison

FORMAT, VERSION = "dropout-explainer run card", "1.0"
LIMIT = 100_000  # maximum number of characters in a card, which even a card with 200 runs does not reach
_TEXT = 200  # maximum number of characters in one text field of a card
_NUMBER, _SEED = Bounds(-1e12, 1e12), whole(0, 2**31 - 1)
_NUMBERS = ("epoch_loss", "eval_loss", "full_val_loss", "full_val_accuracy")


class CardError(UserError, ValueError):
    """The text is neither a valid run card nor a valid recipe. The message names the field and the expected value."""


def to_card(comparison: Comparison) -> str:
    """Return the card as indented JSON. Equal comparisons give identical text, and missing runs are omitted."""
    recipe = comparison.recipe
    card = {
        "format": FORMAT,
        "version": VERSION,
        "key": recipe.key,
        "recipe": json.loads(recipe.to_json()),
        "seeds": list(recipe.seeds),
        "status": comparison.status,
        "message": comparison.message[:_TEXT],
        "started": comparison.started,
        "ended": comparison.ended,
        "data": {"source": recipe.data, "checksum": comparison.provenance.get("data_checksum", "unknown")},
        "provenance": {name: str(text)[:_TEXT] for name, text in sorted(comparison.provenance.items())},
        "runs": final_numbers(comparison),
    }
    return json.dumps(card, indent=1, allow_nan=False) + "\n"


def final_numbers(comparison: Comparison) -> list[dict]:
    """Return the losses (nats) and accuracy (%) at the last point of each finished run, in the recipe's order.

    best_epoch and best_val_loss are those of the point with the lowest loss on all validation images; with patience,
    the weights of that epoch are kept. seconds is the training time. Numbers that were not measured are None.
    """
    points = {run: rows.sort_values("step") for run, rows in comparison.points.groupby(["arm", "seed"])}
    runs = {(run.arm, run.seed): run for run in comparison.runs.itertuples()}
    names = [(run.arm, run.seed) for run in comparison.recipe.runs()]
    return [
        {"arm": arm, "seed": seed, **_final(points[arm, seed], runs[arm, seed])}
        for arm, seed in names
        if (arm, seed) in runs and (arm, seed) in points
    ]


def _final(points: DataFrame, run: Any) -> dict:  # run is a named tuple from pandas
    last, judged = points.iloc[-1], epoch_ends(points)
    best = judged.sort_values("full_val_loss", kind="stable").iloc[0] if len(judged) else last
    return {
        "epoch": _rounded(last["epoch"]),
        **{name: _rounded(last[name]) for name in _NUMBERS},
        "best_epoch": _rounded(best["epoch"]) if len(judged) else None,
        "best_val_loss": _rounded(best["full_val_loss"]),
        "seconds": _rounded(run.seconds),
        "stopped_early": bool(run.stopped_early),
    }


def recipe_of(text: str | bytes) -> Recipe:
    """Read a recipe from a run card, or from the JSON of the recipe alone. Raises CardError for anything else."""
    values = _parse(text)
    try:
        if "format" not in values and "recipe" not in values:
            return Recipe.from_dict(values)
        _check_card(values)
        recipe = Recipe.from_dict(values["recipe"])
    except RecipeError as error:
        raise CardError(f"recipe: {error}") from None
    _check_agreement(values, recipe)
    return recipe


def _parse(text: str | bytes) -> dict:
    try:
        # Detect the encoding as json.loads does, since Windows editors and PowerShell write UTF-16.
        decoded = text.decode(json.detect_encoding(text)) if isinstance(text, bytes) else text
        if len(decoded) > LIMIT:
            raise CardError(f"a run card has at most {LIMIT:,} characters; this text is longer")
        values = json.loads(decoded.removeprefix("\ufeff"), object_pairs_hook=_once, parse_constant=_refuse)
    except CardError:
        raise
    except (ValueError, RecursionError) as error:
        raise CardError(f"this is not JSON: {_what_is_wrong(error)}") from None
    if not isinstance(values, dict) or not values:
        raise CardError("this is neither a run card nor a recipe: both are JSON objects with fields")
    return values


def _what_is_wrong(error: ValueError | RecursionError) -> str:
    """Describe a syntax error by its position and the expected syntax."""
    if isinstance(error, json.JSONDecodeError):
        advice = [text for start, text in _SYNTAX.items() if error.msg.startswith(start)]
        return f"line {error.lineno}, column {error.colno}: {(advice or ['unexpected text'])[0]}"
    if isinstance(error, UnicodeDecodeError):
        return f"the file is not valid {error.encoding.upper()} text; save it as UTF-8"
    return "the brackets are nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"


def _once(pairs: list[tuple[str, object]]) -> dict:
    """Build a JSON object. Repeated fields are rejected, because JSON parsers disagree on their meaning."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise CardError(f"this is not JSON: field {max(names, key=names.count)[:40]!r} appears more than once")
    return values


def _refuse(constant: str) -> None:
    raise CardError(f"this is not JSON: {constant} is not a valid JSON number")


def _check_card(card: dict) -> None:
    """Check that every field is present and has the right type. Only a newer minor version may have unknown fields."""
    _require(card.get("format") == FORMAT, "format", f"{FORMAT!r}")
    newer = _check_version(card.get("version"))
    _check_fields(card, _CARD, "", newer)
    _check_fields(card["data"], _DATA, "data.", newer)
    for i, run in enumerate(card["runs"]):
        _require(isinstance(run, dict), f"runs[{i}]", "an object")
        _check_fields(run, _RUN, f"runs[{i}].", newer)


def _check_version(version: object) -> bool:
    """Whether this version has a newer minor number than VERSION. Raises CardError if the major numbers differ."""
    fits = isinstance(version, str) and re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,4}", version)
    _require(bool(fits), "version", f"a string like {VERSION!r}")
    theirs, ours = ([int(part) for part in f"{text}".split(".")] for text in (version, VERSION))
    if theirs[0] > ours[0]:
        raise CardError(f"version: {version} is too new for this program, which reads {VERSION}; update the program")
    _require(theirs[0] == ours[0], "version", f"{ours[0]}.x")
    return theirs > ours


def _check_fields(values: dict, known: dict, place: str, newer: bool) -> None:
    for name, (fits, wanted) in known.items():
        if name not in values:
            raise CardError(f"{place}{name} is missing")
        _require(fits(values[name]), f"{place}{name}", wanted)
    unknown = sorted(set(values) - set(known))
    if unknown and not newer:
        raise CardError(f"{place}{unknown[0][:40]!r} is not a field in a version {VERSION} run card")


def _check_agreement(card: dict, recipe: Recipe) -> None:
    """Check that the key, seeds, data and runs match the recipe.

    A recipe edited by hand must not be shown with another recipe's results.
    """
    changed = "; to run a modified recipe, enter only the recipe object"
    _require(card["key"] == recipe.key, "key", f"{recipe.key}, the key of the card's recipe{changed}")
    _require(card["seeds"] == list(recipe.seeds), "seeds", f"the same as in the card's recipe{changed}")
    _require(card["data"]["source"] == recipe.data, "data.source", f"the same as in the card's recipe{changed}")
    wanted, seen = {(run.arm, run.seed) for run in recipe.runs()}, set()
    for i, run in enumerate(card["runs"]):
        name = run["arm"], run["seed"]
        _require(name in wanted and name not in seen, f"runs[{i}]", "one of the recipe's runs, each listed only once")
        seen.add(name)


def _require(fits: bool, field: str, wanted: str) -> None:
    if not fits:
        raise CardError(f"{field} must be {wanted}")


def _rounded(value: float) -> float | None:
    """Round to seven significant digits, as in single precision. Returns None if the value was not measured."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT


def _time(value: object) -> bool:
    try:
        return isinstance(value, str) and _text(value) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _measured(value: object) -> bool:
    return value is None or _NUMBER.accept(value)


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_text, value)) and all(map(_text, value.values()))


def _kind(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


# Advice about a syntax error, keyed by the beginning of Python's message.
_SYNTAX = {
    "Expecting property name": "a field name in double quotes is missing",
    "Expecting ':'": "a colon is missing after the field name",
    "Expecting ','": "a comma or a closing bracket is missing",
    "Expecting value": "a value is missing: a number, a string in double quotes, a list or an object",
    "Illegal trailing comma": "remove the comma before the closing bracket",
    "Unterminated string": "the string that starts here has no closing quotation mark",
    "Extra data": "remove the text after the closing bracket",
    "Invalid control character": "write \\n or \\t for a line break or tab inside a string",
    "Invalid \\": "write \\\\ for a backslash inside a string",
}
_A_TEXT = (_text, f"a string of at most {_TEXT} characters")
_CARD = {
    "format": _A_TEXT,
    "version": _A_TEXT,
    "key": _A_TEXT,
    "recipe": (_kind(dict), "an object"),
    "seeds": (_kind(list), "a list"),
    "status": _A_TEXT,
    "message": _A_TEXT,
    "started": (_time, "a time with a time zone, such as 2026-01-31T12:00:00+00:00"),
    "ended": (lambda value: value is None or _time(value), "a time with a time zone, or null"),
    "data": (_kind(dict), "an object"),
    "provenance": (_texts, f"an object with strings of at most {_TEXT} characters"),
    "runs": (_kind(list), "a list"),
}
_DATA = {"source": _A_TEXT, "checksum": _A_TEXT}
_MEASURED = (_measured, "a number or null")
_RUN = {
    "arm": (lambda value: value in ARMS, f"one of {', '.join(ARMS)}"),
    "seed": (_SEED.accept, "a whole number"),
    "epoch": (_NUMBER.accept, "a number"),
    **dict.fromkeys((*_NUMBERS, "best_epoch", "best_val_loss"), _MEASURED),
    "seconds": (_NUMBER.accept, "a number"),
    "stopped_early": (_kind(bool), "true or false"),
}
