"""Charts in rows, one above the other on one axis of time: the band of 9 nights in 10 and the mean in each."""

from collections.abc import Sequence
from typing import Any

from mamori.records import Floats
from mamori.report.figure import axis, safe
from mamori.report.words import Words

ROW_PX, AROUND_PX = 118, 90


def height_px(n_rows: int) -> int:
    """Of the whole chart."""
    return AROUND_PX + ROW_PX * n_rows


def layout(titles: Sequence[str], unit: str, x: dict[str, Any], **y: Any) -> dict[str, Any]:
    """Rows with their titles above them.

    unit: of all rows; x: the axis that they share; y: more of what their own axes have
    """
    n = len(titles)
    found: dict[str, Any] = {"annotations": [], "xaxis": {**x, "anchor": _ref(n - 1)}}
    for row, title in enumerate(titles):
        top = 1.0 - row / n
        found["yaxis" + _ref(row)[1:]] = axis(unit, domain=[top - 0.80 / n, top - 0.16 / n], nticks=4, anchor="x", **y)
        found["annotations"].append(
            {"text": safe(title), "xref": "paper", "yref": "paper", "x": 0.0, "y": top - 0.14 / n, "xanchor": "left",
             "yanchor": "bottom", "showarrow": False, "align": "left"}
        )  # fmt: skip
    return found


def row(
    w: Words,
    number: int,
    x: Sequence[float],
    low: Floats,
    mean: Floats,
    high: Floats,
    hover: str,
    colour: str = "@mean",
) -> list[dict[str, Any]]:
    """One row; hover: what is said of a point of the mean, with Plotly's marks for its place and value."""
    ref, is_first = _ref(number), number == 0
    edge = {
        "type": "scatter", "mode": "lines", "x": list(x), "yaxis": ref, "line": {"width": 0, "color": colour},
        "hoverinfo": "skip", "legendgroup": "band",
    }  # fmt: skip
    return [
        {**edge, "y": low, "showlegend": False},
        {**edge, "y": high, "fill": "tonexty", "fillcolor": "@band", "name": w.say("9 nights in 10"),
         "showlegend": is_first},
        {"type": "scatter", "mode": "lines", "x": list(x), "y": mean, "yaxis": ref, "name": w.say("mean"),
         "legendgroup": "mean", "showlegend": is_first, "line": {"color": colour, "width": 2.5},
         "hovertemplate": hover + "<extra></extra>"},
    ]  # fmt: skip


def _ref(row: int) -> str:
    return "y" if row == 0 else f"y{row + 1}"
