"""One replica told event by event, in order of time."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mamori.flight.model import FlightStatus, status_text
from mamori.raid.outcome import Outcome
from mamori.raid.pipeline import Raid
from mamori.records import DamageState

HOUR_S = 3600.0


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    time_s: seconds after the raid's zero hour; actor: who; event: what, in one word; detail: in words; latitude_deg,
    longitude_deg: where, None where it has no one place
    """

    time_s: float
    actor: str
    event: str
    detail: str
    latitude_deg: float | None = None
    longitude_deg: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def as_line(self) -> str:
        """For people: clock, actor, event, detail."""
        whole = int(self.time_s)
        clock = f"{whole // 3600:3d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        return f"{clock}  {self.actor}  {self.event.upper()}  {self.detail}".rstrip()


def events(raid: Raid, outcome: Outcome) -> list[Event]:
    """Everything that happened in a replica: launches, tracks, alarms, engagements, impacts, damage, repairs, and the
    hours in which much less or more power was served than in the hour before.
    """
    world = raid.world(outcome.replica)
    t, e, i = outcome.threats, outcome.engagements, outcome.impacts
    assets, batteries = world.places.assets, world.batteries
    sites = [world.places.site[s] for s in assets.site_i.tolist()]
    arrives, came = outcome.arrives, np.isfinite(outcome.impact_s)
    found: list[Event] = []

    def at(latitude_rad: float, longitude_rad: float) -> tuple[float, float]:
        return float(np.degrees(latitude_rad)), float(np.degrees(longitude_rad))

    for n, name in enumerate(t.id):
        aim = assets.id[t.aim_i[n]] if t.aim_i[n] >= 0 else "a district"
        if t.aim_i[n] >= 0 and sites[t.aim_i[n]] not in aim:
            aim += f" ({sites[t.aim_i[n]]})"
        place = at(t.launch_latitude_rad[n], t.launch_longitude_rad[n])
        found.append(Event(float(t.launch_s[n]), name, "launch", f"{t.classes[t.class_i[n]]} at {aim}", *place))
        if outcome.status[n] != FlightStatus.FOUND:
            found.append(Event(float(t.launch_s[n]), name, "no path", status_text(int(outcome.status[n]))))
        elif came[n] and not arrives[n] and not np.isfinite(e.killed_s[n]):
            found.append(Event(float(outcome.impact_s[n]), name, "failed", "of itself: it did not arrive or not work"))
        if np.isfinite(outcome.tracked_s[n]):
            sensor = world.sensors.id[int(np.argmin(outcome.confirmed_s[n]))]
            found.append(Event(float(outcome.tracked_s[n]), sensor, "track", name))
    for n in range(len(e.battery_i)):
        battery, threat = int(e.battery_i[n]), int(e.threat_i[n])
        place = at(batteries.latitude_rad[battery], batteries.longitude_rad[battery])
        shots = f"{e.n_shots[n]} {'shot' if e.n_shots[n] == 1 else 'shots'} at {t.id[threat]}"
        found.append(Event(float(e.launch_s[n]), batteries.id[battery], "fire", shots, *place))
        result = "stopped" if e.is_kill[n] else "missed"
        found.append(Event(float(e.intercept_s[n]), batteries.id[battery], result, t.id[threat]))
    for n in range(len(i.threat_i)):
        district = int(outcome.exposure.district_i[n])
        under = " outside all districts"
        if district >= 0:
            name = world.scenario.world.districts[district].name or world.districts.id[district]
            under = f" in {name}, {outcome.exposure.persons_under[n]:.1f} people under it"
        place = at(i.latitude_rad[n], i.longitude_rad[n])
        found.append(Event(float(i.time_s[n]), t.id[int(i.threat_i[n])], "impact", f"came down{under}", *place))
    d = outcome.damage
    for n in range(len(d.asset_i)):
        asset = int(d.asset_i[n])
        state = DamageState(int(d.state[n])).name.lower()
        place = at(assets.latitude_rad[asset], assets.longitude_rad[asset])
        detail = f"{state} by {t.id[int(d.threat_i[n])]}, {d.work_h[n]:.0f} crew hours to mend"
        if sites[asset] not in assets.id[asset]:
            detail = f"at {sites[asset]}: {detail}"
        found.append(Event(float(d.time_s[n]), assets.id[asset], "damage", detail, *place))
    w = outcome.warnings
    for n in range(len(w.district_i)):
        district = int(w.district_i[n])
        place = at(world.districts.latitude_rad[district], world.districts.longitude_rad[district])
        people = f"{world.districts.people[district]:,.0f} people"
        found.append(Event(float(w.start_s[n]), world.districts.id[district], "alarm", people, *place))
        found.append(Event(float(w.end_s[n]), world.districts.id[district], "all-clear", people, *place))
    r = outcome.recovered
    for n in range(len(r.repair_asset_i)):
        name, crew = assets.id[int(r.repair_asset_i[n])], world.crews.id[int(r.repair_crew_i[n])]
        found.append(Event(float(r.repair_start_h[n]) * HOUR_S, crew, "sets out", name))
        if r.repair_end_h[n] <= world.n_hours:
            found.append(Event(float(r.repair_end_h[n]) * HOUR_S, crew, "mended", name))
    found += _power(outcome)
    found.append(_raid(raid, outcome))
    found.append(_end(outcome))
    return sorted(found, key=lambda event: (event.time_s, _ORDER.get(event.event, 9), event.actor, event.detail))


def _raid(raid: Raid, outcome: Outcome) -> Event:
    variant = raid.scenario.raid.variants[outcome.variant_i].id
    detail = f"replica {outcome.replica}, world {outcome.world}: variant {variant}, {len(outcome.threats.id)} threats"
    return Event(0.0, "raid", "begins", detail)


def _end(outcome: Outcome) -> Event:
    r = outcome.recovered
    lost_mwh = float((r.demand_mw - r.served_mw).sum())
    through, broken = len(outcome.impacts.threat_i), len(outcome.damage.asset_i)
    detail = (
        f"{through} of {len(outcome.threats.id)} threats got through, {broken} assets damaged, {lost_mwh:,.0f} MWh not "
        f"served in {len(r.demand_mw)} hours, {r.customers_off[-1]:,.0f} people still off"
    )
    return Event(len(r.demand_mw) * HOUR_S, "raid", "ends", detail)


_ORDER = {"begins": -1, "launch": 0, "track": 1, "fire": 2, "stopped": 3, "missed": 3, "impact": 4, "damage": 5}


def _power(outcome: Outcome) -> list[Event]:
    r = outcome.recovered
    share = np.divide(r.served_mw, r.demand_mw, out=np.ones_like(r.served_mw), where=r.demand_mw > 0.0)
    found = []
    told = 1.0
    for hour, now in enumerate(share.tolist()):
        if abs(now - told) >= 0.01 or (now >= 1.0 - 1e-9 and told < 1.0 - 1e-9):
            told = now
            detail = (
                f"{100.0 * now:.1f} % of {r.demand_mw[hour]:,.0f} MW served, {r.customers_off[hour]:,.0f} people off"
            )
            found.append(Event(hour * HOUR_S, "grid", "power", detail))
    return found
