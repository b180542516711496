"""`mamori flight`: one ballistic flight, or a table of many, on a user's own data."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mamori.cli.reader import Code, speaking

if TYPE_CHECKING:
    from mamori.flight.single import Asked, Flown
    from mamori.language.speech import Language

Place = tuple[float, float]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(flight)


def flight(
    table: Annotated[
        Path | None,
        typer.Argument(
            metavar="[TABLE]",
            help="A CSV of many flights: columns apogee_km, range_km, or from and to (latitude,longitude); if wanted "
            "id, class, burn_s, course_deg, ballistic_coefficient_kg_m2, aim_height_m. Others are left alone.",
        ),
    ] = None,
    apogee_km: Annotated[
        float | None, typer.Option(help="Apogee; the path that takes the least boost if left out.")
    ] = None,
    range_km: Annotated[float | None, typer.Option(help="Range over the ground.")] = None,
    start: Annotated[str, typer.Option("--from", metavar="LAT,LON", help="Place of the launch, deg.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="LAT,LON", help="Place of the aim, deg.")] = "",
    course_deg: Annotated[
        float | None, typer.Option(help="Course from north where there is no --to; north if left out.")
    ] = None,
    class_name: Annotated[
        str,
        typer.Option("--class", help="Class of the catalogue; follows from apogee and range if left out."),
    ] = "",
    burn_s: Annotated[float | None, typer.Option(help="Length of the boost, instead of the class's.")] = None,
    ballistic_coefficient_kg_m2: Annotated[
        float | None, typer.Option(help="Mass over drag area at Mach 5, instead of the class's.")
    ] = None,
    aim_height_m: Annotated[float, typer.Option(help="Height of the aim above the ellipsoid.")] = 0.0,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the paths as CSV.")] = None,
    czml: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the paths as CZML, for Cesium.")] = None,
    geojson: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the paths as GeoJSON.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw height over range as PNG (extra: mamori[plot]).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")] = False,
    code: Code = "",
) -> None:
    """Flight time, burn-out, apogee, and speed and angle at impact of ballistic flights."""
    from mamori.flight.single import Asked, fly_asked
    from mamori.flight.status import FlightStatus, status_text
    from mamori.language.message import say
    from mamori.report.exports.flights import write_csv, write_czml, write_geojson, write_plot
    from mamori.scenario.flights import ballistic_classes

    if table is not None:
        asked = _read(table)
    else:
        asked = [
            Asked(
                id=say("flight"),
                apogee_m=_metres(apogee_km),
                range_m=_metres(range_km),
                start=_place(start, "--from"),
                end=_place(end, "--to"),
                course_deg=course_deg,
                class_name=class_name or None,
                burn_s=burn_s,
                coefficient_kg_m2=ballistic_coefficient_kg_m2,
                end_height_m=aim_height_m,
            )
        ]
    names, classes = ballistic_classes()
    flown = fly_asked(asked, classes, names)
    language = speaking(code)
    for file, write in ((csv_file, write_csv), (czml, write_czml), (geojson, write_geojson), (plot, write_plot)):
        if file is not None:
            write(flown, file)
    if as_json:
        facts = [_facts(one) for one in flown]
        typer.echo(json.dumps(facts if table is not None else facts[0], indent=1, ensure_ascii=False))
    else:
        _print(flown, language)
    for one in flown:
        if one.status != FlightStatus.FOUND:
            typer.echo(f"{one.asked.id} ({one.class_name}): {language.text(status_text(one.status))}.", err=True)
    if any(one.status != FlightStatus.FOUND for one in flown):
        raise typer.Exit(1)


def _metres(km: float | None) -> float | None:
    return None if km is None else 1e3 * km


def _place(text: str, where: str) -> Place | None:
    """Latitude and longitude from `34.5,151`; None from nothing."""
    from mamori.errors import Fault, ScenarioError
    from mamori.language.message import say

    if not text.strip():
        return None
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        remedy = say("Write it like 34.5,151.")
        raise ScenarioError(
            Fault(where, text, say("must be latitude and longitude in degrees, with a comma"), remedy)
        ) from None
    return latitude, longitude


def _read(file: Path) -> "list[Asked]":
    """The flights of a CSV. Raises ScenarioError with every cell that is wrong."""
    from mamori.errors import Fault, ScenarioError
    from mamori.flight.single import Asked
    from mamori.language.message import say

    faults: list[Fault] = []
    asked: list[Asked] = []
    with file.open(newline="", encoding="utf-8-sig") as lines:
        try:
            rows = list(csv.DictReader(lines))
        except (csv.Error, UnicodeDecodeError) as error:
            raise ScenarioError(Fault(str(file), "", say("this is not CSV ({reason})", reason=str(error)))) from None
    known = {"apogee_km", "range_km", "to"}
    if rows and not known & rows[0].keys():
        columns = ", ".join(key for key in rows[0] if key)
        remedy = say("Name the columns apogee_km and range_km, or from and to.")
        raise ScenarioError(Fault(str(file), columns, say("no column says how far the flights go"), remedy))
    if not rows:
        raise ScenarioError(Fault(str(file), "", say("must hold at least one flight below its head")))
    for n, row in enumerate(rows, start=2):
        line = f"{file.name}:{n}"

        def number(name: str, line: str = line, row: dict[str, str] = row) -> float | None:
            text = (row.get(name) or "").strip()
            if not text:
                return None
            try:
                return float(text)
            except ValueError:
                faults.append(Fault(f"{line} {name}", text, say("must be a number")))
                return None

        try:
            start, end = _place(row.get("from") or "", f"{line} from"), _place(row.get("to") or "", f"{line} to")
        except ScenarioError as error:
            faults.extend(error.faults)
            continue
        asked.append(
            Asked(
                id=(row.get("id") or "").strip() or line,
                apogee_m=_metres(number("apogee_km")),
                range_m=_metres(number("range_km")),
                start=start,
                end=end,
                course_deg=number("course_deg"),
                class_name=(row.get("class") or "").strip() or None,
                burn_s=number("burn_s"),
                coefficient_kg_m2=number("ballistic_coefficient_kg_m2"),
                end_height_m=number("aim_height_m") or 0.0,
            )
        )
    if faults:
        raise ScenarioError(faults)
    return asked


def _facts(one: "Flown") -> dict[str, Any]:
    """A flight for machines; null where there is no path."""
    from mamori.flight.status import FlightStatus, status_text

    def clean(number: float, digits: int) -> float | None:
        return round(number, digits) if math.isfinite(number) else None

    return {
        "id": str(one.asked.id),
        "class": one.class_name,
        "status": FlightStatus(one.status).name.lower(),
        "status_text": str(status_text(one.status)),
        "flight_time_s": clean(one.flight_time_s, 2),
        "apogee_km": clean(one.apogee_m / 1e3, 3),
        "apogee_s": clean(one.apogee_s, 2),
        "range_km": clean(one.range_m / 1e3, 3),
        "burn_s": clean(one.burnout_s, 2),
        "burnout_height_km": clean(one.burnout_height_m / 1e3, 3),
        "burnout_speed_m_s": clean(one.burnout_speed_m_s, 1),
        "impact_speed_m_s": clean(one.impact_speed_m_s, 1),
        "impact_angle_deg": clean(math.degrees(one.impact_angle_rad), 2),
        "time_above_100_km_s": clean(one.above_space_s, 1),
    }


def _print(flown: "Sequence[Flown]", language: "Language") -> None:
    from rich.console import Console
    from rich.table import Table

    from mamori.language.message import say

    heads = (
        say("flight"), say("class"), say("flight time, min"), say("range, km"), say("apogee, km"), say("burn-out, s"),
        say("at height, km"), say("at speed, m/s"), say("impact, m/s"), say("angle, deg"), say("above 100 km, s"),
    )  # fmt: skip
    table = Table()
    for i, head in enumerate(heads):
        table.add_column(language.text(head), justify="left" if i < 2 else "right", no_wrap=i < 2)
    for one in flown:
        numbers = (
            (one.flight_time_s / 60.0, 2), (one.range_m / 1e3, 1), (one.apogee_m / 1e3, 1), (one.burnout_s, 0),
            (one.burnout_height_m / 1e3, 1), (one.burnout_speed_m_s, 0), (one.impact_speed_m_s, 0),
            (math.degrees(one.impact_angle_rad), 1), (one.above_space_s, 0),
        )  # fmt: skip
        cells = [f"{number:,.{digits}f}" if math.isfinite(number) else "-" for number, digits in numbers]
        table.add_row(language.text(one.asked.id), one.class_name, *cells)
    Console(width=None if Console().is_terminal else 160).print(table)
