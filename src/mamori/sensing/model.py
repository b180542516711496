"""Which sensor sees which threat, when and how surely."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainccinv

from mamori.maths.earth import MEAN_RADIUS_M, ecef
from mamori.maths.luck import Stage, uniform
from mamori.records import Bools, Detections, Floats, Ints, Trajectories
from mamori.sensing import kernels
from mamori.sensing.acoustic import hearing_range_m
from mamori.sensing.looks import kernels as looks_kernels
from mamori.sensing.optical import sight_range_m
from mamori.sensing.radar import required_snr, signal_to_noise
from mamori.sensing.sightline import horizon_m
from mamori.sensing.swerling import energy_shape
from mamori.world.terrain import SEA, Terrain


class SensorKind(IntEnum):
    """What a sensor looks with."""

    RADAR = kernels.RADAR
    ACOUSTIC = kernels.ACOUSTIC
    OPTICAL = kernels.OPTICAL
    LAUNCH = kernels.LAUNCH


@dataclass(frozen=True)
class SensorTable:
    """Sensors as arrays, one row a sensor. Columns that a kind does not use stand at 0.

    id: (S,) names; key: (S,) luck keys; kind: (S,) SensorKind; latitude_rad, longitude_rad: (S,)
    height_m: (S,) of the antenna above the ellipsoid; sees: (S, 4) whether it looks for that ThreatKind
    interval_s: (S,) between looks; is_turning: (S,) whether an antenna turns, so that it looks where it points
    latency_s: (S,) from a track to who is told; readiness: (S,) chance that it works tonight
    capacity: (S,) most tracks at once; min_range_m, max_range_m: (S,) slant range (of a net: its radius)
    min_elevation_rad, max_elevation_rad: (S,); boresight_rad, sector_rad: (S,) middle and full width of the sector
    reference_range_m, reference_snr: (S,) range at which 1 m2 gives that ratio of signal to noise in one pulse; of eyes
    the range at which 1 m2 is seen by half of the looks
    n_pulses, p_false_alarm: (S,) of one look; resolution_m: (S,) length of a range cell; beam_rad, beam_up_rad: (S,)
    width and height of the beam; clutter: (S,) echo of a square metre of ground or sea after filtering, m2/m2
    least_radial_m_s: (S,) slower changes of range are filtered out with the ground
    margin_db: (S,) by which a sound must stand above the noise; per_m2: (S,) microphones a square metre
    p_look: (S,) chance of a look at close range; sees_at_night: (S,) share of the range that darkness leaves
    range_sigma_m, range_sigma_share, angle_sigma_rad, place_sigma_m: (S,) standard errors that no signal helps, the
    second as a share of the range, the last across the line of sight
    off_first: (S + 1,); off_from_s, off_until_s: (F,) outages
    """

    id: tuple[str, ...]
    key: Ints
    kind: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    height_m: Floats
    sees: Bools
    interval_s: Floats
    is_turning: Bools
    latency_s: Floats
    readiness: Floats
    capacity: Ints
    min_range_m: Floats
    max_range_m: Floats
    min_elevation_rad: Floats
    max_elevation_rad: Floats
    boresight_rad: Floats
    sector_rad: Floats
    reference_range_m: Floats
    reference_snr: Floats
    n_pulses: Ints
    p_false_alarm: Floats
    resolution_m: Floats
    beam_rad: Floats
    beam_up_rad: Floats
    clutter: Floats
    least_radial_m_s: Floats
    margin_db: Floats
    per_m2: Floats
    p_look: Floats
    sees_at_night: Floats
    range_sigma_m: Floats
    range_sigma_share: Floats
    angle_sigma_rad: Floats
    place_sigma_m: Floats
    off_first: Ints
    off_from_s: Floats
    off_until_s: Floats

    @property
    def is_cue(self) -> Bools:
        """Whether (S,) its tracks say where to look, but are too coarse for a missile: no radar's."""
        return np.asarray(self.kind != SensorKind.RADAR)

    @property
    def false_plots(self) -> Floats:
        """False plots (S,) that noise alone gives in one look round, over all cells of a radar's coverage.

        Source: probability of a false alarm times the number of cells (textbook), which is coverage over resolution.
        """
        found = np.zeros(len(self.id))
        r = np.flatnonzero((self.resolution_m > 0.0) & (self.beam_rad > 0.0) & (self.beam_up_rad > 0.0))
        found[r] = self.p_false_alarm[r] * (self.max_range_m - self.min_range_m)[r] / self.resolution_m[r]
        found[r] *= np.maximum(1.0, self.sector_rad[r] / self.beam_rad[r])
        found[r] *= np.maximum(1.0, (self.max_elevation_rad - self.min_elevation_rad)[r] / self.beam_up_rad[r])
        return found


