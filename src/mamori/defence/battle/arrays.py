"""What the battle's compiled loops take: arrays under names, so that a loop of thirty of them can be read.

Letters in shapes as in `records`; Q pairs of battery and threat, R rows of possible intercepts, E = T + Q actors: first
one a threat for all batteries that act together, then one a pair for a battery that acts alone.
"""

from enum import IntEnum
from typing import NamedTuple

from mamori.records import Bools, Floats, Ints


class Engage(IntEnum):
    """Whom to engage first when several wait for one channel."""

    FIRST_COME = 0
    WORTH = 1
    ROLLING = 2


class Scene(NamedTuple):
    """What no die changes of one raid.

    pair_first: (T + 1,); battery_i, threat_i: (Q,); row_first: (Q + 1,); intercept_s, launch_by_s, is_joined: (R,)
    ease: (R,) share of its kill probability that a shot has there; luck_key: (Q,)
    kind: (T,); worth: (T,); rank: (E,) order among equals, all different; battery_order: (B,) batteries by key
    battery_rank: (B,) place of each in that order
    """

    pair_first: Ints
    battery_i: Ints
    threat_i: Ints
    row_first: Ints
    intercept_s: Floats
    launch_by_s: Floats
    is_joined: Bools
    ease: Floats
    luck_key: Ints
    kind: Ints
    worth: Floats
    rank: Ints
    battery_order: Ints
    battery_rank: Ints


class Shooters(NamedTuple):
    """Of `model.BatteryTable` what the fight needs, (B,) or (B, K)."""

    reaction_s: Floats
    channels: Ints
    magazine: Ints
    stock: Ints
    reload_s: Floats
    salvo: Ints
    attempts: Ints
    is_once: Bools
    assess_s: Floats
    p_kill_unseen: Floats
    p_miss_unseen: Floats
    returns: Bools
    turnaround_s: Floats
    cost: Floats
    tier: Ints
    leaves_to_lower: Bools
    reserve: Ints


class Rules(NamedTuple):
    """engage: code of `Engage`; horizon_s: of the rolling optimum; max_shots: at one threat, of all that act together,
    and of each that acts alone."""

    engage: int
    horizon_s: float
    max_shots: int


class Night(NamedTuple):
    """What one replica drew.

    p_kill: (B, K); available_s, until_s: (T, B); alive_until: (B,); alone_from: (B,) from when a battery acts alone,
    inf for never
    """

    p_kill: Floats
    available_s: Floats
    until_s: Floats
    alive_until: Floats
    alone_from: Floats


class Work(NamedTuple):
    """Work space, of any content on entry.

    By actor (E,): time_s of its next decision, since_s when it fell due, pending_i battery whose salvo is to be
    assessed (-1 none), meets_s of that salvo, is_fooled whether a kill was taken for a miss, heap the actors by time
    By pair (Q,): begin_s first moment it could be shot at, last_s the last, limit_s end of track or battery, fired
    shots, busy_s until when its own last salvo is not assessed
    By threat (T,): fired shots of all together, killer_i the salvo; plan_i, plan_s battery and launch of the plan
    By battery (B,): free_s of its first free channel, loaded_s of its load, ready shots; channel_s: (B, C)
    """

    time_s: Floats
    since_s: Floats
    pending_i: Ints
    meets_s: Floats
    is_fooled: Bools
    heap: Ints
    begin_s: Floats
    last_s: Floats
    limit_s: Floats
    fired_by: Ints
    busy_s: Floats
    fired_at: Ints
    killer_i: Ints
    plan_i: Ints
    plan_s: Floats
    free_s: Floats
    loaded_s: Floats
    ready: Ints
    channel_s: Floats


class Fought(NamedTuple):
    """Results: a row a salvo as in `records.Engagements`, killed_s: (T,), is_held: (T,), stock: (B,) left."""

    battery_i: Ints
    threat_i: Ints
    launch_s: Floats
    intercept_s: Floats
    n_shots: Ints
    p_shot: Floats
    is_kill: Bools
    killed_s: Floats
    is_held: Bools
    stock: Ints
