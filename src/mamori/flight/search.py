"""The start that hits: which boost takes a body from a launch to an aim, with a given apogee or the least boost.

A batch of boundary-value problems, each of which goes its own way: what is found for one does not depend on others.
"""

import math
from dataclasses import dataclass, fields

import numpy as np

from mamori.flight.kernels import N_FLOWN, ROW_GAP_S, fly
from mamori.flight.motion import Earth, boost_shares
from mamori.records import Bools, Floats, Ints

__all__ = ["APOGEE_MISS_M", "MISS_M", "Task", "fly_all", "least_energy_apogee_m", "rows_of", "search", "surface"]

MISS_M = 0.5
"""How near to the aim the search ends, m over the ground, downrange and crossrange each."""
APOGEE_MISS_M = 5.0
SPACE_STEPS = 48.0
"""Steps without thrust may be so many times as long as those under it."""
_MAX_TRIES = 60
_LIFT, _FIRST_LEAP = 1.0, 0.05
_LONG, _LOOSE, _LOOSE_A_RAD = 2.0, 200.0, 2000.0  # the first search: times the steps, times the misses, these by range
_THROWN_ROUNDS = 5
_LEAST_ROUNDS = 16  # parabolas towards the apogee of the least boost
_LEAST_SHARE = 2e-7  # of the boost: what the last of them may save


def _boost_sums() -> tuple[float, float, float, float]:
    """Shares of the boost's velocity and of velocity times duration that act upwards and in the final direction."""
    u = (np.arange(2000) + 0.5) / 2000
    rate = np.array([boost_shares(float(s), 1.0) for s in u])
    speed = np.cumsum(rate, axis=0) / u.size
    return float(speed[-1, 0]), float(speed[-1, 1]), float(speed[:, 0].mean()), float(speed[:, 1].mean())


_SPEED_UP, _SPEED_END, _WAY_UP, _WAY_END = _boost_sums()


@dataclass(frozen=True)
class Task:
    """What n bodies must reach, one row a body.

    launch, up, along: (n, 3) place of the launch, unit vectors upwards there and towards the aim; aim: (n, 3)
    axes: (n, 3, 3) rows: unit vector to the launch, downrange at right angles to it, normal of their plane
    range_rad: (n,) angle from launch to aim seen from the Earth's centre; floor_m: (n,) height of the aim
    apogee_m: (n,), nan for the least boost; burn_s: (n,); boost_drag_m2_kg, drag_m2_kg: (n,) half of drag area over
    mass
    """

    launch: Floats
    up: Floats
    along: Floats
    aim: Floats
    axes: Floats
    range_rad: Floats
    floor_m: Floats
    apogee_m: Floats
    burn_s: Floats
    boost_drag_m2_kg: Floats
    drag_m2_kg: Floats

    def rows(self, which: Ints | Bools) -> "Task":
        """The task of some of the bodies."""
        return Task(*(np.ascontiguousarray(getattr(self, field.name)[which]) for field in fields(self)))


def surface(latitude_rad: Floats, longitude_rad: Floats, height_m: Floats, earth: Earth) -> tuple[Floats, Floats]:
    """Points at heights above the ellipsoid and the upward normals there, (n, 3) each."""
    cos_lat = np.cos(latitude_rad)
    up = np.stack([cos_lat * np.cos(longitude_rad), cos_lat * np.sin(longitude_rad), np.sin(latitude_rad)], axis=1)
    radius = earth.semi_major_m / np.sqrt(1.0 - earth.eccentricity_2 * up[:, 2] ** 2)
    flat = np.array([1.0, 1.0, 1.0 - earth.eccentricity_2])
    point = radius[:, None] * up * flat + height_m[:, None] * up
    return np.ascontiguousarray(point), np.ascontiguousarray(up)


def least_energy_apogee_m(radius_m: Floats, range_rad: Floats) -> Floats:
    """Apogee of the ellipse of least energy between two points of a sphere: its second focus lies on their chord."""
    half = 0.5 * range_rad
    return 0.5 * radius_m * (np.sin(half) + np.cos(half) - 1.0)


