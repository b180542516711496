"""The tables together: the data of one scenario, and the grid that they stand on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from mamori.errors import CaseError, Fault, FaultsError
from mamori.grid.matpower import read_buses
from mamori.grid.schema import GridPart, grid_case
from mamori.language.message import say
from mamori.scenario.builtin import builtin_names
from mamori.scenario.catalogue import read_catalogue
from mamori.scenario.document import Entries, Mark, Table
from mamori.scenario.faults import GAP, faults_of
from mamori.scenario.faults import Path as FieldPath
from mamori.scenario.fields import nearest, spot
from mamori.scenario.imports import derive
from mamori.scenario.imports.derive import BusAt, Rows
from mamori.scenario.imports.folder import Files
from mamori.scenario.imports.parts import KINDS, Aside
from mamori.scenario.imports.plan import Plan
from mamori.scenario.imports.rows import Told, entries_of, with_ids
from mamori.scenario.load import find, load
from mamori.scenario.schema import SCHEMA_VERSION, Scenario

SERIES = "timeseries_data_files"
"""Folder of hourly series beside a case, in the layout of RTS-GMLC."""
ASSET_KINDS = {
    "services": "service",
    "sensors": "sensor",
    "batteries": "battery",
    "command_posts": "command_post",
    "ports": "port",
}
"""Kind of asset that the rows of a table become."""
GRID_KINDS = {"bus", "transformer", "generator", "feeder"}


class Import:
    """The rows of all tables, put together into one scenario.

    broken: places of which nothing is known, because a table could not be read
    notes: what was assumed, in words; told: faults of cells
    """

    def __init__(
        self, plans: Sequence[Plan], files: Files, base: str | None, broken: set[FieldPath], *, is_nearest_bus: bool
    ) -> None:
        self.plans, self.files, self.base = plans, files, base
        self.is_nearest_bus = is_nearest_bus
        self.notes: list[str] = []
        self.told = Told([])
        self.rows: dict[str, Rows] = {}
        self.gaps = set(broken)
        self._below: Scenario | None = None

    def scenario(self, name: str, mark: Mark, faults: list[Fault]) -> tuple[Table, set[FieldPath]]:
        """The data of a scenario file, lists in place, and the places of which nothing more is to be said.

        faults: gets what is wrong with the tables
        """
        self.told = Told(faults)
        self._below = load(self.base, is_checked=False) if self.base is not None else None
        self._read()
        buses = self._buses(faults)
        self._derive(buses, mark)
        derive.refuse_swapped(self.rows, self.told)
        self._check_aside(faults)
        return self._data(name, mark), self.gaps

    def counts(self) -> Iterator[tuple[int, tuple[str, str]]]:
        """How many of what were read."""
        for name, kind in KINDS.items():
            if name in self.rows:
                yield len(self.rows[name].entries), kind.said

    def _gap(self, name: str) -> None:
        at = KINDS[name].at
        if at:
            self.gaps.add((*at, GAP))
        if name == "sites":
            self.gaps.add(("grid",))

    def _read(self) -> None:
        known = set(read_catalogue().sections)
        if self._below is not None:
            known |= set(self._below.classes.services)
        for plan in self.plans:
            name = plan.kind.name
            entries, shapes = entries_of(plan, known, self.told)
            rows = self.rows.setdefault(name, Rows(Entries(entries.mark)))
            for entry, at in zip(entries, entries.marks, strict=True):
                rows.entries.add(entry, at)
            rows.shapes += shapes
            if "id" not in plan.columns and "id" in plan.kind.spots and name != "sites":
                self.notes.append(say("{table} has no ids: made from code, name or number.", table=plan.sheet.title))
        for name, rows in self.rows.items():
            shape_of = {id(entry): shape for entry, shape in zip(rows.entries, rows.shapes, strict=True)}
            if with_ids(rows.entries, KINDS[name], self.told):
                self._gap(name)
            rows.shapes = [shape_of[id(entry)] for entry in rows.entries]
        self.rows = {name: rows for name, rows in self.rows.items() if rows.entries}
        for plan in self.plans:
            if plan.sheet.has_gaps:
                self._gap(plan.kind.name)

    def _buses(self, faults: list[Fault]) -> list[BusAt]:
        """The buses of the grid that the scenario will have; none, with a fault, where that cannot be told."""
        sites = self.rows.get("sites")
        if self.files.case is not None:
            return self._buses_of_case(self.files.case, sites.entries if sites else None, faults)
        try:
            case = grid_case(self._below.grid if self._below is not None else GridPart(), Path())
        except FaultsError as error:
            faults.extend(error.faults)
            self.gaps.add(("grid",))
            return []
        places = np.degrees(np.column_stack([case.latitude_rad, case.longitude_rad])).tolist()
        rows = zip(case.bus_id, places, case.load_mw.tolist(), strict=True)
        return [BusAt(bus, at[0], at[1], mw) for bus, at, mw in rows]

    def _buses_of_case(self, path: Path, sites: Entries | None, faults: list[Fault]) -> list[BusAt]:
        try:
            ids, load_mw = read_buses(path)
        except CaseError as error:
            faults.extend(error.faults)
            self.gaps.add(("grid",))
            return []
        if sites is None:
            rule = say("a MATPOWER case does not say where its buses stand, and no table does")
            remedy = say("Add a table of sites with the columns id (the bus), latitude_deg, longitude_deg.")
            faults.append(Fault(path.name, "", rule, remedy))
            self.gaps.add(("grid",))
            return []
        by_id = {str(site.get("id")): site for site in sites}
        for name, site in by_id.items():
            if name not in ids:
                rule = say("is no bus of the case {case}", case=path.name)
                self.told.add(Fault(str(site.marks["id"]), repr(name), rule, nearest(name, ids)))
                self.gaps.add(("grid",))
        missing = [name for name in ids if name not in by_id]
        if missing and ("grid",) not in self.gaps:
            rule = say("{n} buses of the case have no place: {buses}", n=len(missing), buses=", ".join(missing[:12]))
            faults.append(Fault(sites.mark.place(), "", rule, say("Add a row for each.")))  # type: ignore[attr-defined]
            self.gaps.add(("grid",))
        return [
            BusAt(name, float(site["latitude_deg"]), float(site["longitude_deg"]), mw)
            for name, mw in zip(ids, load_mw.tolist(), strict=True)
            if (site := by_id.get(name)) is not None and _is_placed(site)
        ]

    def _derive(self, buses: list[BusAt], mark: Mark) -> None:
        """What no table gives as it stands."""
        if self.files.population is not None:
            self._settle(buses, self.files.population, mark)
        is_whole = not any(place[0] == "world" for place in self.gaps)  # else who is missing is not known
        if "shelters" in self.rows and is_whole:
            self._shelter(mark)
        if "feeders" in self.rows and is_whole:
            sites = self.rows["sites"].entries if self.files.case is not None and "sites" in self.rows else None
            districts = self.rows["districts"].entries if "districts" in self.rows else Entries(mark)
            self.notes += derive.feed(self.rows["feeders"].entries, buses, sites, districts, self.told)
        if self.is_nearest_bus:
            for name in ("districts", "services"):
                if name in self.rows and not buses:  # which is among the faults
                    derive.hang_on(self.rows[name].entries, "unknown")
                elif name in self.rows:
                    note = derive.hang_on_nearest(self.rows[name].entries, buses, name)
                    self.notes += [note] if note else []

    def _settle(self, buses: list[BusAt], path: Path, mark: Mark) -> None:
        from mamori.scenario.imports.raster import read_population

        try:
            cells = read_population(path)
        except CaseError as error:
            self.told.faults.extend(error.faults)
            self.gaps.add(("world",))
            for entry in self.rows["districts"].entries if "districts" in self.rows else ():
                if entry.get("people") is None:
                    entry.put("people", 0, entry.mark)  # a stand-in: nothing is written any more
            return
        if "districts" in self.rows:
            self.notes += derive.people_of(cells, self.rows["districts"])
            return
        self.rows["districts"] = derive.settle(cells, buses, mark)
        self.notes.append(
            say("No table gives districts: each bus with load has one, of the people for whom it is the nearest.")
        )

    def _shelter(self, mark: Mark) -> None:
        districts = self.rows.get("districts")
        if districts is None and self._below is not None:
            districts = Rows(Entries(mark))
            for district in self._below.world.districts:
                entry = Table(mark, district.model_dump(by_alias=True, exclude_none=True))
                districts.entries.add(entry, mark)
                districts.shapes.append(None)
            self.rows["districts"] = districts
        if districts is None:
            rule = say("there are no districts for whose people the shelters could be")
            self.told.faults.append(Fault(str(self.rows["shelters"].entries.mark), "", rule, say("Add their table.")))
            return
        self.notes += derive.shelter(self.rows["shelters"], districts, self.told)

    def _check_aside(self, faults: list[Fault]) -> None:
        """Hold the rows that go into other parts against their own schema."""
        data = Table(Mark("tables"))
        for name in Aside.model_fields:
            if name in self.rows:
                data.put(name, self.rows[name].entries, self.rows[name].entries.mark)
        try:
            Aside.model_validate(data)
        except ValidationError as error:
            found = faults_of(error, data, spot(Aside))
            faults.extend(f for f in found if not any(f"({place})" in f.place for place in self.told.places))

    def _data(self, name: str, mark: Mark) -> Table:
        data = Table(mark)
        data.put("schema_version", SCHEMA_VERSION, mark)
        data.put("name", name, mark)
        data.put("title", f"Imported from {len(self.plans)} tables", mark)
        if self.base is not None:
            data.put("extends", _source(self.base), mark)
            replaced = [".".join(KINDS[kind].at) for kind in self.rows if KINDS[kind].at]
            replaced += ["recovery.spares"] if "spares" in self.rows else []
            replaced += self._keep_damage(data, mark)
            data.put("replaces", Entries(mark, replaced, [mark] * len(replaced)), mark)
        if self.files.case is not None:
            _put(data, ("grid", "case"), str(self.files.case.resolve()), mark)
        if self.files.terrain is not None:
            _put(data, ("world", "terrain_file"), str(self.files.terrain.resolve()), mark)
        for kind_name, kind in KINDS.items():
            if kind_name not in self.rows or not kind.at:
                continue
            entries = self.rows[kind_name].entries
            listed = derive.variants(entries) if kind_name == "raid" else entries
            _put(data, kind.at, listed, entries.mark)
        if "spares" in self.rows:
            stock = derive.spares(self.rows["spares"].entries)
            _put(data, ("recovery", "spares"), stock, stock.mark)
        if "raid" not in self.rows and self.base is None:
            quiet = Table(mark, {"id": "none", "groups": Entries(mark)}, {"id": mark, "groups": mark})
            _put(data, ("raid", "variants"), Entries(mark, [quiet], [mark]), mark)
            self.notes.append(
                say("No table gives a raid: the scenario has one variant in which nothing comes. Write your own.")
            )
        if self.base is None and self.files.case is None:
            self.notes.append(
                say(
                    "No MATPOWER case is given: the grid is RTS-GMLC where it was made, in the south-west of North "
                    "America, however far from your places. Add a case, or say --base night-raid."
                )
            )
        if self.files.case is not None and not (self.files.case.parent / SERIES).is_dir():
            self.notes.append(say("Demand and plant are the same at every hour: the case has no hourly series."))
        return data

    def _keep_damage(self, data: Table, mark: Mark) -> list[str]:
        """Of what the base has broken before the raid, keep what is not replaced; the list that is written anew."""
        gone = {kind for part, kind in ASSET_KINDS.items() if part in self.rows}
        gone |= GRID_KINDS if self.files.case is not None else set()
        before = self._below.damage.initial if self._below is not None else ()
        there = {
            f"{ASSET_KINDS[part]}:{row.get('id')}"
            for part in ASSET_KINDS.keys() & self.rows
            for row in self.rows[part].entries
        }
        lost = [entry.asset for entry in before if entry.asset.partition(":")[0] in gone and entry.asset not in there]
        if not lost:
            return []
        kept = [entry.model_dump(exclude_none=True) for entry in before if entry.asset not in lost]
        _put(
            data, ("damage", "initial"), Entries(mark, [Table(mark, entry) for entry in kept], [mark] * len(kept)), mark
        )
        self.notes.append(
            say("What was broken before the raid and is replaced is left out: {assets}.", assets=", ".join(lost))
        )
        return ["damage.initial"]


def _is_placed(site: Table) -> bool:
    return all(isinstance(site.get(name), int | float) for name in ("latitude_deg", "longitude_deg"))


def _put(data: Table, at: tuple[str, ...], item: Any, mark: Mark) -> None:
    if at[0] not in data:
        data.put(at[0], Table(mark), mark)
    data[at[0]].put(at[1], item, mark)


def _source(base: str) -> str:
    """A built-in scenario by its name, a file by its whole path, so that it is found from the new folder."""
    return base if base in builtin_names() else str(find(base).resolve())
