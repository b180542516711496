"""What happened in each replica, event by event in order of time: the long form of a run's tables.

The one source of the list: `mamori run --replica` prints it, and `mamori export --format events` writes it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from mamori.errors import StoreError
from mamori.language.message import Message, say, say_n, term
from mamori.language.speech import ENGLISH, Language
from mamori.raid.world import World
from mamori.store.folder import REPLICAS_AT_ONCE
from mamori.store.tables import TABLES, Column

HOUR_S = 3600.0
STEP = 0.01
"""Change of the share of power served that is an event."""

EVENTS = (
    Column("case", pa.string(), "the scenario that ran"),
    Column("replica", pa.int32(), "number of the replica, from 0"),
    Column("time_s", pa.float64(), "when, seconds after the raid's zero hour"),
    Column("time_utc", pa.timestamp("ms"), "when, by the clock, in UTC"),
    Column("actor", pa.string(), "who did it or to whom it happened: threat, sensor, battery, district, crew, asset"),
    Column(
        "event", pa.string(),
        "begins, launch, no path, track, fire, stopped, missed, failed, impact, damage, alarm, all-clear, sets out, "
        "mended, power or ends",
    ),
    Column("threat", pa.string(), "threat that it concerns; null for none"),
    Column("detail", pa.string(), "in words"),
    Column("place", pa.string(), "where: kind:id of an asset, or id of a district; null where it has no one place"),
    Column("latitude_deg", pa.float64(), "of that place, of the launch or of the impact"),
    Column("longitude_deg", pa.float64(), "of that place, of the launch or of the impact"),
)  # fmt: skip
"""The columns of events.parquet, a row for every event."""

WORDS = (
    term("begins"), term("launch"), term("no path"), term("track"), term("fire"), term("stopped"), term("missed"),
    term("failed"), term("impact"), term("damage"), term("alarm"), term("all-clear"), term("sets out"),
    term("mended"), term("power"), term("ends"),
)  # fmt: skip
_ORDER = {"begins": -1, "launch": 0, "track": 1, "fire": 2, "stopped": 3, "missed": 3, "impact": 4, "damage": 5}

_TELL = (
    "replicas", "threats", "detections", "engagements", "impacts", "damage", "warnings", "service", "repairs",
)  # fmt: skip
_READ = {name: tuple(column.name for column in TABLES[name]) for name in _TELL}
"""Tables and columns that tell of events."""

At = tuple[float, float]


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    time_s: seconds after the raid's zero hour; actor: who; event: one of `WORDS`; detail: in words; threat: that it
    concerns, "" for none; place: asset or district, "" where it has no one place; latitude_deg, longitude_deg: where
    """

    time_s: float
    actor: str
    event: str
    detail: str
    threat: str = ""
    place: str = ""
    latitude_deg: float | None = None
    longitude_deg: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def as_line(self, language: Language = ENGLISH) -> str:
        """For people: clock, actor, event, detail."""
        whole = int(self.time_s)
        clock = f"{whole // 3600:3d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        event, detail = language.text(self.event).upper(), language.text(self.detail)
        return f"{clock}  {self.actor}  {event}  {detail}".rstrip()


@dataclass(frozen=True)
class Gazetteer:
    """Where the assets and districts of a scenario are and how they are called.

    asset: latitude and longitude in deg by `kind:id`; site: of each asset; district: latitude and longitude; name: of
    each district
    """

    asset: Mapping[str, At]
    site: Mapping[str, str]
    district: Mapping[str, At]
    name: Mapping[str, str]

    @classmethod
    def of(cls, world: World) -> "Gazetteer":
        """That of a world; all worlds of a scenario have the same."""
        assets, sites = world.places.assets, world.places.site
        degrees = np.degrees(np.stack([assets.latitude_rad, assets.longitude_rad], axis=1)).tolist()
        districts = world.scenario.world.districts
        return cls(
            asset={name: (at[0], at[1]) for name, at in zip(assets.id, degrees, strict=True)},
            site={name: sites[i] for name, i in zip(assets.id, assets.site_i.tolist(), strict=True)},
            district={d.id: (d.latitude_deg, d.longitude_deg) for d in districts},
            name={d.id: d.name or d.id for d in districts},
        )

    def called(self, asset: str) -> str:
        """An asset with its site, unless its id holds that already."""
        site = self.site.get(asset, "")
        return asset if site in asset else say("{asset} ({site})", asset=asset, site=site)


