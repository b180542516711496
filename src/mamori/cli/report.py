"""`mamori report`: one self-contained HTML page of a run."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(report)


def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    out: Annotated[Path | None, typer.Option(help="File to write; report.html in the run folder if left out.")] = None,
) -> None:
    """Write one self-contained HTML page of a run: headline, map, time line, recovery curve."""
    from mamori.report.page import write
    from mamori.study.run import Run

    file = out or run / "report.html"
    write(Run.open(run), file)
    typer.echo(f"Report: {file}")
