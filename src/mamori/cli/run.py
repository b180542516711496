"""`mamori run`: follow a scenario's raid, many times over or one replica alone."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mamori.cli.reader import Code, speaking
from mamori.language.speech import Language

if TYPE_CHECKING:
    from mamori.scenario.schema import Scenario
    from mamori.study.run import Run


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(run)


def run(
    scenario: Annotated[
        str, typer.Argument(help="A scenario file, or the name of a built-in one (`mamori scenarios`).")
    ],
    replicas: Annotated[
        int | None, typer.Option(help="Replicas to follow; the scenario's own number if left out.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all luck; the scenario's own if left out.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores if left out. Changes no result.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; runs/NAME if left out. An unfinished run is taken up.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Change a value, e.g. `defence.batteries.area-inland.magazine=12`."
        ),
    ] = None,
    replica: Annotated[
        int | None, typer.Option(help="Follow this one replica alone and print what happened in it.")
    ] = None,
    threat: Annotated[
        str | None, typer.Option(help="With --replica: print only what concerns this threat, by a part of its id.")
    ] = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Also follow the same raid without any defence, to compare with.")
    ] = False,
    no_protection: Annotated[
        bool,
        typer.Option("--no-protection", help="Leave out the scenario's protective measures; see also `protection`."),
    ] = False,
    block: Annotated[int, typer.Option(help="Replicas a worker is given at a time. Changes no result.")] = 25,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")] = False,
    code: Code = "",
) -> None:
    """Follow a raid from launch to the last light, many times over."""
    from mamori.scenario.load import load

    reader = speaking(code)
    loaded = load(scenario, overrides or ())
    if replica is not None:
        _one(loaded, replica, seed, threat or "", is_defended=not baseline, as_json=as_json, reader=reader)
        return
    from mamori.cli.progress import showing
    from mamori.study.run import run as follow

    folder = out or Path("runs") / loaded.name
    with showing(loaded.name, reader) as progress:
        done = follow(
            loaded,
            replicas=replicas,
            seed=seed,
            workers=workers if workers is not None else os.cpu_count() or 1,
            block=block,
            baseline=baseline,
            protection=not no_protection,
            out=folder,
            progress=progress,
        )
    if as_json:
        answer: dict[str, Any] = {"run": str(folder), "summary": done.summary()}
        if done.baseline is not None:
            answer["baseline"] = done.baseline.summary()
        if done.protection:
            answer["protection"] = [saving.as_dict() for saving in done.protection]
        typer.echo(json.dumps(answer, indent=1))
        return
    _print(done, reader)


def _one(
    scenario: "Scenario",
    replica: int,
    seed: int | None,
    threat: str,
    *,
    is_defended: bool,
    as_json: bool,
    reader: Language,
) -> None:
    from mamori.errors import Fault, ScenarioError
    from mamori.language.message import say
    from mamori.study.replay import replay
    from mamori.study.run import with_run

    night = replay(with_run(scenario, seed=seed), replica, is_defended=is_defended)
    found = [e for e in night.events if threat in e.threat or threat in e.actor or threat in e.detail]
    if threat and not found:
        rule = say("no event of replica {n} names it", n=replica)
        raise ScenarioError(Fault("threat", threat, rule, say("Leave --threat out to see all events.")))
    if as_json:
        typer.echo(json.dumps([event.as_dict() for event in found], indent=1))
        return
    for event in found:
        typer.echo(event.as_line(reader))


def _print(done: "Run", reader: Language) -> None:
    from rich.console import Console

    from mamori.cli.protection import show
    from mamori.cli.tables import summary_table

    console = Console()
    console.print(summary_table(done, reader))
    show(done.protection, reader)
    console.print(reader.say("Run folder: {path}   Report: mamori report {path}", path=done.path), highlight=False)