@dataclass(frozen=True)
class Signatures:
    """What classes of threat (C) show to sensors.

    rcs_m2: (C,) mean radar cross-section; swerling: (C,) case 0 to 4 by which it fluctuates
    sound_db: (C,) level one metre away, -inf for silence; visual_m2: (C,) area that an eye sees, 0 for nothing
    p_mistaken: (C,) chance that one is taken for something harmless, until recognised_s (C,) before it comes down
    """

    rcs_m2: Floats
    swerling: Ints
    sound_db: Floats
    visual_m2: Floats
    p_mistaken: Floats
    recognised_s: Floats


@dataclass(frozen=True)
class Conditions:
    """Air and light: visibility_m; cloud_base_m, above which eyes see nothing; cloud_top_m, above which a launch shows;
    noise_db around microphones; is_dark."""

    visibility_m: float = 20e3
    cloud_base_m: float = np.inf
    cloud_top_m: float = 0.0
    noise_db: float = 40.0
    is_dark: bool = False


@dataclass(frozen=True)
class Hills:
    """What hides low threats from each sensor: slopes (S, bearings, R) to the highest hill up to each ring, the rings
    step_m apart near by; R = 0 where all is sea."""

    slope: NDArray[np.float32]
    step_m: float


P_LEAST = 1e-3
"""Looks with a smaller probability of detection are no looks: a track of m such detections does not happen."""

P_UNSETTLED = 1e-12
"""Once a pair is unconfirmed with less than this probability its further looks are left out."""

_FINEST_M = 250.0
_STAGE = int(Stage.SENSING)


def hills(sensors: SensorTable, terrain: Terrain, known: tuple[SensorTable, Hills] | None = None) -> Hills:
    """What the hills of a terrain hide from each sensor: looked up once, for a world.

    known: other sensors over the same terrain and their hills, from which those of equal place are taken
    Slopes are kept for bearings about half a degree apart and rings half a cell of the terrain apart, as far as any
    sensor sees land at all; the ground is looked up twice in a ring, so that a ridge of one cell may seem an eighth
    lower than it is.
    """
    n = len(sensors.id)
    if n == 0 or not terrain.height_m.any():
        return Hills(np.zeros((n, kernels.N_BEARINGS, 0), dtype=np.float32), 1.0)
    cell_m = MEAN_RADIUS_M * min(terrain.latitude_step_rad, terrain.longitude_step_rad)
    step_m = max(0.5 * cell_m, _FINEST_M)
    axes = _axes(sensors)
    looks = np.isin(sensors.kind, (SensorKind.RADAR, SensorKind.OPTICAL))
    # What no ray over the sea reaches hides nothing that the horizon does not hide.
    top_m = horizon_m(float(terrain.height_m.max()))
    reach_m = np.minimum(sensors.max_range_m, [horizon_m(h) + top_m for h in sensors.height_m.tolist()])
    reach_m = np.where(looks, reach_m, 0.0)
    slope = np.full((n, kernels.N_BEARINGS, int(reach_m.max(initial=0.0) / step_m)), kernels.OPEN, dtype=np.float32)
    for s in np.flatnonzero(looks):
        there = _same_place(known, axes[s], float(sensors.max_range_m[s]), step_m)
        if there is None:
            kernels.fill_hills(axes[s], sensors.height_m[s], reach_m[s], *terrain, step_m, slope[s])
        elif there.shape[1]:  # past its own reach nothing changes
            slope[s] = there[:, np.minimum(np.arange(slope.shape[2]), there.shape[1] - 1)]
    return Hills(slope, step_m)


def _same_place(
    known: tuple[SensorTable, Hills] | None, axes: Floats, reach_m: float, step_m: float
) -> NDArray[np.float32] | None:
    """Hills (bearings, R) of a known sensor with the same place, boresight and reach."""
    if known is None or known[1].step_m != step_m:
        return None
    there, found = known
    is_same = (_axes(there) == axes).all(axis=(1, 2)) & (there.max_range_m == reach_m)
    is_same &= np.isin(there.kind, (SensorKind.RADAR, SensorKind.OPTICAL))
    rows = np.flatnonzero(is_same)
    return found.slope[rows[0]] if rows.size else None


