"""Parts of the report: a section, its sentences, and its charts, with words for who does not see them."""

import html
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mamori.report.prose import as_html, as_text, once
from mamori.report.table import Table
from mamori.report.theme import CONFIG, MAP_CONFIG
from mamori.report.words import Words


@dataclass(frozen=True)
class Figure:
    """A chart.

    id: of its element, unique on the page; title: what it shows; says: its text alternative, written from the numbers
    data, layout: Plotly's, colours by role (see `theme`); height_px: of the chart on a wide screen
    is_map: a map keeps the shape of the land, and is taller on a phone; is_tall: keeps its height on a phone, for it
    has a line for each of many
    """

    id: str
    title: str
    says: str
    data: list[dict[str, Any]]
    layout: dict[str, Any] = field(default_factory=dict)
    height_px: int = 380
    is_map: bool = False
    is_tall: bool = False

    def html(self, w: Words) -> str:
        """The place of the chart on the page, which the script fills."""
        title, says = html.escape(self.title), html.escape(as_text(self.says))
        kind = "plot" + " map" * self.is_map + " tall" * self.is_tall
        return (
            f'<figure><h3>{title}</h3><div class="{kind}" id="{self.id}" role="img" aria-label="{title}. {says}" '
            f'style="--height:{self.height_px}px"></div><figcaption>{as_html(self.says, w)}</figcaption></figure>'
        )

    def plotly(self) -> dict[str, Any]:
        """What the script draws, as plain JSON values."""
        config = MAP_CONFIG if self.is_map else CONFIG
        return {"id": self.id, "data": plain(self.data), "layout": plain(self.layout), "config": config}


@dataclass(frozen=True)
class Sentence:
    """A sentence or some; lead: what it begins with, in large letters; is_soft: in a quiet colour."""

    text: str
    lead: str = ""
    is_soft: bool = False

    def html(self, w: Words) -> str:
        """The paragraph."""
        lead = f"<strong>{as_html(self.lead, w)}</strong> " if self.lead else ""
        kind = ' class="soft"' if self.is_soft else ""
        return f"<p{kind}>{lead}{as_html(self.text, w)}</p>"


@dataclass(frozen=True)
class Section:
    """One part of the report.

    title: its heading; sentences: its text, in which numbers and words may be marked (see `prose`); missing: what could
    not be shown and why; tables; figures: its charts; body: more of its text, as HTML
    """

    id: str
    title: str
    body: str = ""
    figures: tuple[Figure, ...] = ()
    missing: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()

    def html(self, w: Words) -> str:
        """The section."""
        text = "".join(sentence.html(w) for sentence in self.sentences)
        notes = "".join(f'<p class="missing">{html.escape(note)}</p>' for note in self.missing)
        tables = "".join(table.html(w) for table in self.tables)
        charts = "".join(figure.html(w) for figure in self.figures)
        return once(
            f'<section id="{self.id}"><h2>{html.escape(self.title)}</h2>'
            f"{f'<div class=sentences>{text}</div>' if text else ''}{self.body}{notes}{tables}{charts}</section>"
        )


def plain(item: Any) -> Any:
    """As JSON has it: arrays as lists, floats at six digits, what is not a number as null."""
    if isinstance(item, dict):
        return {str(key): plain(value) for key, value in item.items()}
    if isinstance(item, np.ndarray):
        return [plain(x) for x in item.tolist()]
    if isinstance(item, list | tuple):
        return [plain(x) for x in item]
    if isinstance(item, np.generic):
        return plain(item.item())
    if isinstance(item, float):
        return float(f"{item:.6g}") if math.isfinite(item) else None
    return item


def safe(text: str) -> str:
    """A name from a scenario inside a chart, whose texts Plotly reads as a kind of HTML."""
    return html.escape(text, quote=False)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its title, which names the unit."""
    return {"title": {"text": title}, **more}


def pattern(shape: str) -> dict[str, Any]:
    """A hatching in the colour of the page over that of the bar."""
    if not shape:
        return {"shape": ""}
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "@paper", "size": 7, "solidity": 0.2}
