"""The run card: one JSON document of a comparison, with its recipe, its numbers and how they came about.

Whoever has the card can repeat the comparison. Cards come from strangers: they are read as data, within bounds, and
believed in nothing but the recipe.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import datetime

from dropout_core.common.errors import UserError
from dropout_core.experiments.recipe import ARMS, Recipe, RecipeError
from dropout_core.storage.store import Comparison

FORMAT, VERSION = "dropout-explainer run card", "1.0"
LIMIT = 100_000  # characters of a card: the largest one, of 200 runs, has fewer
_TEXT = 200  # characters of one text in a card
_NUMBERS = ("epoch_loss", "eval_loss", "full_val_loss", "full_val_accuracy")


class CardError(UserError, ValueError):
    """A text that is neither a run card nor a recipe; the message names the field and what would do."""


def to_card(comparison: Comparison) -> str:
    """The card as indented JSON: the same comparison always gives the same text. Runs that are missing are left out."""
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
    """One record per finished run, in the recipe's order: its last point's losses in nats and accuracies in %.

    best_epoch and best_val_loss are those of the lowest loss on all validation images: where patience is set, the
    weights that were kept are of that moment. seconds is the run's time. Numbers not measured are None.
    """
    points = {run: rows.sort_values("step") for run, rows in comparison.points.groupby(["arm", "seed"])}
    runs = {(run.arm, run.seed): run for run in comparison.runs.itertuples()}
    found = []
    for arm, seed in ((run.arm, run.seed) for run in comparison.recipe.runs()):
        if (arm, seed) in runs and (arm, seed) in points:
            found.append({"arm": arm, "seed": seed, **_final(points[arm, seed], runs[arm, seed])})
    return found


def _final(points, run) -> dict:
    last, judged = points.iloc[-1], points.dropna(subset="full_val_loss")
    best = judged.loc[judged["full_val_loss"].idxmin()] if len(judged) else last
    return {
        "epoch": _rounded(last["epoch"]),
        **{name: _rounded(last[name]) for name in _NUMBERS},
        "best_epoch": _rounded(best["epoch"]) if len(judged) else None,
        "best_val_loss": _rounded(best["full_val_loss"]),
        "seconds": _rounded(run.seconds),
        "stopped_early": bool(run.stopped_early),
    }


def recipe_of(text: str | bytes) -> Recipe:
    """The recipe of a run card, or of a bare recipe in JSON. Raises CardError, and nothing else, for anything else."""
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
    if len(text) > LIMIT:
        raise CardError(f"a run card has at most {LIMIT:,} characters; this text has {len(text):,}")
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        values = json.loads(decoded, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise CardError(f"this is not JSON: {str(error)[:_TEXT]}") from None
    if not isinstance(values, dict) or not values:
        raise CardError("this is neither a run card nor a recipe: both are JSON objects with fields")
    return values


def _once(pairs: list[tuple[str, object]]) -> dict:
    """An object without repeated fields: readers would differ in which of them counts."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"field {max(names, key=names.count)[:40]!r} is there twice")
    return values


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _check_card(card: dict) -> None:
    """Every field is there and of its kind; fields that are not known are let pass in a newer minor version alone."""
    _require(card.get("format") == FORMAT, "format", f"{FORMAT!r}")
    newer = _check_version(card.get("version"))
    _check_fields(card, _CARD, "", newer)
    _check_fields(card["data"], _DATA, "data.", newer)
    for i, run in enumerate(card["runs"]):
        _require(isinstance(run, dict), f"runs[{i}]", "an object")
        _check_fields(run, _RUN, f"runs[{i}].", newer)


def _check_version(version: object) -> bool:
    """Whether this is a newer minor version than ours; raises CardError for another major one."""
    fits = isinstance(version, str) and re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,4}", version)
    _require(bool(fits), "version", f"a text like {VERSION!r}")
    found, own = ([int(part) for part in text.split(".")] for text in (version, VERSION))
    if found[0] > own[0]:
        raise CardError(f"version: {version} is newer than {VERSION}, which this program reads; update it")
    _require(found[0] == own[0], "version", f"{own[0]}.something")
    return found > own


def _check_fields(values: dict, known: dict, place: str, newer: bool) -> None:
    for name, (fits, wanted) in known.items():
        if name not in values:
            raise CardError(f"{place}{name} is missing")
        _require(fits(values[name]), f"{place}{name}", wanted)
    unknown = sorted(set(values) - set(known))
    if unknown and not newer:
        raise CardError(f"{place}{unknown[0][:40]!r} is not a field of a run card of version {VERSION}")


def _check_agreement(card: dict, recipe: Recipe) -> None:
    """What a card says twice it says alike: a recipe changed by hand must not go under another's key and numbers."""
    changed = "; to run a changed recipe, give the recipe's object alone"
    _require(card["key"] == recipe.key, "key", f"{recipe.key}, that of the card's recipe{changed}")
    _require(card["seeds"] == list(recipe.seeds), "seeds", f"those of the card's recipe{changed}")
    _require(card["data"]["source"] == recipe.data, "data.source", f"that of the card's recipe{changed}")
    wanted, seen = {(run.arm, run.seed) for run in recipe.runs()}, set()
    for i, run in enumerate(card["runs"]):
        name = run["arm"], run["seed"]
        _require(name in wanted and name not in seen, f"runs[{i}]", "of an arm and a seed of the recipe, each once")
        seen.add(name)


def _require(fits: bool, field: str, wanted: str) -> None:
    if not fits:
        raise CardError(f"{field} must be {wanted}")


def _rounded(value: float) -> float | None:
    """To seven digits, which is what single precision has; None for what was not measured."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT


def _time(value: object) -> bool:
    try:
        return _text(value) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _number(value: object) -> bool:
    # An integer of JSON may be too large for a float.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12


def _measured(value: object) -> bool:
    return value is None or _number(value)


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_text, value)) and all(map(_text, value.values()))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


_A_TEXT = (_text, f"a text of at most {_TEXT} characters")
_CARD = {
    "format": _A_TEXT,
    "version": _A_TEXT,
    "key": _A_TEXT,
    "recipe": (_kind(dict), "an object"),
    "seeds": (_kind(list), "a list"),
    "status": _A_TEXT,
    "message": _A_TEXT,
    "started": (_time, "a time with its zone, as 2026-01-31T12:00:00+00:00"),
    "ended": (lambda value: value is None or _time(value), "a time with its zone, or null"),
    "data": (_kind(dict), "an object"),
    "provenance": (_texts, f"an object of texts of at most {_TEXT} characters"),
    "runs": (_kind(list), "a list"),
}
_DATA = {"source": _A_TEXT, "checksum": _A_TEXT}
_MEASURED = (_measured, "a number or null")
_RUN = {
    "arm": (lambda value: value in ARMS, f"one of {', '.join(ARMS)}"),
    "seed": (_whole, "a whole number"),
    "epoch": (_number, "a number"),
    **dict.fromkeys((*_NUMBERS, "best_epoch", "best_val_loss"), _MEASURED),
    "seconds": (_number, "a number"),
    "stopped_early": (_kind(bool), "true or false"),
}
