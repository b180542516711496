"""Measurements in NumPy's NPZ, and tracks out of it.

In: meas (M, 3) elevation and bearing, rad, range, m; meas_scan (M,) scan of each, not falling; R (3, 3) their
covariance; dt, s, between scans; pd; clutter_rate, false plots a scan, in clutter_volume, rad rad m; truth (K, N, 6)
for scoring.
The sensor stands at the origin of flat axes, elevation above the plane of x and y, bearing from x towards y.
Without pd 0.9 is taken; without clutter_rate or clutter_volume the density of false plots is estimated.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import COMMAS, joined, say
from mamori.records import Floats
from mamori.tracking.plots.impact import Impacts
from mamori.tracking.plots.model import Plots, Sensors, Tracked

USUAL_P_DETECT = 0.9
MOST_SCANS = 10_000_000
EVERYWHERE = (0.0, 1e12, -4.0, 4.0)
"""Reach of a sensor of which none is given: ranges, m, and elevations, rad."""


@dataclass(frozen=True)
class Measured:
    """What a file of measurements holds. truth: (K, N, 6), None where the file has none."""

    plots: Plots
    sensors: Sensors
    is_earth: bool
    truth: Floats | None = None


def read_npz(file: Path | str) -> Measured:
    """Read measurements. Raises CaseError with all faults; those of the plots themselves are found by `check`."""
    path = Path(file)
    held = _arrays(path)
    needed = {"meas": (-1, 3), "meas_scan": (-1,), "R": (3, 3), "dt": ()}
    missing = [name for name in needed if name not in held]
    if missing:
        remedy = say("The file has {names}.", names=joined(held, COMMAS))
        raise CaseError([Fault(f"{path.name}: {name}", "", say("is missing"), remedy) for name in missing])
    faults = []
    shapes = needed | {name: () for name in ("pd", "clutter_rate", "clutter_volume") if name in held}
    if len(held["meas"]) == 0:
        held["meas"] = held["meas"].reshape(0, 3)
    for name, shape in shapes.items():
        values = held[name]
        is_shape = values.ndim == len(shape) and all(n in (-1, m) for n, m in zip(shape, values.shape, strict=False))
        if not is_shape or values.dtype.kind not in "iufb":
            rule = say("must be numbers in the shape {shape}", shape=str(shape).replace("-1", "M"))
            faults.append(Fault(f"{path.name}: {name}", f"{values.dtype} {values.shape}", rule))
    if not faults:
        faults = _of_values(path.name, held)
    if faults:
        raise CaseError(faults)
    truth = held.get("truth")
    scan = held["meas_scan"].astype(np.int64)
    n_scans = max(int(scan[-1]) + 1 if len(scan) else 0, len(truth) if truth is not None else 0)
    plots = Plots(
        scan_s=np.arange(n_scans, dtype=np.float64) * float(held["dt"]),
        sensor_i=np.zeros(n_scans, np.int64),
        first=np.searchsorted(scan, np.arange(n_scans + 1)).astype(np.int64),
        z=np.ascontiguousarray(held["meas"], dtype=np.float64),
    )
    density = float(held["clutter_rate"] / held["clutter_volume"]) if _has_clutter(held) else np.nan
    sensors = Sensors(
        place_m=np.zeros((1, 3)),
        axes=np.eye(3)[None],
        noise=np.ascontiguousarray(held["R"], dtype=np.float64)[None],
        p_detect=np.array([float(held.get("pd", np.array(USUAL_P_DETECT)))]),
        clutter=np.array([density]),
        reach=np.array([EVERYWHERE]),
    )
    return Measured(plots, sensors, is_earth=False, truth=truth)


def _has_clutter(held: dict[str, np.ndarray]) -> bool:
    return "clutter_rate" in held and "clutter_volume" in held


def _of_values(name: str, held: dict[str, np.ndarray]) -> list[Fault]:
    faults = []
    dt, scan = float(held["dt"]), held["meas_scan"]
    if not (np.isfinite(dt) and dt > 0.0):
        faults.append(Fault(f"{name}: dt", f"{dt:g} s", say("must be above 0 s")))
    if len(scan) != len(held["meas"]):
        rule = say("must have one number for each of the {n} rows of meas", n=len(held["meas"]))
        faults.append(Fault(f"{name}: meas_scan", str(len(scan)), rule))
    if not np.isfinite(scan).all() or np.any(scan < 0) or np.any(scan != np.round(scan)) or np.any(scan > MOST_SCANS):
        rule = say("must be whole numbers from 0 to {most}", most=MOST_SCANS)
        faults.append(Fault(f"{name}: meas_scan", "", rule))
    backwards = np.flatnonzero(np.diff(scan) < 0)
    if len(backwards):
        row = int(backwards[0]) + 1
        value = say("{later} after {earlier}", later=int(scan[row]), earlier=int(scan[row - 1]))
        remedy = say("Sort the rows by scan.")
        faults.append(Fault(f"{name}: meas_scan[{row}]", value, say("time goes backwards"), remedy))
    if _has_clutter(held) and not (held["clutter_rate"] >= 0.0 and held["clutter_volume"] > 0.0):
        value = say("{rate:g} / {volume:g}", rate=float(held["clutter_rate"]), volume=float(held["clutter_volume"]))
        rule = say("the rate must be at least 0 and the volume above 0")
        faults.append(Fault(f"{name}: clutter_rate / clutter_volume", value, rule))
    return faults


def read_truth(path: Path) -> Floats:
    """The array `truth` (K, N, 6) of an NPZ file. Raises CaseError if there is none."""
    truth = _arrays(path).get("truth")
    if truth is None or truth.dtype.kind not in "iuf":
        raise CaseError(Fault(f"{path.name}: truth", "", say("is missing"), say("Give a file that has the truth.")))
    return truth.astype(np.float64)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, BadZipFile, EOFError, KeyError, TypeError, zlib.error) as error:  # TypeError: a lone array
        rule, remedy = say("cannot be read as NPZ"), say("Write it by numpy.savez, without Python objects.")
        raise CaseError(Fault(str(path), "", rule, remedy)) from error


def write_npz(path: Path, tracked: Tracked, names: tuple[str, ...], predicted: Impacts) -> None:
    """Write tracks: scan, track_id, pos, vel, cov, p_model with models, exists, p_ballistic, time_s; and impacts."""
    with path.open("wb") as sink:
        np.savez_compressed(
            sink,
            scan=tracked.scan,
            track_id=tracked.track_id,
            pos=tracked.x[:, :3],
            vel=tracked.x[:, 3:],
            cov=tracked.cov,
            p_model=tracked.p_model,
            models=np.array(names),
            exists=tracked.exists,
            p_ballistic=tracked.p_ballistic,
            time_s=tracked.time_s,
            impact_row=predicted.row,
            impact_pos=predicted.place_m,
            impact_time_s=predicted.time_s,
            impact_cov=predicted.east_north_cov,
            impact_sigma_s=predicted.sigma_s,
            impact_latitude_deg=np.degrees(predicted.latitude_rad),
            impact_longitude_deg=np.degrees(predicted.longitude_rad),
        )
