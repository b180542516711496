"""One replica as things that have a place and a time, the same for every kind of file: paths flown, salvoes, impacts,
damage, districts by hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from mamori.maths.earth import geodetic_point
from mamori.records import Floats, Ints, ThreatKind
from mamori.report.darkness import darkness
from mamori.report.subject import Subject
from mamori.study.replay import Replay
from mamori.study.run import Run

HOUR_S = 3600.0
TOLERANCE_M = {ThreatKind.BALLISTIC: 50.0, ThreatKind.CRUISE: 5.0, ThreatKind.DRONE: 5.0, ThreatKind.BOAT: 5.0}
"""How far a path drawn straight between the points that are kept may lie from the path flown, at the same time; less
for what keeps so low that the chord of a long leg would lie under the sea."""


@dataclass(frozen=True)
class Flown:
    """The path of one threat, from its launch to its end.

    threat: its row of the table `threats`; time_s: (n,); position_m: (n, 3) Earth-centred; longitude_deg, latitude_deg,
    height_m: (n,) the same above the ellipsoid
    """

    threat: Mapping[str, Any]
    time_s: Floats
    position_m: Floats
    longitude_deg: Floats
    latitude_deg: Floats
    height_m: Floats


@dataclass(frozen=True)
class Salvo:
    """One salvo: its row of the table `engagements`, where it was fired from and where it met the threat (lon, lat in
    deg, height in m)."""

    row: Mapping[str, Any]
    start: tuple[float, float, float]
    end: tuple[float, float, float]


@dataclass(frozen=True)
class District:
    """One district in this replica.

    off_share: (H,) share of its households without power, by hour; alarms_s: start and end of each; hours_off: mean of
    its households; results: over all nights of a run, empty where there is none
    """

    id: str
    name: str
    people: int
    longitude_deg: float
    latitude_deg: float
    radius_m: float
    off_share: Floats
    alarms_s: tuple[tuple[float, float], ...]
    hours_off: float
    results: Mapping[str, float]


@dataclass(frozen=True)
class Scene:
    """A replica, and what its run says of each district over all nights.

    case: what to call the scenario that ran; results: by district id, see the function `results`
    """

    replay: Replay
    case: str
    results: Mapping[str, Mapping[str, float]]

    @property
    def start(self) -> datetime:
        """The raid's zero hour, UTC."""
        return self.replay.world.scenario.start.astimezone(UTC)

    @property
    def replica(self) -> int:
        """Its number."""
        return self.replay.outcome.replica

    @property
    def n_hours(self) -> int:
        """Hours that are followed."""
        return self.replay.world.n_hours

    @property
    def first_s(self) -> float:
        """The zero hour, or the first launch if that is earlier."""
        return min(0.0, float(self.replay.outcome.threats.launch_s.min(initial=0.0)))

    @property
    def last_s(self) -> float:
        """The end of the hours that are followed, or of the raid if that is later."""
        end_s = self.replay.outcome.end_s
        return max(self.n_hours * HOUR_S, float(end_s[np.isfinite(end_s)].max(initial=0.0)))

    def clock(self, time_s: float) -> str:
        """A time as ISO 8601, UTC, to the millisecond."""
        return f"{self.start + timedelta(seconds=time_s):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table of this replica."""
        return list(self.replay.rows[table].to_pylist())

    @cached_property
    def paths(self) -> list[Flown]:
        """Every path flown, thinned; threats without a path are left out."""
        found = []
        end_s, kinds = self.replay.outcome.end_s, self.replay.outcome.threats.kind
        for i, row in enumerate(self.rows("threats")):
            time_s, position_m = self._until(i, float(end_s[i]))
            if len(time_s) > 1:
                kept = thin(time_s, position_m, TOLERANCE_M[ThreatKind(int(kinds[i]))])
                longitude, latitude, height = geodetic(position_m[kept])
                found.append(Flown(row, time_s[kept], position_m[kept], longitude, latitude, height))
        return found

    def _until(self, threat_i: int, end_s: float) -> tuple[Floats, Floats]:
        """Times and positions of a threat up to a time, the last one at it."""
        t = self.replay.trajectories
        rows = slice(int(t.first[threat_i]), int(t.first[threat_i + 1]))
        time_s, position_m = t.time_s[rows], t.position_m[rows]
        if not len(time_s):
            return time_s, position_m
        before = time_s < min(end_s, float(time_s[-1]))
        last_s = min(end_s, float(time_s[-1]))
        last = np.array([[np.interp(last_s, time_s, position_m[:, axis]) for axis in range(3)]])
        return np.append(time_s[before], last_s), np.concatenate([position_m[before], last])

    @cached_property
    def salvoes(self) -> list[Salvo]:
        """Every salvo fired."""
        e, b = self.replay.outcome.engagements, self.replay.world.batteries
        found = []
        for n, row in enumerate(self.rows("engagements")):
            battery = int(e.battery_i[n])
            _, position_m = self._until(int(e.threat_i[n]), float(e.intercept_s[n]))
            longitude, latitude, height = geodetic(position_m[-1:])
            at = float(np.degrees(b.longitude_rad[battery])), float(np.degrees(b.latitude_rad[battery])), 0.0
            found.append(Salvo(row, at, (float(longitude[0]), float(latitude[0]), float(height[0]))))
        return found

    @cached_property
    def damage(self) -> list[dict[str, Any]]:
        """Every asset that was broken, before the raid or in it: its row of `damage`, with `latitude_deg`,
        `longitude_deg`, and `mended_s`, None if it was not mended within the horizon."""
        mended = {row["asset"]: row["end_h"] * HOUR_S for row in self.rows("repairs") if row["end_h"] <= self.n_hours}
        places = self.replay.where.asset
        return [
            {**row, "latitude_deg": places[row["asset"]][0], "longitude_deg": places[row["asset"]][1],
             "mended_s": mended.get(row["asset"])}
            for row in self.rows("damage")
        ]  # fmt: skip

    @cached_property
    def districts(self) -> list[District]:
        """Every district, in the order of the scenario."""
        world, r = self.replay.world, self.replay.outcome.recovered
        alarms: dict[str, list[tuple[float, float]]] = {}
        for row in self.rows("warnings"):
            alarms.setdefault(row["district"], []).append((row["start_s"], row["end_s"]))
        return [
            District(
                id=d.id, name=d.name or d.id, people=d.people, longitude_deg=d.longitude_deg,
                latitude_deg=d.latitude_deg, radius_m=float(world.districts.radius_m[i]),
                off_share=r.district_off[:, i], alarms_s=tuple(alarms.get(d.id, ())),
                hours_off=float(r.group_hours_off[i].mean()), results=self.results.get(d.id, {}),
            )
            for i, d in enumerate(world.scenario.world.districts)
        ]  # fmt: skip

    @cached_property
    def sites(self) -> list[dict[str, Any]]:
        """Every site of the grid, and of each command post, service and port: name, `longitude_deg`, `latitude_deg`,
        `kinds` of asset on it, `n_assets`, and `n_broken` of them in this raid."""
        world = self.replay.world
        places, case = world.places, world.case
        broken = {row["asset"] for row in self.damage if row["time_s"] is not None}
        found: dict[str, dict[str, Any]] = {}
        longitude, latitude = np.degrees(case.site_longitude_rad).tolist(), np.degrees(case.site_latitude_rad).tolist()
        centre = dict(zip(case.site_name, zip(longitude, latitude, strict=True), strict=True))
        for asset, kind, site_i in zip(places.assets.id, places.kind_name, places.assets.site_i.tolist(), strict=True):
            if kind in ("sensor", "battery"):
                continue
            name = places.site[site_i]
            at = centre.get(name) or self.replay.where.asset[asset][::-1]
            site = found.setdefault(
                name, {"site": name, "longitude_deg": at[0], "latitude_deg": at[1], "kinds": [], "n_assets": 0,
                       "n_broken": 0}
            )  # fmt: skip
            site["n_assets"] += 1
            site["n_broken"] += asset in broken
            if kind not in site["kinds"]:
                site["kinds"].append(kind)
        return list(found.values())

    @cached_property
    def lines(self) -> list[tuple[str, tuple[float, float], tuple[float, float]]]:
        """Sites that power lines join: name, and (lon, lat) in deg of both ends."""
        case = self.replay.world.case
        ends = zip(case.site_i[case.branch_from_i].tolist(), case.site_i[case.branch_to_i].tolist(), strict=True)
        longitude, latitude = np.degrees(case.site_longitude_rad), np.degrees(case.site_latitude_rad)
        at = list(zip(longitude.tolist(), latitude.tolist(), strict=True))
        pairs = sorted({(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]})
        return [(f"{case.site_name[a]}\N{EN DASH}{case.site_name[b]}", at[a], at[b]) for a, b in pairs]