def events(rows: Mapping[str, pa.Table], where: Gazetteer) -> list[Event]:
    """All that happened in one replica, in order of time: launches, tracks, alarms, engagements, impacts, damage,
    repairs, and the hours in which much less or more power was served than in the hour before.

    rows: the tables of a run, each with the rows of this replica alone
    """
    found = [_begins(rows), _ends(rows)]
    for make in (_threats, _engagements, _impacts, _damage, _alarms, _repairs):
        found.extend(make(rows, where))
    found.extend(_power(rows))
    return sorted(found, key=lambda event: (event.time_s, _ORDER.get(event.event, 9), event.actor, event.detail))


def replicas_of(path: Path, replicas: Iterable[int]) -> Iterator[tuple[int, dict[str, pa.Table]]]:
    """Number and rows of replicas of a finished run, read some at a time so that memory does not grow with them.

    path: the run's folder; replicas: their numbers, rising
    Raises StoreError if a table cannot be read.
    """
    wanted = list(replicas)
    for first in range(0, len(wanted), REPLICAS_AT_ONCE):
        span = wanted[first : first + REPLICAS_AT_ONCE]
        tables = {name: _read(path / "tables" / f"{name}.parquet", columns, span) for name, columns in _READ.items()}
        yield from by_replica(tables)


def _read(file: Path, columns: Sequence[str], replicas: Sequence[int]) -> pa.Table:
    try:
        known = set(pa.parquet.read_schema(file).names)
        here = [name for name in columns if name in known]
        return pa.parquet.read_table(
            file, columns=here, filters=[("replica", ">=", replicas[0]), ("replica", "<=", replicas[-1])]
        )
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            say("{file}: cannot be read ({error}). Run the scenario again into a new folder.", file=file, error=error)
        ) from error


def by_replica(tables: Mapping[str, pa.Table]) -> Iterator[tuple[int, dict[str, pa.Table]]]:
    """Number and rows of each replica of some tables, all of which are in order of replicas."""
    numbers = np.unique(tables["replicas"]["replica"].to_numpy())
    edges = {
        name: (np.searchsorted(of := rows["replica"].to_numpy(), numbers), np.searchsorted(of, numbers, side="right"))
        for name, rows in tables.items()
    }
    for i, number in enumerate(numbers.tolist()):
        yield (
            number,
            {
                name: rows.slice(int(edges[name][0][i]), int(edges[name][1][i] - edges[name][0][i]))
                for name, rows in tables.items()
            },
        )


def _each(table: pa.Table, *columns: str) -> Iterable[tuple[Any, ...]]:
    """Rows of a table; a column that an older run does not have is None."""
    known = set(table.column_names)
    lists = [table[name].to_pylist() if name in known else [None] * len(table) for name in columns]
    return zip(*lists, strict=True)


def _threats(rows: Mapping[str, pa.Table], where: Gazetteer) -> Iterator[Event]:
    first: dict[str, tuple[float, str]] = {}
    for threat, sensor, time_s in _each(rows["detections"], "threat", "sensor", "confirmed_s"):
        if threat not in first or time_s < first[threat][0]:
            first[threat] = (time_s, sensor)
    columns = ("threat", "class", "aim", "launch_s", "launch_latitude_deg", "launch_longitude_deg", "end_s", "fate")
    for threat, of_class, aim, launch_s, latitude, longitude, end_s, fate in _each(rows["threats"], *columns):
        goal = say("a district") if aim not in where.asset else where.called(aim)
        text = say("{threat_class} at {aim}", threat_class=of_class, aim=goal)
        yield Event(launch_s, threat, "launch", text, threat, "", latitude, longitude)
        if fate == "no path":
            yield Event(launch_s, threat, "no path", say("its class cannot reach its aim from there"), threat)
        elif fate == "failed":
            yield Event(end_s, threat, "failed", say("of itself: it did not arrive or not work"), threat)
        if threat in first:
            time_s, sensor = first[threat]
            place = f"sensor:{sensor}"
            yield Event(time_s, sensor, "track", threat, threat, place, *where.asset.get(place, (None, None)))


def _engagements(rows: Mapping[str, pa.Table], where: Gazetteer) -> Iterator[Event]:
    columns = ("battery", "threat", "launch_s", "intercept_s", "shots", "is_kill")
    for battery, threat, launch_s, intercept_s, shots, is_kill in _each(rows["engagements"], *columns):
        place = f"battery:{battery}"
        text = say_n(shots, "{n} shot at {threat}", "{n} shots at {threat}", threat=threat)
        yield Event(launch_s, battery, "fire", text, threat, place, *where.asset.get(place, (None, None)))
        yield Event(intercept_s, battery, "stopped" if is_kill else "missed", threat, threat)


