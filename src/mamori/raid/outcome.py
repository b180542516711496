"""All that happened in one replica, from launch to the last light."""

from dataclasses import dataclass

import numpy as np

from mamori.records import Bools, Damage, Engagements, Floats, Impacts, Ints, Threats, Warnings
from mamori.warning.model import Exposure


@dataclass(frozen=True)
class Recovered:
    """Seven days (or the scenario's own horizon) after the raid, hour by hour.

    demand_mw, served_mw, local_mw, network_mw, deficit_mw: (H,); district_off: (H, D) share of the households of each
    district without power; customers_off: (H,) people without power; services_lost: (H, K) part of each hour that each
    service site was past its backup; district_energy_mwh: (D,) household energy not served; group_hours_off: (D,
    groups) hours off by household group; repair_*: (X,) repairs in order of their start; damage: (A,) DamageState at
    the end
    """

    demand_mw: Floats
    served_mw: Floats
    local_mw: Floats
    network_mw: Floats
    deficit_mw: Floats
    district_off: Floats
    customers_off: Floats
    services_lost: Floats
    district_energy_mwh: Floats
    group_hours_off: Floats
    repair_asset_i: Ints
    repair_crew_i: Ints
    repair_start_h: Floats
    repair_end_h: Floats
    repair_spare_i: Ints
    damage: Ints


@dataclass(frozen=True)
class WithoutRaid:
    """The horizon of a world if no raid came: what earlier damage and scarce plant alone leave without power.

    energy_mwh: not served; district_hours_off: (D,) mean hours without power of a household
    """

    energy_mwh: float
    district_hours_off: Floats


@dataclass(frozen=True)
class Outcome:
    """One replica.

    replica, world, variant_i, aim_draw: which one it is; passes: how often it was followed until no further actor fell
    silent; status: (T,) of the paths, impact_s: (T,); confirmed_s: (T, S) when each sensor's track of each threat was
    confirmed, inf for never; tracked_s: (T,) the first of them; reason: (T,) why it leaked (`defence.reasons.Reason`),
    -1 where it did not; chances: (T,) batteries that could have launched at it in time
    without_raid: the same days if the raid did not come
    """

    replica: int
    world: int
    variant_i: int
    aim_draw: int
    passes: int
    threats: Threats
    status: Ints
    impact_s: Floats
    confirmed_s: Floats
    tracked_s: Floats
    engagements: Engagements
    reason: Ints
    chances: Ints
    impacts: Impacts
    exposure: Exposure
    warnings: Warnings
    damage: Damage
    recovered: Recovered
    without_raid: WithoutRaid

    @property
    def arrives(self) -> Bools:
        """(T,) whether the threat came down and worked."""
        came = np.zeros(len(self.threats.id), dtype=np.bool_)
        came[self.impacts.threat_i] = True
        return came

    @property
    def end_s(self) -> Floats:
        """(T,) when the threat was stopped or came down."""
        return np.minimum(self.engagements.killed_s, self.impact_s)
