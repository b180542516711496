"""`mamori cover`: the areas that sensors see and batteries defend, as tables, maps and GeoJSON."""

import json
import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mamori.cli.reader import Code, speaking
from mamori.language.message import COMMAS, joined, say

if TYPE_CHECKING:
    from mamori.language.speech import Language
    from mamori.raid.cover import Cover
    from mamori.raid.footprint import Defended
    from mamori.report.area_map import Chart

Files = dict[str, Callable[[Path], int]]
"""What is written, by name of the file."""


class Format(StrEnum):
    """What is written."""

    GEOJSON = "geojson"
    PNG = "png"
    SVG = "svg"


class Part(StrEnum):
    """What is covered."""

    SENSORS = "sensors"
    DEFENCE = "defence"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(cover)


def cover(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a built-in one.")],
    heights: Annotated[
        list[str] | None,
        typer.Option(
            "--height-m",
            metavar="M,M,...",
            help="Heights above the ground; if left out 60, 300 and 3,000, of ballistic classes 10,000, 50,000 and "
            "100,000. Boats are always on the sea.",
        ),
    ] = None,
    classes: Annotated[
        list[str] | None, typer.Option("--class", metavar="NAME", help="Classes of threat; the raid's if left out.")
    ] = None,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--p",
            metavar="P",
            help="Least probability that one look detects (0.5 if left out); or `track`, or `track:0.9`: that the "
            "scenario's m of n looks at one place confirm a track. Pictures show each apart.",
        ),
    ] = None,
    sensors: Annotated[
        list[str] | None, typer.Option("--sensor", metavar="ID", help="Sensors; all if left out.")
    ] = None,
    step_km: Annotated[
        float | None, typer.Option(help="Between points of the grid; 1/400 of its longer side if left out.")
    ] = None,
    from_deg: Annotated[
        list[str] | None,
        typer.Option(
            "--from-deg",
            metavar="DEG,DEG,...",
            help="Bearings from which threats come at what is defended; those of the raid if left out.",
        ),
    ] = None,
    range_km: Annotated[
        float | None,
        typer.Option(
            help="How far such a threat flies; if left out, of ballistic classes as in the raid, of others "
            "from a line 150 km before the country."
        ),
    ] = None,
    aim_step_km: Annotated[
        float | None, typer.Option(help="Between the aims of such threats; 1/55 of the country if left out.")
    ] = None,
    only: Annotated[
        Part | None, typer.Option(help="What sensors see, or what batteries defend; both if left out.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change a value of the scenario, as `mamori run` takes it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the files; none are written if left out.")
    ] = None,
    formats: Annotated[
        list[Format] | None, typer.Option("--format", help="What is written; geojson and png if left out.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")] = False,
    code: Code = "",
) -> None:
    """Where sensors see each class of threat, and what batteries defend against it from a direction."""
    from mamori.raid.cover import cover as find
    from mamori.raid.cover import median_world
    from mamori.raid.footprint import footprints
    from mamori.report.area_map import need_matplotlib
    from mamori.report.cover import cover_charts, cover_facts, cover_geojson
    from mamori.report.defended import defended_charts, defended_facts, defended_geojson
    from mamori.scenario.load import load

    wanted = list(dict.fromkeys(formats or (Format.GEOJSON, Format.PNG)))
    pictures = [kind for kind in wanted if kind is not Format.GEOJSON]
    if out is not None:
        _make(out)
        if pictures:
            need_matplotlib("--format")
    reader = speaking(code)
    heights_m, bearings = _numbers(heights or [], "--height-m"), _numbers(from_deg or [], "--from-deg")
    world = median_world(load(scenario, overrides or []))
    files: Files = {}
    facts: dict[str, Any] = {}
    if only is not Part.DEFENCE:
        seen = find(
            world, classes=classes or [], heights_m=heights_m, rules=rules or ["0.5"], sensors=sensors or [],
            step_m=_metres(step_km),
        )  # fmt: skip
        facts |= cover_facts(seen)
        files["sites.csv"] = lambda part: _write_sites(seen, part)
        if Format.GEOJSON in wanted:
            files["cover.geojson"] = lambda part: part.write_text(cover_geojson(seen), encoding="utf-8")
        files |= _drawn(cover_charts(seen), pictures)
        if not as_json:
            _print_seen(seen, reader)
    if only is Part.DEFENCE or (only is None and world.batteries.id):

        def tell(done: int, total: int) -> None:
            line = reader.say("what is defended: direction {n} of {total}", n=done + 1, total=total)
            typer.echo(line, err=True)

        held = footprints(
            world, classes=classes or [], from_deg=bearings, range_m=_metres(range_km), step_m=_metres(aim_step_km),
            is_part=only is None, progress=tell,
        )  # fmt: skip
        facts["defended"] = defended_facts(held)
        if Format.GEOJSON in wanted:
            files["defended.geojson"] = lambda part: part.write_text(defended_geojson(held), encoding="utf-8")
        files |= _drawn(defended_charts(held), pictures)
        if not as_json:
            _print_held(held, reader)
    if as_json:
        typer.echo(json.dumps(facts, indent=1, ensure_ascii=False))
    if out is not None:
        _write(out, files, reader, is_quiet=as_json)


def _metres(km: float | None) -> float | None:
    return None if km is None else 1e3 * km


def _make(out: Path) -> None:
    """The folder of the files. Raises ScenarioError if it cannot be made or written to."""
    import tempfile

    from mamori.errors import Fault, ScenarioError

    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        rule = say("cannot be written ({reason})", reason=error.strerror or str(error))
        raise ScenarioError(Fault("--out", str(out), rule, say("Name another folder."))) from None