def thin(time_s: Floats, position_m: Floats, tolerance_m: float) -> Ints:
    """Rows of a path to keep, so that straight legs at even speed between them stay near the path at every time.

    time_s: (n,) rising; position_m: (n, 3); returns (k,) the first and the last among them
    Source: Ramer (1972) and Douglas and Peucker (1973), with the distance taken at the same time.
    """
    kept, waiting = {0, len(time_s) - 1}, [(0, len(time_s) - 1)]
    while waiting:
        a, b = waiting.pop()
        if b - a < 2:
            continue
        part = (time_s[a + 1 : b] - time_s[a]) / (time_s[b] - time_s[a])
        leg = position_m[a] + part[:, None] * (position_m[b] - position_m[a])
        away = np.linalg.norm(position_m[a + 1 : b] - leg, axis=1)
        if away.max() > tolerance_m:
            middle = a + 1 + int(np.argmax(away))
            kept.add(middle)
            waiting += [(a, middle), (middle, b)]
    return np.array(sorted(kept), dtype=np.int64)


def geodetic(position_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Longitude and latitude in deg and height in m, (n,) each, of Earth-centred points (n, 3)."""
    found = np.array([geodetic_point(*point) for point in position_m.tolist()]).reshape(-1, 3)
    return np.degrees(found[:, 1]), np.degrees(found[:, 0]), found[:, 2]


def results(run: Run) -> dict[str, dict[str, float]]:
    """What a run says of each district over all nights, by its id, as the report's map does.

    p_loses_power: share of nights in which the raid takes more than an hour from its households, on average over them;
    hours_off_mean, hours_off_p5, hours_off_p95: of all their hours without power, over the nights
    """
    subject = Subject(run)
    ids = [d.id for d in subject.scenario.world.districts] if subject.scenario else []
    found = darkness(subject, ids)
    low, high = found.band_h
    columns = (found.p_dark, found.mean_h, low, high)
    names = ("p_loses_power", "hours_off_mean", "hours_off_p5", "hours_off_p95")
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {name: dict(zip(names, row, strict=True)) for name, row in zip(ids, rows, strict=True)}
