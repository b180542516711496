"""What no table gives as it stands: variants from groups, room from shelters, load from feeders, the nearest bus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mamori.errors import Fault
from mamori.language.message import Message, say, say_n
from mamori.maths.earth import distance_m
from mamori.recovery.schema import SPARE_KINDS
from mamori.scenario.document import Entries, Mark, Table
from mamori.scenario.fields import nearest
from mamori.scenario.imports.parts import ANGLES
from mamori.scenario.imports.rows import Told
from mamori.scenario.imports.shapes import radius_m

SWAPPED_NEAR_DEG, SWAPPED_FAR_DEG = 4.0, 12.0
"""A place looks swapped if it lies far from the middle of all, and near it once latitude and longitude change sides."""


@dataclass
class Rows:
    """The rows of one kind, of however many tables. shapes: of each row, None for those without."""

    entries: Entries
    shapes: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class BusAt:
    """A bus that a district or a service may hang on."""

    id: str
    latitude_deg: float
    longitude_deg: float
    load_mw: float


def refuse_swapped(rows: Mapping[str, Rows], told: Told) -> None:
    """A fault for each place whose latitude and longitude look swapped."""
    points = [
        (entry, lat, lon, entry[lat], entry[lon])
        for of_kind in rows.values()
        for entry in of_kind.entries
        for lat, lon in (ANGLES[:2], ANGLES[2:])
        if isinstance(entry.get(lat), int | float) and isinstance(entry.get(lon), int | float)
    ]
    sound = [(lat, lon) for _, _, _, lat, lon in points if abs(lat) <= 90.0 and abs(lon) <= 360.0]
    middle = np.median(np.array(sound), axis=0) if len(sound) > 2 else None
    for entry, lat_name, lon_name, lat, lon in points:
        is_outside = abs(lat) > 90.0 and abs(lon) <= 90.0
        is_odd = (
            middle is not None
            and max(abs(lat - middle[0]), abs(lon - middle[1])) > SWAPPED_FAR_DEG
            and max(abs(lon - middle[0]), abs(lat - middle[1])) < SWAPPED_NEAR_DEG
        )
        if is_outside or is_odd:
            mark = entry.marks[lat_name]
            rule = say("latitude and longitude look swapped")
            remedy = say(
                "Put the other column for `{latitude}` and `{longitude}`, or mend the row.",
                latitude=lat_name, longitude=lon_name,
            )  # fmt: skip
            told.add(Fault(str(mark), f"{lat:g}, {lon:g}", rule, remedy))


def variants(groups: Entries) -> Entries:
    """Variants of the raid from groups that name theirs; those that name none are one variant."""
    found: dict[str, Table] = {}
    members: dict[str, Entries] = {}
    listed = Entries(groups.mark)
    for i, group in enumerate(groups):
        name = str(group.pop("variant", None) or "raid")
        weight = group.pop("variant_weight", None)
        mark = groups.marks[i]
        if name not in found:
            found[name] = Table(mark)
            found[name].put("id", name, group.marks.get("variant", mark))
            members[name] = Entries(mark)
            listed.add(found[name], mark)
        if weight is not None and "weight" not in found[name]:
            found[name].put("weight", weight, group.marks.get("variant_weight", mark))
        members[name].add(group, mark)
    for name, variant in found.items():
        variant.put("groups", members[name], members[name].mark)
    return listed


def spares(rows: Entries) -> Table:
    """Stock of spare parts; several rows of a kind add up."""
    stock = Table(rows.mark)
    for i, row in enumerate(rows):
        kind, count = row.get("kind"), row.get("count")
        if kind in SPARE_KINDS and isinstance(count, int) and count >= 0:
            stock.put(kind, stock.get(kind, 0) + count, rows.marks[i])
    return stock


def shelter(rooms: Rows, districts: Rows, told: Told) -> list[Message]:
    """Give each district the share of its people for whom the shelters have room.

    A shelter counts for the district that it names, else for that whose polygon holds it, else for the nearest.
    Returns what was assumed.
    """
    import shapely

    by_name = {
        str(entry.get(key)): i for key in ("code", "id") for i, entry in enumerate(districts.entries) if key in entry
    }
    centres = _places(districts.entries)
    tree = shapely.STRtree([shapely.Polygon() if shape is None else shape for shape in districts.shapes])
    places = np.zeros(len(districts.entries))
    n_nearest = 0
    for row in rooms.entries:
        name, seats = row.get("district"), row.get("places")
        if not isinstance(seats, int) or seats < 0:
            continue
        if name is not None:
            if str(name) not in by_name:
                rule = say("is neither id nor code of a district")
                told.add(Fault(str(row.marks["district"]), repr(str(name)), rule, nearest(str(name), by_name)))
            else:
                places[by_name[str(name)]] += seats
            continue
        at = _places([row])[0]
        if not len(centres) or np.isnan(at).any():
            continue
        inside = tree.query(shapely.Point(at[1], at[0]), predicate="within")
        if not inside.size:
            n_nearest += 1
        chosen = int(inside.min()) if inside.size else int(np.nanargmin(_distance(at, centres)))
        places[chosen] += seats
    for i, entry in enumerate(districts.entries):
        people = entry.get("people")
        if isinstance(people, int) and people > 0 and "shelter_share" not in entry:
            entry.put("shelter_share", round(min(1.0, float(places[i]) / people), 6), entry.mark)
    notes = [say("Shelters: mamori knows the share of a district's people for whom there is room, not each shelter.")]
    n_empty = int((places == 0.0).sum())
    if n_empty:
        notes.append(
            say_n(
                n_empty,
                "{n} district has no shelter in the tables, so that its people find none.",
                "{n} districts have no shelter in the tables, so that their people find none.",
            )
        )
    if n_nearest:
        notes.append(
            say_n(
                n_nearest,
                "{n} shelter names no district and lies in none: it counts for the nearest.",
                "{n} shelters name no district and lie in none: they count for the nearest.",
            )
        )
    return notes


def feed(rows: Entries, buses: Sequence[BusAt], sites: Entries | None, districts: Entries, told: Told) -> list[Message]:
    """Put the feeders' load on their buses, and districts that name no bus on the bus of most of their feeders' load.

    sites: of the buses of a MATPOWER case, None where there is none
    """
    known = {bus.id for bus in buses}
    by_name = {str(entry.get(key)): entry for key in ("code", "id") for entry in districts if key in entry}
    load: dict[str, float] = {}
    of_district: dict[str, dict[str, float]] = {}
    for row in rows:
        bus, name, mw = str(row.get("bus")), row.get("district"), row.get("load_mw")
        if known and bus not in known:
            told.add(
                Fault(str(row.marks["bus"]), repr(bus), say("must be the id of a bus of the grid"), nearest(bus, known))
            )
            continue
        if isinstance(mw, int | float):
            load[bus] = load.get(bus, 0.0) + mw
        if name is None:
            continue
        if str(name) not in by_name:
            rule = say("is neither id nor code of a district")
            told.add(Fault(str(row.marks["district"]), repr(str(name)), rule, nearest(str(name), by_name)))
            continue
        shares = of_district.setdefault(str(name), {})
        shares[bus] = shares.get(bus, 0.0) + (mw if isinstance(mw, int | float) else 1.0)
    notes = []
    if rows:
        notes.append(say("Feeders: those of one bus are one to mamori; what breaks it puts all of them out."))
    if load and sites is None:
        notes.append(
            say("The load of the feeders is not used: only a MATPOWER case takes the demand of its buses from a table.")
        )
    for site in sites or ():
        if str(site.get("id")) in load and "load_mw" not in site:
            site.put("load_mw", round(load[str(site["id"])], 6), site.mark)
    for name, shares in of_district.items():
        if not by_name[name].get("bus"):
            by_name[name].put("bus", max(shares, key=lambda bus: (shares[bus], bus)), by_name[name].mark)
    return notes


def hang_on_nearest(rows: Entries, buses: Sequence[BusAt], what: str) -> Message | None:
    """Give each entry without a bus the nearest that carries load. Returns what was assumed."""
    loaded = [bus for bus in buses if bus.load_mw > 0.0] or list(buses)
    if not loaded:
        return None
    at = np.array([(bus.latitude_deg, bus.longitude_deg) for bus in loaded])
    n, farthest_m = 0, 0.0
    for entry, place in zip(rows, _places(rows), strict=True):
        if entry.get("bus") is None and not np.isnan(place).any():
            metres = _distance(place, at)
            chosen = int(np.argmin(metres))
            entry.put("bus", loaded[chosen].id, entry.mark)
            n, farthest_m = n + 1, max(farthest_m, float(metres[chosen]))
    if not n:
        return None
    return say_n(
        n,
        "{n} of the {what} hangs on the nearest bus with load, {km} km away.",
        "{n} of the {what} hang on the nearest bus with load, at most {km} km away.",
        what=what, km=f"{farthest_m / 1e3:.0f}",
    )  # fmt: skip


def hang_on(rows: Entries, bus: str) -> None:
    """Give each entry without a bus this one."""
    for entry in rows:
        if entry.get("bus") is None:
            entry.put("bus", bus, entry.mark)


def settle(cells: Any, buses: Sequence[BusAt], mark: Mark) -> Rows:
    """A district for each loaded bus, of the people for whom it is the nearest. cells: a raster.Population"""
    from mamori.scenario.imports.raster import nearest as nearest_of

    loaded = [bus for bus in buses if bus.load_mw > 0.0]
    rows = Rows(Entries(mark))
    if not loaded:
        return rows
    at = np.array([(bus.latitude_deg, bus.longitude_deg) for bus in loaded])
    of_cell = nearest_of(cells, at[:, 0], at[:, 1])
    for i, bus in enumerate(loaded):
        mine = of_cell == i
        people = float(cells.people[mine].sum())
        if round(people) == 0:
            continue
        weight = cells.people[mine] / people
        entry = Table(mark)
        for name, value in (
            ("id", f"district-{bus.id}"),
            ("latitude_deg", round(float(weight @ cells.latitude_deg[mine]), 6)),
            ("longitude_deg", round(float(weight @ cells.longitude_deg[mine]), 6)),
            ("radius_m", max(100.0, radius_m(float(cells.area_m2[mine].sum())))),
            ("people", round(people)),
            ("bus", bus.id),
        ):
            entry.put(name, value, mark)
        rows.entries.add(entry, mark)
        rows.shapes.append(None)
    return rows


def people_of(cells: Any, districts: Rows) -> list[Message]:
    """Give each district without people those of the raster: inside its polygon, else nearest to its middle."""
    from mamori.scenario.imports.raster import by_shape
    from mamori.scenario.imports.raster import nearest as nearest_of

    empty = [i for i, entry in enumerate(districts.entries) if entry.get("people") is None]
    if not empty:
        return [say("The raster of people is not used: the districts' table has people.")]
    if all(districts.shapes[i] is not None for i in empty):
        found = by_shape(cells, [districts.shapes[i] for i in empty])
        note = say("People are those of the raster's cells whose middle lies in the district.")
    else:
        at = _places([districts.entries[i] for i in empty])
        found = np.bincount(nearest_of(cells, at[:, 0], at[:, 1]), cells.people, len(empty)).astype(np.float64)
        note = say("People are those of the raster's cells to which the district is the nearest.")
    for i, people in zip(empty, found.tolist(), strict=True):
        districts.entries[i].put("people", round(people), districts.entries[i].mark)
    total, used = float(cells.people.sum()), float(found.sum())
    share = say(
        "The raster holds {total:,.0f} people; {share:.1%} of them are in the districts.",
        total=total, share=used / total if total else 0.0,
    )  # fmt: skip
    return [note, share]


def _places(entries: Sequence[Any]) -> Any:
    """(E, 2) latitude and longitude, deg; nan where they are no numbers."""
    rows = [[entry.get("latitude_deg"), entry.get("longitude_deg")] for entry in entries]
    found = np.array([[x if isinstance(x, int | float) else np.nan for x in row] for row in rows], dtype=np.float64)
    return np.where(np.isfinite(found), found, np.nan).reshape(-1, 2)


def _distance(at: Any, places: Any) -> Any:
    a, b = np.radians(at), np.radians(places)
    return distance_m(np.full(len(b), a[0]), np.full(len(b), a[1]), b[:, 0], b[:, 1])