def _numbers(texts: Sequence[str], place: str) -> list[float]:
    """Numbers of options that may hold several with commas."""
    from mamori.errors import Fault, ScenarioError

    found: list[float] = []
    faults: list[Fault] = []
    for text in (part.strip() for whole in texts for part in whole.split(",")):
        try:
            found.append(float(text))
        except ValueError:
            faults.append(Fault(place, text, say("must be a number"), say("Write several with commas: 60,300.")))
    if faults:
        raise ScenarioError(faults)
    return found


def _drawn(charts: "dict[str, Chart]", kinds: Sequence[Format]) -> Files:
    from mamori.report.area_map import draw

    def writer(chart: "Chart", kind: Format) -> Callable[[Path], int]:
        def write(part: Path) -> int:
            draw(chart, part, kind.value)
            return 0

        return write

    return {f"{name}.{kind.value}": writer(chart, kind) for name, chart in charts.items() for kind in kinds}


def _write(out: Path, files: Files, reader: "Language", *, is_quiet: bool) -> None:
    from mamori.store.export import whole

    for name, write in files.items():
        whole(out / name, write)
    if not is_quiet:
        typer.echo(reader.say("Wrote into {folder}: {files}.", folder=out, files=joined(files, COMMAS)))


def _write_sites(found: "Cover", file: Path) -> int:
    from mamori.report.cover import write_sites

    with file.open("w", newline="", encoding="utf-8") as sink:
        return write_sites(found, sink)


def _print_seen(found: "Cover", reader: "Language") -> None:
    from mamori.report.cover import metres, seen_from

    rules = list(dict.fromkeys(sight.rule for sight in found.sights))
    rows: list[tuple[str, ...]] = [
        (
            sight.class_name, reader.text(_named(sight.rule)), metres(sight.above_m), _area(sight.together.area),
            _share(sight.share_of_people), _share(sight.share_of_sites),
        )
        for sight in found.sights
    ]  # fmt: skip
    heads: tuple[str, ...] = (say("class"), say("rule"), say("height"), say("area, km²"), say("people"), say("sites"))
    _table(reader, say("All sensors together"), heads, rows, 2)
    for class_name in dict.fromkeys(sight.class_name for sight in found.sights):
        mine = [sight for sight in found.sights if sight.class_name == class_name and sight.rule == rules[0]]
        rows = [
            (name, *(_area(sight.areas[name].area) for sight in mine))
            for name in found.sensors
            if any(not sight.areas[name].is_empty for sight in mine)
        ]
        title = say("{threat}, {rule}: area by sensor, km²", threat=class_name, rule=_named(rules[0]))
        _table(reader, title, (say("sensor"), *(metres(sight.above_m) for sight in mine)), rows, 1)
    steps = (100.0, 300.0, 1000.0, 3000.0, 10e3)
    if found.lowest and found.sites:
        heads = (
            say("class"), say("rule"), *(say("{height} or lower", height=metres(step)) for step in steps), say("never"),
        )  # fmt: skip
        rows = [
            (one.class_name, reader.text(_named(one.rule)), *(f"{x:.0%}" for x in seen_from(one, steps)))
            for one in found.lowest
        ]
        title = say("Share of {n} sites over which a threat is seen from this height on", n=len(found.sites))
        _table(reader, title, heads, rows, 2)
    typer.echo(
        reader.text(
            say(
                "Of a threat that flies at the sensor; all sensors at work, numbers that are not known at their "
                "medians, heights above the ground."
            )
        )
    )


def _print_held(found: "Defended", reader: "Language") -> None:
    rows: list[tuple[str, ...]] = [
        (
            one.class_name, f"{one.course.from_deg:g}°", _km(one.course.range_m), _area(one.together.area),
            _share(one.share_of_people), _share(one.share_of_sites), str(int(one.all_shots.max(initial=0))),
        )
        for one in found.footprints
    ]  # fmt: skip
    heads: tuple[str, ...] = (
        say("class"), say("from"), say("range, km"), say("area, km²"), say("people"), say("sites"), say("most shots"),
    )  # fmt: skip
    _table(reader, say("Defended by all batteries together"), heads, rows, 2)
    for class_name in dict.fromkeys(one.class_name for one in found.footprints):
        mine = [one for one in found.footprints if one.class_name == class_name]
        rows = [
            (battery, *(f"{_area(one.areas[battery].area)} ({int(one.n_shots[b].max(initial=0))})" for one in mine))
            for b, battery in enumerate(found.batteries)
            if any(not one.areas[battery].is_empty for one in mine)
        ]
        title = say("{threat}: area by battery, km² (most shots)", threat=class_name)
        heads = (say("battery"), *(say("from {bearing:g}°", bearing=one.course.from_deg) for one in mine))
        _table(reader, title, heads, rows, 1)
    told = say(
        "An aim is defended where a battery can launch at the threat after a track and its own reaction: one threat "
        "alone, full magazines, nothing hit."
    )
    typer.echo(reader.text(told))


def _km(range_m: float | None) -> str:
    return "-" if range_m is None else f"{range_m / 1e3:,.0f}"


def _share(number: float) -> str:
    return "-" if math.isnan(number) else f"{number:.0%}"


def _area(area_m2: float) -> str:
    return f"{area_m2 / 1e6:,.0f}"


def _named(rule: Any) -> str:
    if rule.name == "look":
        return say("look {p:g}", p=rule.probability)
    return say("track {p:g}", p=rule.probability)


def _table(reader: "Language", title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], n_names: int) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=reader.text(title), title_justify="left")
    for i, head in enumerate(heads):
        table.add_column(reader.text(head), justify="left" if i < n_names else "right", no_wrap=i < n_names)
    for row in rows:
        table.add_row(*row)
    Console(width=None if Console().is_terminal else 160).print(table)
