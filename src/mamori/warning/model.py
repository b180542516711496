"""Who is alarmed, when, and who of those under an impact had the time to shelter."""

from dataclasses import dataclass

import numpy as np

from mamori.records import Bools, Floats, Impacts, Ints, Predictions, Warnings
from mamori.warning.kernels import alarm, expose, frames_of
from mamori.world.districts import DistrictTable


@dataclass(frozen=True)
class WarningRules:
    """When a district is alarmed and what people do then.

    p_ballistic, p_air_breathing: chances that raise an alarm; horizon_s: how far ahead a path is looked at
    course_sigma_rad: standard deviation of the turn that a threat may still make; latency_s: decision to hearing
    all_clear_s: end of danger to all-clear; shelter_share: who goes to shelter at all; shelter_median_s,
    shelter_log_sigma: log-normal time that it takes them; shelter_exposure: share of exposure that is left in shelter
    """

    p_ballistic: float
    p_air_breathing: float
    horizon_s: float
    course_sigma_rad: float
    latency_s: float
    all_clear_s: float
    shelter_share: float
    shelter_median_s: float
    shelter_log_sigma: float
    shelter_exposure: float


@dataclass(frozen=True)
class Exposure:
    """What the people under each impact had of the alarms, in one replica.

    district_i: (I,) district whose disc holds the impact (the nearest centre of several), -1 for none
    persons_under: (I,) people within the effect radius
    lead_s: (I,) from the start of the alarm in force to the impact, nan where none was
    is_late: (I,) the alarm had been decided but was heard only after the impact
    persons_sheltered: (I,) of those under it; persons_exposed: (I,) under it and not sheltered, where a person in
    shelter counts with the exposure that is left there
    is_false: (W,) of each alarm, nothing fell in its district meanwhile
    warned_person_hours: of all alarms; false_warning_person_hours: of alarms in whose district nothing fell meanwhile
    """

    district_i: Ints
    persons_under: Floats
    lead_s: Floats
    is_late: Bools
    persons_sheltered: Floats
    persons_exposed: Floats
    is_false: Bools
    warned_person_hours: float
    false_warning_person_hours: float


def warnings(pred: Predictions, kind: Ints, end_s: Floats, districts: DistrictTable, rules: WarningRules) -> Warnings:
    """Alarms of one replica.

    kind: (T,) ThreatKind; end_s: (T,) when each threat ends, killed or landed: known to those who warn at once

    Ballistic: a district is alarmed at the first update in which the normal density of the predicted impact, integrated
    over its disc, reaches p_ballistic, until the threat's end. Others: while the chance that a straight path ahead
    crosses the disc reaches p_air_breathing, where the course is normal with the track's error and the turn that
    the threat may still make, and the near edge is less than horizon_s away; between two updates the threat is taken to
    fly on. People hear it latency_s after the decision; the all-clear comes all_clear_s after the danger's end.
    Alarms of one district that touch are one. The straight path knows no land: boats endanger what they point at.
    """
    n_threats, n_updates = pred.time_s.shape
    frames = np.empty((n_threats, n_updates, 3, 3))
    frames_of(
        pred.latitude_rad.reshape(-1), pred.longitude_rad.reshape(-1), pred.bearing_rad.reshape(-1),
        frames.reshape(-1, 3, 3),
    )  # fmt: skip
    starts, ends = np.empty(n_threats * n_updates + 1), np.empty(n_threats * n_updates + 1)
    up = _up(districts.latitude_rad, districts.longitude_rad)
    room = 16 * len(districts.id)
    while True:
        district_i, start_s, stop_s = np.empty(room, dtype=np.int64), np.empty(room), np.empty(room)
        n_alarms = alarm(
            pred.time_s, pred.until_s, frames, pred.sigma_along_m, pred.sigma_cross_m, pred.sigma_bearing_rad,
            pred.speed_m_s, kind, end_s, up, districts.radius_m, rules.p_ballistic, rules.p_air_breathing,
            rules.horizon_s, rules.course_sigma_rad, rules.latency_s, rules.all_clear_s, starts, ends, district_i,
            start_s, stop_s,
        )  # fmt: skip
        if n_alarms <= room:
            break
        room = n_alarms
    return Warnings(district_i[:n_alarms].copy(), start_s[:n_alarms].copy(), stop_s[:n_alarms].copy())


def exposure(impacts: Impacts, alarms: Warnings, districts: DistrictTable, rules: WarningRules) -> Exposure:
    """What the people under each impact had of the alarms.

    People are spread evenly over their district's disc; of several discs that overlap at an impact only the one with
    the nearest centre counts. The share `shelter_share` of those who heard the alarm goes to shelter, within a
    log-normal time, but no more than find room there: expected numbers of people, no die is cast. An alarm is false if
    nothing fell into its district between the decision and the all-clear.
    """
    n_impacts, n_districts = impacts.time_s.size, len(districts.id)
    is_true = np.zeros(alarms.start_s.size, dtype=np.bool_)
    district_i = np.empty(n_impacts, dtype=np.int64)
    is_late = np.empty(n_impacts, dtype=np.bool_)
    under, lead_s, sheltered, exposed = (np.empty(n_impacts) for _ in range(4))
    expose(
        impacts.time_s, _up(impacts.latitude_rad, impacts.longitude_rad), impacts.effect_radius_m,
        _up(districts.latitude_rad, districts.longitude_rad), districts.radius_m, districts.people,
        np.searchsorted(alarms.district_i, np.arange(n_districts + 1)).astype(np.int64), alarms.start_s, alarms.end_s,
        rules.latency_s, rules.shelter_share, rules.shelter_median_s, rules.shelter_log_sigma, rules.shelter_exposure,
        is_true, district_i, under, lead_s, is_late, sheltered, exposed,
    )  # fmt: skip
    if districts.shelter_share is not None and rules.shelter_share > 0.0:
        room = np.append(np.minimum(1.0, districts.shelter_share / rules.shelter_share), 1.0)[district_i]
        exposed += sheltered * (1.0 - room) * (1.0 - rules.shelter_exposure)
        sheltered *= room
    person_hours = districts.people[alarms.district_i] * (alarms.end_s - alarms.start_s) / 3600.0
    return Exposure(
        district_i=district_i,
        persons_under=under,
        lead_s=lead_s,
        is_late=is_late,
        persons_sheltered=sheltered,
        persons_exposed=exposed,
        is_false=~is_true,
        warned_person_hours=float(person_hours.sum()),
        false_warning_person_hours=float(person_hours[~is_true].sum()),
    )


def lead_persons(exp: Exposure, leads_s: tuple[float, ...]) -> Floats:
    """People under an impact by what warning they had: (len(leads_s) + 3,), to be added up over replicas.

    At least each lead time in turn (so that they overlap), late, never, all. Shares are these divided by the last.
    """
    never = np.isnan(exp.lead_s) & ~exp.is_late
    masks = [exp.lead_s >= lead for lead in leads_s] + [exp.is_late, never, np.ones_like(never)]
    return np.array([exp.persons_under[mask].sum() for mask in masks])


def _up(latitude_rad: Floats, longitude_rad: Floats) -> Floats:
    """Unit vectors up (..., 3): on the mean sphere their differences are distances."""
    cos_lat = np.cos(latitude_rad)
    return np.stack([cos_lat * np.cos(longitude_rad), cos_lat * np.sin(longitude_rad), np.sin(latitude_rad)], axis=-1)
