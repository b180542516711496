"""Measurements of any number of sensors in CSV, in Earth-fixed axes, and tracks out of it.

Plots: time_s, sensor, elevation_rad or elevation_deg, bearing_rad or bearing_deg (clockwise from north), range_m. Rows
of one sensor with one time are one scan; a row without measurements is a scan that saw nothing. Rows may stand in any
order: each sensor has its own clock.
Sensors: sensor, latitude_deg, longitude_deg, height_m above the ellipsoid, sigma_elevation_rad or _deg,
sigma_bearing_rad or _deg, sigma_range_m; p_detect (0.9 if left out); false_plots a scan and volume, rad rad m
(estimated if left out); range_min_m, range_max_m, elevation_min_deg, elevation_max_deg (everywhere if left out).
"""

import csv
import math
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import COMMAS, OR, joined, say
from mamori.maths.earth import ecef, geodetic_point
from mamori.tracking.plots.check import shortened
from mamori.tracking.plots.files import EVERYWHERE, USUAL_P_DETECT, Measured
from mamori.tracking.plots.impact import Impacts
from mamori.tracking.plots.model import Plots, Sensors, Tracked

Row = dict[str, str]
Seen = tuple[float, int, tuple[float, float, float] | None]
"""Time, sensor, measurement; None where a scan saw nothing."""


def read_csv(plots_file: Path | str, sensors_file: Path | str) -> Measured:
    """Read plots and sensors. Raises CaseError with all faults; those of the values themselves are found by `check`."""
    plots, sensors = Path(plots_file), Path(sensors_file)
    faults: list[Fault] = []
    ids, table = _sensors(sensors, faults)
    angles = (("elevation_rad", "elevation_deg"), ("bearing_rad", "bearing_deg"))
    rows = _rows(plots, (("time_s",), ("sensor",), ("range_m",), *angles))
    index = {name: i for i, name in enumerate(ids)}
    found: list[Seen] = []
    for line, row in rows:
        place = f"{plots.name}:{line}"
        if row["sensor"] not in index:
            remedy = say("Give it a row in {file}.", file=sensors.name)
            faults.append(Fault(f"{place} sensor", row["sensor"], say("there is no such sensor"), remedy))
            continue
        time_s = _number(place, row, "time_s", faults)
        is_empty = not any(row[name].strip() for name in row if name.split("_")[0] in ("elevation", "bearing", "range"))
        if is_empty:
            found.append((time_s, index[row["sensor"]], None))
        else:
            z = (_angle(place, row, "elevation", faults), _angle(place, row, "bearing", faults))
            found.append((time_s, index[row["sensor"]], (*z, _number(place, row, "range_m", faults))))
    if faults:
        raise CaseError(shortened(faults))
    found.sort(key=lambda item: item[:2])
    return Measured(_scans(found), table, is_earth=True)


def _scans(found: list[Seen]) -> Plots:
    scans = sorted({item[:2] for item in found})
    number = {scan: k for k, scan in enumerate(scans)}
    z = [item[2] for item in found if item[2] is not None]
    of_plot = [number[item[:2]] for item in found if item[2] is not None]
    return Plots(
        scan_s=np.array([time_s for time_s, _ in scans], dtype=np.float64),
        sensor_i=np.array([sensor for _, sensor in scans], dtype=np.int64),
        first=np.searchsorted(of_plot, np.arange(len(scans) + 1)).astype(np.int64),
        z=np.array(z, dtype=np.float64).reshape(-1, 3),
    )


def _sensors(path: Path, faults: list[Fault]) -> tuple[list[str], Sensors]:
    angles = [(f"sigma_{what}_rad", f"sigma_{what}_deg") for what in ("elevation", "bearing")]
    needed = (("sensor",), ("latitude_deg",), ("longitude_deg",), ("height_m",), ("sigma_range_m",), *angles)
    ids: list[str] = []
    places, axes, noise, p_detect, clutter, reach = [], [], [], [], [], []
    for line, row in _rows(path, needed):
        place = f"{path.name}:{line}"
        if row["sensor"] in ids:
            faults.append(Fault(f"{place} sensor", row["sensor"], say("stands here twice"), say("Leave one row out.")))
        ids.append(row["sensor"])
        before = len(faults)
        latitude = math.radians(_number(place, row, "latitude_deg", faults))
        longitude = math.radians(_number(place, row, "longitude_deg", faults))
        height_m = _number(place, row, "height_m", faults)
        if len(faults) == before and not abs(latitude) <= 0.5 * math.pi:
            rule = say("must be between -90 and 90 degrees")
            faults.append(Fault(f"{place} latitude_deg", row["latitude_deg"], rule))
        places.append(ecef(np.array(latitude), np.array(longitude), height_m))
        axes.append(north_east_up(latitude, longitude))
        sigma = [_angle(place, row, "sigma_elevation", faults), _angle(place, row, "sigma_bearing", faults)]
        noise.append(np.diag(np.square([*sigma, _number(place, row, "sigma_range_m", faults)])))
        p_detect.append(_number(place, row, "p_detect", faults, USUAL_P_DETECT))
        rate, volume = (_number(place, row, name, faults, math.nan) for name in ("false_plots", "volume"))
        clutter.append(rate / volume if volume != 0.0 else math.inf)
        least, most, low, high = EVERYWHERE
        reach.append(
            [
                _number(place, row, "range_min_m", faults, least),
                _number(place, row, "range_max_m", faults, most),
                math.radians(_number(place, row, "elevation_min_deg", faults, math.degrees(low))),
                math.radians(_number(place, row, "elevation_max_deg", faults, math.degrees(high))),
            ]
        )
    n = len(ids)
    return ids, Sensors(
        place_m=np.array(places).reshape(n, 3), axes=np.array(axes).reshape(n, 3, 3),
        noise=np.array(noise).reshape(n, 3, 3), p_detect=np.array(p_detect), clutter=np.array(clutter),
        reach=np.array(reach).reshape(n, 4),
    )  # fmt: skip


