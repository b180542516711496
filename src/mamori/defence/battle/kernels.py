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
    # Bound once: every look into a tuple of arrays counts references.
    kind, pair_first, battery_i, row_first = scene.kind, scene.pair_first, scene.battery_i, scene.row_first
    launch_by_s, rank = scene.launch_by_s, scene.rank
    stock, magazine, channels, reaction_s = shooters.stock, shooters.magazine, shooters.channels, shooters.reaction_s
    available_s, until_s, alive_until, alone_from = (
        night.available_s,
        night.until_s,
        night.alive_until,
        night.alone_from,
    )
    ready, loaded_s, channel_s, free_s = work.ready, work.loaded_s, work.channel_s, work.free_s
    fired_at, killer_i, plan_i, all_begin_s = work.fired_at, work.killer_i, work.plan_i, work.begin_s
    all_last_s, all_limit_s, fired_by, busy_s = work.last_s, work.limit_s, work.fired_by, work.busy_s
    time_s, heap, pending_i, meets_s = work.time_s, work.heap, work.pending_i, work.meets_s
    is_fooled, since_s = work.is_fooled, work.since_s
    left, killed_s, is_held = out.stock, out.killed_s, out.is_held
    n_threats = kind.shape[0]
    for b in range(stock.shape[0]):
        left[b] = stock[b]
        ready[b] = min(magazine[b], stock[b])
        loaded_s[b] = -math.inf
        for c in range(channel_s.shape[1]):
            channel_s[b, c] = -math.inf if c < channels[b] else math.inf
        free_s[b] = -math.inf if min(channels[b], channel_s.shape[1]) > 0 else math.inf
    n = 0
    for t in range(n_threats):
        killed_s[t], is_held[t] = math.inf, False
        fired_at[t], killer_i[t], plan_i[t] = 0, -1, -1
        first_s = math.inf
        for q in range(pair_first[t], pair_first[t + 1]):
            b, start, stop = battery_i[q], row_first[q], row_first[q + 1]
            begin_s, last_s = math.inf, -math.inf
            if stop > start:
                begin_s = max(available_s[t, b] + reaction_s[b], launch_by_s[start])
                last_s = launch_by_s[stop - 1]
            limit_s = min(until_s[t, b], alive_until[b])
            if begin_s > last_s or begin_s >= limit_s:
                begin_s = math.inf
            all_begin_s[q], all_last_s[q], all_limit_s[q] = begin_s, last_s, limit_s
            fired_by[q], busy_s[q] = 0, -math.inf
            if begin_s < alone_from[b]:
                first_s = min(first_s, begin_s)
            if begin_s < math.inf and alone_from[b] < math.inf:
                time_s[n_threats + q] = max(begin_s, alone_from[b])
                heap[n] = n_threats + q
                n += 1
        if first_s < math.inf:
            time_s[t] = first_s
            heap[n] = t
            n += 1
    for k in range(n):
        e = heap[k]
        pending_i[e], meets_s[e], is_fooled[e] = -1, math.inf, False
        since_s[e] = time_s[e] if rules.engage == _FIRST_COME else 0.0
    order(heap, n, time_s, since_s, rank)
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
    # Bound once: every look into a tuple of arrays counts references.
    kinds, threat_i, pair_first, battery_i = scene.kind, scene.threat_i, scene.pair_first, scene.battery_i
    luck_key, row_first, intercept_s, launch_by_s = (
        scene.luck_key,
        scene.row_first,
        scene.intercept_s,
        scene.launch_by_s,
    )
    is_joined, battery_rank, ease, rank = scene.is_joined, scene.battery_rank, scene.ease, scene.rank
    p_kill_unseen, p_miss_unseen, assess_s, is_once = (
        shooters.p_kill_unseen,
        shooters.p_miss_unseen,
        shooters.assess_s,
        shooters.is_once,
    )
    reserve, leaves_to_lower, cost, salvo = shooters.reserve, shooters.leaves_to_lower, shooters.cost, shooters.salvo
    n_attempts, magazine, reload_s, returns = shooters.attempts, shooters.magazine, shooters.reload_s, shooters.returns
    turnaround_s = shooters.turnaround_s
    alone_from, p_kill, alive_until = night.alone_from, night.p_kill, night.alive_until
    heap, time_s, pending_i, meets_s = work.heap, work.time_s, work.pending_i, work.meets_s
    fired_by, is_fooled, since_s, fired_at = work.fired_by, work.is_fooled, work.since_s, work.fired_at
    ready, begin_s, free_s, loaded_s = work.ready, work.begin_s, work.free_s, work.loaded_s
    channel_s = work.channel_s
    busy_s, last_s, limit_s, plan_i = work.busy_s, work.last_s, work.limit_s, work.plan_i
    plan_s, killer_i = work.plan_s, work.killer_i
    killed_s, stock, is_held, salvo_battery_i = out.killed_s, out.stock, out.is_held, out.battery_i
    salvo_threat_i, salvo_launch_s, salvo_intercept_s, n_shots = (
        out.threat_i,
        out.launch_s,
        out.intercept_s,
        out.n_shots,
    )
    p_shot, is_kill = out.p_shot, out.is_kill
    n_threats, n_salvoes = kinds.shape[0], 0
    n = begin(scene, shooters, rules, night, work, out)
    planned_s = -math.inf
    while n > 0:
        e = heap[0]
        now = time_s[e]
        is_alone = e >= n_threats
        t = threat_i[e - n_threats] if is_alone else e
        kind = kinds[t]
        is_over = False
        if pending_i[e] >= 0:
            b = pending_i[e]
            pending_i[e] = -1
            is_gone = killed_s[t] <= meets_s[e]
            p_wrong = p_kill_unseen[b] if is_gone else p_miss_unseen[b]
            is_wrong = False
            if p_wrong > 0.0:
                for q in range(pair_first[t], pair_first[t + 1]):
                    if battery_i[q] == b:
                        is_wrong = uniform(seed, replica, _DEFENCE, luck_key[q], _LOOK + fired_by[q]) < p_wrong
            is_over = is_gone != is_wrong
            is_fooled[e] = is_gone and is_wrong
            if rules.engage == _FIRST_COME:
                since_s[e] = now
        elif not is_fooled[e]:
            wait_s = assess_s[battery_i[e - n_threats]] if is_alone else 0.0
            is_over = killed_s[t] + wait_s <= now
        left = rules.max_shots - (fired_by[e - n_threats] if is_alone else fired_at[t])
        later, best, best_meets, best_ease, best_shots = math.inf, -1, math.inf, 1.0, 0
        if not is_over and left > 0:
            if rules.engage == _ROLLING and not is_alone and planned_s != now:
                plan(now, scene, shooters, rules, night, work, out)
                planned_s = now
            first = e - n_threats if is_alone else pair_first[t]
            stop_q = first + 1 if is_alone else pair_first[t + 1]
            for q in range(first, stop_q):
                b = battery_i[q]
                if ready[b] <= 0 or (not is_alone and now >= alone_from[b]):
                    continue
                wanted = max(begin_s[q], free_s[b], loaded_s[b])
                if is_alone:
                    wanted = max(wanted, busy_s[q])
                if wanted > last_s[q] or wanted >= limit_s[q]:
                    continue
                if is_once[b] and fired_by[q] > 0:
                    continue
                if wanted > now:
                    later = min(later, wanted)
                    continue
                at, meets, row, share = launch(
                    now,
                    row_first[q],
                    row_first[q + 1],
                    intercept_s,
                    launch_by_s,
                    is_joined,
                )
                if at == math.inf or at >= limit_s[q]:
                    continue
                if at > now:
                    later = min(later, at)
                    continue
                usable = ready[b]
                if kind != _BALLISTIC:
                    usable = min(usable, stock[b] - reserve[b])
                if usable <= 0:
                    is_held[t] = True
                    continue
                if leaves_to_lower[b] and not is_alone:
                    until = lower_until(t, b, now, scene, shooters, night, work, stock)
                    if until >= now:
                        is_held[t] = True
                        later = min(later, np.nextafter(until, math.inf))
                        continue
                if rules.engage == _ROLLING and not is_alone and (plan_i[t] != b or plan_s[t] > now):
                    is_held[t] = True
                    again = plan_s[t] if plan_s[t] > now else now + 0.125 * rules.horizon_s
                    later = min(later, min(again, last_s[q]) if last_s[q] > now else again)
                    continue
                if best >= 0:
                    rival = battery_i[best]
                    is_better = meets < best_meets
                    if meets == best_meets:
                        is_better = cost[b] < cost[rival] or (
                            cost[b] == cost[rival] and battery_rank[b] < battery_rank[rival]
                        )
                    if not is_better:
                        continue
                best, best_meets, best_shots = q, meets, min(salvo[b, kind], usable, left)
                best_ease = ease[row]
                if share < 1.0:
                    best_ease = ease[row - 1] + share * (ease[row] - ease[row - 1])
        if best < 0:
            time_s[e] = later
            if later == math.inf:
                n -= 1
                heap[0] = heap[n]
            sink(heap, n, 0, time_s, since_s, rank)
            continue
        b = battery_i[best]
        chance = p_kill[b, kind] * best_ease
        is_stopped = False
        for _ in range(best_shots):
            attempts = n_attempts[b]
            for attempt in range(fired_by[best] * attempts, (fired_by[best] + 1) * attempts):
                luck = uniform(seed, replica, _DEFENCE, luck_key[best], attempt)
                is_stopped = is_stopped or luck < chance
            fired_by[best] += 1
        if is_stopped and alive_until[b] >= best_meets and best_meets < killed_s[t]:
            killed_s[t] = best_meets
            killer_i[t] = n_salvoes
        assessed_s = best_meets + assess_s[b]
        if not is_alone:
            fired_at[t] += best_shots
        busy_s[best] = assessed_s
        ready[b] -= best_shots
        stock[b] -= best_shots
        if ready[b] == 0 and stock[b] > 0:
            ready[b] = min(magazine[b], stock[b])
            loaded_s[b] = now + reload_s[b]
        busy_until = best_meets if is_once[b] else assessed_s
        if returns[b]:
            busy_until = max(busy_until, best_meets + (best_meets - now) + turnaround_s[b])
        _occupy(b, busy_until, channel_s, free_s)
        salvo_battery_i[n_salvoes], salvo_threat_i[n_salvoes] = b, t
        salvo_launch_s[n_salvoes], salvo_intercept_s[n_salvoes] = now, best_meets
        n_shots[n_salvoes], p_shot[n_salvoes] = best_shots, chance
        n_salvoes += 1
        pending_i[e], meets_s[e], time_s[e] = b, best_meets, assessed_s
        is_fooled[e] = False
        if killed_s[t] <= best_meets and p_kill_unseen[b] <= 0.0:
            # The look can only find it gone: no need to wait for it.
            n -= 1
            heap[0] = heap[n]
        sink(heap, n, 0, time_s, since_s, rank)
    for s in range(n_salvoes):
        is_kill[s] = killer_i[salvo_threat_i[s]] == s
    return n_salvoes


@njit(cache=True, nogil=True)
def _occupy(b: int, busy_until: float, channel_s: Floats, free_s: Floats) -> None:
    """Take the battery's first free channel until then."""
    used, first, second = 0, math.inf, math.inf
    for c in range(channel_s.shape[1]):
        free = channel_s[b, c]
        if free < first:
            used, second, first = c, first, free
        elif free < second:
            second = free
    channel_s[b, used] = busy_until
    free_s[b] = min(second, busy_until)
