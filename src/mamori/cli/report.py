"""`mamori report`: what a run shows, as one HTML page, as PDF, as JSON for machines or as Markdown."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mamori.cli.reader import Code


class Format(StrEnum):
    """Forms of the report."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"
    MD = "md"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(report)


def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    out: Annotated[
        Path | None,
        typer.Option(help="File to write; report.FORMAT in the run folder if left out.", show_default=False),
    ] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format", help="html: one self-contained page; pdf: the same, printed by Chromium; json, md: its content."
        ),
    ] = Format.HTML,
    is_public: Annotated[
        bool,
        typer.Option(
            "--public", help="Leave out places, ids and whatever says where protection is thin; add up to districts."
        ),
    ] = False,
    language: Code = "",
) -> None:
    """Write what a run shows: three sentences, every measure, map, time line, recovery."""
    from mamori.language.speech import language as speech
    from mamori.report.subject import Subject
    from mamori.report.write import write
    from mamori.study.run import Run

    code = language or "en"
    file = out or run / f"report{'-public' if is_public else ''}.{form}"
    write(Subject(Run.open(run), code, is_public), file, form)
    typer.echo(speech(code).say("Report: {file}", file=file))
