"""Maps of areas on an equal-area plane as PNG or SVG: land, relief, who stands where, how many reach each place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shapely import get_parts
from shapely.geometry.base import BaseGeometry

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.maths.equal_area import Plane
from mamori.records import Floats, Ints
from mamori.report.theme import LIGHT
from mamori.world.coast import read_coast
from mamori.world.outline import Grid
from mamori.world.terrain import Terrain

Box = tuple[float, float, float, float]

_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#b97f00",
    "#7a4fb5",
    "#8a5a2b",
    "#3aa0c9",
    "#6b8e23",
    "#57606a",
)
"""Okabe and Ito's, nearly, darker where they must be read on a light ground."""
_SHADES = ("#b9d7ee", "#8cbde0", "#5c9fd0", "#2f77b2", "#124a7f")
_MOST_COLUMNS = 3
_MANY = 25  # outlines on one map, from which on they are drawn thinly
_STEEPER = 8.0


@dataclass(frozen=True)
class Mark:
    """Who stands where on the plane; group: index of the chart's groups; is_named: whether its name is written."""

    id: str
    group: int
    east_m: float
    north_m: float
    is_named: bool = True


@dataclass(frozen=True)
class Panel:
    """One map: the areas by id of the mark, their union, and how many count (rows, columns) at each point of a grid.

    from_deg: bearing from which the threats come, None for none
    """

    title: str
    areas: Mapping[str, BaseGeometry]
    together: BaseGeometry
    grid: Grid
    count: Ints
    from_deg: float | None = None


@dataclass(frozen=True)
class Chart:
    """A picture of some panels, of the same country to the same scale.

    groups: names of the groups of marks, which keep their colours from chart to chart
    counted: what the shade counts, one and many; marker: of the marks; dots: (2, N) places of people, drawn small
    """

    title: str
    caption: str
    groups: Sequence[str]
    counted: tuple[str, str]
    plane: Plane
    marks: Sequence[Mark]
    marker: str
    panels: Sequence[Panel]
    dots: Floats
    coast_file: Path | None
    terrain: Terrain


def need_matplotlib(place: str) -> None:
    """Raises ScenarioError if matplotlib, which draws the maps, is not there."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        remedy = say("Install it: pip install 'mamori[plot]'; or ask for --format geojson alone.")
        raise ScenarioError(Fault(place, "", say("maps need matplotlib, which is not there"), remedy)) from None


def draw(chart: Chart, file: Path, kind: str) -> None:
    """Write the picture; kind: `png` or `svg`, the same bytes for the same chart."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    box = _box(chart)
    n_columns = min(len(chart.panels), _MOST_COLUMNS)
    n_rows = -(-len(chart.panels) // n_columns)
    tall = (box[3] - box[1]) / (box[2] - box[0])
    wide_in = {1: 8.5, 2: 6.5, 3: 5.4}[n_columns]
    figure = Figure(
        figsize=(wide_in * n_columns, n_rows * (wide_in * tall + 0.3) + 1.05), dpi=130, layout="constrained"
    )
    figure.set_facecolor("white")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    base = _Base(chart, box, wide_in)
    for ax, panel in zip(axes, chart.panels, strict=False):
        base.draw(ax, panel)
    for ax in axes[len(chart.panels) :]:
        ax.set_visible(False)
    figure.suptitle(chart.title, fontsize=13, fontweight="bold", color=LIGHT["@ink"])
    handles = base.handles()
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(len(handles), 3 + 2 * (n_columns - 1)), fontsize=8.5,
        frameon=False, title=chart.caption, title_fontproperties={"size": 8.5},
    )  # fmt: skip
    with mpl.rc_context({"svg.hashsalt": "mamori", "svg.fonttype": "none"}):
        figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})


