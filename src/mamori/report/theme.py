"""Colours of the page and its charts, light and dark, and what all charts share.

A chart names a colour by its role ("@drone"); the page's script puts in the value for the reader's scheme. The colours
of kinds and causes are near those of Okabe and Ito, which people with the common kinds of colour blindness can tell
apart: darker on light ground and lighter on dark where contrast asks for it. No meaning hangs on colour alone: kinds
have their own symbol or place as well.
"""

from typing import Any

LIGHT = {
    "@paper": "#ffffff",
    "@ink": "#1b1f24",
    "@soft": "#57606a",
    "@grid": "#e3e7eb",
    "@sea": "#eef4f8",
    "@land": "#f3efe2",
    "@shore": "#9a958a",
    "@shadow": "rgba(74,58,32,0.75)",
    "@level": "rgba(140,130,110,0)",
    "@sunlit": "rgba(255,255,255,0.85)",
    "@wire": "#8c959f",
    "@site": "#57606a",
    "@ballistic": "#d55e00",
    "@cruise": "#0072b2",
    "@drone": "#b97f00",
    "@boat": "#009e73",
    "@sensor": "#0072b2",
    "@battery": "#a3478a",
    "@port": "#1b1f24",
    "@alarm": "#a3478a",
    "@mean": "#0072b2",
    "@band": "rgba(0,114,178,0.20)",
    "@night": "#d55e00",
    "@baseline": "#57606a",
    "@leaked": "#d55e00",
    "@stopped": "#0072b2",
    "@failed": "#8c959f",
    "@local": "#d55e00",
    "@network": "#56b4e9",
    "@deficit": "#e69f00",
    "@off0": "#fff7e6",
    "@off1": "#f5b041",
    "@off2": "#8a2d00",
}
DARK = LIGHT | {
    "@paper": "#14181d",
    "@ink": "#e6edf3",
    "@soft": "#9aa6b2",
    "@grid": "#2b333c",
    "@sea": "#18212a",
    "@land": "#2e3334",
    "@shore": "#7d7a72",
    "@shadow": "rgba(0,0,0,0.6)",
    "@level": "rgba(90,90,90,0)",
    "@sunlit": "rgba(215,220,215,0.45)",
    "@wire": "#6e7681",
    "@site": "#adb6bf",
    "@ballistic": "#ff8a3d",
    "@cruise": "#56b4e9",
    "@drone": "#f0c14b",
    "@boat": "#2fd3a4",
    "@sensor": "#56b4e9",
    "@battery": "#e39ac6",
    "@port": "#e6edf3",
    "@alarm": "#e39ac6",
    "@mean": "#56b4e9",
    "@band": "rgba(86,180,233,0.25)",
    "@night": "#ff8a3d",
    "@baseline": "#9aa6b2",
    "@leaked": "#ff8a3d",
    "@stopped": "#56b4e9",
    "@failed": "#6e7681",
    "@local": "#ff8a3d",
    "@network": "#56b4e9",
    "@deficit": "#f0c14b",
    "@off0": "#33302a",
    "@off1": "#c77f1a",
    "@off2": "#ffe9b8",
}
SYMBOLS = {"ballistic": "triangle-up", "cruise": "diamond", "drone": "circle", "boat": "square"}
BATTERY_SYMBOLS = ("square", "diamond", "pentagon", "hexagon2", "cross", "x", "star", "bowtie", "hourglass", "octagon")
DARKNESS_SCALE = [[0.0, "@off0"], [0.5, "@off1"], [1.0, "@off2"]]
SHADE_SCALE = [[0.0, "@shadow"], [0.5, "@level"], [1.0, "@sunlit"]]

_AXIS: dict[str, Any] = {
    "gridcolor": "@grid",
    "linecolor": "@grid",
    "zerolinecolor": "@grid",
    "tickcolor": "@grid",
    "automargin": True,
    "title": {"standoff": 8, "font": {"size": 12}},
}
TEMPLATE: dict[str, Any] = {
    "layout": {
        "font": {"color": "@ink", "family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "hoverlabel": {"bgcolor": "@paper", "bordercolor": "@soft", "font": {"color": "@ink"}},
        "legend": {
            "orientation": "h",
            "xref": "container",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "traceorder": "normal",
        },
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "@soft", "activecolor": "@ink"},
        "hovermode": "closest",
        "dragmode": False,
    }
}
CONFIG: dict[str, Any] = {"displaylogo": False, "responsive": True, "modeBarButtons": [["toImage"]]}
MAP_CONFIG = CONFIG | {"modeBarButtons": [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]]}


def css() -> str:
    """The same colours as custom properties, light first and dark where the reader asks for it; print is light."""

    def properties(colours: dict[str, str]) -> str:
        return "".join(f"--{name[1:]}:{value};" for name, value in colours.items())

    return (
        f":root{{color-scheme:light dark;{properties(LIGHT)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{properties(DARK)}}}}}"
    )
