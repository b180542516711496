"""`mamori export`: a replica for globes and maps, and the events of all replicas as a table."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mamori.cli.reader import Code, speaking

if TYPE_CHECKING:
    from mamori.language.speech import Language
    from mamori.report.exports.scene import Scene


class Format(StrEnum):
    """What is written."""

    CZML = "czml"
    GEOJSON = "geojson"
    KML = "kml"
    EVENTS = "events"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(export)


def export(
    source: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder; or a scenario, of which one replica is followed.")
    ],
    kind: Annotated[
        Format,
        typer.Option(
            "--format",
            help="czml: moving, for Cesium; geojson: for map tools; kml: for Google Earth; events: all that happened, "
            "as Parquet.",
        ),
    ] = Format.CZML,
    replica: Annotated[
        int | None,
        typer.Option(
            help="Which replica; if left out, the one nearest the 95th percentile of energy not served, replica 0 of a "
            "scenario, and all of them for events."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write; in the run folder if left out, events beside its tables for `mamori query`."),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Refused: an export shows places and ids.")] = False,
    language: Code = "",
) -> None:
    """Write a replica as CZML, GeoJSON or KML, or the events of a run as Parquet."""
    from mamori.errors import Fault, ScenarioError
    from mamori.language.message import say

    if public:
        rule = say("an export shows places and ids, which may not be public")
        raise ScenarioError(Fault("--public", "", rule, say("Write a page with `mamori report RUN --public`.")))
    reader = speaking(language)
    is_run = Path(source).is_dir()
    if kind is Format.EVENTS and is_run and replica is None:
        _all_events(Path(source), out, reader)
    else:
        _one(source, kind, replica, out, reader, is_run=is_run)


def _all_events(path: Path, out: Path | None, reader: "Language") -> None:
    from mamori.raid.world import World
    from mamori.store.events import Gazetteer, replicas_of
    from mamori.store.export import whole, write_events
    from mamori.study.replay import scenario_of
    from mamori.study.run import Run

    run = Run.open(path)
    scenario = scenario_of(run)

    def write(part: Path) -> int:
        where = Gazetteer.of(World(scenario, 0))
        replicas = replicas_of(run.path, range(int(run.manifest["replicas"])))
        return write_events(replicas, where, str(run.manifest["scenario"]), scenario.start, part)

    file = out or path / "tables" / "events.parquet"
    n_rows = whole(file, write)
    n_replicas = int(run.manifest["replicas"])
    typer.echo(
        reader.say(
            "{file}: {events:,} events of {replicas:,} replicas",
            file=file, events=n_rows, replicas=n_replicas,
        )
    )  # fmt: skip
    if out is None:
        command = f'mamori query {path} "SELECT * FROM events LIMIT 20"'  # noqa: S608
        typer.echo(reader.say("Ask of them: {command}", command=command))


def _one(source: str, kind: Format, replica: int | None, out: Path | None, reader: "Language", *, is_run: bool) -> None:
    from mamori.report.exports.scene import Scene, results
    from mamori.scenario.load import load
    from mamori.store.export import whole
    from mamori.study.replay import bad_night, replay, replay_of_run
    from mamori.study.run import Run

    if is_run:
        run = Run.open(source)
        number, folder, name = bad_night(run) if replica is None else replica, Path(source), ""

        def scene() -> Scene:
            return Scene(replay_of_run(run, number), str(run.manifest["scenario"]), results(run))

    else:
        scenario = load(source)
        number, folder, name = replica or 0, Path(), f"{scenario.name}-"

        def scene() -> Scene:
            return Scene(replay(scenario, number), scenario.name, {})

    ending = "events.parquet" if kind is Format.EVENTS else kind.value
    file = out or folder / f"{name}replica-{number}.{ending}"
    whole(file, _write(kind, scene, reader))
    size = f"{file.stat().st_size / 1e6:,.1f}"
    typer.echo(reader.say("{file}: replica {replica}, {size} MB", file=file, replica=number, size=size))


def _write(kind: Format, scene: "Callable[[], Scene]", reader: "Language") -> Callable[[Path], int]:
    from mamori.report.words import Words

    words = Words(reader)

    def text(part: Path) -> int:
        if kind is Format.CZML:
            from mamori.report.exports.czml import czml as make
        elif kind is Format.GEOJSON:
            from mamori.report.exports.geojson import geojson as make
        else:
            from mamori.report.exports.kml import kml as make
        return part.write_text(make(scene(), words), encoding="utf-8")

    def events(part: Path) -> int:
        from mamori.store.export import write_events

        found = scene()
        replicas = [(found.replica, found.replay.rows)]
        return write_events(replicas, found.replay.where, found.case, found.start, part)

    return events if kind is Format.EVENTS else text