def _box(chart: Chart) -> Box:
    """What all panels show: those who stand there and the areas, with some room; of areas with a direction, which go on
    behind the country, what lies over it."""
    boxes = [panel.together.bounds for panel in chart.panels if panel.from_deg is None and not panel.together.is_empty]
    boxes += [(mark.east_m, mark.north_m, mark.east_m, mark.north_m) for mark in chart.marks]
    if chart.dots.size:
        boxes.append((*chart.dots.min(axis=1), *chart.dots.max(axis=1)))
    low, high = np.array(boxes)[:, :2].min(axis=0), np.array(boxes)[:, 2:].max(axis=0)
    room = 0.08 * max(float((high - low).max()), 20e3)
    (west, south), (east, north) = low - room, high + room
    # Neither a ribbon nor a tower, so that names find room.
    lack = 0.6 * (east - west) - (north - south)
    if lack > 0.0:
        south, north = south - 0.5 * lack, north + 0.5 * lack
    lack = 0.8 * (north - south) - (east - west)
    if lack > 0.0:
        west, east = west - 0.5 * lack, east + 0.5 * lack
    return float(west), float(south), float(east), float(north)


class _Base:
    """What all panels of a chart share."""

    def __init__(self, chart: Chart, box: Box, wide_in: float) -> None:
        self.chart, self.box, self.wide_in = chart, box, wide_in
        self.land = self._land()
        self.relief = self._relief()
        self.groups = sorted({mark.group for mark in chart.marks})
        self.colour = [_COLOURS[i % len(_COLOURS)] for i in range(len(chart.groups))]
        self.most = max((int(panel.count.max(initial=0)) for panel in chart.panels), default=0)

    def draw(self, ax: Any, panel: Panel) -> None:
        from matplotlib.colors import ListedColormap
        from matplotlib.transforms import Affine2D

        west, south, east, north = self.box
        ax.set_facecolor(LIGHT["@sea"])
        for ring in self.land:
            ax.fill(*ring, facecolor=LIGHT["@land"], edgecolor="none", zorder=1)
        if self.relief is not None:
            ax.imshow(
                self.relief, extent=(west, east, south, north), origin="lower", cmap="gray", vmin=0.0, vmax=1.0,
                alpha=0.35, zorder=2, interpolation="bilinear",
            )  # fmt: skip
        grid = panel.grid
        half, rise = 0.5 * grid.step_m, 0.5 * (grid.row_step_m or grid.step_m)
        extent = (grid.east_m[0] - half, grid.east_m[-1] + half, grid.north_m[0] - rise, grid.north_m[-1] + rise)
        counts = np.ma.masked_less(np.minimum(panel.count, len(_SHADES)), 1)
        ax.imshow(
            counts, extent=extent, origin="lower", cmap=ListedColormap(_SHADES), vmin=0.5, vmax=len(_SHADES) + 0.5,
            alpha=0.62, zorder=3, interpolation="nearest",
            transform=Affine2D().rotate(-grid.turn_rad) + ax.transData,
        )  # fmt: skip
        for ring in self.land:
            ax.plot(*ring, color=LIGHT["@shore"], linewidth=0.7, zorder=4)
        if self.chart.dots.size:
            ax.plot(*self.chart.dots, "o", color=LIGHT["@ink"], markersize=1.6, zorder=6)
        groups = {mark.id: mark.group for mark in self.chart.marks}
        for name, shape in panel.areas.items():
            _edge(ax, shape, self.colour[groups[name]], 0.9 if len(panel.areas) <= _MANY else 0.5, 5)
        _edge(ax, panel.together, LIGHT["@ink"], 2.0, 4.5)
        self._marks(ax)
        self._graticule(ax)
        self._scale(ax)
        if panel.from_deg is not None:
            self._arrow(ax, panel.from_deg)
        ax.set(xlim=(west, east), ylim=(south, north), aspect="equal", xticks=[], yticks=[])
        ax.set_title(panel.title, fontsize=10.5, color=LIGHT["@ink"])
        for spine in ax.spines.values():
            spine.set_color(LIGHT["@shore"])

    def _marks(self, ax: Any) -> None:
        import matplotlib.patheffects as effects

        halo = [effects.withStroke(linewidth=2.2, foreground="white")]
        size_m = (self.box[2] - self.box[0]) / self.wide_in / 72.0  # a point of type, in metres of the map
        taken: list[Box] = []
        for group in self.groups:
            mine = [mark for mark in self.chart.marks if mark.group == group]
            ax.plot(
                [mark.east_m for mark in mine], [mark.north_m for mark in mine], self.chart.marker, markersize=5.5,
                markerfacecolor=self.colour[group], markeredgecolor="white", markeredgewidth=0.7, linestyle="none",
                zorder=8,
            )  # fmt: skip
        for mark in self.chart.marks:
            if not mark.is_named:
                continue
            place = _free(mark, size_m, taken)
            if place is None:
                continue
            x, y, align, taken_box = place
            taken.append(taken_box)
            ax.text(
                x, y, mark.id, fontsize=6.5, ha=align, va="center", color=LIGHT["@ink"], path_effects=halo, zorder=9,
                clip_on=True,
            )  # fmt: skip

    def _graticule(self, ax: Any) -> None:
        west, south, east, north = self.box
        edge = np.linspace(0.0, 1.0, 60)
        x = np.concatenate(
            [west + (east - west) * edge, west + (east - west) * edge, np.full(60, west), np.full(60, east)]
        )
        y = np.concatenate([np.full(60, south), np.full(60, north), south + (north - south) * edge,
                            south + (north - south) * edge])  # fmt: skip
        latitude, longitude = np.degrees(self.chart.plane.places_rad(x, y))
        span = float(np.ptp(latitude))
        step = next((s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if span / s <= 6.0), 30.0)
        style = {"color": LIGHT["@soft"], "linewidth": 0.35, "alpha": 0.5, "zorder": 4}
        if np.ptp(longitude) > 300.0:  # a pole is near: no straight grid
            return
        for value in _rounds(latitude, step):
            at = np.linspace(longitude.min(), longitude.max(), 100)
            line = self.chart.plane.points_m(np.radians(np.full(100, value)), np.radians(at))
            ax.plot(*line, **style)
            self._degree(ax, line, 0, west, _named(value, "N", "S", step))
        for value in _rounds(longitude, step):
            at = np.linspace(max(latitude.min() - step, -90.0), min(latitude.max() + step, 90.0), 100)
            line = self.chart.plane.points_m(np.radians(at), np.radians(np.full(100, value)))
            ax.plot(*line, **style)
            self._degree(ax, line, 1, south, _named((value + 180.0) % 360.0 - 180.0, "E", "W", step))

    def _degree(self, ax: Any, line: Floats, axis: int, edge: float, text: str) -> None:
        """The name of a line of the grid where it leaves the map at the left (axis 0) or below (1)."""
        other = 1 - axis
        order = np.argsort(line[axis])
        at = float(np.interp(edge, line[axis][order], line[other][order]))
        low, high = self.box[other], self.box[other + 2]
        if not low + 0.03 * (high - low) < at < high - 0.03 * (high - low):
            return
        place = (edge, at) if axis == 0 else (at, edge)
        shift, align = ((2, 0), ("left", "center")) if axis == 0 else ((0, 2), ("center", "bottom"))
        ax.annotate(
            text, place, xytext=shift, textcoords="offset points", fontsize=6, color=LIGHT["@soft"], ha=align[0],
            va=align[1], zorder=7,
        )  # fmt: skip

    def _scale(self, ax: Any) -> None:
        west, south, east, north = self.box
        wide = east - west
        length = max(
            (s * 10.0**p for p in range(2, 7) for s in (1.0, 2.0, 5.0) if s * 10.0**p <= 0.25 * wide), default=100.0
        )
        right, low = east - 0.04 * wide, south + 0.055 * (north - south)
        ax.plot(
            [right - length, right], [low, low], color=LIGHT["@ink"], linewidth=2.2, solid_capstyle="butt", zorder=9
        )
        ax.annotate(
            f"{length / 1e3:g} km", (right - 0.5 * length, low), xytext=(0, 3), textcoords="offset points", ha="center",
            fontsize=7.5, color=LIGHT["@ink"], zorder=9,
        )  # fmt: skip

    def _arrow(self, ax: Any, from_deg: float) -> None:
        west, south, east, north = self.box
        angle, half = np.radians(from_deg), 0.5 * np.array([east - west, north - south])
        out = np.array([np.sin(angle), np.cos(angle)])
        middle = np.array([0.5 * (west + east), 0.5 * (south + north)])
        edge = 0.97 * out * float((half / np.maximum(np.abs(out), 1e-9)).min())
        tip = edge - 0.26 * float(half.min()) * out
        style = {"arrowstyle": "-|>,head_width=0.5,head_length=0.9", "color": LIGHT["@leaked"], "linewidth": 3.0}
        ax.annotate("", middle + tip, xytext=middle + edge, arrowprops=style, zorder=10)

    def handles(self) -> list[Any]:
        """Entries of the legend."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        line = [
            Line2D(
                [],
                [],
                color=self.colour[g],
                marker=self.chart.marker,
                markersize=6,
                linewidth=1.2,
                label=self.chart.groups[g],
            )
            for g in self.groups
        ]
        line.append(Line2D([], [], color=LIGHT["@ink"], linewidth=1.6, label="all together"))
        if self.chart.dots.size:
            line.append(
                Line2D([], [], color=LIGHT["@ink"], marker="o", markersize=2.5, linestyle="none", label="districts")
            )
        n = len(_SHADES)
        return line + [
            Patch(
                facecolor=shade, alpha=0.8,
                label=f"{i}{'+' if i == n and self.most > n else ''} {self.chart.counted[min(i - 1, 1)]}",
            )
            for i, shade in enumerate(_SHADES[: max(self.most, 1)], start=1)
        ]  # fmt: skip

    def _land(self) -> list[Floats]:
        if self.chart.coast_file is None:
            return []
        rings = read_coast(self.chart.coast_file)
        return [self.chart.plane.points_m(np.radians(ring[:, 1]), np.radians(ring[:, 0])) for ring in rings]

    def _relief(self) -> Floats | None:
        """(rows, columns) the ground's brightness, lit from the north-west, nan at sea."""
        if not self.chart.terrain.height_m.any():
            return None
        from matplotlib.colors import LightSource

        west, south, east, north = self.box
        n = 500
        x, y = np.linspace(west, east, n), np.linspace(south, north, max(int(n * (north - south) / (east - west)), 2))
        ground = self.chart.terrain.ground_m(*self.chart.plane.places_rad(x[None, :], y[:, None]))
        # Rows run from south to north here, and LightSource takes them from north to south.
        lit = LightSource(315, 45).hillshade(
            ground[::-1], vert_exag=_STEEPER, dx=(east - west) / n, dy=(north - south) / len(y)
        )[::-1]
        return np.where(ground > 0.0, lit, np.nan)