def watch(
    sensors: SensorTable,
    signatures: Signatures,
    conditions: Conditions | None = None,
    hidden: Hills | None = None,
) -> kernels.Watch:
    """Sensors and what each makes of each class, as the kernels take them.

    hidden: of `hills`; None for a smooth Earth
    """
    air = conditions or Conditions()
    hidden = hidden or hills(sensors, SEA)
    n, n_classes = len(sensors.id), signatures.rcs_m2.size
    threshold = gammainccinv(np.maximum(sensors.n_pulses, 1), np.clip(sensors.p_false_alarm, 1e-300, 1.0))
    reach, half = (np.zeros((n, n_classes)) for _ in range(2))
    detect_i = np.zeros((n, n_classes), dtype=np.int64)
    at_one_m = signal_to_noise(1.0, 1.0, sensors.reference_range_m, sensors.reference_snr)
    signal = at_one_m[:, None] * signatures.rcs_m2[None, :]
    echoes: dict[tuple[int, float, float], tuple[int, float]] = {}  # what a table hangs on: its row, least signal
    for s in range(n):
        kind, pulses = int(sensors.kind[s]), int(sensors.n_pulses[s])
        for c in range(n_classes):
            if kind == SensorKind.RADAR:
                echo = (pulses, float(threshold[s]), energy_shape(int(signatures.swerling[c]), pulses))
                if echo not in echoes:
                    echoes[echo] = len(echoes), required_snr(P_LEAST, *echo)
                detect_i[s, c], least = echoes[echo]
                far_m = (signal[s, c] / least) ** 0.25 if least > 0.0 else np.inf
                reach[s, c] = min(far_m, sensors.max_range_m[s])
            elif kind == SensorKind.ACOUSTIC:
                half[s, c] = hearing_range_m(float(signatures.sound_db[c]), air.noise_db, float(sensors.margin_db[s]))
                reach[s, c] = sensors.max_range_m[s] if half[s, c] > 0.0 else 0.0
            elif kind == SensorKind.OPTICAL:
                clear_m = float(sensors.reference_range_m[s] * np.sqrt(signatures.visual_m2[c]))
                half[s, c] = sight_range_m(
                    clear_m * (float(sensors.sees_at_night[s]) if air.is_dark else 1.0), air.visibility_m
                )
                reach[s, c] = min(2.0 * half[s, c], sensors.max_range_m[s])
            else:
                reach[s, c] = np.inf
    detect = np.empty((len(echoes), kernels.N_SNR))
    for echo, (row, _) in echoes.items():
        kernels.fill_detection(*echo, detect[row])
    return kernels.Watch(
        kind=sensors.kind, key=sensors.key, sees=sensors.sees, axes=_axes(sensors), antenna_m=sensors.height_m,
        boresight_rad=sensors.boresight_rad, interval_s=sensors.interval_s, is_turning=sensors.is_turning,
        min_range_m=sensors.min_range_m, min_sin=np.sin(sensors.min_elevation_rad),
        max_sin=np.sin(sensors.max_elevation_rad), half_sector_rad=0.5 * sensors.sector_rad,
        n_pulses=sensors.n_pulses, resolution_m=sensors.resolution_m, beam_rad=sensors.beam_rad,
        beam_up_rad=sensors.beam_up_rad, clutter=at_one_m * sensors.clutter,
        least_radial_m_s=sensors.least_radial_m_s, per_m2=sensors.per_m2, p_look=sensors.p_look,
        range_sigma_m=sensors.range_sigma_m, range_sigma_share=sensors.range_sigma_share,
        angle_sigma_rad=sensors.angle_sigma_rad, place_sigma_m=sensors.place_sigma_m, off_first=sensors.off_first,
        off_from_s=sensors.off_from_s, off_until_s=sensors.off_until_s, reach_m=reach, half_range_m=half,
        signal=signal, detect=detect, detect_i=detect_i, hills=hidden.slope,
        ring_step_m=hidden.step_m, cloud_base_m=float(air.cloud_base_m),
        cloud_top_m=float(air.cloud_top_m),
    )  # fmt: skip