def fly_all(
    task: Task, boost: Floats, earth: Earth, step_s: float, row_s: float = 1.0, first: Ints | None = None
) -> tuple[Floats, Ints, Floats]:
    """Fly with boosts (n, 3) in Earth-fixed axes: how the flights ended, rows that they take, and the rows.

    first: (n + 1,) offsets of the rows wanted; None for none
    """
    n = len(boost)
    flown, n_rows = np.zeros((n, N_FLOWN)), np.zeros(n, dtype=np.int64)
    offsets = np.zeros(n + 1, dtype=np.int64) if first is None else first
    rows = np.zeros((int(offsets[-1]), 7))
    fly(
        task.launch, task.up, np.ascontiguousarray(boost), task.burn_s, task.boost_drag_m2_kg, task.drag_m2_kg,
        task.floor_m, earth, step_s, SPACE_STEPS * step_s, row_s, offsets, rows, flown, n_rows,
    )  # fmt: skip
    return flown, n_rows, rows


def rows_of(duration_s: Floats, row_s: float) -> Ints:
    """Rows (n,) that paths take, as `kernels.fly` counts them."""
    k = np.floor(duration_s / row_s)
    rows: Ints = np.where(duration_s - k * row_s < ROW_GAP_S, k + 1, k + 2).astype(np.int64)
    return rows


def _miss(task: Task, boost: Floats, apogee_m: Floats, earth: Earth, step_s: float) -> tuple[Floats, Floats, Floats]:
    """Errors (n, 3) of apogee, downrange and crossrange, m, their lengths, inf where a flight never ends; durations."""
    flown, _, _ = fly_all(task, boost, earth, step_s)
    end = flown[:, 3:6]
    length = np.linalg.norm(end, axis=1)
    over, ahead, beside = ((task.axes * end[:, None, :]).sum(axis=2) / length[:, None]).T
    radius = np.linalg.norm(task.aim, axis=1)
    turn = np.arctan2(ahead, over) - task.range_rad
    miss = np.stack(
        [
            flown[:, 1] - apogee_m,
            (turn - 2.0 * math.pi * np.round(turn / (2.0 * math.pi))) * radius,
            np.arcsin(np.clip(beside, -1.0, 1.0)) * radius,
        ],
        axis=1,
    )
    return miss, np.where(np.isfinite(flown[:, 0]), np.linalg.norm(miss, axis=1), np.inf), flown[:, 0]


def search(task: Task, earth: Earth, step_s: float) -> tuple[Floats, Bools, Floats]:
    """Boosts (n, 3) in Earth-fixed axes, which hit with the apogee asked for (or least boost), durations (n,)."""
    is_least = np.isnan(task.apogee_m)
    radius = np.linalg.norm(task.launch, axis=1)
    # Near the opposite side of the Earth the path of least energy would skim the ground.
    lowest = np.minimum(0.25 * radius * task.range_rad, 200e3)
    apogee = np.where(is_least, np.maximum(least_energy_apogee_m(radius, task.range_rad), lowest), task.apogee_m)
    # Near by long steps, which cost little; then by the steps asked for, with what was learnt.
    guess = _first_guess(task, apogee, earth)
    if is_least.any():
        # The boost lifts the body before the ellipse begins: the top of the least one lies higher by about that much.
        size, climb = np.linalg.norm(guess, axis=1), (guess * task.up).sum(axis=1)
        lift_m = task.burn_s * (_WAY_UP * size + _WAY_END * climb)
        apogee = np.where(is_least, apogee + _LIFT * lift_m, apogee)
        guess = np.where(is_least[:, None], _first_guess(task, apogee, earth), guess)
    boost, is_near, inverse, _ = _solve(task, guess, apogee, earth, _LONG * step_s, is_loose=True)
    least = np.flatnonzero(is_least & is_near)
    if least.size:
        apogee[least], boost[least], inverse[least] = _least(
            task.rows(least), apogee[least], boost[least], inverse[least], earth, _LONG * step_s
        )
    boost = np.where(is_near[:, None], boost, guess)
    boost, is_hit, _, duration_s = _solve(task, boost, apogee, earth, step_s, inverse, is_near)
    return boost, is_hit, duration_s