def _edge(ax: Any, shape: BaseGeometry, colour: str, width: float, zorder: float) -> None:
    for part in get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            ax.plot(*np.asarray(ring.coords).T, color=colour, linewidth=width, zorder=zorder)


def _free(mark: Mark, size_m: float, taken: Sequence[Box]) -> tuple[float, float, str, Box] | None:
    """Where the name of a mark finds room beside it: place, alignment, box; None where there is none."""
    wide, tall, off = 3.9 * len(mark.id) * size_m, 7.5 * size_m, 5.0 * size_m
    for align, way in (("left", 1.0), ("right", -1.0)):
        for rise in (0.0, tall, -tall, 2.0 * tall, -2.0 * tall):
            x, y = mark.east_m + way * off, mark.north_m + rise
            box = (min(x, x + way * wide), y - 0.5 * tall, max(x, x + way * wide), y + 0.5 * tall)
            if all(box[2] < b[0] or box[0] > b[2] or box[3] < b[1] or box[1] > b[3] for b in taken):
                return x, y, align, box
    return None


def _rounds(degrees: Floats, step: float) -> list[float]:
    first, last = np.ceil(degrees.min() / step), np.floor(degrees.max() / step)
    return [float(i * step) for i in np.arange(first, last + 1.0)]


def _named(degrees: float, plus: str, minus: str, step: float) -> str:
    digits = 0 if step >= 1.0 else 1
    if degrees in {0.0, -180.0}:
        return f"{abs(degrees):.0f}°"
    return f"{abs(degrees):.{digits}f}°{plus if degrees >= 0.0 else minus}"
