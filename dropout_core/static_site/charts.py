"""Charts: the specification and the tables that files/charts.js draws in the browser."""

import json

from streamlit.proto.VegaLiteChart_pb2 import VegaLiteChart
from streamlit.proto.WidthConfig_pb2 import WidthConfig

from dropout_core.static_site.tables import columns


def html(chart: VegaLiteChart, width: WidthConfig) -> str:
    """Return a chart's place on the page. Tables are stored by column, which takes less room than rows."""
    spec = json.loads(chart.spec)
    if chart.alt:
        spec["description"] = chart.alt
    content: dict[str, object] = {"spec": spec, "stretch": not (width.use_content or width.pixel_width)}
    if chart.data.data:
        content["data"] = columns(chart.data.data)
    if chart.datasets:
        content["tables"] = {each.name: columns(each.data.data) for each in chart.datasets}
    return f'<div class="stVegaLiteChart" data-figure>{script(content)}</div>'


def script(content: object) -> str:
    """Return an element that carries data for scripts. Nothing in the data can end the element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    safe = text.replace("<", r"\u003c")
    return f'<script type="application/json">{safe}</script>'