def _least(
    task: Task, apogee_m: Floats, boost: Floats, inverse: Floats, earth: Earth, step_s: float
) -> tuple[Floats, Floats, Floats]:
    """Apogees (n,) of the least boost, boosts (n, 3) and inverse Jacobians (n, 3, 3), from those of other apogees.

    Successive parabolas through the sizes of the boosts for three apogees; the first through two and the one's slope.
    The slopes come free: each boost follows from the last by its inverse Jacobian, and a few flights mend it.
    """
    apogee_m, boost, inverse = apogee_m.copy(), boost.copy(), inverse.copy()
    size = np.linalg.norm(boost, axis=1)
    slope = (boost * inverse[:, :, 0]).sum(axis=1) / size
    before_m, before = np.full(len(size), np.nan), np.full(len(size), np.nan)  # the apogee and size a round before
    step = -np.sign(slope) * _FIRST_LEAP * apogee_m
    is_live = np.ones(len(slope), dtype=np.bool_)
    best_m, best, best_boost, best_inverse = apogee_m.copy(), size.copy(), boost.copy(), inverse.copy()
    for done in range(_LEAST_ROUNDS):
        is_live &= step != 0.0
        if done > 1:  # where the next step would save nothing that matters, the last one was the end
            is_early = (task.burn_s == 0.0) & (done < _THROWN_ROUNDS)  # air bends what is thrown most at its start
            is_live &= is_early | (np.abs(slope * step) > _LEAST_SHARE * size)
        live = np.flatnonzero(is_live)
        if live.size == 0:
            break
        leap, trial = step[live], apogee_m[live] + step[live]
        start = boost[live] + inverse[live, :, 0] * leap[:, None]
        new, hit, turned, _ = _solve(task.rows(live), start, trial, earth, step_s, inverse[live], is_loose=True)
        mean = (np.linalg.norm(new, axis=1) - size[live]) / leap
        older = (size[live] - before[live]) / (apogee_m[live] - before_m[live])
        bend = np.where(
            np.isnan(before[live]), 2.0 * (mean - slope[live]) / leap, 2.0 * (mean - older) / (trial - before_m[live])
        )
        step[live[~hit]] *= 0.3
        live, leap, bend, mean = live[hit], leap[hit], bend[hit], mean[hit]
        before_m[live], before[live] = apogee_m[live], size[live]
        apogee_m[live], boost[live], inverse[live] = trial[hit], new[hit], turned[hit]
        size[live] = np.linalg.norm(new[hit], axis=1)
        won = live[size[live] < best[live]]
        best_m[won], best[won], best_boost[won], best_inverse[won] = apogee_m[won], size[won], boost[won], inverse[won]
        slope[live] = mean + 0.5 * bend * leap
        own = np.where(bend > 0.0, -slope[live] / np.where(bend > 0.0, bend, 1.0), -np.sign(slope[live]) * np.inf)
        step[live] = np.clip(own, -0.3 * apogee_m[live], 0.3 * apogee_m[live])
    return best_m, best_boost, best_inverse


