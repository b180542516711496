"""One replica's engagements, event by event.

Slots of luck, stage DEFENCE, by pair: attempts of its shots in firing order from 0; the look after its n-th shot,
2**40 + n.
"""

import math

import numpy as np
from numba import njit

from mamori.defence.battle.arrays import Fought, Night, Rules, Scene, Shooters, Work
from mamori.defence.battle.plan import plan
from mamori.defence.battle.queue import order, sink
from mamori.maths.luck import Stage, uniform
from mamori.records import Bools, Floats, Ints, ThreatKind

_DEFENCE = int(Stage.DEFENCE)
_BALLISTIC = int(ThreatKind.BALLISTIC)
_FIRST_COME, _ROLLING = 0, 2
_LOOK = 1 << 40


@njit(cache=True, nogil=True)
def launch(
    not_before: float, start: int, stop: int, intercept_s: Floats, launch_by_s: Floats, is_joined: Bools
) -> tuple[float, float, int, float]:
    """First launch at or after a time that can still meet the threat, and its intercept; inf where there is none.

    The last two say where between the rows that is: row and share of the way to it from the row before.
    """
    if start == stop or launch_by_s[stop - 1] < not_before:
        return math.inf, math.inf, start, 1.0
    low, high = start, stop - 1
    while low < high:
        middle = (low + high) // 2
        if launch_by_s[middle] >= not_before:
            high = middle
        else:
            low = middle + 1
    if low > start and is_joined[low]:
        share = (not_before - launch_by_s[low - 1]) / (launch_by_s[low] - launch_by_s[low - 1])
        return not_before, intercept_s[low - 1] + share * (intercept_s[low] - intercept_s[low - 1]), low, share
    return launch_by_s[low], intercept_s[low], low, 1.0


@njit(cache=True, nogil=True)
def begin(scene: Scene, shooters: Shooters, rules: Rules, night: Night, work: Work, out: Fought) -> int:
    """Everything as it is before the first launch; returns the number of actors with a decision ahead."""
    n_threats = scene.kind.shape[0]
    for b in range(shooters.stock.shape[0]):
        out.stock[b] = shooters.stock[b]
        work.ready[b] = min(shooters.magazine[b], shooters.stock[b])
        work.loaded_s[b] = -math.inf
        for c in range(work.channel_s.shape[1]):
            work.channel_s[b, c] = -math.inf if c < shooters.channels[b] else math.inf
        work.free_s[b] = -math.inf if min(shooters.channels[b], work.channel_s.shape[1]) > 0 else math.inf
    n = 0
    for t in range(n_threats):
        out.killed_s[t], out.is_held[t] = math.inf, False
        work.fired_at[t], work.killer_i[t], work.plan_i[t] = 0, -1, -1
        first_s = math.inf
        for q in range(scene.pair_first[t], scene.pair_first[t + 1]):
            b, start, stop = scene.battery_i[q], scene.row_first[q], scene.row_first[q + 1]
            begin_s, last_s = math.inf, -math.inf
            if stop > start:
                begin_s = max(night.available_s[t, b] + shooters.reaction_s[b], scene.launch_by_s[start])
                last_s = scene.launch_by_s[stop - 1]
            limit_s = min(night.until_s[t, b], night.alive_until[b])
            if begin_s > last_s or begin_s >= limit_s:
                begin_s = math.inf
            work.begin_s[q], work.last_s[q], work.limit_s[q] = begin_s, last_s, limit_s
            work.fired_by[q], work.busy_s[q] = 0, -math.inf
            if begin_s < night.alone_from[b]:
                first_s = min(first_s, begin_s)
            if begin_s < math.inf and night.alone_from[b] < math.inf:
                work.time_s[n_threats + q] = max(begin_s, night.alone_from[b])
                work.heap[n] = n_threats + q
                n += 1
        if first_s < math.inf:
            work.time_s[t] = first_s
            work.heap[n] = t
            n += 1
    for k in range(n):
        e = work.heap[k]
        work.pending_i[e], work.meets_s[e], work.is_fooled[e] = -1, math.inf, False
        work.since_s[e] = work.time_s[e] if rules.engage == _FIRST_COME else 0.0
    order(work.heap, n, work.time_s, work.since_s, scene.rank)
    return n


