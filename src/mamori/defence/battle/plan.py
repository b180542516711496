"""The rolling optimum: which battery shoots at which threat over the next minutes, so that most worth is stopped."""

import math

import numpy as np
from numba import njit

from mamori.defence.battle.arrays import Fought, Night, Rules, Scene, Shooters, Work
from mamori.records import Floats, Ints, ThreatKind

_BALLISTIC = int(ThreatKind.BALLISTIC)
MOST_THREATS = 48
"""Threats that one plan weighs: those of the greatest worth (assumption: enough for a few minutes; bounds the time)."""
MOST_TURNS = 8
"""Salvoes that a plan gives to one channel within the horizon."""


@njit(cache=True, nogil=True)
def assign(gain: Floats) -> Ints:
    """For each row of gain (N, M), N <= M, the column that it takes, so that the sum of gains is the greatest there is.

    Source: the Hungarian method with potentials and shortest augmenting paths (Kuhn 1955, Munkres 1957), exact; the
    tests hold it against SciPy's.
    """
    n, m = gain.shape
    row_price, column_price = np.zeros(n + 1), np.zeros(m + 1)
    row_of, came_from = np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64)
    shortest, is_used = np.empty(m + 1), np.empty(m + 1, np.bool_)
    for i in range(1, n + 1):
        row_of[0] = i
        at = 0
        shortest[:] = math.inf
        is_used[:] = False
        while True:
            is_used[at] = True
            row, step, best = row_of[at], math.inf, 0
            for j in range(1, m + 1):
                if is_used[j]:
                    continue
                reduced = -gain[row - 1, j - 1] - row_price[row] - column_price[j]
                if reduced < shortest[j]:
                    shortest[j] = reduced
                    came_from[j] = at
                if shortest[j] < step:
                    step, best = shortest[j], j
            for j in range(m + 1):
                if is_used[j]:
                    row_price[row_of[j]] += step
                    column_price[j] -= step
                else:
                    shortest[j] -= step
            at = best
            if row_of[at] == 0:
                break
        while at != 0:
            before = came_from[at]
            row_of[at] = row_of[before]
            at = before
    column = np.empty(n, np.int64)
    for j in range(1, m + 1):
        if row_of[j] > 0:
            column[row_of[j] - 1] = j - 1
    return column


@njit(cache=True, nogil=True)
def _waiting(now: float, scene: Scene, rules: Rules, night: Night, work: Work, out: Fought) -> Ints:
    """Threats that a plan weighs, in order of rank: tracked, not under fire, with a launch ahead in the horizon."""
    found, n = np.empty(scene.kind.shape[0], np.int64), 0
    for t in range(scene.kind.shape[0]):
        is_waiting = False
        for q in range(scene.pair_first[t], scene.pair_first[t + 1]):
            b = scene.battery_i[q]
            is_waiting = is_waiting or (
                work.begin_s[q] <= now + rules.horizon_s
                and work.last_s[q] >= now
                and work.limit_s[q] > now
                and night.available_s[t, b] <= now
                and night.alone_from[b] > now
            )
        is_known = out.killed_s[t] <= now and not work.is_fooled[t]
        if is_waiting and not is_known and work.pending_i[t] < 0 and work.fired_at[t] < rules.max_shots:
            found[n] = t
            n += 1
    order = np.argsort(scene.rank[found[:n]])
    return found[:n][order][:MOST_THREATS]


@njit(cache=True, nogil=True)
def plan(now: float, scene: Scene, shooters: Shooters, rules: Rules, night: Night, work: Work, out: Fought) -> None:
    """Fills plan_i and plan_s of the threats that wait: battery and launch of the next salvo at each, -1 for none.

    A channel's time within the horizon is cut into turns, each as long as its battery's engagements last on average;
    a turn takes one salvo, a threat one turn. The gain of a salvo is the threat's worth times the probability that it
    stops it; of equal gains the earlier turn is taken. A battery has no more turns than salvoes, loaded or to be
    loaded in time. The assignment is exact (`assign`) for turns as assumed; a threat's second salvo is left to the plan
    of that moment: every plan is made anew at the next decision.
    Source: assumption: linear assignment as the model of one salvo each in the near future.
    """
    work.plan_i[:] = -1
    work.plan_s[:] = now + 0.125 * rules.horizon_s
    threats = _waiting(now, scene, rules, night, work, out)
    n, n_batteries = threats.shape[0], shooters.stock.shape[0]
    if n == 0:
        return
    spent, count = np.zeros(n_batteries), np.zeros(n_batteries)
    pair = np.full((n, n_batteries), -1)
    for i in range(n):
        t = threats[i]
        for q in range(scene.pair_first[t], scene.pair_first[t + 1]):
            b = scene.battery_i[q]
            if work.begin_s[q] < math.inf and work.last_s[q] >= now and night.alone_from[b] > now:
                pair[i, b] = q
                row = scene.row_first[q]
                fly_out = scene.intercept_s[row] - scene.launch_by_s[row]
                back = fly_out + shooters.turnaround_s[b] if shooters.returns[b] else 0.0
                spent[b] += fly_out + max(shooters.assess_s[b], back)
                count[b] += 1.0
    width = min(work.channel_s.shape[1], n)
    most = MOST_TURNS * width * n_batteries
    gain, start, owner = np.zeros((n, most + n)), np.empty(most), np.empty(most, np.int64)
    n_turns = 0
    for order in range(n_batteries):
        b = scene.battery_order[order]
        if count[b] == 0.0:
            continue
        length = max(1.0, spent[b] / count[b])
        salvo = shooters.salvo[b].min()
        is_loaded = work.loaded_s[b] <= now + rules.horizon_s
        turns = -(-(work.ready[b] if is_loaded else 0) // salvo)
        for k in range(MOST_TURNS):
            for c in range(min(shooters.channels[b], width)):
                at = max(now, work.channel_s[b, c], work.loaded_s[b]) + k * length
                if turns > 0 and at <= now + rules.horizon_s:
                    start[n_turns], owner[n_turns] = at, b
                    n_turns += 1
                    turns -= 1
    gain = gain[:, : n_turns + n].copy()
    for i in range(n):
        t = threats[i]
        kind = scene.kind[t]
        for j in range(n_turns):
            q, b = pair[i, owner[j]], owner[j]
            if q < 0 or (shooters.is_once[b] and work.fired_by[q] > 0):
                continue
            usable = work.ready[b]
            if kind != _BALLISTIC:
                usable = min(usable, out.stock[b] - shooters.reserve[b])
            at = max(start[j], work.begin_s[q])
            if usable <= 0 or at > min(work.last_s[q], now + rules.horizon_s) or at >= work.limit_s[q]:
                continue
            shots = min(shooters.salvo[b, kind], usable)
            p_stop = 1.0 - (1.0 - night.p_kill[b, kind]) ** (shots * shooters.attempts[b])
            gain[i, j] = scene.worth[t] * p_stop * (1.0 - 1e-6 * (at - now) / rules.horizon_s)
    column = assign(gain)
    for i in range(n):
        t, j = threats[i], column[i]
        if j < n_turns and gain[i, j] > 0.0:
            b = owner[j]
            work.plan_i[t], work.plan_s[t] = b, max(start[j], work.begin_s[pair[i, b]])
