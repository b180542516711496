"""A grid case from a MATPOWER case file, version 2: the fields that a DC power flow needs, and where the buses stand.

Source: MATPOWER User's Manual, appendix B (data file format): columns of mpc.bus, mpc.gen, mpc.branch, mpc.gencost.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.grid.case import GridCase, shifted_east, sites
from mamori.language.message import say
from mamori.records import Floats, Ints

MAX_BYTES = 100_000_000

_COLUMNS = {
    "bus": ("BUS_I", "BUS_TYPE", "PD", "QD", "GS", "BS", "BUS_AREA", "VM", "VA", "BASE_KV", "ZONE", "VMAX", "VMIN"),
    "gen": ("GEN_BUS", "PG", "QG", "QMAX", "QMIN", "VG", "MBASE", "GEN_STATUS", "PMAX", "PMIN"),
    "branch": ("F_BUS", "T_BUS", "BR_R", "BR_X", "BR_B", "RATE_A", "RATE_B", "RATE_C", "TAP", "SHIFT", "BR_STATUS"),
    "gencost": ("MODEL", "STARTUP", "SHUTDOWN", "NCOST"),
}
"""The columns that a version-2 matrix has at least, by their names in the manual; more are legal and not used."""

_RATINGS = {"continuous": "A", "long_term": "BA", "short_term": "CBA"}
"""MATPOWER's ratings in the order in which they stand in for each other: 0 says that a branch has none."""

_CATEGORIES = {"wind": "Wind", "solar": "Solar PV", "pv": "Solar PV", "hydro": "Hydro", "nuclear": "Nuclear"}
"""Category of a generator by its entry in mpc.genfuel; all others are thermal."""

_BEGIN = re.compile(r"\s*mpc\.(\w+)\s*=\s*(.*)")


class BusPlace(NamedTuple):
    """Where a bus stands. load_mw: instead of the case's demand, None to keep that."""

    bus: str
    name: str
    latitude_deg: float
    longitude_deg: float
    load_mw: float | None = None


@dataclass(frozen=True)
class _Matrix:
    """Rows of one matrix with the line on which each stands; begin: line of its name."""

    rows: list[list[float]]
    line: list[int]
    begin: int


def is_matpower(case: str) -> bool:
    """Whether the name of a case is that of a MATPOWER file."""
    return case.lower().endswith(".m")


def read_buses(path: Path) -> tuple[tuple[str, ...], Floats]:
    """Numbers and demand, MW, of the buses of a case whose places are not known yet.

    Raises CaseError with every fault of the file.
    """
    reading = _Reading(path)
    bus = reading.matrix("bus")
    ids = reading.bus_ids(bus)
    load = reading.column(bus, "bus", "PD", low=0.0)
    for name in ("gen", "branch"):
        reading.matrix(name)
    reading.end()
    return ids, load


