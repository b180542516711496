"""`mamori validate`: published numbers beside computed ones, with tolerance and verdict."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mamori.cli.reader import Code, speaking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mamori.language.speech import Language
    from mamori.validate.case import Case


class Subject(StrEnum):
    """What is held against published numbers."""

    FLIGHT = "flight"
    SENSING = "sensing"
    GRID = "grid"
    DEFENCE = "defence"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(validate)


def validate(
    subject: Annotated[
        Subject | None, typer.Argument(help="What is held against published numbers; all if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")] = False,
    code: Code = "",
) -> None:
    """Published numbers beside computed ones; exit code 1 if one is outside its tolerance."""
    from mamori.validate.defence import defence_cases
    from mamori.validate.flight import flight_cases
    from mamori.validate.grid import grid_cases
    from mamori.validate.sensing import sensing_cases

    computed = {
        Subject.FLIGHT: flight_cases,
        Subject.SENSING: sensing_cases,
        Subject.GRID: grid_cases,
        Subject.DEFENCE: defence_cases,
    }
    cases = [case for name, compute in computed.items() if subject in (None, name) for case in compute()]
    if as_json:
        facts = [
            {
                "group": case.group,
                "name": case.name,
                "quantity": case.quantity,
                "published": list(case.published),
                "computed": float(case.computed),
                "error": case.error,
                "tolerance": float(case.tolerance),
                "is_judged": case.is_judged,
                "is_within": case.is_within,
                "source": case.source,
            }
            for case in cases
        ]
        typer.echo(json.dumps({"is_within": all(case.is_within for case in cases), "cases": facts}, indent=1))
    else:
        _print(cases, speaking(code))
    if not all(case.is_within for case in cases):
        raise typer.Exit(1)


def _print(cases: "Sequence[Case]", language: "Language") -> None:
    from rich.console import Console
    from rich.table import Table

    from mamori.language.message import say

    console = Console(width=None if Console().is_terminal else 150)
    for group in dict.fromkeys(case.group for case in cases):
        table = Table(title=group, title_justify="left")
        heads = (
            say("case"), say("quantity"), say("published"), say("computed"), say("difference"), say("tolerance"),
            say("verdict"),
        )  # fmt: skip
        for i, head in enumerate(heads):
            table.add_column(language.text(head), justify="left" if i < 2 else "right", no_wrap=i > 1)
        for case in cases:
            if case.group == group:
                verdict = say("within") if case.is_within else say("OUTSIDE")
                verdict = verdict if case.is_judged else say("not judged")
                published = " / ".join(f"{number:.7g}" for number in case.published)
                table.add_row(
                    case.name, case.quantity, published, f"{case.computed:.7g}", f"{case.error:+.2g}",
                    f"{case.tolerance:.2g}", language.text(verdict),
                    style="" if case.is_within else "bold red",
                )  # fmt: skip
        console.print(table)
    cases = [case for case in cases if case.is_judged]
    outside = sum(not case.is_within for case in cases)
    end = say("{n} of {total} numbers are within their tolerance.", n=len(cases) - outside, total=len(cases))
    console.print(language.text(end), highlight=False)
