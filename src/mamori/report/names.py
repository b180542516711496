"""What measures and the shipped catalogue's classes are called; what a scenario names itself keeps its name."""

from mamori.language.message import term
from mamori.report.words import Words

CLASSES = {
    "srbm-notional": term("ballistic missile"),
    "cruise-notional": term("cruise missile"),
    "drone-notional": term("drone"),
    "boat-notional": term("boat"),
    "early-warning-radar-notional": term("early-warning radar"),
    "surveillance-radar-notional": term("surveillance radar"),
    "low-level-radar-notional": term("low-level radar"),
    "battery-radar-notional": term("battery radar"),
    "coastal-radar-notional": term("coastal radar"),
    "upper-tier-notional": term("upper tier"),
    "area-defence-notional": term("area defence"),
    "point-defence-notional": term("point defence"),
    "gun-post-notional": term("gun post"),
    "interceptor-drone-team-notional": term("interceptor drone team"),
    "patrol-craft-notional": term("patrol craft"),
}

STEPS = {
    "energy_not_served_mwh": term("energy not served"),
    "local": term("local"),
    "network": term("network"),
    "deficit": term("deficit"),
    "energy_not_served_without_raid_mwh": term("energy not served without raid"),
    "customer_hours_without_power": term("customer hours without power"),
    "household_hours_off_p5": term("household hours off, p5 of people"),
    "household_hours_off_p50": term("household hours off, p50 of people"),
    "household_hours_off_p95": term("household hours off, p95 of people"),
    "critical_load_hours_lost": term("critical load hours lost"),
    "hospital": term("hospital"),
    "water": term("water"),
    "heat": term("heat"),
    "telecom": term("telecom"),
    "leakers": term("leakers"),
    "stopped_fraction": term("stopped fraction"),
    "failed_fraction": term("failed fraction"),
    "leakers_by_reason": term("leakers by reason"),
    "not_seen": term("not seen"),
    "out_of_reach": term("out of reach"),
    "too_late": term("too late"),
    "lost_from_sight": term("lost from sight"),
    "silenced": term("silenced"),
    "held_back": term("held back"),
    "no_shot": term("no shot"),
    "no_channel": term("no channel"),
    "missed": term("missed"),
    "interceptors_used": term("interceptors used"),
    "magazine_left": term("magazine left"),
    "warning_lead_time_s": term("warning lead time"),
    "share_of_people_under_an_impact": term("share of people under an impact"),
    "10_min_or_more": term("10 min or more"),
    "3_min_or_more": term("3 min or more"),
    "1_min_or_more": term("1 min or more"),
    "late": term("late"),
    "never": term("never"),
    "false_warning_person_hours": term("false warning person hours"),
    "persons_exposed": term("persons exposed"),
    "capacity_missing_mw": term("capacity missing"),
    "time_to_90_percent_h": term("time to 90 percent"),
    "cost_of_interceptors": term("cost of interceptors"),
    "cost_of_damage": term("cost of damage"),
}
"""Steps of the paths of summary.json; all that is not of a class of the scenario."""
UNITS = {"persons": term("persons"), "person h": term("person h")}
"""Units that are words."""
PUBLIC = frozenset({
    "energy_not_served_mwh", "energy_not_served_without_raid_mwh", "customer_hours_without_power",
    "household_hours_off_p5", "household_hours_off_p50", "household_hours_off_p95",
    "critical_load_hours_lost", "warning_lead_time_s", "false_warning_person_hours", "persons_exposed",
    "capacity_missing_mw", "time_to_90_percent_h", "cost_of_damage",
})  # fmt: skip
"""First steps of what the public may read: nothing by class of threat, and nothing of what batteries have left."""


def class_name(w: Words, name: str) -> str:
    """A class in words."""
    return w.term(CLASSES[name]) if name in CLASSES else name.removesuffix("-notional").replace("-", " ")


def step_name(w: Words, step: str) -> str:
    """A step of a measure's path in words; a measure's unit stands apart."""
    if step in STEPS:
        return w.term(STEPS[step])
    for unit in ("_mwh", "_mw", "_h", "_s"):
        step = step.removesuffix(unit)
    return class_name(w, step.replace("_", " "))
