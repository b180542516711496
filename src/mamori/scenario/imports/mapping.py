"""The mapping file: which column of whose table gives which field, and how it is written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import Table, read, to_yaml
from mamori.scenario.faults import faults_of
from mamori.scenario.fields import nearest, spot
from mamori.scenario.imports.parts import KINDS, PartName
from mamori.scenario.imports.words import factor, plain, units
from mamori.world.quantity import Part

FILE_NAME = "mapping.yaml"


class TableMap(Part):
    """How one table is read. What is left out is guessed from its name and its headers."""

    file: Annotated[str, Field(min_length=1, description="Name of the file in the folder")]
    sheet: Annotated[str | None, Field(description="Sheet of a workbook; all of them where left out")] = None
    part: Annotated[PartName | None, Field(description="What it holds; none: it is not read")] = None
    columns: Annotated[
        dict[str, str | None], Field(description="Our field: header of their column; null where no column gives it")
    ] = Field(default_factory=dict)
    units: Annotated[dict[str, str], Field(description="Our field: unit in which their column is written")] = Field(
        default_factory=dict
    )
    constants: Annotated[
        dict[str, str | float], Field(description="Our field: value that all rows have, where no cell gives another")
    ] = Field(default_factory=dict)
    values: Annotated[
        dict[str, dict[str, str | float]], Field(description="Our field: what their words stand for, word by word")
    ] = Field(default_factory=dict)
    decimal: Annotated[
        Literal["point", "comma"] | None, Field(description="Decimal sign of the numbers, where they do not tell")
    ] = None
    encoding: Annotated[str | None, Field(description="Encoding of a CSV file that is not UTF-8, such as cp1251")] = (
        None
    )
    crs: Annotated[
        str | None,
        Field(
            pattern=r"^EPSG:\d{4,6}$",
            description="System of the coordinates, where they are not degrees of WGS 84: longitude_deg is then "
            "the easting and latitude_deg the northing (needs pyproj)",
        ),
    ] = None


class MappingFile(Part):
    """All that a mapping says."""

    tables: Annotated[tuple[TableMap, ...], Field(description="The tables")] = ()
    case: Annotated[str | None, Field(description="MATPOWER case of the grid, version 2 (.m)")] = None
    population: Annotated[str | None, Field(description="GeoTIFF of people, one number a cell")] = None
    terrain: Annotated[str | None, Field(description="GeoTIFF or ASCII grid of the ground's height, m")] = None


def read_mapping(path: Path, folder: Path) -> MappingFile:
    """The mapping of a file.

    folder: where the tables lie
    Raises ScenarioError with every fault: what is no mapping, what names no file, field or unit.
    """
    data = read(path)
    try:
        mapping = MappingFile.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(faults_of(error, data, spot(MappingFile))) from error
    faults = [fault for i, table in enumerate(mapping.tables) for fault in _faults(table, data["tables"][i], folder)]
    for name in ("case", "population", "terrain"):
        file = getattr(mapping, name)
        if file is not None and not (folder / file).is_file():
            faults.append(_no_file(f"{name} ({data.marks[name]})", file, folder))
    if faults:
        raise ScenarioError(faults)
    return mapping


def _no_file(place: str, file: str, folder: Path) -> Fault:
    there = [entry.name for entry in sorted(folder.iterdir()) if entry.is_file()]
    return Fault(place, repr(file), say("there is no such file in the folder"), nearest(file, there))


def _faults(table: TableMap, data: Table, folder: Path) -> list[Fault]:
    faults = []
    if not (folder / table.file).is_file():
        faults.append(_no_file(f"file ({data.marks['file']})", table.file, folder))
    if table.part is None or table.part == "none":
        return faults
    kind = KINDS[table.part]
    for name in ("columns", "units", "constants", "values"):
        for field in getattr(table, name):
            place = f"{name} ({data[name].marks[field]})"
            if field not in kind.columns:
                rule = say("{part} have no such field", part=table.part)
                faults.append(Fault(place, field, rule, nearest(field, kind.columns)))
            elif name == "units" and factor(plain(table.units[field]), kind.unit(field)) is None:
                faults.append(wrong_unit(place, field, table.units[field], kind.unit(field)))
    return faults


def wrong_unit(place: str, field: str, unit: str, ours: str) -> Fault:
    """A unit that cannot be turned into the field's own."""
    if not ours:
        rule = say("{field} takes a number without a unit", field=field)
        return Fault(place, unit, rule, say("Is it the right column?"))
    known = sorted(name for name in units() if factor(name, ours) is not None)
    rule = say("{field} is kept in {ours}, and {unit} cannot be turned into that", field=field, ours=ours, unit=unit)
    return Fault(place, unit, rule, say("Is it the right column? Units that can: {known}.", known=", ".join(known)))


def draft(tables: list[TableMap], unused: Mapping[int, list[str]], rasters: Mapping[str, str]) -> str:
    """A mapping file that says what was guessed, for people to edit.

    unused: headers that give nothing yet, by number of the table; rasters: further files by what they are
    """
    lines = [
        "# How the tables of this folder are read: written by `mamori import --draft-mapping`, yours to edit.",
        "# part: " + ", ".join([*KINDS, "none"]),
        "# columns: {our field: header of the column}; units: {field: km}; constants: {field: value of all rows};",
        "# values: {field: {their word: ours}}; decimal: comma or point; encoding: cp1251; crs: EPSG:6677",
    ]
    lines += [to_yaml({name: file}).strip() for name, file in rasters.items()]
    lines.append("tables:" if tables else "tables: []")
    for i, table in enumerate(tables):
        data = table.model_dump(exclude_defaults=True)
        data.setdefault("part", None)
        lines.append("")
        for k, line in enumerate(to_yaml(data).splitlines()):
            lines.append(("  - " if k == 0 else "    ") + line)
        if unused.get(i):
            lines.append("    # not used: " + "; ".join(unused[i]))
        kind = KINDS.get(str(table.part))
        if kind is not None:
            missing = [name for name in kind.needed if name not in data.get("columns", {})]
            lines += [f"    # {name}: {kind.about(name)}" for name in missing]
    return "\n".join(lines) + "\n"
