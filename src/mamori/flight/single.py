"""Single flights as a person asks for them: by apogee and range, or from one place to another."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.flight.level.paths import way_lengths_m
from mamori.flight.model import FlightClasses, high_paths
from mamori.flight.status import FlightStatus
from mamori.language.message import COMMAS, joined, say
from mamori.maths.earth import MEAN_RADIUS_M, geodetic_point
from mamori.records import Floats, Ints

__all__ = ["Asked", "Flown", "class_for", "fly_asked"]

SPACE_M = 100e3
"""Height above which a flight is said to be in space."""
QUASI_SHARE = 0.11
"""A flight in the air alone whose apogee is a smaller share of its range than this is taken for a quasi-ballistic one:
reports call 50 km over 350 to 400 km a normal path and 50 km over 550 km or more an irregular one."""
_HERE = (40.0, 150.0)
"""Latitude and longitude, deg, of a launch that nobody named: open sea."""
_NORTH_DEG = 0.0
"""Course that nobody named: neither with nor against the turning Earth."""


@dataclass(frozen=True)
class Asked:
    """One flight as it is asked for; None: not said.

    apogee_m: above the ellipsoid, None for the least boost (quasi-ballistic: the class's own); range_m: over the ground
    start, end: latitude and longitude, deg; course_deg: clockwise from north, if there is no end
    class_name: a class of the catalogue, None for the one that follows from apogee and range
    burn_s, coefficient_kg_m2: instead of the class's; end_height_m: of the aim above the ellipsoid
    """

    id: str
    apogee_m: float | None = None
    range_m: float | None = None
    start: tuple[float, float] | None = None
    end: tuple[float, float] | None = None
    course_deg: float | None = None
    class_name: str | None = None
    burn_s: float | None = None
    coefficient_kg_m2: float | None = None
    end_height_m: float = 0.0


@dataclass(frozen=True)
class Flown:
    """What became of it. Where status is not 0 there are no rows, and numbers of the flight are nan.

    time_s, latitude_rad, longitude_rad, height_m, speed_m_s: (P,) rows of the path, speed relative to the ground
    """

    asked: Asked
    class_name: str
    status: int
    range_m: float
    flight_time_s: float
    apogee_m: float
    apogee_s: float
    burnout_s: float
    burnout_height_m: float
    burnout_speed_m_s: float
    impact_speed_m_s: float
    impact_angle_rad: float
    above_space_s: float
    time_s: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    height_m: Floats
    speed_m_s: Floats


def class_for(table: FlightClasses, apogee_m: float | None, range_m: float) -> int:
    """Row of the class that apogee and range are those of: the smallest that holds both, else the largest."""
    is_quasi = ~np.isnan(table.apogee_m)
    if apogee_m is not None and apogee_m < SPACE_M and apogee_m < QUASI_SHARE * range_m:
        for i in np.flatnonzero(is_quasi):
            if table.min_range_m[i] <= range_m <= table.max_range_m[i]:
                return int(i)
    by_size = np.flatnonzero(~is_quasi)
    by_size = by_size[np.argsort(table.max_range_m[by_size], kind="stable")]
    for i in by_size:
        if range_m <= table.max_range_m[i] and (apogee_m is None or apogee_m <= table.max_apogee_m[i]):
            return int(i)
    return int(by_size[-1])


def fly_asked(asked: Sequence[Asked], table: FlightClasses, names: Sequence[str], row_s: float = 1.0) -> list[Flown]:
    """All flights, in their order.

    table, names: ballistic and quasi-ballistic classes, one row a name; row_s: time between the rows of a path
    Raises ScenarioError with everything that is wrong with what was asked.
    """
    faults = [fault for one in asked for fault in _faults(one, names)]
    if faults:
        raise ScenarioError(faults)
    n = len(asked)
    place = np.radians(np.array([_ends(one) for one in asked], dtype=np.float64)).reshape(n, 4).T.copy()
    range_m = np.array(
        [
            one.range_m if one.end is None and one.range_m is not None else length
            for one, length in zip(asked, way_lengths_m(place, None), strict=True)
        ]
    )
    kinds = [
        names.index(one.class_name) if one.class_name is not None else class_for(table, one.apogee_m, float(range_m[i]))
        for i, one in enumerate(asked)
    ]
    class_i = np.array(kinds, dtype=np.int64)
    own = _with(table, class_i, asked)
    rows = np.arange(n, dtype=np.int64)
    is_quasi = ~np.isnan(own.apogee_m)
    apogee_m = np.array([math.nan if one.apogee_m is None else one.apogee_m for one in asked], dtype=np.float64)
    # Nobody named an apogee: the path of the least boost (the profile's own for quasi-ballistic flight).
    own = replace(own, apogee_ratio=np.where(is_quasi, own.apogee_ratio, np.nan))
    status = np.zeros(n, dtype=np.int64)
    status[range_m < own.min_range_m] = FlightStatus.TOO_NEAR
    status[range_m > own.max_range_m] = FlightStatus.TOO_FAR
    named = np.array([one.class_name is not None for one in asked], dtype=np.bool_)
    status[~named & (status == FlightStatus.TOO_NEAR)] = FlightStatus.FOUND
    go = np.flatnonzero(status == FlightStatus.FOUND)
    heights = np.array([one.end_height_m for one in asked], dtype=np.float64)
    paths = high_paths(place[:, go], own, rows[go], apogee_m=apogee_m[go], aim_height_m=heights[go], row_s=row_s)
    status[go] = paths.status
    flown: list[Flown] = []
    where = {int(i): k for k, i in enumerate(go)}
    for i, one in enumerate(asked):
        k = where.get(i)
        if k is None or status[i] != FlightStatus.FOUND:
            flown.append(_none(one, names[class_i[i]], int(status[i]), float(range_m[i])))
            continue
        part = slice(paths.first[k], paths.first[k + 1])
        points = np.array([geodetic_point(*row) for row in paths.position_m[part].tolist()])
        velocity = paths.velocity_m_s[part]
        speed = np.linalg.norm(velocity, axis=1)
        latitude, longitude = points[-1, 0], points[-1, 1]
        up = np.array(
            [math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)]
        )
        height = paths.height_m[part]
        flown.append(
            Flown(
                asked=one,
                class_name=names[class_i[i]],
                status=int(status[i]),
                range_m=float(range_m[i]),
                flight_time_s=float(paths.duration_s[k]),
                apogee_m=float(paths.apogee_m[k]),
                apogee_s=float(paths.apogee_s[k]),
                burnout_s=float(paths.burnout_s[k]),
                burnout_height_m=float(paths.burnout_height_m[k]),
                burnout_speed_m_s=float(paths.burnout_speed_m_s[k]),
                impact_speed_m_s=float(speed[-1]),
                impact_angle_rad=math.asin(min(1.0, max(-1.0, -float(velocity[-1] @ up) / float(speed[-1])))),
                above_space_s=_time_above(paths.time_s[part], height, SPACE_M),
                time_s=paths.time_s[part].copy(),
                latitude_rad=points[:, 0].copy(),
                longitude_rad=points[:, 1].copy(),
                height_m=height.copy(),
                speed_m_s=speed,
            )
        )
    return flown


def _none(one: Asked, class_name: str, status: int, range_m: float) -> Flown:
    none, nan = np.zeros(0), math.nan
    return Flown(
        one, class_name, status, range_m, nan, nan, nan, nan, nan, nan, nan, nan, nan, none, none, none, none, none
    )


def _time_above(time_s: Floats, height_m: Floats, level_m: float) -> float:
    """Time above a height, with straight lines between the rows."""
    above = height_m - level_m
    low, high = np.minimum(above[:-1], above[1:]), np.maximum(above[:-1], above[1:])
    share = np.where(high > low, np.clip(high / np.where(high > low, high - low, 1.0), 0.0, 1.0), high > 0.0)
    return float((np.diff(time_s) * share).sum())


def _with(table: FlightClasses, class_i: Ints, asked: Sequence[Asked]) -> FlightClasses:
    """One row of the table for each flight, with what it says of itself."""
    rows = {name: getattr(table, name)[class_i] for name in table.__dataclass_fields__}
    for i, one in enumerate(asked):
        if one.burn_s is not None:
            rows["burn_s"][i] = one.burn_s
        if one.coefficient_kg_m2 is not None:
            rows["ballistic_coefficient_kg_m2"][i] = rows["boost_coefficient_kg_m2"][i] = one.coefficient_kg_m2
    return FlightClasses(**rows)


def _ends(one: Asked) -> tuple[float, float, float, float]:
    """Latitude and longitude of launch and aim, deg."""
    start = one.start or _HERE
    if one.end is not None:
        return *start, *one.end
    range_m = one.range_m or 0.0
    course = _NORTH_DEG if one.course_deg is None else one.course_deg
    arc = range_m / MEAN_RADIUS_M
    for _ in range(4):
        end = _along(start, course, arc)
        length = float(way_lengths_m(np.radians(np.array([*start, *end]))[:, None], None)[0])
        arc *= range_m / length if length > 0.0 else 1.0
    return *start, *end


def _along(start: tuple[float, float], course_deg: float, arc_rad: float) -> tuple[float, float]:
    """Latitude and longitude, deg, after an arc of a great circle."""
    latitude, course = math.radians(start[0]), math.radians(course_deg)
    sin = math.sin(latitude) * math.cos(arc_rad) + math.cos(latitude) * math.sin(arc_rad) * math.cos(course)
    end = math.asin(max(-1.0, min(1.0, sin)))
    east = math.atan2(
        math.sin(course) * math.sin(arc_rad) * math.cos(latitude), math.cos(arc_rad) - math.sin(latitude) * sin
    )
    return math.degrees(end), (start[1] + math.degrees(east) + 540.0) % 360.0 - 180.0


def _faults(one: Asked, names: Sequence[str]) -> list[Fault]:
    """All that is wrong with one flight as it is asked for."""
    faults = []
    if one.end is None and one.range_m is None:
        faults.append(
            Fault(one.id, "", say("must say where it ends"), say("Give its range, or the place that it is aimed at."))
        )
    if one.end is not None and one.start is None:
        faults.append(Fault(one.id, "", say("must say where it begins"), say("Give the place of the launch, too.")))
    if one.class_name is not None and one.class_name not in names:
        remedy = say("Known are {known}.", known=joined(names, COMMAS))
        faults.append(Fault(one.id, one.class_name, say("is no ballistic class of the catalogue"), remedy))
    numbers = {
        "apogee": (one.apogee_m, 1.0, 1e8, "m"),
        "range": (one.range_m, 1.0, 2.0e7, "m"),
        "burn": (one.burn_s, 0.0, 3600.0, "s"),
        "ballistic coefficient": (one.coefficient_kg_m2, 1e-3, 1e9, "kg/m2"),
        "height of the aim": (one.end_height_m, -500.0, 9000.0, "m"),
    }
    for what, (number, low, high, unit) in numbers.items():
        if number is not None and not low <= number <= high:
            rule = say("{what} must be {low} to {high} {unit}", what=what, low=low, high=high, unit=unit)
            faults.append(Fault(one.id, f"{number:g} {unit}", rule))
    for point in (one.start, one.end):
        if point is not None and not (-90.0 <= point[0] <= 90.0 and -180.0 <= point[1] <= 360.0):
            rule = say("must be a latitude from -90 to 90 and a longitude from -180 to 360, deg")
            faults.append(Fault(one.id, f"{point[0]:g},{point[1]:g}", rule))
    return faults
