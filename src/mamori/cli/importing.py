"""`mamori import`: tables that people have, as parts of a scenario."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mamori.cli.reader import Code, speaking

if TYPE_CHECKING:
    from mamori.language.speech import Language
    from mamori.scenario.imports.plan import Ask
    from mamori.scenario.imports.run import Imported


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(name="import")(import_)


def import_(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder with tables: CSV, XLSX, GeoJSON, KML; a MATPOWER case; rasters."),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write the scenario into; DIR-scenario if left out.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which column gives which field; DIR/mapping.yaml if left out and there."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="SCENARIO", help="Scenario that the tables change, such as night-raid; else they stand alone."
        ),
    ] = None,
    nearest_bus: Annotated[
        bool, typer.Option("--nearest-bus", help="What names no bus hangs on the nearest one with load.")
    ] = False,
    draft_mapping: Annotated[
        bool, typer.Option("--draft-mapping", help="Only write DIR/mapping.yaml as guessed, for you to edit.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    code: Code = "",
) -> None:
    """Turn the tables of a folder into a scenario, or name every fault in them and write nothing."""
    from mamori.scenario.imports import run

    read = speaking(code)
    ask = _asked(read) if sys.stdin.isatty() and sys.stdout.isatty() else None
    if draft_mapping:
        path, faults = run.draft_mapping(folder, is_forced=force, ask=ask)
        for fault in faults:
            typer.echo(read.say("to do    {fault}", fault=fault.said(read)))
        typer.echo(read.say("Wrote {path}. Edit it, then: mamori import {folder}", path=path, folder=folder))
        return
    done = run.import_tables(
        folder,
        out or Path(f"{folder.resolve().name}-scenario"),
        mapping=mapping,
        base=base,
        is_nearest_bus=nearest_bus,
        is_forced=force,
        ask=ask,
    )
    _print(done, read)


def _asked(read: "Language") -> "Ask":
    """What asks on the terminal: by number, 0 for none of the answers."""

    def ask(question: str, answers: Sequence[str]) -> str:
        typer.echo(read.text(question))
        for i, answer in enumerate(answers, 1):
            typer.echo(f"  {i:2}  {answer}")
        while True:
            chosen: int = typer.prompt(read.say("Number (0: none of them)"), type=int, default=0)
            if 0 <= chosen <= len(answers):
                return answers[chosen - 1] if chosen else ""

    return ask


def _print(done: "Imported", read: "Language") -> None:
    counts = read.listed([f"{read.decimal(n)} {read.say_n(n, *said)}" for n, said in done.counts])
    typer.echo(read.say("Imported {counts} into {file}.", counts=counts, file=done.file))
    for note in done.assumed:
        typer.echo(read.say("assumed  {note}", note=read.text(note)))
    for table, columns in done.unused:
        typer.echo(read.say("not used {table}: {columns}", table=read.text(table), columns="; ".join(columns)))
    if done.unread:
        typer.echo(read.say("not read {files}", files=", ".join(done.unread)))
    for fault in done.warnings:
        typer.echo(read.say("warning  {fault}", fault=fault.said(read)))
    typer.echo(read.say("Next: mamori run {file}", file=done.file))
