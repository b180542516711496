"""What passes between the stages: frozen records of arrays, SI units, times in seconds after the raid's zero hour.

Letters in shapes: T threats, S sensors, B batteries (every shooter: missile batteries, gun posts, teams of interceptor
drones, patrol craft), D districts, A assets (whatever an impact can break), N buses, G generators, L branches,
C load classes in order of priority, H hours, K service sites. Ragged data stand flat, with `first`
offsets: entry i owns rows first[i] to first[i + 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class ThreatKind(IntEnum):
    """What flies or sails: the four kinds that published interception records tell apart."""

    BALLISTIC = 0
    CRUISE = 1
    DRONE = 2
    BOAT = 3


class DamageState(IntEnum):
    """How broken an asset is."""

    NONE = 0
    LIGHT = 1
    HEAVY = 2
    DESTROYED = 3


class AssetKind(IntEnum):
    """What an asset is, and so which index its `element` counts in."""

    BUS = 0  # switchyard of a bus
    TRANSFORMER = 1  # a branch that joins two voltages
    FEEDER = 2  # step-down transformers and feeders to the customers of a bus
    GENERATOR = 3
    SENSOR = 4
    BATTERY = 5
    COMMAND_POST = 6
    SERVICE = 7  # hospital, water works, heat plant, telecom node
    PORT = 8


class LoadClass(IntEnum):
    """Load classes in order of priority: the first is shed last."""

    CRITICAL = 0
    HOUSEHOLD = 1
    INDUSTRY = 2


@dataclass(frozen=True)
class Ways:
    """Points that threats pass between launch and aim, ragged over threats.

    first: (T + 1,); latitude_rad, longitude_rad: (V,); height_m: (V,) above the sea that they pass at least, -inf for
    their own height above the ground
    """

    first: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    height_m: Floats


@dataclass(frozen=True)
class Threats:
    """The raid as a list, one variant and one draw of aims: the input of every stage before damage.

    id: (T,) names, unique within the raid; key: (T,) luck keys; kind: (T,) ThreatKind; class_i: (T,) index into
    `classes`
    launch_s: (T,) launch times; aim_i: (T,) asset site that it aims at (index into the raid's list of sites)
    ways: points passed on the way, None where no threat has any
    """

    id: tuple[str, ...]
    key: Ints
    kind: Ints
    classes: tuple[str, ...]
    class_i: Ints
    launch_s: Floats
    launch_latitude_rad: Floats
    launch_longitude_rad: Floats
    aim_latitude_rad: Floats
    aim_longitude_rad: Floats
    aim_i: Ints
    ways: Ways | None = None


@dataclass(frozen=True)
class Trajectories:
    """Paths on a time grid, ragged over threats; the last row of each is its impact.

    first: (T + 1,); time_s: (P,); position_m: (P, 3) Earth-centred, Earth-fixed; velocity_m_s: (P, 3) relative to the
    ground
    height_m: (P,) above the ellipsoid; impact_s: (T,); status: (T,) 0 where a path was found, else a code of the
    flight stage
    ground_m: (P,) height of the ground below, None where all is sea
    """

    first: Ints
    time_s: Floats
    position_m: Floats
    velocity_m_s: Floats
    height_m: Floats
    impact_s: Floats
    status: Ints
    ground_m: Floats | None = None

    @property
    def above_ground_m(self) -> Floats:
        """Heights (P,) above the ground below: what sight lines and heights of engagement are taken from, as if the
        land all around lay as high as that below the path."""
        return self.height_m if self.ground_m is None else self.height_m - self.ground_m


@dataclass(frozen=True)
class Detections:
    """Looks of sensors at threats, ragged over the pairs that have any chance, sorted by threat, then by sensor.

    threat_i, sensor_i: (Q,) the pair; key: (Q,) luck keys; first: (Q + 1,); time_s: (R,) of each look
    p_detect: (R,) of each look; range_m: (R,) slant range of each look; sigma_range_m, sigma_angle_rad: (R,) standard
    errors of its range and of each of its two angles; looks are left out once a track is all but sure
    last_look_s: (Q,) end of coverage; sigma_m: (Q,) position error of one look, mean over axes and looks
    interval_s: (Q,) between looks; latency_s: (Q,) from a look to those who act on it
    """

    threat_i: Ints
    sensor_i: Ints
    key: Ints
    first: Ints
    time_s: Floats
    p_detect: Floats
    range_m: Floats
    sigma_range_m: Floats
    sigma_angle_rad: Floats
    last_look_s: Floats
    sigma_m: Floats
    interval_s: Floats
    latency_s: Floats


@dataclass(frozen=True)
class Tracks:
    """Distribution of the confirmation time of each pair of `Detections`, before any die is cast.

    threat_i, sensor_i: (Q,) the pair; key: (Q,) luck keys; first: (Q + 1,); time_s: (R,) of each look
    p_confirmed: (R,) probability that the track is confirmed at or before that look, not falling
    last_look_s: (Q,) end of coverage; sigma_m: (Q,) position error of one look; interval_s: (Q,) between looks
    latency_s: (Q,) from the look that confirms to those who act on it
    """

    threat_i: Ints
    sensor_i: Ints
    key: Ints
    first: Ints
    time_s: Floats
    p_confirmed: Floats
    last_look_s: Floats
    sigma_m: Floats
    interval_s: Floats
    latency_s: Floats


@dataclass(frozen=True)
class Predictions:
    """What the tracks foresee in one replica, at a few times U after each threat's first confirmation.

    time_s: (T, U) times of the updates, inf where there is none (the other fields are then 0)
    until_s: (T, U) until when the update is the latest that there is: the next one, the loss of the track, or its end
    latitude_rad, longitude_rad: (T, U) of a ballistic threat the expected impact, of others the place where it is now
    sigma_along_m, sigma_cross_m: (T, U) standard errors of that place, along and across the path
    bearing_rad: (T, U) of the path; sigma_bearing_rad: (T, U) its standard error; speed_m_s: (T, U) over the ground
    """

    time_s: Floats
    until_s: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    sigma_along_m: Floats
    sigma_cross_m: Floats
    bearing_rad: Floats
    sigma_bearing_rad: Floats
    speed_m_s: Floats


@dataclass(frozen=True)
class Warnings:
    """Alarms of districts in one replica, sorted by district and start; alarms of one district do not overlap.

    district_i: (W,); start_s: (W,) when people hear it; end_s: (W,) all-clear
    """

    district_i: Ints
    start_s: Floats
    end_s: Floats


@dataclass(frozen=True)
class Worth:
    """What it is worth to stop a threat, given where it is heading: only its order and ratios matter.

    threat: (T,) in megawatts of load that depends on the site aimed at, or an equivalent
    """

    threat: Floats


@dataclass(frozen=True)
class Engagements:
    """Every salvo fired in one replica, in order of launch, and what is left afterwards.

    battery_i, threat_i: (E,); launch_s, intercept_s: (E,); n_shots: (E,) int; p_kill: (E,) of one shot
    is_kill: (E,) bool; killed_s: (T,) time of the kill, inf where it got through
    is_held: (T,) whether a battery could have fired at it that its doctrine held; magazine_left: (B,) int
    """

    battery_i: Ints
    threat_i: Ints
    launch_s: Floats
    intercept_s: Floats
    n_shots: Ints
    p_kill: Floats
    is_kill: Bools
    killed_s: Floats
    is_held: Bools
    magazine_left: Ints


@dataclass(frozen=True)
class Assets:
    """Everything that an impact can break, the same for all replicas of a world.

    id: (A,) names; key: (A,) luck keys; kind: (A,) AssetKind; element: (A,) index of the bus, branch, generator,
    sensor, ...
    site_i: (A,) the site that it stands on; latitude_rad, longitude_rad: (A,) its own place
    radius_m: (A,) its footprint; protection: (A,) index of the protection level; worth_mw: (A,) power that hangs on it
    """

    id: tuple[str, ...]
    key: Ints
    kind: Ints
    element: Ints
    site_i: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    radius_m: Floats
    protection: Ints
    worth_mw: Floats


@dataclass(frozen=True)
class Impacts:
    """Where the threats that got through came down, in one replica, in order of time.

    threat_i: (I,); time_s: (I,); latitude_rad, longitude_rad: (I,); effect_radius_m: (I,) within which an unprotected
    asset breaks and an unsheltered person is exposed; is_debris: (I,) a piece of a stopped threat, None for none
    """

    threat_i: Ints
    time_s: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    effect_radius_m: Floats
    is_debris: Bools | None = None


@dataclass(frozen=True)
class Damage:
    """What the impacts broke in one replica, one row an asset (its worst state), sorted by asset.

    asset_i: (M,); state: (M,) DamageState; time_s: (M,) of the impact that brought it to this state; threat_i: (M,)
    whose
    silent_s: (M,) of the first impact that left it heavily damaged or worse, inf if none did
    work_h: (M,) crew hours to mend it; spare_i: (M,) kind of spare part that it takes, -1 for none; cost: (M,) to
    replace or mend
    """

    asset_i: Ints
    state: Ints
    time_s: Floats
    silent_s: Floats
    threat_i: Ints
    work_h: Floats
    spare_i: Ints
    cost: Floats


@dataclass(frozen=True)
class GridState:
    """What of the grid stands: the argument of a solve.

    bus: (N,) bool, switchyard in service; feeder: (N,) share in [0, 1] of the customers of the bus that can be reached
    generator: (G,) share in [0, 1] of the unit's capacity in service; branch: (L,) bool
    """

    bus: Bools
    feeder: Floats
    generator: Floats
    branch: Bools


@dataclass(frozen=True)
class Service:
    """Power demanded and served over some hours, for one state of the grid.

    hour: (H,) indices into the run's horizon; demand_mw: (H, N, C); served_mw: (H, N, C)
    local_mw, network_mw, deficit_mw: (H,) shed because the site is dead, the network cannot carry it, plant cannot
    make it; the three add up to demand less served
    """

    hour: Ints
    demand_mw: Floats
    served_mw: Floats
    local_mw: Floats
    network_mw: Floats
    deficit_mw: Floats


Serve = Callable[[GridState, Ints], Service]
"""The grid's skill as other stages borrow it: served power of a state over the given hours."""


@dataclass(frozen=True)
class State:
    """What one raid leaves to the next, and what the recovery works on.

    clock_h: hours after the raid's zero hour
    damage, work_h, spare_i, ready_h: (A,) DamageState of each asset, crew hours left, spare part needed (-1 none),
    first hour that a crew may start on it; magazine: (B,) shots left; spares: (R,) parts in stock by kind
    crew_free_h: (W,) hour at which each crew is free; crew_asset_i: (W,) asset under repair, -1 for none
    """

    clock_h: float
    damage: Ints
    work_h: Floats
    spare_i: Ints
    ready_h: Floats
    magazine: Ints
    spares: Ints
    crew_free_h: Floats
    crew_asset_i: Ints