def _impacts(rows: Mapping[str, pa.Table], where: Gazetteer) -> Iterator[Event]:
    columns = ("threat", "time_s", "latitude_deg", "longitude_deg", "district", "persons_under")
    for threat, time_s, latitude, longitude, district, persons in _each(rows["impacts"], *columns):
        if district is None:
            text = say("came down outside all districts")
        else:
            name = where.name.get(district, district)
            text = say("came down in {district}, {n:.1f} people under it", district=name, n=persons)
        yield Event(time_s, threat, "impact", text, threat, district or "", latitude, longitude)


def _damage(rows: Mapping[str, pa.Table], where: Gazetteer) -> Iterator[Event]:
    for asset, site, state, time_s, threat, work_h in _each(
        rows["damage"], "asset", "site", "state", "time_s", "threat", "work_h"
    ):
        if time_s is None:
            continue
        values = {"state": _said(state), "n": work_h, "threat": threat or _said("a threat"), "site": site}
        text = say("{state} by {threat}, {n:.0f} crew hours to mend", **values)
        if site not in asset:
            text = say("at {site}: {state} by {threat}, {n:.0f} crew hours to mend", **values)
        yield Event(time_s, asset, "damage", text, threat or "", asset, *where.asset.get(asset, (None, None)))


def _said(word: str) -> Message:
    """A word of a table as a message, so that it is said in the reader's language inside another."""
    return Message(word.replace("{", "{{").replace("}", "}}"), {})


STATES = (term("light"), term("heavy"), term("destroyed"), term("a threat"))


def _alarms(rows: Mapping[str, pa.Table], where: Gazetteer) -> Iterator[Event]:
    for district, start_s, end_s, people in _each(rows["warnings"], "district", "start_s", "end_s", "people"):
        text, at = say("{n:,} people", n=people), where.district.get(district, (None, None))
        yield Event(start_s, district, "alarm", text, "", district, *at)
        yield Event(end_s, district, "all-clear", text, "", district, *at)


def _repairs(rows: Mapping[str, pa.Table], where: Gazetteer) -> Iterator[Event]:
    n_hours = len(rows["service"])
    for asset, crew, start_h, end_h in _each(rows["repairs"], "asset", "crew", "start_h", "end_h"):
        at = where.asset.get(asset, (None, None))
        yield Event(start_h * HOUR_S, crew, "sets out", where.called(asset), "", asset, *at)
        if end_h <= n_hours:
            yield Event(end_h * HOUR_S, crew, "mended", where.called(asset), "", asset, *at)


def _begins(rows: Mapping[str, pa.Table]) -> Event:
    replica, world, variant = next(iter(_each(rows["replicas"], "replica", "world", "variant")))
    text = say(
        "replica {replica}, world {world}: variant {variant}, {n} threats",
        replica=replica, world=world, variant=variant, n=len(rows["threats"]),
    )  # fmt: skip
    return Event(0.0, "raid", "begins", text)


def _ends(rows: Mapping[str, pa.Table]) -> Event:
    service, broken = rows["service"], rows["damage"]["time_s"]
    lost_mwh = float((service["demand_mw"].to_numpy() - service["served_mw"].to_numpy()).sum())
    off = service["customers_off"].to_numpy()
    text = say(
        "{through} of {total} threats got through, {broken} assets damaged, {lost:,.0f} MWh not served in {hours} "
        "hours, {off:,.0f} people still off",
        through=len(rows["impacts"]), total=len(rows["threats"]), broken=len(broken) - broken.null_count,
        lost=lost_mwh, hours=len(service), off=float(off[-1]) if len(off) else 0.0,
    )  # fmt: skip
    return Event(len(service) * HOUR_S, "raid", "ends", text)


def _power(rows: Mapping[str, pa.Table]) -> Iterator[Event]:
    told = 1.0
    for hour, demand_mw, served_mw, off in _each(rows["service"], "hour", "demand_mw", "served_mw", "customers_off"):
        now = served_mw / demand_mw if demand_mw > 0.0 else 1.0
        if abs(now - told) >= STEP or (now >= 1.0 - 1e-9 and told < 1.0 - 1e-9):
            told = now
            text = say(
                "{share:.1f} % of {demand:,.0f} MW served, {off:,.0f} people off",
                share=100.0 * now, demand=demand_mw, off=off,
            )  # fmt: skip
            yield Event(hour * HOUR_S, "grid", "power", text)
