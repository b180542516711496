"""The report of a run in the form that its readers want."""

from pathlib import Path

from mamori.report.keep import keep
from mamori.report.page import page
from mamori.report.subject import Subject

FORMATS = ("html", "pdf", "json", "md")


def write(subject: Subject, file: Path, form: str = "html") -> None:
    """Write a report.

    file: where to; its folder must be there; form: one of `FORMATS`. The same run gives the same bytes, but for PDF.
    Raises StoreError if a table cannot be read, the file cannot be written, or no browser can print it.
    """
    keep(content(subject, form), file)


def content(subject: Subject, form: str) -> bytes:
    """What the file holds."""
    if form == "json":
        from mamori.report.machine import as_json

        return as_json(subject).encode()
    if form == "md":
        from mamori.report.markdown import as_markdown

        return as_markdown(subject).encode()
    if form == "pdf":
        from mamori.report.pdf import printed

        return printed(page(subject))
    return page(subject).encode()
