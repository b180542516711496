"""`mamori protection`: which protective measures would have saved most, followed on the same luck as a run."""

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mamori.cli.reader import Code, speaking
from mamori.language.message import say
from mamori.language.speech import ENGLISH, Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from mamori.study.protection import Saving

WIDTH = 80
NONE = "\N{EN DASH}"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(protection)


def protection(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    replicas: Annotated[
        int | None,
        typer.Option(help="Replicas to follow with each measure; the scenario's run.protection_replicas if left out."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores if left out. Changes no result.")] = None,
    block: Annotated[int, typer.Option(help="Replicas a worker is given at a time. Changes no result.")] = 25,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")] = False,
    code: Code = "",
) -> None:
    """Rank the protective measures of a run's scenario by what they would have saved on the same luck.

    Follows what `mamori run` has not followed yet; more replicas tell smaller differences.
    """
    from mamori.cli.progress import showing
    from mamori.study.run import protect

    reader = speaking(code)
    with showing(run.name, reader) as progress:
        done = protect(
            run, replicas=replicas, workers=workers if workers is not None else os.cpu_count() or 1, block=block,
            progress=progress,
        )  # fmt: skip
    found = done.protection
    if as_json:
        typer.echo(json.dumps({"run": str(run), "protection": [saving.as_dict() for saving in found]}, indent=1))
        return
    show(found, reader)


def show(found: "Sequence[Saving]", language: Language = ENGLISH) -> None:
    """Print the ranking; nothing where there is none."""
    from rich.console import Console

    if not found:
        return
    console = Console(width=WIDTH, highlight=False)
    console.print()
    console.print(ranking_table(found, language))


def ranking_table(found: "Sequence[Saving]", language: Language = ENGLISH) -> "Table":
    """The ranking: energy saved a night with its interval, how often it was better, what it costs."""
    from rich.table import Table

    from mamori.cli.tables import number
    from mamori.study.compare import Verdict

    text = language.text
    table = Table(
        title=text(say("Protective measures, each alone on the same luck: energy saved a night")),
        title_justify="left", header_style="bold", box=None, padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.caption = text(
        say(
            "to tell: replicas and worlds of a run that would tell it from luck, where these do not. EUR/MWh: its cost "
            "over what it saves in one such night. Measures together do not save the sum."
        )
    )
    table.caption_justify = "left"
    table.add_column("")
    heads = say("MWh"), say("95 % confidence"), say("better"), say("EUR/MWh"), say("to tell")
    for head in heads:
        table.add_column(text(head), justify="right", no_wrap=True)
    for saving in found:
        mean, low, high = saving.saved()
        row = saving.rows["energy_not_served_mwh"]
        needed = saving.to_tell if saving.verdict is Verdict.UNTOLD else None
        table.add_row(
            saving.name,
            _number(mean, language),
            NONE
            if math.isnan(low)
            else language.say("{low} to {high}", low=number(low, language), high=number(high, language)),
            NONE if math.isnan(row.share_better) else f"{row.share_better:.0%}",
            number(saving.eur_per_mwh, language),
            NONE if needed is None else language.say("{n:,} in {worlds:,}", n=needed.replicas, worlds=needed.worlds),
        )
    return table


def _number(x: float, language: Language) -> str:
    from mamori.cli.tables import number

    return NONE if math.isnan(x) else number(x, language)
