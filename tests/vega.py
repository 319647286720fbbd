"""Check charts against Vega-Lite's schema."""

from functools import cache
from typing import Any

import jsonschema
from altair.vegalite.v6.schema import load_schema

ROWS = 3  # number of rows of inline data to check, since checking a row takes as long as checking an encoding


def assert_valid(spec: dict[str, Any]) -> None:
    """Fail if the layered chart violates the schema. Altair's from_dict() does the same but takes ten times as long."""
    _validator().validate(_with_few_rows(spec))


@cache
def _validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(load_schema() | {"$ref": "#/definitions/TopLevelLayerSpec"})


def _with_few_rows(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_few_rows(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {name: value[:ROWS] if name == "values" else _with_few_rows(value) for name, value in part.items()}
