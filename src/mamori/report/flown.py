"""The paths of one night as the map draws them: as flown, to where each was stopped or came down."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from mamori.errors import MamoriError
from mamori.flight.model import trajectories
from mamori.maths.earth import ECCENTRICITY_2
from mamori.raid.pipeline import Raid
from mamori.records import Floats, Ints
from mamori.report.land import Frame
from mamori.report.subject import Subject
from mamori.scenario.schema import Scenario

MISS_DEG = 0.003
"""Points of a path are left out where a straight line on the map runs so near, about 300 m."""


@dataclass(frozen=True)
class Flown:
    """The paths of a night, one a threat.

    kind: (T,) ThreatKind; lines: (east, north) in deg of each, with two points or more, empty where it has no path
    is_stopped: whether each was stopped on its way
    """

    kind: Ints
    lines: tuple[Floats, ...]
    is_stopped: tuple[bool, ...]


def flown(subject: Subject, scenario: Scenario, night: pa.Table, frame: Frame) -> Flown | None:
    """Paths of the night that is shown; None if the scenario does not give this run's threats any more.

    night: its threats, with columns threat, fate and end_s
    """
    which = subject.replicas.filter(pa.compute.equal(subject.replicas["replica"], subject.night))
    try:
        world = Raid(scenario).world(subject.night)
        variant_i = [v.id for v in world.scenario.raid.variants].index(which["variant"][0].as_py())
        threats = world.threats(variant_i, int(which["aim_draw"][0].as_py()))
        if list(threats.id) != night["threat"].to_pylist():
            return None
        paths = trajectories(threats, world.flight, world.terrain, world.sea)
    except (MamoriError, ValueError, KeyError):
        return None
    x, y, z = paths.position_m.T
    north = np.degrees(np.arctan2(z, np.hypot(x, y) * (1.0 - ECCENTRICITY_2)))
    east = frame.east(np.degrees(np.arctan2(y, x)))
    lines = []
    for i, end_s in enumerate(night["end_s"].to_pylist()):
        rows = slice(paths.first[i], paths.first[i + 1])
        time_s, here = paths.time_s[rows], np.stack([east[rows], north[rows]], axis=1)
        if len(here) and end_s is not None and end_s < time_s[-1]:
            end = [np.interp(end_s, time_s, here[:, axis]) for axis in (0, 1)]
            here = np.concatenate([here[time_s < end_s], [end]])
        thin = shapely.get_coordinates(shapely.simplify(shapely.LineString(here), MISS_DEG)) if len(here) > 1 else here
        lines.append(thin)
    is_stopped = tuple(fate == "stopped" for fate in night["fate"].to_pylist())
    return Flown(threats.kind, tuple(lines), is_stopped)