def north_east_up(latitude_rad: float, longitude_rad: float) -> np.ndarray:
    """Axes (3, 3) of a sensor on the Earth as rows: bearings run from north to east, elevations upwards."""
    sin_lat, cos_lat = math.sin(latitude_rad), math.cos(latitude_rad)
    sin_lon, cos_lon = math.sin(longitude_rad), math.cos(longitude_rad)
    return np.array(
        [
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [-sin_lon, cos_lon, 0.0],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )


def _rows(path: Path, ways: tuple[tuple[str, ...], ...]) -> list[tuple[int, Row]]:
    """Rows with the number of their line. Raises CaseError for a column that is missing, or no text in UTF-8."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source, restval="", restkey="")
            rows = [(reader.line_num, {name: value for name, value in row.items() if name}) for row in reader]
            columns = [name for name in reader.fieldnames or () if name]
    except (UnicodeDecodeError, csv.Error) as error:
        rule, remedy = say("cannot be read as CSV"), say("Write it as CSV in UTF-8.")
        raise CaseError(Fault(str(path), "", rule, remedy)) from error
    missing = [way for way in ways if not any(name in columns for name in way)]
    if missing:
        remedy = say("The file has {names}.", names=joined(columns, COMMAS))
        raise CaseError([Fault(f"{path.name}: {joined(way, OR)}", "", say("is missing"), remedy) for way in missing])
    return rows


def _number(place: str, row: Row, name: str, faults: list[Fault], otherwise: float | None = None) -> float:
    text = row.get(name, "").strip()
    if not text and otherwise is not None:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        faults.append(Fault(f"{place} {name}", text, say("must be a number")))
    return value


def _angle(place: str, row: Row, name: str, faults: list[Fault]) -> float:
    if row.get(f"{name}_rad", "").strip() or f"{name}_deg" not in row:
        return _number(place, row, f"{name}_rad", faults)
    return math.radians(_number(place, row, f"{name}_deg", faults))


def write_csv(path: Path, tracked: Tracked, predicted: Impacts, *, is_earth: bool) -> None:
    """Write a row for each track and scan, with its predicted impact where there is one."""
    impact = {int(row): i for i, row in enumerate(predicted.row)}
    place = ["latitude_deg", "longitude_deg", "height_m"] if is_earth else ["x_m", "y_m", "z_m"]
    landing = ["impact_latitude_deg", "impact_longitude_deg"] if is_earth else ["impact_x_m", "impact_y_m"]
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow([
            "scan", "time_s", "track_id", *place, "vx_m_s", "vy_m_s", "vz_m_s", "sigma_m", "exists", "p_ballistic",
            *landing, "impact_time_s", "impact_sigma_east_m", "impact_sigma_north_m", "impact_sigma_s",
        ])  # fmt: skip
        for k in range(len(tracked.scan)):
            where = tuple(map(float, tracked.x[k, :3]))
            if is_earth:
                latitude, longitude, height_m = geodetic_point(*where)
                where = (math.degrees(latitude), math.degrees(longitude), height_m)
            i = impact.get(k)
            foreseen = [] if i is None else _impact(predicted, i, is_earth=is_earth)
            writer.writerow([
                tracked.scan[k], tracked.time_s[k], tracked.track_id[k], *where, *tracked.x[k, 3:].tolist(),
                math.sqrt(np.trace(tracked.cov[k, :3, :3])), tracked.exists[k], tracked.p_ballistic[k], *foreseen,
            ])  # fmt: skip


def _impact(predicted: Impacts, i: int, *, is_earth: bool) -> list[float]:
    if is_earth:
        place = [math.degrees(predicted.latitude_rad[i]), math.degrees(predicted.longitude_rad[i])]
    else:
        place = predicted.place_m[i, :2].tolist()
    sigma = np.sqrt(np.diag(predicted.east_north_cov[i])).tolist()
    return [*place, float(predicted.time_s[i]), *sigma, float(predicted.sigma_s[i])]
