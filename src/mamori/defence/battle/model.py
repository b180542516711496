"""How one raid's engagements go: what no die changes as a `Scene`, then the fight of each replica."""

import numpy as np

from mamori.defence.battle import kernels
from mamori.defence.battle.arrays import Engage, Fought, Night, Rules, Scene, Shooters, Work
from mamori.defence.model import BatteryTable, DefenceRules, Opportunities
from mamori.maths.luck import pair_key
from mamori.records import Engagements, Floats, Ints, Worth


def scene(opp: Opportunities, batteries: BatteryTable, kind: Ints, key: Ints, worth: Worth) -> Scene:
    """What the fights of all replicas have in common.

    kind, key: (T,) ThreatKind and luck key of each threat
    """
    n_batteries = len(batteries.id)
    by_worth = np.lexsort((key, -worth.threat))
    order = np.argsort(batteries.key, kind="stable").astype(np.int64)
    threat_rank, battery_rank = np.empty(len(key), np.int64), np.empty(n_batteries, np.int64)
    threat_rank[by_worth], battery_rank[order] = np.arange(len(key)), np.arange(n_batteries)
    threat_rank *= n_batteries + 1
    alone = threat_rank[opp.threat_i] + 1 + battery_rank[opp.battery_i]
    pairs = zip(batteries.key[opp.battery_i].tolist(), key[opp.threat_i].tolist(), strict=True)
    return Scene(
        pair_first=opp.pair_first,
        battery_i=opp.battery_i,
        threat_i=opp.threat_i,
        row_first=opp.first,
        intercept_s=opp.intercept_s,
        launch_by_s=opp.launch_by_s,
        is_joined=opp.is_joined,
        ease=np.ones(len(opp.intercept_s)) if opp.ease is None else opp.ease,
        luck_key=np.array([pair_key(b, t) for b, t in pairs], dtype=np.int64),
        kind=kind,
        worth=worth.threat,
        rank=np.concatenate([threat_rank, alone]),
        battery_order=order,
        battery_rank=battery_rank,
    )


def shooters(batteries: BatteryTable) -> Shooters:
    """The batteries as the loops take them."""
    return Shooters(
        reaction_s=batteries.reaction_s,
        channels=batteries.channels,
        magazine=batteries.magazine,
        stock=batteries.stock,
        reload_s=batteries.reload_s,
        salvo=batteries.shots_per_salvo,
        attempts=batteries.attempts,
        is_once=batteries.is_once,
        assess_s=batteries.assess_s,
        p_kill_unseen=batteries.p_kill_unseen,
        p_miss_unseen=batteries.p_miss_unseen,
        returns=batteries.returns,
        turnaround_s=batteries.turnaround_s,
        cost=batteries.cost_per_shot_eur,
        tier=batteries.tier,
        leaves_to_lower=batteries.leaves_to_lower,
        reserve=batteries.reserve,
    )


def space(n_threats: int, n_pairs: int, batteries: BatteryTable, most_shots: int) -> tuple[Work, Fought]:
    """Work space and results of one replica, to be used again by the next."""
    n_most = min(int(batteries.stock.sum()), (n_threats + n_pairs) * most_shots)
    n_batteries, n_actors = len(batteries.id), n_threats + n_pairs
    n_channels = min(n_most, int(batteries.channels.max(initial=0)))

    def floats(n: int) -> Floats:
        return np.empty(n)

    def ints(n: int) -> Ints:
        return np.empty(n, np.int64)

    work = Work(
        time_s=floats(n_actors),
        since_s=floats(n_actors),
        pending_i=np.full(n_actors, -1, np.int64),
        meets_s=floats(n_actors),
        is_fooled=np.zeros(n_actors, np.bool_),
        heap=ints(n_actors),
        begin_s=floats(n_pairs),
        last_s=floats(n_pairs),
        limit_s=floats(n_pairs),
        fired_by=ints(n_pairs),
        busy_s=floats(n_pairs),
        fired_at=ints(n_threats),
        killer_i=ints(n_threats),
        plan_i=ints(n_threats),
        plan_s=floats(n_threats),
        free_s=floats(n_batteries),
        loaded_s=floats(n_batteries),
        ready=ints(n_batteries),
        channel_s=np.empty((n_batteries, n_channels)),
    )
    out = Fought(
        battery_i=ints(n_most),
        threat_i=ints(n_most),
        launch_s=floats(n_most),
        intercept_s=floats(n_most),
        n_shots=ints(n_most),
        p_shot=floats(n_most),
        is_kill=np.empty(n_most, np.bool_),
        killed_s=floats(n_threats),
        is_held=np.empty(n_threats, np.bool_),
        stock=ints(n_batteries),
    )
    return work, out


