"""`mamori check`, `mamori scenarios`, `mamori init`, `mamori schema`: scenario files, before anything runs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mamori.cli.reader import Code, speaking
from mamori.language.message import AND, COMMAS, joined, say, say_n

if TYPE_CHECKING:
    from mamori.scenario.check import Findings
    from mamori.scenario.schema import Scenario

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (check, scenarios, init, schema):
        app.command()(command)


def check(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a built-in one.")],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change a value, e.g. `defence.batteries.north.magazine=12`."),
    ] = None,
    *,
    as_json: AsJson = False,
    code: Code = "",
) -> None:
    """List every fault of a scenario at once; exit code 1 if there is any."""
    reader = speaking(code)
    loaded, found = _look(scenario, overrides or [])
    if as_json:
        faults = {"errors": found.errors, "warnings": found.warnings}
        listed = {name: [asdict(fault) for fault in entries] for name, entries in faults.items()}
        typer.echo(json.dumps({"scenario": scenario, **listed}, indent=1, ensure_ascii=False))
    else:
        for fault in found.errors:
            typer.echo(reader.say("error    {fault}", fault=fault.said(reader)))
        for fault in found.warnings:
            typer.echo(reader.say("warning  {fault}", fault=fault.said(reader)))
        typer.echo(reader.text(_verdict(scenario, loaded, found)))
    if found.errors:
        raise typer.Exit(1)


def _look(source: str, overrides: list[str]) -> "tuple[Scenario | None, Findings]":
    from mamori.errors import FaultsError
    from mamori.scenario.check import Findings
    from mamori.scenario.document import UnreadableError
    from mamori.scenario.load import examine

    try:
        return examine(source, overrides)
    except UnreadableError:
        raise
    except FaultsError as error:
        return None, Findings(list(error.faults), [])


def _verdict(source: str, loaded: "Scenario | None", found: "Findings") -> str:
    errors, warnings = len(found.errors), len(found.warnings)
    counts = [say_n(errors, "{n} error", "{n} errors")] if errors else []
    counts += [say_n(warnings, "{n} warning", "{n} warnings")] if warnings else []
    told = joined(counts, AND)
    if errors or loaded is None:
        return say("{scenario}: {told}.", scenario=source, told=told)
    what = (
        say_n(len(loaded.raid.variants), "{n} raid variant", "{n} raid variants"),
        say_n(len(loaded.sensing.sensors), "{n} sensor", "{n} sensors"),
        say_n(len(loaded.defence.batteries), "{n} battery", "{n} batteries"),
        say_n(len(loaded.world.districts), "{n} district", "{n} districts"),
        say_n(len(loaded.services.sites), "{n} service", "{n} services"),
    )
    sizes = joined(what, COMMAS)
    if told:
        return say("{scenario}: fine but for {told}. {sizes}.", scenario=source, told=told, sizes=sizes)
    return say("{scenario}: fine. {sizes}.", scenario=source, sizes=sizes)


def scenarios(*, as_json: AsJson = False) -> None:
    """List the built-in scenarios."""
    from mamori.scenario.builtin import builtin_titles

    titles = builtin_titles()
    if as_json:
        typer.echo(json.dumps([{"name": name, "title": title} for name, title in titles.items()], indent=1))
        return
    width = max(map(len, titles), default=0)
    for name, title in titles.items():
        typer.echo(f"{name:{width}}  {title}")


def init(
    file: Annotated[Path, typer.Argument(help="File to write.")] = Path("scenario.yaml"),
    base: Annotated[str, typer.Option(help="Scenario that it begins from.")] = "night-raid",
    *,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    code: Code = "",
) -> None:
    """Write an annotated scenario file to begin with, and beside it the JSON Schema for editors."""
    import re

    from mamori.errors import Fault, ScenarioError
    from mamori.scenario.json_schema import FILE_NAME
    from mamori.scenario.template import template

    if file.exists() and not force:
        rule = say("this file is there already and is not written over")
        raise ScenarioError(Fault(str(file), "", rule, say("Name another file, or say --force.")))
    name = re.sub(r"[^\w.-]+", "-", file.stem).strip("-._") or "scenario"
    text = template(name, base)
    schema_file = file.parent / FILE_NAME
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if force or not schema_file.exists():
            schema_file.write_text(_schema_text(), encoding="utf-8")
    except OSError as error:
        rule = say("cannot be written ({reason})", reason=error.strerror)
        raise ScenarioError(Fault(str(file), "", rule, say("Name another."))) from error
    done = say("Wrote {file}, and {schema} for editors. Next: mamori check {file}", file=file, schema=schema_file)
    typer.echo(speaking(code).text(done))


def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    typer.echo(_schema_text(), nl=False)


def _schema_text() -> str:
    from mamori.scenario.json_schema import json_schema

    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
