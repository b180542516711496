"""From a folder of tables to a scenario that loads: whole, or not at all with every fault named."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say, say_n
from mamori.scenario.document import Mark
from mamori.scenario.faults import Path as FieldPath
from mamori.scenario.hash import scenario_hash
from mamori.scenario.imports.assemble import SERIES, Import
from mamori.scenario.imports.folder import Files, files_of, sheets_of
from mamori.scenario.imports.mapping import FILE_NAME, MappingFile, TableMap, draft, read_mapping
from mamori.scenario.imports.parts import KINDS
from mamori.scenario.imports.plan import Ask, Plan, plan_of
from mamori.scenario.imports.write import scenario_files, write
from mamori.scenario.load import examine_data, load

MOST_FAULTS = 100
"""Faults that are told; how many more there are is said."""


@dataclass(frozen=True)
class Imported:
    """What was made.

    file: the scenario; counts: rows by what they are called (one, many); assumed: in words
    unused: headers that gave nothing, by table; unread: files of the folder that are no tables; warnings: of the check
    """

    file: Path
    counts: tuple[tuple[int, tuple[str, str]], ...]
    assumed: tuple[str, ...]
    unused: tuple[tuple[str, tuple[str, ...]], ...]
    unread: tuple[str, ...]
    warnings: tuple[Fault, ...]


def import_tables(
    folder: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    base: str | None = None,
    is_nearest_bus: bool = False,
    is_forced: bool = False,
    ask: Ask | None = None,
) -> Imported:
    """Read every table of a folder into a scenario.

    out: folder that the scenario is written into; mapping: file that says how, the folder's own where left out
    base: scenario that the tables change, None for one that stands alone
    is_nearest_bus: what names no bus hangs on the nearest; is_forced: write over a folder that is there
    ask: asks the user what the tables do not tell, None where nobody can be asked
    Raises ScenarioError with every fault of every table; nothing is then written.
    """
    if out.exists() and not is_forced:
        rule = say("this folder is there already and is not written over")
        raise ScenarioError(Fault(str(out), "", rule, say("Name another with --out, or say --force.")))
    faults: list[Fault] = []
    files, plans, broken = _read(folder, mapping, faults, ask, is_nearest_bus=is_nearest_bus)
    found = Import(plans, files, base, broken, is_nearest_bus=is_nearest_bus)
    data, gaps = found.scenario(_name(out), Mark(str(out / "scenario.yaml")), faults)
    scenario, findings = examine_data(data, Path.cwd(), gaps)
    faults += [fault for fault in findings.errors if not _is_told(fault, found.told.places)]
    if faults or scenario is None:
        raise ScenarioError(_at_most(faults), _title(faults))
    source = ", ".join(dict.fromkeys(plan.sheet.file.name for plan in plans)) or folder.name
    for path, at in ((files.case, ("grid", "case")), (files.terrain, ("world", "terrain_file"))):
        if path is not None:
            part = data[at[0]]
            part[at[1]] = path.name if at[1] == "case" else "terrain.asc"
    texts = scenario_files(data, plans, found.notes, source)
    _keep(out, texts, files, scenario_hash(scenario))
    return Imported(
        file=out / "scenario.yaml",
        counts=tuple(found.counts()),
        assumed=tuple(found.notes),
        unused=tuple((plan.sheet.title, tuple(plan.unused)) for plan in plans if plan.unused),
        unread=files.unread,
        warnings=tuple(findings.warnings),
    )


def draft_mapping(folder: Path, *, is_forced: bool = False, ask: Ask | None = None) -> tuple[Path, list[Fault]]:
    """Write the mapping that was guessed into the folder. Returns its path, and what the user has to fill in."""
    path = folder / FILE_NAME
    if path.exists() and not is_forced:
        rule = say("this file is there already and is not written over")
        raise ScenarioError(Fault(str(path), "", rule, say("Edit it, or say --force.")))
    faults: list[Fault] = []
    files = files_of(folder, MappingFile(), faults)
    tables: list[TableMap] = []
    unused: dict[int, list[str]] = {}
    for file in files.tables:
        for sheet in sheets_of(file, (), faults):
            plan = plan_of(sheet, None, (), ask, faults)
            if plan is None:
                tables.append(TableMap(file=file.name, sheet=sheet.name or None))
                unused[len(tables) - 1] = list(sheet.header)
            else:
                tables.append(plan.as_table())
                unused[len(tables) - 1] = plan.unused
    named = (("case", files.case), ("population", files.population), ("terrain", files.terrain))
    rasters = {name: file.name for name, file in named if file is not None}
    path.write_text(draft(tables, unused, rasters), encoding="utf-8")
    return path, faults


def _read(
    folder: Path, mapping: Path | None, faults: list[Fault], ask: Ask | None, *, is_nearest_bus: bool
) -> tuple[Files, list[Plan], set[FieldPath]]:
    """The files, how each table is read, and places of the scenario where nothing more is to be said."""
    if not folder.is_dir():
        rule = say("there is no such folder")
        raise ScenarioError(Fault(str(folder), "", rule, say("Name the folder that holds the tables.")))
    path = mapping or (folder / FILE_NAME if (folder / FILE_NAME).exists() else None)
    said = read_mapping(path, folder) if path is not None else MappingFile()
    files = files_of(folder, said, faults)
    elsewhere = {"districts.people"} if files.population is not None else set()
    if is_nearest_bus:
        elsewhere |= {"services.bus", "districts.bus"}
    plans: list[Plan] = []
    broken: set[FieldPath] = set()
    for file in files.tables:
        maps = [table for table in said.tables if table.file == file.name]
        for sheet in sheets_of(file, maps, faults):
            own = next((table for table in maps if table.sheet in (None, sheet.name)), None)
            n_faults = len(faults)
            if not sheet.header:
                broken |= _all_places()
                continue
            plan = plan_of(sheet, own, elsewhere, ask, faults)
            if plan is not None:
                plans.append(plan)
            elif len(faults) > n_faults:
                broken |= _all_places()
    _refuse_twins(plans, faults)
    return files, plans, broken


def _all_places() -> set[FieldPath]:
    """Every part that a table may give: what an unread table holds is not known."""
    return {kind.at[:1] for kind in KINDS.values() if kind.at}


def _refuse_twins(plans: list[Plan], faults: list[Fault]) -> None:
    """A fault for each part that several tables give without the mapping saying so."""
    for name in KINDS:
        own = [plan for plan in plans if plan.kind.name == name]
        if len(own) > 1 and not all(plan.is_mapped for plan in own):
            both = ", ".join(plan.sheet.title for plan in own)
            rule = say("{n} tables give {part}, and it is not said that they belong together", n=len(own), part=name)
            remedy = say(
                "List each that is meant in {file} with `part: {part}`, and the others with `part: none`; "
                "`mamori import {folder} --draft-mapping` writes one to begin with.",
                file=FILE_NAME, part=name, folder=own[0].sheet.file.parent.name,
            )  # fmt: skip
            faults.append(Fault(both, "", rule, remedy))
            for plan in own[1:]:
                plans.remove(plan)
                own[0].sheet.has_gaps = True


def _is_told(fault: Fault, places: set[str]) -> bool:
    """Whether more was said of the same cell before."""
    return any(f"({place})" in fault.place for place in places)


def _at_most(faults: Sequence[Fault]) -> list[Fault]:
    once = list(dict.fromkeys(faults))
    if len(once) <= MOST_FAULTS:
        return once
    n = len(once) - MOST_FAULTS
    more = say_n(n, "{n} more fault is not listed", "{n} more faults are not listed")
    return [*once[:MOST_FAULTS], Fault("...", "", more, say("Mend these first."))]


def _title(faults: Sequence[Fault]) -> str:
    n = len(dict.fromkeys(faults))
    return say_n(n, "{n} fault; nothing was written:", "{n} faults; nothing was written:")


def _name(out: Path) -> str:
    return re.sub(r"[^\w.-]+", "-", out.resolve().name).strip("-._")[:100] or "imported"


def _keep(out: Path, texts: dict[str, str], files: Files, digest: str) -> None:
    """Write the files beside the folder, load them, and put them in their place once they give the same scenario."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
        staged = Path(name) / out.name
        staged.mkdir()
        write(staged, texts)
        if files.case is not None:
            shutil.copyfile(files.case, staged / files.case.name)
            series = files.case.parent / SERIES
            if series.is_dir():
                shutil.copytree(series, staged / SERIES, dirs_exist_ok=True)
        if files.terrain is not None:
            from mamori.scenario.imports.raster import write_terrain

            write_terrain(files.terrain, staged / "terrain.asc")
        written = load(staged, is_checked=False)
        if files.terrain is None and scenario_hash(written) != digest:
            rule = say("what was written does not give what was read; this is a fault of mamori's")
            raise ScenarioError(Fault(str(out), "", rule, say("Please report it, with the tables if you can.")))
        if not out.exists():
            staged.replace(out)
            return
        for path in sorted(staged.iterdir(), key=lambda path: path.name == "scenario.yaml"):
            if path.is_dir():
                shutil.copytree(path, out / path.name, dirs_exist_ok=True)
            else:
                path.replace(out / path.name)