def read_matpower(
    path: Path,
    places: Sequence[BusPlace],
    *,
    shift_longitude_deg: float = 0.0,
    rating: str = "long_term",
    join_sites: bool = True,
) -> GridCase:
    """The case as arrays; what is out of service is left out.

    places: where every bus stands; the other arguments as `read_case` takes them
    A branch without a rating may carry as much as all plant together. Taps, shunts and costs are not used; a generator
    counts with its greatest power, whatever its set point.
    Raises CaseError with every fault, file and line.
    """
    reading = _Reading(path)
    bus, gen, branch = (reading.matrix(name) for name in ("bus", "gen", "branch"))
    bus_id = reading.bus_ids(bus)
    index = {name: i for i, name in enumerate(bus_id)}
    load, kv = reading.column(bus, "bus", "PD", low=0.0), reading.column(bus, "bus", "BASE_KV", low=0.0)
    generator_bus = reading.buses(gen, "gen", "GEN_BUS", index)
    p_max = reading.column(gen, "gen", "PMAX", low=0.0)
    start, end = (reading.buses(branch, "branch", name, index) for name in ("F_BUS", "T_BUS"))
    r = reading.column(branch, "branch", "BR_R", low=0.0)
    x = reading.column(branch, "branch", "BR_X", low=0.0, is_open=True)
    rates = {name: reading.column(branch, "branch", f"RATE_{name}", low=0.0) for name in "ABC"}
    for k in np.flatnonzero(start == end).tolist() if not reading.faults else ():
        rule = say("must not be the same as F_BUS")
        reading.fault(branch.line[k], "branch", "T_BUS", bus_id[end[k]], rule, say("Give the bus at the other end."))
    reading.check_costs(len(gen.rows))
    fuel = reading.texts("genfuel", len(gen.rows))
    names = reading.texts("bus_name", len(bus_id))
    placed = reading.placed(bus_id, places)
    reading.end()

    latitude_rad = np.radians([place.latitude_deg for place in placed])
    longitude_rad = np.radians(shifted_east(np.array([place.longitude_deg for place in placed]), shift_longitude_deg))
    load = np.array([mw if p.load_mw is None else p.load_mw for mw, p in zip(load.tolist(), placed, strict=True)])
    bus_name = tuple(place.name or name for place, name in zip(placed, names or [""] * len(bus_id), strict=True))
    gen_on = np.flatnonzero(reading.column(gen, "gen", "GEN_STATUS") > 0.0)
    on = np.flatnonzero(reading.column(branch, "branch", "BR_STATUS") > 0.0)
    ratio = reading.column(branch, "branch", "TAP")
    limit = np.zeros(len(x))
    for name in _RATINGS[rating]:
        limit = np.where(limit > 0.0, limit, rates[name])
    limit = np.where(limit > 0.0, limit, max(1.0, float(p_max.sum())))
    is_transformer = ((ratio != 0.0) | (kv[start] != kv[end]))[on]
    start, end = start[on], end[on]
    joined = np.flatnonzero(is_transformer) if join_sites else np.zeros(0, np.int64)
    site_i, first, site_latitude, site_longitude = sites(latitude_rad, longitude_rad, start[joined], end[joined])
    bus_of_gen = [bus_id[i] for i in generator_bus.tolist()]
    gen_ids = _numbered(bus_of_gen)
    branch_ids = _numbered([f"{bus_id[a]}-{bus_id[b]}" for a, b in zip(start.tolist(), end.tolist(), strict=True)])
    return GridCase(
        folder=str(path.parent), bus_id=bus_id, bus_name=bus_name, latitude_rad=latitude_rad,
        longitude_rad=longitude_rad, kv=kv, area=tuple(f"{row[6]:g}" for row in bus.rows), load_mw=load, site_i=site_i,
        site_name=_site_names([bus_name[i] for i in first], [bus_id[i] for i in first]),
        site_latitude_rad=site_latitude, site_longitude_rad=site_longitude,
        generator_id=tuple(f"g{gen_ids[g]}" for g in gen_on.tolist()),
        category=tuple(_CATEGORIES.get(fuel[g].lower() if fuel else "", "Thermal") for g in gen_on.tolist()),
        generator_bus_i=generator_bus[gen_on], generator_mw=p_max[gen_on], branch_id=branch_ids, branch_from_i=start,
        branch_to_i=end, branch_r=r[on], branch_x=x[on], branch_mw=limit[on], is_transformer=is_transformer,
    )  # fmt: skip


def _numbered(names: Sequence[str]) -> tuple[str, ...]:
    """`1-2`, and `1-2.2` for the second of the name."""
    count: dict[str, int] = {}
    found = []
    for name in names:
        count[name] = count.get(name, 0) + 1
        found.append(name if count[name] == 1 else f"{name}.{count[name]}")
    return tuple(found)


def _site_names(names: Sequence[str], bus_ids: Sequence[str]) -> tuple[str, ...]:
    """Each site's name, with its first bus where the name alone would not tell it."""
    taken = {name: names.count(name) for name in names}
    taken |= dict.fromkeys(bus_ids, 2)
    return tuple(
        (name if taken[name] == 1 else f"{name} ({bus})") if name else bus
        for name, bus in zip(names, bus_ids, strict=True)
    )


