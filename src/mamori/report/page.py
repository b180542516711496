"""One self-contained HTML page of a run: the sections in order, in one template, with Plotly's script inside."""

import html
import json
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from mamori.errors import StoreError
from mamori.report import headline, island, recovery, theme, timeline
from mamori.report.figure import Figure, Section
from mamori.report.subject import Subject
from mamori.report.words import counted
from mamori.study.run import Run

SECTIONS: tuple[Callable[[Subject], Section | None], ...] = (
    headline.section,
    island.section,
    timeline.section,
    recovery.section,
)
"""What stands on the page, in order; a new part of the report is a file of its own and a line here. None: nothing."""


def write(run: Run, file: Path) -> None:
    """Write the page of a run.

    file: where to; its folder must be there. The same run gives the same bytes.
    Raises StoreError if a table cannot be read or the file cannot be written.
    """
    text = page(Subject(run))
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(
            f"{file}: cannot be written ({error.strerror or error}). Give another file with --out."
        ) from error


def page(subject: Subject) -> str:
    """The page as text."""
    sections = [section for make in SECTIONS if (section := make(subject)) is not None]
    figures = [figure for section in sections for figure in section.figures]
    scenario, manifest = subject.scenario, subject.run.manifest
    own = files("mamori.report")
    values = {
        "title": html.escape(
            f"{manifest['scenario']}: {scenario.title}" if scenario and scenario.title else manifest["scenario"]
        ),
        "kicker": html.escape(
            f"mamori {manifest['mamori']} · {counted(subject.n_replicas, 'replica', 'replicas')}, "
            f"seed {manifest['seed']}, scenario {manifest['scenario_hash'][:12]}"
        ),
        "contents": "".join(f'<a href="#{s.id}">{html.escape(s.title)}</a>' for s in sections),
        "sections": "".join(section.html() for section in sections),
        "about": _about(subject),
        "colours": theme.css(),
        "style": (own / "page.css").read_text(encoding="utf-8"),
        "plotly": (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8") if figures else "",
        "figures": script_json(_drawing(figures)),
        "script": (own / "page.js").read_text(encoding="utf-8") if figures else "",
    }
    return Template((own / "page.html").read_text(encoding="utf-8")).substitute(values)


def _about(subject: Subject) -> str:
    scenario = subject.scenario
    text = scenario.description if scenario else ""
    return f"<p>{html.escape(text)}</p>" if text else ""


def _drawing(figures: list[Figure]) -> dict[str, Any]:
    return {
        "figures": [figure.plotly() for figure in figures],
        "template": theme.TEMPLATE,
        "light": theme.LIGHT,
        "dark": theme.DARK,
    }


def script_json(item: Any) -> str:
    """JSON that may stand inside a script element, the same bytes for the same item."""
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