def detections(
    traj: Trajectories,
    kind: Ints,
    class_i: Ints,
    threat_key: Ints,
    sensors: SensorTable,
    watched: kernels.Watch,
    *,
    burn_end_s: Floats | None = None,
    m: int = 3,
    n: int = 5,
    is_whole: bool = False,
) -> Detections:
    """Looks of every sensor at every threat, with their probabilities of detection: geometry, no die is cast.

    kind: (T,) ThreatKind; class_i: (T,) index into the signatures of `watched`; threat_key: (T,) luck keys
    watched: of `watch`; burn_end_s: (T,) end of each boost, None where nothing is known to burn
    m, n: the rule by which tracks will be confirmed; it only decides when further looks can no longer matter
    is_whole: True keeps all looks, also those after a track is all but sure
    A sensor looks at times (j + phase) * interval with j whole. Of a turning antenna the phase is the sensor's, and the
    bearing of the threat is added; of others it is a fixed draw in [0, 1) from the keys of sensor and threat. A pair
    with fewer than m looks is left out. Between the rows of its path a threat moves in a straight line. Outages
    leave looks out; a confirmed track outlasts them.
    The position error of a pair is the mean over its looks and the three axes (range and two angles).
    """
    n_threats, n_sensors = kind.size, len(sensors.id)
    n_pairs = n_threats * n_sensors
    path_m = np.zeros(traj.time_s.size)
    if path_m.size:
        np.cumsum(np.linalg.norm(np.diff(traj.position_m, axis=0), axis=1), out=path_m[1:])
    pair_threat, pair_sensor, pair_keys = (np.empty(n_pairs, dtype=np.int64) for _ in range(3))
    last_s, sigma_m = np.empty(n_pairs), np.empty(n_pairs)
    first = np.zeros(n_pairs + 1, dtype=np.int64)
    horizon_m, ahead_m = np.empty((2, traj.time_s.size))
    looks_kernels.fill_horizons(traj.first, traj.height_m, horizon_m, ahead_m)
    burns_s = np.full(n_threats, -np.inf) if burn_end_s is None else burn_end_s
    paths = looks_kernels.Paths(
        traj.first,
        traj.time_s,
        traj.position_m,
        traj.height_m,
        traj.above_ground_m,
        path_m,
        horizon_m,
        ahead_m,
        burns_s,
    )
    room = 200 * n_pairs
    while True:
        looks = np.empty((5, room))
        n_found, n_looks = looks_kernels.fill_looks(
            paths, kind, class_i, threat_key, watched, m, n, P_LEAST, -1.0 if is_whole else P_UNSETTLED, np.empty(m),
            pair_threat, pair_sensor, pair_keys, first, last_s, sigma_m, looks,
        )  # fmt: skip
        if n_looks <= room:
            break
        room = n_looks
    pair = slice(0, n_found)
    time_s, p_detect, range_m, range_sigma_m, angle_sigma_rad = (row[:n_looks].copy() for row in looks)
    return Detections(
        threat_i=pair_threat[pair].copy(),
        sensor_i=pair_sensor[pair].copy(),
        key=pair_keys[pair].copy(),
        first=first[: n_found + 1].copy(),
        time_s=time_s,
        p_detect=p_detect,
        range_m=range_m,
        sigma_range_m=range_sigma_m,
        sigma_angle_rad=angle_sigma_rad,
        last_look_s=last_s[pair].copy(),
        sigma_m=sigma_m[pair].copy(),
        interval_s=sensors.interval_s[pair_sensor[pair]],
        latency_s=sensors.latency_s[pair_sensor[pair]],
    )


SLOT_READY, SLOT_MISTAKEN = 1, 2


def ready(sensors: SensorTable, seed: int, replica: int) -> Bools:
    """Which sensors (S,) work in a replica."""
    is_ready = sensors.readiness >= 1.0
    for s in np.flatnonzero(~is_ready):
        is_ready[s] = uniform(seed, replica, _STAGE, int(sensors.key[s]), SLOT_READY) < sensors.readiness[s]
    return is_ready


def recognised_s(
    signatures: Signatures, class_i: Ints, threat_key: Ints, impact_s: Floats, seed: int, replica: int
) -> Floats:
    """Until when each threat (T,) is taken for something harmless in a replica, -inf where it never is.

    class_i: (T,) index into the signatures; threat_key: (T,) luck keys; impact_s: (T,) when it comes down
    """
    until_s = np.full(class_i.size, -np.inf)
    for t in np.flatnonzero(signatures.p_mistaken[class_i] > 0.0):
        c = class_i[t]
        if uniform(seed, replica, _STAGE, int(threat_key[t]), SLOT_MISTAKEN) < signatures.p_mistaken[c]:
            until_s[t] = impact_s[t] - signatures.recognised_s[c]
    return until_s


def _axes(sensors: SensorTable) -> Floats:
    """Of each sensor (S, 4, 3): its place, then unit vectors up, along the boresight, and to the right of it."""
    lat, lon, bearing = sensors.latitude_rad, sensors.longitude_rad, sensors.boresight_rad[:, None]
    zero = np.zeros_like(lat)
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    east = np.stack([-np.sin(lon), np.cos(lon), zero], axis=-1)
    north = np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)], axis=-1)
    ahead = np.cos(bearing) * north + np.sin(bearing) * east
    right = np.cos(bearing) * east - np.sin(bearing) * north
    place = ecef(lat, lon, sensors.height_m)
    return np.ascontiguousarray(np.stack([place, up, ahead, right], axis=1))