@njit(cache=True, nogil=True)
def lower_until(
    t: int, above: int, now: float, scene: Scene, shooters: Shooters, night: Night, work: Work, stock: Ints
) -> float:
    """Until when a battery of a lower tier, of those that act together, has a launch at the threat ahead; -inf if none
    has."""
    until = -math.inf
    for q in range(scene.pair_first[t], scene.pair_first[t + 1]):
        b = scene.battery_i[q]
        spare = 0 if scene.kind[t] == _BALLISTIC else shooters.reserve[b]
        is_able = shooters.tier[b] < shooters.tier[above] and shooters.channels[b] > 0 and stock[b] > spare
        if is_able and min(night.alone_from[b], night.alive_until[b]) > now:
            until = max(until, work.last_s[q])
    return until


@njit(cache=True, nogil=True)
def fight(
    scene: Scene, shooters: Shooters, rules: Rules, night: Night, seed: int, replica: int, work: Work, out: Fought
) -> int:
    """One replica; returns the number of salvoes, whose rows of `out` are filled. See `model.engage`."""
    n_threats, n_salvoes = scene.kind.shape[0], 0
    n = begin(scene, shooters, rules, night, work, out)
    planned_s = -math.inf
    while n > 0:
        e = work.heap[0]
        now = work.time_s[e]
        is_alone = e >= n_threats
        t = scene.threat_i[e - n_threats] if is_alone else e
        kind = scene.kind[t]
        is_over = False
        if work.pending_i[e] >= 0:
            b = work.pending_i[e]
            work.pending_i[e] = -1
            is_gone = out.killed_s[t] <= work.meets_s[e]
            p_wrong = shooters.p_kill_unseen[b] if is_gone else shooters.p_miss_unseen[b]
            is_wrong = False
            if p_wrong > 0.0:
                for q in range(scene.pair_first[t], scene.pair_first[t + 1]):
                    if scene.battery_i[q] == b:
                        is_wrong = (
                            uniform(seed, replica, _DEFENCE, scene.luck_key[q], _LOOK + work.fired_by[q]) < p_wrong
                        )
            is_over = is_gone != is_wrong
            work.is_fooled[e] = is_gone and is_wrong
            if rules.engage == _FIRST_COME:
                work.since_s[e] = now
        elif not work.is_fooled[e]:
            wait_s = shooters.assess_s[scene.battery_i[e - n_threats]] if is_alone else 0.0
            is_over = out.killed_s[t] + wait_s <= now
        left = rules.max_shots - (work.fired_by[e - n_threats] if is_alone else work.fired_at[t])
        later, best, best_meets, best_ease, best_shots = math.inf, -1, math.inf, 1.0, 0
        if not is_over and left > 0:
            if rules.engage == _ROLLING and not is_alone and planned_s != now:
                plan(now, scene, shooters, rules, night, work, out)
                planned_s = now
            first = e - n_threats if is_alone else scene.pair_first[t]
            stop_q = first + 1 if is_alone else scene.pair_first[t + 1]
            for q in range(first, stop_q):
                b = scene.battery_i[q]
                if work.ready[b] <= 0 or (not is_alone and now >= night.alone_from[b]):
                    continue
                wanted = max(work.begin_s[q], work.free_s[b], work.loaded_s[b])
                if is_alone:
                    wanted = max(wanted, work.busy_s[q])
                if wanted > work.last_s[q] or wanted >= work.limit_s[q]:
                    continue
                if shooters.is_once[b] and work.fired_by[q] > 0:
                    continue
                if wanted > now:
                    later = min(later, wanted)
                    continue
                at, meets, row, share = launch(
                    now,
                    scene.row_first[q],
                    scene.row_first[q + 1],
                    scene.intercept_s,
                    scene.launch_by_s,
                    scene.is_joined,
                )
                if at == math.inf or at >= work.limit_s[q]:
                    continue
                if at > now:
                    later = min(later, at)
                    continue
                usable = work.ready[b]
                if kind != _BALLISTIC:
                    usable = min(usable, out.stock[b] - shooters.reserve[b])
                if usable <= 0:
                    out.is_held[t] = True
                    continue
                if shooters.leaves_to_lower[b] and not is_alone:
                    until = lower_until(t, b, now, scene, shooters, night, work, out.stock)
                    if until >= now:
                        out.is_held[t] = True
                        later = min(later, np.nextafter(until, math.inf))
                        continue
                if rules.engage == _ROLLING and not is_alone and (work.plan_i[t] != b or work.plan_s[t] > now):
                    out.is_held[t] = True
                    again = work.plan_s[t] if work.plan_s[t] > now else now + 0.125 * rules.horizon_s
                    later = min(later, min(again, work.last_s[q]) if work.last_s[q] > now else again)
                    continue
                if best >= 0:
                    rival = scene.battery_i[best]
                    is_better = meets < best_meets
                    if meets == best_meets:
                        is_better = shooters.cost[b] < shooters.cost[rival] or (
                            shooters.cost[b] == shooters.cost[rival]
                            and scene.battery_rank[b] < scene.battery_rank[rival]
                        )
                    if not is_better:
                        continue
                best, best_meets, best_shots = q, meets, min(shooters.salvo[b, kind], usable, left)
                best_ease = scene.ease[row]
                if share < 1.0:
                    best_ease = scene.ease[row - 1] + share * (scene.ease[row] - scene.ease[row - 1])
        if best < 0:
            work.time_s[e] = later
            if later == math.inf:
                n -= 1
                work.heap[0] = work.heap[n]
            sink(work.heap, n, 0, work.time_s, work.since_s, scene.rank)
            continue
        b = scene.battery_i[best]
        chance = night.p_kill[b, kind] * best_ease
        is_stopped = False
        for _ in range(best_shots):
            attempts = shooters.attempts[b]
            for attempt in range(work.fired_by[best] * attempts, (work.fired_by[best] + 1) * attempts):
                luck = uniform(seed, replica, _DEFENCE, scene.luck_key[best], attempt)
                is_stopped = is_stopped or luck < chance
            work.fired_by[best] += 1
        if is_stopped and night.alive_until[b] >= best_meets and best_meets < out.killed_s[t]:
            out.killed_s[t] = best_meets
            work.killer_i[t] = n_salvoes
        assessed_s = best_meets + shooters.assess_s[b]
        if not is_alone:
            work.fired_at[t] += best_shots
        work.busy_s[best] = assessed_s
        work.ready[b] -= best_shots
        out.stock[b] -= best_shots
        if work.ready[b] == 0 and out.stock[b] > 0:
            work.ready[b] = min(shooters.magazine[b], out.stock[b])
            work.loaded_s[b] = now + shooters.reload_s[b]
        busy_until = best_meets if shooters.is_once[b] else assessed_s
        if shooters.returns[b]:
            busy_until = max(busy_until, best_meets + (best_meets - now) + shooters.turnaround_s[b])
        _occupy(b, busy_until, work)
        out.battery_i[n_salvoes], out.threat_i[n_salvoes] = b, t
        out.launch_s[n_salvoes], out.intercept_s[n_salvoes] = now, best_meets
        out.n_shots[n_salvoes], out.p_shot[n_salvoes] = best_shots, chance
        n_salvoes += 1
        work.pending_i[e], work.meets_s[e], work.time_s[e] = b, best_meets, assessed_s
        work.is_fooled[e] = False
        sink(work.heap, n, 0, work.time_s, work.since_s, scene.rank)
    for s in range(n_salvoes):
        out.is_kill[s] = work.killer_i[out.threat_i[s]] == s
    return n_salvoes


@njit(cache=True, nogil=True)
def _occupy(b: int, busy_until: float, work: Work) -> None:
    """Take the battery's first free channel until then."""
    used, first, second = 0, math.inf, math.inf
    for c in range(work.channel_s.shape[1]):
        free = work.channel_s[b, c]
        if free < first:
            used, second, first = c, first, free
        elif free < second:
            second = free
    work.channel_s[b, used] = busy_until
    work.free_s[b] = min(second, busy_until)
