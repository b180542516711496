"""The files of a folder: which of them are tables, and which the grid, the people, the ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.imports import csv_file, geojson_file, kml_file, xlsx_file
from mamori.scenario.imports.mapping import FILE_NAME, MappingFile, TableMap
from mamori.scenario.imports.sheet import Sheet
from mamori.scenario.imports.words import plain, words

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".geojson", ".json", ".kml")
_GRIDS = (".tif", ".tiff")
_GROUND = (".asc", ".asc.gz")


@dataclass(frozen=True)
class Files:
    """What a folder holds. unread: names of files that are nothing of all that."""

    tables: tuple[Path, ...]
    case: Path | None
    population: Path | None
    terrain: Path | None
    unread: tuple[str, ...]


def files_of(folder: Path, mapping: MappingFile, faults: list[Fault]) -> Files:
    """The files of a folder, by their endings and by what the mapping says.

    Raises ScenarioError if there is no such folder.
    """
    try:
        there = sorted(
            entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith((".", "~$"))
        )
    except OSError as error:
        rule = say("this folder cannot be read ({reason})", reason=error.strerror or error)
        raise ScenarioError(Fault(str(folder), "", rule, say("Name the folder that holds the tables."))) from error
    left = {path.name: path for path in there if path.name != FILE_NAME}
    named = {name: getattr(mapping, name) for name in ("case", "population", "terrain")}
    chosen = {name: left.pop(file) for name, file in named.items() if file is not None and file in left}
    cases = [path for path in left.values() if path.suffix.lower() == ".m"]
    rasters = [path for path in left.values() if path.name.lower().endswith((*_GRIDS, *_GROUND))]
    if cases and "case" not in chosen:
        chosen["case"] = cases[0]
        if len(cases) > 1:
            rule = say("the folder holds {n} MATPOWER cases", n=len(cases))
            remedy = say("Write the one that is meant into {file}: `case: {case}`.", file=FILE_NAME, case=cases[0].name)
            faults.append(Fault(str(folder), ", ".join(path.name for path in cases), rule, remedy))
    for path in rasters:
        what = _raster(path)
        if what and what not in chosen:
            chosen[what] = path
        elif not what:
            rule = say("is a raster, and its name does not tell of what")
            remedy = say(
                "Write into {file}: `population: {name}` or `terrain: {name}`.", file=FILE_NAME, name=path.name
            )
            faults.append(Fault(path.name, "", rule, remedy))
    taken = {*(path.name for path in cases), *(path.name for path in rasters)}
    tables = [path for name, path in left.items() if name not in taken and path.suffix.lower() in TABLES]
    unread = [name for name, path in left.items() if name not in taken and path not in tables]
    if not tables and not chosen and not faults:
        rule = say("the folder holds no table")
        raise ScenarioError(Fault(str(folder), "", rule, say("Tables end with {ends}.", ends=", ".join(TABLES))))
    return Files(
        tuple(tables), chosen.get("case"), chosen.get("population"), chosen.get("terrain"), tuple(sorted(unread))
    )


def _raster(path: Path) -> str:
    if path.name.lower().endswith(_GROUND):
        return "terrain"
    told = plain(path.stem)
    return next((name for name, begins in words()["rasters"].items() if any(begin in told for begin in begins)), "")


def sheets_of(path: Path, maps: Sequence[TableMap], faults: list[Fault]) -> list[Sheet]:
    """Every table of a file. maps: what the mapping says of the file."""
    first = maps[0] if maps else None
    if maps and all(table.part == "none" and table.sheet is None for table in maps):
        return []
    n_faults = len(faults)
    ending = path.suffix.lower()
    if ending in (".xlsx", ".xlsm"):
        sheets = xlsx_file.sheets(path, faults)
    elif ending in (".geojson", ".json"):
        sheets = geojson_file.sheets(path, faults, is_projected=first is not None and first.crs is not None)
    elif ending == ".kml":
        sheets = kml_file.sheets(path, faults)
    else:
        sheets = csv_file.sheets(path, faults, (first.encoding or "") if first else "")
    for sheet in sheets:
        if sheet.header and not sheet.rows and len(faults) == n_faults:
            rule, remedy = say("the table has names of columns and no rows"), say("Fill it, or take it out.")
            faults.append(Fault(sheet.title, "", rule, remedy))
            sheet.has_gaps = True
        elif not sheet.header and len(faults) == n_faults:
            rule, remedy = say("the table is empty"), say("Fill it, or take it out of the folder.")
            faults.append(Fault(sheet.title, "", rule, remedy))
            sheet.has_gaps = True
    return sheets