def _solve(
    task: Task,
    start: Floats,
    apogee_m: Floats,
    earth: Earth,
    step_s: float,
    known: Floats | None = None,
    is_known: Bools | None = None,
    *,
    is_loose: bool = False,
) -> tuple[Floats, Bools, Floats, Floats]:
    """Boosts (n, 3) that reach apogee and aim, which do, inverse Jacobians (n, 3, 3) as they ended, durations (n,).

    Source: C. G. Broyden, "A class of methods for solving nonlinear simultaneous equations" (1965), the update of the
    inverse; the Jacobian by forward differences of 1 m/s, taken anew whenever a step comes no nearer.
    known: (n, 3, 3) inverse Jacobians to begin with, is_known: (n,) whose they are (all's)
    is_loose: near is near enough, up to `_LOOSE` times the misses of a hit and less for short ranges; the boosts are
    then mended once more without a flight
    """
    boost = start.copy()
    n = len(boost)
    loose = np.clip(task.range_rad * _LOOSE_A_RAD, 1.0, _LOOSE) if is_loose else np.ones(n)
    miss, error, duration = _miss(task, boost, apogee_m, earth, step_s)
    inverse = np.zeros((n, 3, 3)) if known is None else known.copy()
    is_stale, is_fresh = np.full(n, known is None), np.zeros(n, dtype=np.bool_)
    if is_known is not None:
        is_stale |= ~is_known
    is_lost = ~np.isfinite(error)
    shrink = np.ones(n)
    for _ in range(_MAX_TRIES):
        live = np.flatnonzero(~is_lost & ~_is_hit(miss, error, loose))
        if live.size == 0:
            break
        stale = live[is_stale[live]]
        if stale.size:
            inverse[stale], is_lost[stale] = _inverse_jacobian(
                task.rows(stale), boost[stale], miss[stale], apogee_m[stale], earth, step_s
            )
            is_stale[stale], is_fresh[stale] = False, True
            live = live[~is_lost[live]]
        step = -shrink[live, None] * (inverse[live] * miss[live, None, :]).sum(axis=2)
        # No step beyond a third of the speed: far from the answer the straight line of the Jacobian leads astray.
        most = 0.3 * np.linalg.norm(boost[live], axis=1) + 20.0
        step *= np.minimum(1.0, most / np.maximum(np.linalg.norm(step, axis=1), 1e-12))[:, None]
        trial = boost[live] + step
        # A start into the ground is none.
        sunk = np.minimum((trial * task.up[live]).sum(axis=1) - 1.0, 0.0)
        trial -= np.where(task.burn_s[live] > 0.0, 0.0, sunk)[:, None] * task.up[live]
        new_miss, new_error, new_duration = _miss(task.rows(live), trial, apogee_m[live], earth, step_s)
        is_nearer = new_error < error[live]
        worse, near = live[~is_nearer], live[is_nearer]
        shrink[worse] = np.where(is_fresh[worse], 0.5 * shrink[worse], 1.0)
        is_stale[worse] = ~is_fresh[worse]
        is_lost[worse] |= shrink[worse] < 1e-4
        step = trial[is_nearer] - boost[near]
        back = (inverse[near] * (new_miss[is_nearer] - miss[near])[:, None, :]).sum(axis=2)
        below = (step * back).sum(axis=1)
        row = (step[:, :, None] * inverse[near]).sum(axis=1) / np.where(np.abs(below) > 1e-12, below, np.inf)[:, None]
        inverse[near] += (step - back)[:, :, None] * row[:, None, :]
        boost[near], miss[near], error[near] = trial[is_nearer], new_miss[is_nearer], new_error[is_nearer]
        duration[near] = new_duration[is_nearer]
        is_fresh[near] = False
        shrink[near] = np.minimum(1.0, 2.0 * shrink[near])
    if is_loose:
        untried = np.flatnonzero(is_stale & ~is_lost)  # the start was near enough by itself
        if untried.size:
            inverse[untried], is_lost[untried] = _inverse_jacobian(
                task.rows(untried), boost[untried], miss[untried], apogee_m[untried], earth, step_s
            )
        boost = np.where(is_lost[:, None], boost, boost - (inverse * miss[:, None, :]).sum(axis=2))
    return boost, _is_hit(miss, error, loose), inverse, duration


def _is_hit(miss: Floats, error: Floats, loose: Floats) -> Bools:
    # The apogee is loosened less: what is left of it bends the parabolas of `_least`.
    most = np.column_stack([APOGEE_MISS_M * np.maximum(1.0, 0.1 * loose), MISS_M * loose, MISS_M * loose])
    near = np.abs(miss) < most
    hit: Bools = near.all(axis=1) & np.isfinite(error)
    return hit


def _inverse_jacobian(
    task: Task, boost: Floats, miss: Floats, apogee_m: Floats, earth: Earth, step_s: float
) -> tuple[Floats, Bools]:
    """Inverse (n, 3, 3) of the derivative of the errors by the boost, and where there is none."""
    a, b, c = (_miss(task, boost + delta, apogee_m, earth, step_s)[0] - miss for delta in np.eye(3))
    adjugate = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    determinant = (a * adjugate[:, 0]).sum(axis=1)
    is_lost: Bools = ~(np.abs(determinant) > 0.0)
    return adjugate / np.where(is_lost, 1.0, determinant)[:, None, None], is_lost


