"""What plots and sensors cannot be, all faults at once."""

import math

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import Message, say
from mamori.maths.earth import geodetic_point
from mamori.records import Bools
from mamori.tracking.plots.model import Plots, Sensors

MOST_TOLD = 20
LOWEST_EARTH_M = -550.0
"""Lowest dry land lies 430 m below the sea, and the sea up to 107 m below the ellipsoid."""
ELEMENTS = ("elevation", "bearing", "range")


def check(plots: Plots, sensors: Sensors, *, is_earth: bool) -> None:
    """Raises CaseError with every fault of plots and sensors; a bearing may be any finite angle."""
    faults = [*_of_plots(plots, len(sensors.p_detect)), *_of_sensors(sensors, is_earth=is_earth)]
    if faults:
        raise CaseError(shortened(faults))


def shortened(faults: list[Fault]) -> list[Fault]:
    """At most `MOST_TOLD` faults, and how many more there are."""
    more = len(faults) - MOST_TOLD
    if more <= 0:
        return faults
    return [*faults[:MOST_TOLD], Fault("...", "", say("{n} more faults of this kind", n=more))]


def _of_plots(plots: Plots, n_sensors: int) -> list[Fault]:
    faults = []
    z = plots.z
    n_scans = len(plots.scan_s)
    if z.ndim != 2 or z.shape[1] != 3:
        rule = say("must have three columns: elevation, bearing, range")
        return [Fault("plots", str(z.shape), rule)]
    if len(plots.first) != n_scans + 1 or len(plots.sensor_i) != n_scans or np.any(np.diff(plots.first) < 0):
        return [Fault("plots.first", "", say("must have the rows of z of every scan, one number more than scans"))]
    if n_scans and (plots.sensor_i.min() < 0 or plots.sensor_i.max() >= n_sensors):
        faults.append(Fault("plots.sensor_i", str(plots.sensor_i.max()), say("there is no such sensor")))

    def all_of(is_wrong: Bools, what: str, values: np.ndarray, rule: Message, remedy: Message) -> None:
        rows = np.flatnonzero(is_wrong)
        faults.extend(Fault(f"plot[{row}].{what}", f"{values[row]:g}", rule, remedy) for row in rows)

    remedy = say("Leave the plot out, or give it its measurement.")
    for c, what in enumerate(ELEMENTS):
        all_of(~np.isfinite(z[:, c]), what, z[:, c], say("must be a number"), remedy)
    all_of(
        np.isfinite(z[:, 2]) & (z[:, 2] <= 0.0), "range", z[:, 2], say("must be above 0 m"),
        say("Leave the plot out: a target is not inside its radar."),
    )  # fmt: skip
    all_of(
        np.isfinite(z[:, 0]) & (np.abs(z[:, 0]) > 0.5 * math.pi + 1e-9), "elevation", z[:, 0],
        say("must be between -90 and 90 degrees"), say("Are the angles in radians, and the elevation first?"),
    )  # fmt: skip
    all_of(~np.isfinite(plots.scan_s), "time_s", plots.scan_s, say("must be a number"), say("Give each scan its time."))
    for k in np.flatnonzero(np.diff(plots.scan_s) < 0.0) + 1:
        value = say("{later} s after {earlier} s", later=plots.scan_s[k], earlier=plots.scan_s[k - 1])
        rule = say("time goes backwards")
        faults.append(Fault(f"scan[{k}].time_s", value, rule, say("Give the scans in order of time.")))
    return faults


def _of_sensors(sensors: Sensors, *, is_earth: bool) -> list[Fault]:
    faults = []
    for s in range(len(sensors.p_detect)):
        place, noise = sensors.place_m[s], sensors.noise[s]
        where = f"sensor[{s}]"
        if not np.isfinite(place).all():
            faults.append(Fault(f"{where}.place_m", str(place), say("must be numbers")))
        else:
            height_m = geodetic_point(*place)[2] if is_earth else place[2]
            lowest_m = LOWEST_EARTH_M if is_earth else 0.0
            if height_m < lowest_m:
                rule = say("the sensor is under the ground: must be at least {lowest:g} m", lowest=lowest_m)
                remedy = say("Give its height above the ground, or above the ellipsoid where axes are Earth-fixed.")
                faults.append(Fault(f"{where}.height_m", f"{height_m:g} m", rule, remedy))
        if not np.isfinite(noise).all() or not is_positive(noise):
            rule = say("a covariance must be finite, symmetric and positive")
            faults.append(Fault(f"{where}.noise", str(noise.tolist()), rule, say("Give the squares of the errors.")))
        p, clutter = sensors.p_detect[s], sensors.clutter[s]
        if not 0.0 < p <= 1.0:
            faults.append(Fault(f"{where}.p_detect", f"{p:g}", say("must be above 0 and at most 1")))
        if clutter < 0.0 or np.isinf(clutter):
            faults.append(Fault(f"{where}.clutter", f"{clutter:g}", say("must be at least 0 and finite")))
    return faults


def is_positive(cov: np.ndarray) -> bool:
    """Whether a covariance is symmetric and positive; each row measured by its own unit."""
    scale = np.sqrt(np.abs(np.diag(cov)))
    if np.any(np.diag(cov) <= 0.0):
        return False
    even = cov / np.outer(scale, scale)
    return bool(np.allclose(even, even.T, atol=1e-9) and np.linalg.eigvalsh(even)[0] > 1e-12)