def engage(
    raid: Scene,
    batteries: BatteryTable,
    rules: DefenceRules,
    available_s: Floats,
    until_s: Floats,
    alive_until: Floats,
    alone_from: Floats,
    p_kill: Floats,
    seed: int,
    replica: int,
) -> Engagements:
    """The engagements of one replica.

    available_s, until_s: (T, B) of `track_times`; alive_until: (B,) when the battery is lost, inf for never
    alone_from: (B,) of `model.alone_from`; p_kill: (B, K) of `raid_p_kill`

    A battery can launch at a threat once it has the track and has reacted, while it lives and keeps the track, with a
    free channel and a loaded shot, and in time for an intercept in its envelope. The threat is taken on at the first
    moment that any battery can launch; of several at the same moment by the one that meets it first, then the cheaper,
    then by key. A channel is busy until the kill assessment, or until what was sent is back and turned round if that
    is later. Batteries that act together have one salvo at a time in the air at a threat; the next decision follows its
    assessment, which may take a kill for a miss (further shots are spent) or a miss for a kill (the threat is left
    alone for good). Whoever acts alone counts only its own salvoes, and sees a threat gone that others stopped once it
    has looked for as long as an assessment takes. A salvo whose battery is lost before the intercept is lost too.
    Each attempt of a shot of a pair has its own draw, numbered in firing order; a shot's further attempts take no time
    (assumption: short beside its way out).

    Who may not fire though it could: a battery that fires once only and has; one whose last shots are kept for
    ballistic threats; one that leaves the threat to a lower tier that has a shot and a launch ahead (whether it will
    have a track then is not asked).

    Of threats due at one moment, `rules.engage` says which comes first. first-come: who has waited longest, then by
    worth. worth: by worth. rolling: by worth, and a battery fires only as the plan of that moment says (`plan.plan`);
    what the plan leaves for later or for nobody waits. Ties fall by key: the order of the file decides nothing.
    """
    work, out = space(len(raid.kind), len(raid.battery_i), batteries, rules.max_shots_per_threat)
    n = kernels.fight(
        raid, shooters(batteries), Rules(int(rules.engage), rules.horizon_s, rules.max_shots_per_threat),
        Night(p_kill, available_s, until_s, alive_until, alone_from), seed, replica, work, out,
    )  # fmt: skip
    return Engagements(
        battery_i=out.battery_i[:n].copy(),
        threat_i=out.threat_i[:n].copy(),
        launch_s=out.launch_s[:n].copy(),
        intercept_s=out.intercept_s[:n].copy(),
        n_shots=out.n_shots[:n].copy(),
        p_kill=out.p_shot[:n].copy(),
        is_kill=out.is_kill[:n].copy(),
        killed_s=out.killed_s,
        is_held=out.is_held,
        magazine_left=out.stock,
    )


def chances(raid: Scene, batteries: BatteryTable, available_s: Floats, until_s: Floats, alive_until: Floats) -> Ints:
    """How many batteries could have launched at each threat in time: (T,).

    Arguments as in `engage`. Counted are those that had a track and had reacted before their last launch, while they
    lived and kept the track; whether a channel and a shot were free is not asked.
    """
    n_pairs = len(raid.battery_i)
    found = np.zeros(len(raid.kind), np.int64)
    if n_pairs == 0:
        return found
    t, b = raid.threat_i, raid.battery_i
    first_s, last_s = raid.launch_by_s[raid.row_first[:-1]], raid.launch_by_s[raid.row_first[1:] - 1]
    begin_s = np.maximum(available_s[t, b] + batteries.reaction_s[b], first_s)
    is_able = (begin_s <= last_s) & (begin_s < np.minimum(until_s[t, b], alive_until[b]))
    np.add.at(found, t[is_able], 1)
    return found


__all__ = ["Engage", "chances", "engage", "scene", "shooters", "space"]
