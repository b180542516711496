"""Compiled loops of the tracker, one for each step of a scan: tracks are predicted, plots shared out, tracks updated,
ended and started.

A bank of tracks holds, for up to C tracks and M motion models: x (C, M, 7), cov (C, M, 7, 7), p_model (C, M), exists
(C,) chance that there is a target, at_s (C,) time of the state, hits (C,) bits of the last scans, n_missed, is_firm,
track_id (C,).
"""

import math

import numpy as np
from numba import njit

from mamori.records import Bools, Floats, Ints
from mamori.tracking.plots.association import marginals, nearest
from mamori.tracking.plots.motion import N_STATES, STRAIGHT, move
from mamori.tracking.plots.radar import foresee, innovation, start
from mamori.tracking.plots.unscented import N_POINTS, foresee_points, move_points

LEAST_MODEL = 1e-6
MOST_EXISTS = 1.0 - 1e-9


@njit(cache=True, nogil=True, error_model="numpy")
def mix(x: Floats, cov: Floats, p_model: Floats, change: Floats, x_new: Floats, cov_new: Floats, p_new: Floats) -> None:
    """The mixing step of interacting multiple models, in place, for one track.

    x (M, 7), cov (M, 7, 7), p_model (M,); change (M, M): chance to go from one model to another; the rest is scratch.
    The last number of a state is its model's own and is not mixed.
    Source: Blom and Bar-Shalom, IEEE Trans. AC 33(8), 1988.
    """
    n = p_model.size
    for j in range(n):
        p_new[j] = 0.0
        for i in range(n):
            p_new[j] += change[i, j] * p_model[i]
    for j in range(n):
        x_new[j, :] = 0.0
        cov_new[j, :, :] = 0.0
        for i in range(n):
            w = change[i, j] * p_model[i] / p_new[j]
            for a in range(6):
                x_new[j, a] += w * x[i, a]
        for i in range(n):
            w = change[i, j] * p_model[i] / p_new[j]
            for a in range(6):
                da = x[i, a] - x_new[j, a]
                for b in range(a, 6):
                    cov_new[j, a, b] += w * (cov[i, a, b] + da * (x[i, b] - x_new[j, b]))
            if i == j:
                for a in range(6):
                    cov_new[j, a, 6] = w * cov[j, a, 6]
        x_new[j, 6] = x[j, 6]
        cov_new[j, 6, 6] = cov[j, 6, 6]
    for j in range(n):
        p_model[j] = p_new[j]
        for a in range(N_STATES):
            x[j, a] = x_new[j, a]
            for b in range(a, N_STATES):
                cov[j, a, b] = cov_new[j, a, b]
                cov[j, b, a] = cov_new[j, a, b]


@njit(cache=True, nogil=True, error_model="numpy")
def update(
    x: Floats,
    cov: Floats,
    gain: Floats,
    weight: Floats,
    first: int,
    last: int,
    share: Floats,
    shift: Floats,
    room: Floats,
) -> None:
    """Update one model's state by its plots (probabilistic data association), in place.

    share (E,), shift (E, 3): chance and innovation of pairs first to last; gain (7, 3), weight (3, 3): see `foresee`
    room (11, 3): scratch
    Source: Bar-Shalom and Tse, Automatica 11, 1975.
    """
    total, middle, spread, filter_gain = 0.0, room[0], room[1:4], room[4:11]
    room[:] = 0.0
    for e in range(first, last):
        total += share[e]
        for i in range(3):
            middle[i] += share[e] * shift[e, i]
            for k in range(3):
                spread[i, k] += share[e] * shift[e, i] * shift[e, k]
    if total <= 0.0:
        return
    for i in range(3):
        for k in range(3):
            spread[i, k] -= middle[i] * middle[k]
    for a in range(N_STATES):
        for k in range(3):
            filter_gain[a, k] = gain[a, 0] * weight[0, k] + gain[a, 1] * weight[1, k] + gain[a, 2] * weight[2, k]
    for a in range(N_STATES):
        wide0 = filter_gain[a, 0] * spread[0, 0] + filter_gain[a, 1] * spread[1, 0] + filter_gain[a, 2] * spread[2, 0]
        wide1 = filter_gain[a, 0] * spread[0, 1] + filter_gain[a, 1] * spread[1, 1] + filter_gain[a, 2] * spread[2, 1]
        wide2 = filter_gain[a, 0] * spread[0, 2] + filter_gain[a, 1] * spread[1, 2] + filter_gain[a, 2] * spread[2, 2]
        x[a] += filter_gain[a, 0] * middle[0] + filter_gain[a, 1] * middle[1] + filter_gain[a, 2] * middle[2]
        for b in range(a, N_STATES):
            wider = wide0 * filter_gain[b, 0] + wide1 * filter_gain[b, 1] + wide2 * filter_gain[b, 2]
            known = filter_gain[a, 0] * gain[b, 0] + filter_gain[a, 1] * gain[b, 1] + filter_gain[a, 2] * gain[b, 2]
            cov[a, b] += wider - total * known
            cov[b, a] = cov[a, b]