def _first_guess(task: Task, apogee_m: Floats, earth: Earth) -> Floats:
    """Boosts (n, 3) without air: the boost's shape at launch gravity, then the ellipse in axes that do not turn.

    Source: polar equation of the ellipse with its apogee at r_a: r = r_a (1 - e) / (1 - e cos(angle from apogee));
    Kepler's equation for the time in which the aim turns with the Earth.
    """
    mu, spin = earth.gm_m3_s2, np.array([0.0, 0.0, earth.rotation_rad_s])
    top = np.linalg.norm(task.launch, axis=1) + apogee_m
    end = np.linalg.norm(task.aim, axis=1)
    free_s = np.sqrt(8.0 * apogee_m / 9.8)
    way = np.zeros_like(task.launch)
    boost = np.zeros_like(task.launch)
    for _ in range(6):
        # The boost ends below the apogee and before the aim, or there is no ellipse.
        start = task.launch + way
        start *= (np.minimum(np.linalg.norm(start, axis=1), top - 0.15 * apogee_m) / np.linalg.norm(start, axis=1))[
            :, None
        ]
        turn = earth.rotation_rad_s * free_s
        cos, sin = np.cos(turn), np.sin(turn)
        aim = np.stack(
            [cos * task.aim[:, 0] - sin * task.aim[:, 1], sin * task.aim[:, 0] + cos * task.aim[:, 1], task.aim[:, 2]],
            axis=1,
        )
        radius = np.linalg.norm(start, axis=1)
        over = start / radius[:, None]
        normal = np.cross(start, aim)
        area = np.linalg.norm(normal, axis=1)
        arc = np.arctan2(area, (start * aim).sum(axis=1))
        is_flat = area > 1e-9 * radius * end
        normal = np.where(is_flat[:, None], normal / np.maximum(area, 1e-300)[:, None], task.axes[:, 2])
        ahead = np.cross(normal, over)
        low = np.maximum(np.maximum((top - radius) / (top + radius), (top - end) / (top + end)), 1e-12)
        high = np.ones(len(radius))
        for _ in range(44):
            e = 0.5 * (low + high)
            p = top * (1.0 - e)
            fall = np.arccos(np.clip((1.0 - p / end) / e, -1.0, 1.0))
            rise = np.arccos(np.clip((1.0 - p / radius) / e, -1.0, 1.0))
            is_far = fall + rise > arc
            low, high = np.where(is_far, e, low), np.where(is_far, high, e)
        axis = top / (1.0 + e)
        pace = np.sqrt(mu / axis**3)
        free_s = sum((_kepler(np.maximum(1e-9, angle), e) for angle in (rise, fall)), np.zeros(len(e))) / pace
        along = np.sqrt(mu * p) / radius
        climb = np.sqrt(np.maximum(1.0, mu * (2.0 / radius - 1.0 / axis) - along * along))
        velocity = climb[:, None] * over + along[:, None] * ahead - np.cross(spin, start)
        boost = np.where((task.burn_s > 0.0)[:, None], _boost_for(velocity, task.up), velocity)
        size = np.linalg.norm(boost, axis=1)
        way = task.burn_s[:, None] * (_WAY_UP * size[:, None] * task.up + _WAY_END * boost)
    return boost


def _kepler(angle: Floats, e: Floats) -> Floats:
    """Mean anomaly between the apogee and a true angle from it."""
    half = np.arctan2(np.sqrt(1.0 - e) * np.cos(0.5 * angle), np.sqrt(1.0 + e) * np.sin(0.5 * angle))
    eccentric = 2.0 * half
    anomaly: Floats = math.pi - (eccentric - e * np.sin(eccentric))
    return anomaly


def _boost_for(velocity: Floats, up: Floats) -> Floats:
    """Boosts whose shape ends with velocities: v = s_up |b| up + s_end b, solved for |b|, then for b."""
    climb = (velocity * up).sum(axis=1)
    a, b = _SPEED_END**2 - _SPEED_UP**2, _SPEED_UP * climb
    size = (-b + np.sqrt(b * b + a * (velocity * velocity).sum(axis=1))) / a
    boost: Floats = (velocity - _SPEED_UP * size[:, None] * up) / _SPEED_END
    return boost
