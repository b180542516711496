"""The report for machines: what stands on the page, and the measures exactly as summary.json has them."""

import json
from typing import Any

from mamori.report.figure import Figure, Section, plain
from mamori.report.names import PUBLIC
from mamori.report.page import kicker, sections, title
from mamori.report.prose import as_text, facts
from mamori.report.subject import Subject

VERSION = 1
NUMBERS = ("x", "y", "z", "text", "base", "error_y", "lat", "lon", "locations", "values", "labels")
"""What a chart's series hold that a machine may want."""


def as_json(subject: Subject) -> str:
    """The report as JSON; the same run gives the same bytes."""
    summary = subject.summary
    measures = {name: found for name, found in summary.items() if not subject.is_public or name in PUBLIC}
    content = {
        "version": VERSION,
        "title": title(subject),
        "source": kicker(subject),
        "language": subject.language,
        "is_public": subject.is_public,
        "sections": [_section(section) for section in sections(subject)],
        "measures": measures,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _section(section: Section) -> dict[str, Any]:
    texts = [(sentence.lead, sentence.text) for sentence in section.sentences]
    return {
        "id": section.id,
        "title": section.title,
        "sentences": [{"lead": as_text(lead), "text": as_text(text)} for lead, text in texts],
        "facts": [fact for pair in texts for text in pair for fact in facts(text)],
        "missing": list(section.missing),
        "figures": [_figure(figure) for figure in section.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    axes = {name: axis for name, axis in sorted(figure.layout.items()) if name.startswith(("xaxis", "yaxis"))}
    return {
        "id": figure.id,
        "title": figure.title,
        "says": as_text(figure.says),
        "axes": {name: (axis.get("title") or {}).get("text", "") for name, axis in axes.items()},
        "series": [
            {"name": trace.get("name", ""), "type": trace.get("type", "")}
            | {key: plain(trace[key]) for key in NUMBERS if key in trace}
            for trace in figure.data
        ],
    }