@njit(cache=True, nogil=True, error_model="numpy")
def predict(
    n: int, time_s: float, x: Floats, cov: Floats, p_model: Floats, exists: Floats, at_s: Floats,
    models: Ints, noise: Floats, own_noise: Floats, change: Floats, lifetime_s: float, longest_step_s: float,
    is_earth: bool, is_unscented: bool,
) -> None:  # fmt: skip
    """Bring the first n tracks of the bank to a time, in steps of at most longest_step_s."""
    n_models = models.size
    x_new, cov_new = np.empty((n_models, N_STATES)), np.empty((n_models, N_STATES, N_STATES))
    p_new = np.empty(n_models)
    vectors, slope = np.empty((4, 3)), np.empty((3, N_STATES))
    step, room = np.empty((N_STATES, N_STATES)), np.empty((N_STATES, N_STATES))
    points = np.empty((N_POINTS, N_STATES))
    for t in range(n):
        span = time_s - at_s[t]
        if span <= 0.0:
            continue
        at_s[t] = time_s
        exists[t] *= math.exp(-span / lifetime_s)
        if n_models > 1:
            mix(x[t], cov[t], p_model[t], change, x_new, cov_new, p_new)
        n_steps = math.ceil(span / longest_step_s)
        for m in range(n_models):
            for _ in range(n_steps):
                if is_unscented and models[m] != STRAIGHT:
                    move_points(
                        models[m], x[t, m], cov[t, m], span / n_steps, noise[m], own_noise[m], is_earth, vectors, slope,
                        step, points,
                    )  # fmt: skip
                else:
                    move(
                        models[m], x[t, m], cov[t, m], span / n_steps, noise[m], own_noise[m], is_earth, vectors, slope,
                        step, room,
                    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def expect(
    n: int, x: Floats, cov: Floats, p_model: Floats, place: Floats, axes: Floats, noise: Floats, reach: Floats,
    p_detect: float, is_unscented: bool, z: Floats, gain: Floats, weight: Floats, sigma: Floats, density: Floats,
    p_seen: Floats,
) -> None:  # fmt: skip
    """What a sensor should see of each track, by model (see `radar.foresee`), and p_seen (C,), the chance that it does:
    p_detect inside its reach (4,), least and most range, m, and elevation, rad; 0 outside."""
    by_place, spread, root = np.empty((3, 3)), np.empty((3, 3)), np.empty((N_STATES, N_STATES))
    points, seen = np.empty((N_POINTS, N_STATES)), np.empty((N_POINTS, 3))
    for t in range(n):
        likely = 0
        for m in range(p_model.shape[1]):
            if is_unscented:
                density[t, m] = foresee_points(
                    x[t, m], cov[t, m], place, axes, noise, z[t, m], gain[t, m], weight[t, m], sigma[t, m], by_place,
                    spread, root, points, seen,
                )  # fmt: skip
            else:
                density[t, m] = foresee(
                    x[t, m], cov[t, m], place, axes, noise, z[t, m], gain[t, m], weight[t, m], sigma[t, m], by_place,
                    spread,
                )  # fmt: skip
            if p_model[t, m] > p_model[t, likely]:
                likely = m
        elevation, far = z[t, likely, 0], z[t, likely, 2]
        is_inside = reach[0] <= far <= reach[1] and reach[2] <= elevation <= reach[3]
        p_seen[t] = p_detect if is_inside else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def pair(
    n: int, plots: Floats, z: Floats, weight: Floats, sigma: Floats, density: Floats, p_model: Floats, exists: Floats,
    p_seen: Floats, clutter: float, gate: float, first: Ints, plot_i: Ints, odds: Floats, by_model: Floats,
    shift: Floats,
) -> int:  # fmt: skip
    """Pairs of tracks and plots inside the gate of any model, in rows by track; returns their number.

    plots: (P, 3) by rising range; clutter: density of false plots, per rad rad m; gate: Mahalanobis distance
    Filled as far as they reach: plot_i (E,), odds (E,), of the pair against clutter, by_model (E, M), chance of each
    model given the pair, shift (E, M, 3), innovations. If more are needed than there is room for, call again with more.
    """
    n_models, n_pairs = p_model.shape[1], 0
    here, chance = np.empty((n_models, 3)), np.empty(n_models)
    first[0] = 0
    for t in range(n):
        if p_seen[t] > 0.0:
            nearest_m, farthest_m = math.inf, -math.inf
            for m in range(n_models):
                nearest_m = min(nearest_m, z[t, m, 2] - gate * sigma[t, m, 2])
                farthest_m = max(farthest_m, z[t, m, 2] + gate * sigma[t, m, 2])
            for b in range(np.searchsorted(plots[:, 2], nearest_m), plots.shape[0]):
                if plots[b, 2] > farthest_m:
                    break
                is_inside = False
                for m in range(n_models):
                    chance[m] = innovation(plots[b], z[t, m], here[m], weight[t, m], sigma[t, m], gate)
                    is_inside = is_inside or chance[m] < gate * gate
                if not is_inside:
                    continue
                if n_pairs < plot_i.size:
                    total = 0.0
                    for m in range(n_models):
                        is_near = chance[m] < gate * gate  # elsewhere its innovation may be half worked out
                        by_model[n_pairs, m] = (
                            p_model[t, m] * density[t, m] * math.exp(-0.5 * chance[m]) if is_near else 0.0
                        )
                        total += by_model[n_pairs, m]
                        for k in range(3):
                            shift[n_pairs, m, k] = here[m, k] if is_near else 0.0
                    for m in range(n_models):
                        by_model[n_pairs, m] /= total
                    plot_i[n_pairs] = b
                    odds[n_pairs] = exists[t] * p_seen[t] * total / clutter
                n_pairs += 1
        first[t + 1] = n_pairs
    return n_pairs


@njit(cache=True, nogil=True, error_model="numpy")
def share_out(
    n: int, is_joint: bool, first: Ints, plot_i: Ints, odds: Floats, exists: Floats, p_seen: Floats, n_plots: int,
    p: Floats, p_new: Floats,
) -> None:  # fmt: skip
    """Chance p (E,) of each pair and p_new (P,) that a plot is of no track: jointly, or by the one best assignment."""
    missed = np.empty(n)
    for t in range(n):
        missed[t] = 1.0 - exists[t] * p_seen[t]
    if is_joint:
        marginals(first[: n + 1], plot_i, odds, missed, n_plots, p, p_new)
    else:
        nearest(first[: n + 1], plot_i, odds, missed, n_plots, p, p_new)


@njit(cache=True, nogil=True, error_model="numpy")
def correct(
    n: int, first: Ints, p: Floats, by_model: Floats, shift: Floats, gain: Floats, weight: Floats, p_seen: Floats,
    x: Floats, cov: Floats, p_model: Floats, exists: Floats, hits: Ints, n_missed: Ints,
) -> None:  # fmt: skip
    """Update the first n tracks by the plots that are theirs with chance p."""
    n_models = p_model.shape[1]
    share, now, room = np.empty(p.size), np.empty(n_models), np.empty((11, 3))
    for t in range(n):
        if p_seen[t] == 0.0:
            continue
        a, b = first[t], first[t + 1]
        taken = 0.0
        for e in range(a, b):
            taken += p[e]
        unseen = (1.0 - taken) * exists[t] * (1.0 - p_seen[t]) / (1.0 - exists[t] * p_seen[t])
        exists[t] = min(taken + unseen, MOST_EXISTS)
        unseen = unseen / (taken + unseen)
        is_hit = taken > 0.5
        hits[t] = (hits[t] << 1) | is_hit
        n_missed[t] = 0 if is_hit else n_missed[t] + 1
        total = 0.0
        for m in range(n_models):
            now[m] = unseen * p_model[t, m]
            for e in range(a, b):
                share[e] = p[e] * (1.0 - unseen) / max(taken, 1e-300) * by_model[e, m]
                now[m] += share[e]
            now[m] = max(now[m], LEAST_MODEL)
            for e in range(a, b):
                share[e] /= now[m]
            update(x[t, m], cov[t, m], gain[t, m], weight[t, m], a, b, share, shift[:, m], room)
            total += now[m]
        for m in range(n_models):
            p_model[t, m] = now[m] / total


@njit(cache=True, nogil=True, error_model="numpy")
def judge(
    n: int, by_existence: bool, firm_from: float, firm_below: float, loose_below: float, m_hits: int, of_n: int,
    most_missed_firm: int, most_missed_loose: int, exists: Floats, hits: Ints, n_missed: Ints, is_firm: Bools,
    is_kept: Bools,
) -> None:  # fmt: skip
    """Which tracks become firm and which are kept: by the chance that there is a target, or by m of the last n scans
    and a number of misses in a row."""
    for t in range(n):
        if by_existence:
            is_firm[t] = is_firm[t] or exists[t] >= firm_from
            is_kept[t] = exists[t] >= (firm_below if is_firm[t] else loose_below)
            continue
        n_hits = 0
        for k in range(of_n):
            n_hits += (hits[t] >> k) & 1
        is_firm[t] = is_firm[t] or n_hits >= m_hits
        is_kept[t] = n_missed[t] < (most_missed_firm if is_firm[t] else most_missed_loose)


@njit(cache=True, nogil=True, error_model="numpy")
def begin(
    n: int, plots: Floats, p_new: Floats, time_s: float, exists_new: float, place: Floats, axes: Floats,
    noise: Floats, speed_sigma: Floats, own: Floats, own_sigma: Floats, p_model_new: Floats, next_id: int,
    x: Floats, cov: Floats, p_model: Floats, exists: Floats, at_s: Floats, hits: Ints, n_missed: Ints, is_firm: Bools,
    track_id: Ints,
) -> int:  # fmt: skip
    """A track from every plot that belongs to none with chance over one half; returns the number of tracks."""
    for b in range(plots.shape[0]):
        if p_new[b] <= 0.5:
            continue
        for m in range(p_model.shape[1]):
            start(plots[b], place, axes, noise, x[n, m], cov[n, m])
            for k in range(3):
                cov[n, m, 3 + k, 3 + k] = speed_sigma[m] ** 2
            x[n, m, 6], cov[n, m, 6, 6] = own[m], own_sigma[m] ** 2
            p_model[n, m] = p_model_new[m]
        exists[n], at_s[n], hits[n], n_missed[n] = p_new[b] * exists_new, time_s, 1, 0
        is_firm[n], track_id[n] = False, next_id
        next_id += 1
        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def mean(rows: Ints, x: Floats, cov: Floats, p_model: Floats, x_mean: Floats, cov_mean: Floats) -> None:
    """Mean and covariance of position and velocity over the models: x_mean (K, 6), cov_mean (K, 6, 6) of rows (K,)."""
    n_models = p_model.shape[1]
    for k in range(rows.size):
        t = rows[k]
        for a in range(6):
            x_mean[k, a] = 0.0
            for b in range(6):
                cov_mean[k, a, b] = 0.0
        for m in range(n_models):
            for a in range(6):
                x_mean[k, a] += p_model[t, m] * x[t, m, a]
        for m in range(n_models):
            for a in range(6):
                apart = x[t, m, a] - x_mean[k, a]
                for b in range(6):
                    cov_mean[k, a, b] += p_model[t, m] * (cov[t, m, a, b] + apart * (x[t, m, b] - x_mean[k, b]))
