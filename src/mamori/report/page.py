"""One self-contained HTML page of a run: the sections in order, in one template, with Plotly's script inside."""

import html
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from mamori.language.message import noun
from mamori.report import (
    districts,
    effort,
    headline,
    households,
    island,
    leakers,
    magazines,
    protection,
    recovery,
    services,
    story,
    theme,
    timeline,
)
from mamori.report.figure import Figure, Section
from mamori.report.glossary import listing
from mamori.report.keep import keep
from mamori.report.prose import words_in
from mamori.report.subject import Subject
from mamori.report.words import Words
from mamori.study.run import Run

SECTIONS: tuple[Callable[[Subject], Section | None], ...] = (
    headline.section,
    island.section,
    districts.section,
    timeline.section,
    story.section,
    leakers.section,
    magazines.section,
    recovery.section,
    households.section,
    services.section,
    protection.section,
    effort.section,
)
"""What stands in the report, in order; a new part of the report is a file of its own and a line here. None: nothing."""

REPLICA = noun("replica", "replicas")


def write(run: Run, file: Path) -> None:
    """Write the page of a run in English, with all that it shows. Raises StoreError if it cannot be read or written."""
    keep(page(Subject(run)).encode(), file)


def sections(subject: Subject) -> list[Section]:
    """All parts that have something to say to the readers of the report."""
    return [section for make in SECTIONS if (section := make(subject)) is not None]


def title(subject: Subject) -> str:
    """What the report is called."""
    scenario, name = subject.scenario, str(subject.run.manifest["scenario"])
    return f"{name}: {scenario.title}" if scenario and scenario.title else name


def kicker(subject: Subject) -> str:
    """Where the report comes from; the public is not told what would prove which scenario was run."""
    w, manifest = subject.words, subject.run.manifest
    said = [f"mamori {manifest['mamori']}", w.counted(subject.n_replicas, REPLICA)]
    if not subject.is_public:
        said.append(w.say("seed {seed}", seed=manifest["seed"]))
        said.append(w.say("scenario {hash}", hash=manifest["scenario_hash"][:12]))
    return " · ".join(said)


def notional(w: Words) -> str:
    """What no reader may take the numbers for."""
    return w.say(
        "mamori analyses protection with public, notional figures. It is not a forecast of any real event or place."
    )


def closing(subject: Subject) -> list[str]:
    """What stands below it all."""
    w = subject.words
    said = [notional(w)]
    if subject.is_public:
        said.insert(0, w.say("This report is for the public: it shows nothing finer than districts."))
    elif subject.scenario and subject.scenario.description:
        said.insert(0, subject.scenario.description)
    return said


def page(subject: Subject) -> str:
    """The page as text."""
    w, found = subject.words, sections(subject)
    text = "".join(section.html(w) for section in found)
    figures = [figure for section in found for figure in section.figures]
    words = words_in(text)
    own = files("mamori.report")
    contents = [(section.id, section.title) for section in found]
    if words:
        contents.append(("words", w.say("Words")))
    values = {
        "language": w.language.tag,
        "title": html.escape(title(subject)),
        "kicker": html.escape(kicker(subject)),
        "contents_word": html.escape(w.say("Contents")),
        "contents": "".join(f'<a href="#{place}">{html.escape(name)}</a>' for place, name in contents),
        "no_script": html.escape(w.say("The charts need JavaScript; each has its numbers in a sentence below it.")),
        "sections": text + listing(words, w),
        "about_word": html.escape(w.say("About this report") if subject.is_public else w.say("About this scenario")),
        "about": "".join(f"<p>{html.escape(said)}</p>" for said in closing(subject)),
        "colours": theme.css(),
        "style": (own / "page.css").read_text(encoding="utf-8"),
        "plotly": (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8") if figures else "",
        "figures": script_json(_drawing(figures, w)),
        "script": (own / "page.js").read_text(encoding="utf-8") if figures else "",
    }
    return Template((own / "page.html").read_text(encoding="utf-8")).substitute(values)


def _drawing(figures: list[Figure], w: Words) -> dict[str, Any]:
    layout = theme.TEMPLATE["layout"] | {"separators": w.separators}
    return {
        "figures": [figure.plotly() for figure in figures],
        "template": theme.TEMPLATE | {"layout": layout},
        "light": theme.LIGHT,
        "dark": theme.DARK,
    }


def script_json(item: Any) -> str:
    """JSON that may stand inside a script element, the same bytes for the same item."""
    text = json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
