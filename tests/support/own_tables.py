"""A scenario's parts as tables in every format that `mamori import` reads."""

import csv
import json
from pathlib import Path
from typing import Any

import xlsxwriter

from mamori.scenario.schema import Scenario

RowOf = dict[str, Any]


def rows_of(items: Any) -> list[RowOf]:
    """Entries of a scenario as the rows of a table: lists with semicolons, `aims.port` for what stands inside."""
    found = []
    for item in items:
        row: RowOf = {}
        for name, value in item.model_dump(mode="json", by_alias=True, exclude_none=True).items():
            if isinstance(value, dict):
                row |= {f"{name}.{inner}": x for inner, x in value.items()}
            elif value not in ("", []):
                row[name] = ";".join(value) if isinstance(value, list) else value
        found.append(row)
    return found


def parts_of(scenario: Scenario) -> dict[str, list[RowOf]]:
    """The parts of a scenario that import can give, as tables."""
    groups = [
        {"variant": v.id, "variant_weight": v.weight, **row}
        for v in scenario.raid.variants
        for row in rows_of(v.groups)
    ]
    return {
        "districts": rows_of(scenario.world.districts),
        "ports": rows_of(scenario.world.ports),
        "services": rows_of(scenario.services.sites),
        "sensors": rows_of(scenario.sensing.sensors),
        "batteries": rows_of(scenario.defence.batteries),
        "command_posts": rows_of(scenario.defence.command_posts),
        "crews": rows_of(scenario.recovery.crews),
        "spares": [{"kind": kind, "count": n} for kind, n in scenario.recovery.spares.items()],
        "raid": groups,
    }


def columns_of(rows: list[RowOf]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def as_csv(path: Path, rows: list[RowOf], separator: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, columns_of(rows), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)


def as_xlsx(path: Path, sheets: dict[str, list[RowOf]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            columns = columns_of(rows)
            page.write_row(0, 0, columns)
            for i, row in enumerate(rows, 1):
                for k, column in enumerate(columns):
                    if column in row:
                        page.write(i, k, row[column])


def as_geojson(path: Path, rows: list[RowOf]) -> None:
    features = []
    for row in rows:
        own = dict(row)
        at = [own.pop("longitude_deg"), own.pop("latitude_deg")]
        features.append({"type": "Feature", "properties": own, "geometry": {"type": "Point", "coordinates": at}})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def as_kml(path: Path, rows: list[RowOf]) -> None:
    places = []
    for row in rows:
        own = dict(row)
        at = f"{own.pop('longitude_deg')},{own.pop('latitude_deg')},0"
        data = "".join(f'<Data name="{name}"><value>{value}</value></Data>' for name, value in own.items())
        places.append(
            f"<Placemark><ExtendedData>{data}</ExtendedData><Point><coordinates>{at}</coordinates></Point></Placemark>"
        )
    text = "<Folder><name>all</name>" + "".join(places) + "</Folder>"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{text}'
        "</Document></kml>",
        encoding="utf-8",
    )
