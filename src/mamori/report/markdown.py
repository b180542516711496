"""The report as Markdown: its sentences and tables, and each chart's title and words, for a terminal or a wiki."""

import html
import re

from mamori.report.figure import Section
from mamori.report.page import closing, kicker, sections, title
from mamori.report.prose import as_text
from mamori.report.subject import Subject

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def escaped(text: str) -> str:
    """A text in which nothing is read as Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def as_markdown(subject: Subject) -> str:
    """The report as text; the same run gives the same bytes."""
    lines = [f"# {escaped(title(subject))}", "", escaped(kicker(subject)), ""]
    for section in sections(subject):
        lines += _section(section)
    for said in closing(subject):
        lines += [escaped(said), ""]
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section) -> list[str]:
    lines = [f"## {escaped(section.title)}", ""]
    for sentence in section.sentences:
        lead = f"**{escaped(as_text(sentence.lead))}** " if sentence.lead else ""
        lines += [lead + escaped(as_text(sentence.text)), ""]
    if section.body:
        lines += [line for text in _texts(section.body) for line in (escaped(text), "")]
    for note in section.missing:
        lines += [f"> {escaped(note)}", ""]
    for figure in section.figures:
        lines += [f"### {escaped(figure.title)}", "", escaped(as_text(figure.says)), ""]
    for table in section.tables:
        lines += [f"### {escaped(table.title)}", "", *table.markdown(escaped), ""]
        if table.caption:
            lines += [escaped(as_text(table.caption)), ""]
    return lines


def _texts(body: str) -> list[str]:
    """The texts of HTML, one a block."""
    blocks = re.split(r"</(?:p|li|h3|h4|summary|caption|tr|dd|dt)>", body)
    texts = (html.unescape(re.sub(r"<[^>]*>", " ", block)) for block in blocks)
    return [" ".join(text.split()) for text in texts if text.strip()]