class _Reading:
    """One file and the faults found in it; each method returns an array of the right length even where it has any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self._matrices: dict[str, _Matrix] = {}
        self._cells: dict[str, list[str]] = {}
        try:
            if path.stat().st_size > MAX_BYTES:
                rule = say("a case may be at most {most} MB", most=MAX_BYTES // 1_000_000)
                raise CaseError(Fault(str(path), "", rule, say("Is it a MATPOWER case file?")))
            text = path.read_text(encoding="utf-8-sig", errors="strict")
        except OSError as error:
            rule = say("this case cannot be read ({reason})", reason=error.strerror or error)
            raise CaseError(Fault(str(path), "", rule, say("Look at the spelling and at the folder."))) from error
        except UnicodeDecodeError as error:
            rule = say("byte {byte} is not UTF-8 text", byte=error.start + 1)
            raise CaseError(Fault(str(path), "", rule, say("Is it a MATPOWER case file?"))) from error
        self._parse(text)

    def fault(self, line: int, matrix: str, column: str, value: str, rule: str, remedy: str) -> None:
        place = f"{self.path.name}:{line} mpc.{matrix}"
        self.faults.append(Fault(f"{place}, {column}" if column else place, value, rule, remedy))

    def end(self) -> None:
        if self.faults:
            raise CaseError(self.faults, say("The MATPOWER case {path} cannot be used:", path=self.path))

    def _parse(self, text: str) -> None:
        name, closing, begin = "", "", 0
        lines: list[tuple[int, str]] = []
        for number, written in enumerate(text.splitlines(), 1):
            line = _without_comment(written)
            if not name:
                started = _BEGIN.fullmatch(line)
                if started is None:
                    continue
                field, rest = started[1], started[2].strip()
                if rest[:1] not in ("[", "{"):
                    self._check_version(field, rest.rstrip("; "), number)
                    continue
                name, closing, begin, line = field, "]" if rest[0] == "[" else "}", number, rest[1:]
            elif _BEGIN.fullmatch(line):
                break  # a new field while the last is still open
            body, bracket, _ = line.partition(closing)
            lines.append((number, body))
            if bracket:
                self._keep(name, lines, begin, is_matrix=closing == "]")
                name, lines = "", []
        if name:
            remedy = say("The file looks cut off: get it again, whole.")
            rule = say("begins here and has no closing bracket")
            self.fault(begin, name, "", "", rule, remedy)
            self._matrices.setdefault(name, _Matrix([], [], begin))
            self.end()

    def _check_version(self, field: str, value: str, line: int) -> None:
        if field == "version" and value.strip("'\"") != "2":
            remedy = say("Save it with MATPOWER's savecase as version 2.")
            self.fault(line, field, "", value, say("must be '2'"), remedy)

    def _keep(self, name: str, lines: list[tuple[int, str]], begin: int, *, is_matrix: bool) -> None:
        if not is_matrix:
            cells = [cell for _, body in lines for cell in re.findall(r"'((?:[^']|'')*)'", body)]
            self._cells[name] = [cell.replace("''", "'").strip() for cell in cells]
            return
        matrix = _Matrix([], [], begin)
        self._matrices[name] = matrix
        if name not in _COLUMNS:
            return
        pending: list[str] = []
        for number, body in lines:
            text, dots, _ = body.partition("...")
            *rows, last = text.split(";")
            for i, row in enumerate([*rows, last]):
                pending += row.replace(",", " ").split()
                is_done = i < len(rows) or not dots
                if pending and is_done:
                    matrix.rows.append(self._numbers(name, number, pending))
                    matrix.line.append(number)
                    pending = []

    def _numbers(self, name: str, line: int, cells: list[str]) -> list[float]:
        columns, numbers = _COLUMNS[name], []
        for k, cell in enumerate(cells):
            try:
                numbers.append(float(cell))
            except ValueError:
                column = columns[k] if k < len(columns) else str(k + 1)
                self.fault(line, name, column, cell, say("must be a number"), say("Mend the cell."))
                numbers.append(math.nan)
        if len(cells) < len(columns):
            rule = say("the row has {n} numbers and needs at least {least}", n=len(cells), least=len(columns))
            self.fault(line, name, "", " ".join(cells)[:40], rule, say("Look for a lost number or a row cut short."))
        return numbers + [math.nan] * (len(columns) - len(cells))

    def matrix(self, name: str) -> _Matrix:
        """The matrix of the name; an empty one, with a fault, if there is none."""
        if name not in self._matrices or (name == "bus" and not self._matrices[name].rows):
            rule = say("has no rows in mpc.{name}", name=name)
            remedy = say("Give a MATPOWER case of version 2 with mpc.bus, mpc.gen and mpc.branch; is the file whole?")
            self.faults.append(Fault(self.path.name, "", rule, remedy))
            self._matrices[name] = _Matrix([], [], 0)
        return self._matrices[name]

    def column(
        self, matrix: _Matrix, name: str, column: str, *, low: float = -math.inf, is_open: bool = False
    ) -> Floats:
        """(rows,) numbers of a column, at least `low`, or more than it where `is_open`."""
        k = _COLUMNS[name].index(column)
        numbers = np.array([row[k] for row in matrix.rows])
        for i, number in enumerate(numbers.tolist()):
            if number < low or (is_open and number == low) or math.isinf(number):
                least = (
                    say("must be more than {low}", low=f"{low:g}")
                    if is_open
                    else say("must be {low} or more", low=f"{low:g}")
                )
                self.fault(matrix.line[i], name, column, f"{number:g}", least, _REMEDIES.get(column, ""))
        return numbers

    def bus_ids(self, bus: _Matrix) -> tuple[str, ...]:
        ids = tuple(f"{row[0]:.0f}" for row in bus.rows)
        seen: set[str] = set()
        for i, name in enumerate(ids):
            if name in seen:
                self.fault(bus.line[i], "bus", "BUS_I", name, say("this bus stands twice"), say("Keep one of the two."))
            seen.add(name)
        return ids

    def buses(self, matrix: _Matrix, name: str, column: str, index: dict[str, int]) -> Ints:
        found = np.zeros(len(matrix.rows), np.int64)
        k = _COLUMNS[name].index(column)
        for i, row in enumerate(matrix.rows):
            bus = f"{row[k]:.0f}"
            if bus in index:
                found[i] = index[bus]
            elif index and not math.isnan(row[k]):
                rule = say("is no bus of mpc.bus")
                self.fault(matrix.line[i], name, column, bus, rule, say("Mend the number or add the bus."))
        return found

    def check_costs(self, n_generators: int) -> None:
        costs = self._matrices.get("gencost")
        if costs is not None and len(costs.rows) not in (n_generators, 2 * n_generators):
            rule = say("has {n} rows for {generators} generators", n=len(costs.rows), generators=n_generators)
            self.fault(costs.begin, "gencost", "", "", rule, say("Give one row a generator, or leave it out."))

    def texts(self, name: str, n: int) -> list[str]:
        """The cell array of the name, one entry a row; empty where the case has none."""
        cells = self._cells.get(name, [])
        if cells and len(cells) != n:
            rule = say("mpc.{name} has {n} entries and needs {rows}", name=name, n=len(cells), rows=n)
            self.faults.append(Fault(self.path.name, "", rule, say("Give one entry a row, or leave it out.")))
        return cells

    def placed(self, bus_ids: Sequence[str], places: Sequence[BusPlace]) -> list[BusPlace]:
        """The place of each bus, in their order."""
        by_bus: dict[str, BusPlace] = {}
        for place in places:
            if place.bus in by_bus:
                rule = say("this bus stands twice among the sites")
                self.faults.append(Fault("grid.sites", place.bus, rule, say("Keep one of the two.")))
            elif place.bus not in bus_ids:
                rule = say("is no bus of the case {case}", case=self.path.name)
                self.faults.append(Fault("grid.sites", place.bus, rule, say("Mend the number, or leave the row out.")))
            by_bus[place.bus] = place
        missing = [bus for bus in bus_ids if bus not in by_bus]
        if missing:
            told = ", ".join(missing[:12]) + (" ..." if len(missing) > 12 else "")
            rule = say("{n} buses of the case have no place: {buses}", n=len(missing), buses=told)
            remedy = say("Give each bus its latitude and longitude in `grid.sites` or `grid.sites_file`.")
            self.faults.append(Fault("grid.sites", "", rule, remedy))
        return [by_bus.get(bus, BusPlace(bus, "", 0.0, 0.0)) for bus in bus_ids]


_REMEDIES = {
    "PD": say("Write what feeds power in as a generator, not as negative demand."),
    "PMAX": say("Give the greatest power of the unit, or 0."),
    "BR_X": say("Give the series reactance; join two buses that nothing lies between into one."),
    "BR_R": say("Give 0 where it is not known."),
}


def _without_comment(line: str) -> str:
    """The line up to its comment; a per cent sign in quotes begins none."""
    if "%" not in line:
        return line
    in_quotes = False
    for i, letter in enumerate(line):
        if letter == "'":
            in_quotes = not in_quotes
        elif letter == "%" and not in_quotes:
            return line[:i]
    return line
