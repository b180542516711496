"""Why a threat got through: the link of the chain from sight to kill that failed."""

from enum import IntEnum

import numpy as np

from mamori.defence.battle import why
from mamori.defence.model import BatteryTable, DefenceRules, Opportunities
from mamori.records import Bools, Engagements, Floats, Ints


class Reason(IntEnum):
    """Links of the chain from sight to kill, in order; the one that fails is why a threat got through."""

    NOT_SEEN = 0  # no sensor ever confirmed a track of it
    OUT_OF_REACH = 1  # its path crosses the envelope of no battery that may engage its kind
    TOO_LATE = 2  # the latest launch was past before a battery had a track and had reacted
    LOST_FROM_SIGHT = 3  # tracked in time, but no sensor saw it any more when it came into reach
    SILENCED = 4  # it would have been in time, but battery, command post or sensors were lost by then
    HELD_BACK = 5  # a battery could have fired, and doctrine, a reserve, the plan or the rules of engagement held it
    NO_SHOT = 6  # in time, but the battery's magazine was spent or being reloaded for as long as it could have launched
    NO_CHANNEL = 7  # in time and loaded, but every channel was busy
    MISSED = 8  # engaged, and no salvo stopped it

    @property
    def text(self) -> str:
        """As tables have it: "not seen"."""
        return self.name.lower().replace("_", " ")


def reasons(
    opp: Opportunities,
    batteries: BatteryTable,
    rules: DefenceRules,
    fought: Engagements,
    leaks: Bools,
    is_tracked: Bools,
    available_s: Floats,
    until_s: Floats,
    unharmed_s: Floats,
    sight_s: Floats,
    alive_until: Floats,
) -> Ints:
    """Why each threat got through that did: (T,) `Reason`, -1 for the others. Exactly one each.

    leaks: (T,) came down working; is_tracked: (T,) some sensor confirmed a track; fought, available_s, until_s,
    alive_until: of `battle.model.engage`
    unharmed_s, sight_s: (T, B) as available_s and until_s, had nothing been lost, before the raid or in it

    Precedence: a threat passes as far along the chain as the battery that came nearest to stopping it. One that was
    engaged was missed. One at which a battery could have fired that its doctrine held was held back. One that no
    sensor tracked was not seen, wherever it flew. Otherwise each battery whose envelope it crosses failed at the first
    link that it could not pass, in the order of `Reason`, and the last of these links is the reason: if one battery
    was too late and another had its magazine empty, the magazine is. So each reason says what would have to be better
    for a launch, though not that nothing else would have stood in its way afterwards.
    A battery of which some moment in its window was in time and found a loaded shot had no free channel then, or it
    would have fired: the magazine is the reason only where there was no such moment.
    Source: an account of `battle.model.engage`, exact under its rules.
    """
    order = np.argsort(fought.battery_i, kind="stable")
    is_engaged = np.zeros(len(leaks), np.bool_)
    is_engaged[fought.threat_i] = True
    reason = np.empty(len(leaks), np.int64)
    why.why_leaked(
        leaks, is_tracked, is_engaged, opp.pair_first, opp.battery_i, opp.first, opp.intercept_s, opp.launch_by_s,
        opp.is_joined, batteries.reaction_s, batteries.magazine, batteries.stock, batteries.reload_s, available_s,
        until_s, unharmed_s, sight_s, alive_until, rules.max_shots_per_threat, fought.is_held,
        np.searchsorted(fought.battery_i[order], np.arange(len(batteries.id) + 1)).astype(np.int64),
        fought.launch_s[order], fought.n_shots[order], reason,
    )  # fmt: skip
    return reason
