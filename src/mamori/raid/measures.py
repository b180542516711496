"""The measures by which a raid is judged: one number a replica each, with unit and meaning."""

from dataclasses import dataclass
from enum import StrEnum

from mamori.language.message import say, term


class Over(StrEnum):
    """How replicas are put together."""

    MEAN = "mean"  # mean with its interval, percentiles, bands
    REACHED = "reached"  # as MEAN over the replicas that have a value, and the share that has one


class Better(StrEnum):
    """Which way is good, when two plans are compared."""

    LESS = "less"
    MORE = "more"


@dataclass(frozen=True)
class Measure:
    """One measure.

    path: where it stands in summary.json; column: its column in the table `replicas`; unit; meaning: in one sentence
    over: how replicas are put together; better: which way is good; is_none_worst: a replica without a value is worse
    than any with one (what should be reached was not), rather than one that has nothing to say
    Every measure is at least 0.
    """

    path: tuple[str, ...]
    column: str
    unit: str
    meaning: str
    over: Over = Over.MEAN
    better: Better = Better.LESS
    is_none_worst: bool = False

    @property
    def is_share(self) -> bool:
        """True where the value is a share in [0, 1]."""
        return self.column.startswith(("stopped_fraction", "failed_fraction")) or self.column.endswith("_share")


def column_name(text: str) -> str:
    """An id as part of a column's name: only letters, digits and underscores, so that SQL needs no quotes."""
    return "".join(c if c.isalnum() else "_" for c in text)


SERVICE_KINDS = {
    "hospital": term("hours that hospital sites were past their backup, added over sites"),
    "water": term("hours that water sites were past their backup, added over sites"),
    "heat": term("hours that heat sites were past their backup, added over sites"),
    "telecom": term("hours that telecom sites were past their backup, added over sites"),
}
"""Kinds of critical load, and what is counted of each."""
LEADS_S = ((600.0, "10_min_or_more"), (180.0, "3_min_or_more"), (60.0, "1_min_or_more"))
"""Warning times that people can use: to reach a shelter, to reach an inner room, to lie down."""
LEAKED = {
    "not_seen": term("threats that came down working and of which no sensor had a track"),
    "out_of_reach": term("threats that came down working and flew through no battery's envelope"),
    "too_late": term("threats that came down working and were tracked too late for any launch"),
    "lost_from_sight": term("threats that came down working and that no sensor saw any more when they came into reach"),
    "silenced": term("threats that came down working because batteries, command posts or sensors were lost by then"),
    "held_back": term("threats that came down working at which the rules of engagement or doctrine held fire"),
    "no_shot": term("threats that came down working because magazines were spent or being reloaded"),
    "no_channel": term("threats that came down working because every channel was busy"),
    "missed": term("threats that came down working although they were shot at"),
}
"""Why threats get through, by `defence.reasons.Reason`: each has one reason."""
HOUSEHOLD_SHARES = {"household_hours_off_p5": 0.05, "household_hours_off_p50": 0.5, "household_hours_off_p95": 0.95}
"""Shares of the people, within a night."""
HAD_LEAD = {
    "10_min_or_more": term("share of people under an impact who had 10 min or more"),
    "3_min_or_more": term("share of people under an impact who had 3 min or more"),
    "1_min_or_more": term("share of people under an impact who had 1 min or more"),
}


def measures(threat_classes: tuple[str, ...], battery_classes: tuple[str, ...]) -> tuple[Measure, ...]:
    """All measures of a scenario, in the order of the report.

    threat_classes, battery_classes: names of the classes that occur, sorted
    """
    ens = "energy_not_served_mwh"
    lead = "warning_lead_time_s"
    found = [
        Measure((ens,), ens, "MWh", term("energy demanded and not served over the horizon")),
        Measure((ens, "local"), "energy_not_served_local_mwh", "MWh", term("of it: the dead site's own load")),
        Measure((ens, "network"), "energy_not_served_network_mwh", "MWh", term("of it: what the network cannot carry")),
        Measure((ens, "deficit"), "energy_not_served_deficit_mwh", "MWh", term("of it: what plant cannot make")),
        Measure(
            ("energy_not_served_without_raid_mwh",), "energy_not_served_without_raid_mwh", "MWh",
            term("energy that would not be served if the raid did not come: damage from earlier raids"),
        ),
        Measure(
            ("customer_hours_without_power",), "customer_hours_without_power", "person h",
            term("people times hours without power"),
        ),
        Measure(
            ("household_hours_off_p5",), "household_hours_off_p5", "h",
            term("hours without power of the household that 5 % of people are better off than in their night"),
        ),
        Measure(
            ("household_hours_off_p50",), "household_hours_off_p50", "h",
            term("hours without power of the household in the middle, by people, in its night"),
        ),
        Measure(
            ("household_hours_off_p95",), "household_hours_off_p95", "h",
            term("hours without power of the household that 5 % of people are worse off than in their night"),
        ),
        *(
            Measure(
                ("critical_load_hours_lost", kind), f"{kind}_hours_lost", "h",
                meaning,
            )
            for kind, meaning in SERVICE_KINDS.items()
        ),
        *(
            Measure(
                ("leakers", name), f"leakers_{column_name(name)}", "",
                say("{name} that came down working", name=name),
            )
            for name in threat_classes
        ),
        *(
            Measure(
                ("stopped_fraction", name), f"stopped_fraction_{column_name(name)}", "",
                say("share of {name} that defence stopped", name=name), better=Better.MORE,
            )
            for name in threat_classes
        ),
        *(
            Measure(
                ("failed_fraction", name), f"failed_fraction_{column_name(name)}", "",
                say(
                    "share of {name} that nobody stopped and that failed of themselves or could not reach their aim",
                    name=name,
                ),
                better=Better.MORE,
            )
            for name in threat_classes
        ),
        *(
            Measure(("leakers_by_reason", reason), f"leaked_{reason}", "", meaning)
            for reason, meaning in LEAKED.items()
        ),
        *(
            Measure(
                ("interceptors_used", name), f"interceptors_used_{column_name(name)}", "",
                say("shots fired by {name}", name=name),
            )
            for name in battery_classes
        ),
        *(
            Measure(
                ("magazine_left", name), f"magazine_left_{column_name(name)}", "",
                say("shots left with {name}", name=name), better=Better.MORE,
            )
            for name in battery_classes
        ),
        Measure(
            (lead,), lead, "s", term("alarm to impact, mean over warned people under an impact"), Over.REACHED,
            Better.MORE,
        ),
        *(
            Measure(
                (lead, "share_of_people_under_an_impact", name), f"warned_{name}_share", "",
                HAD_LEAD[name], Over.REACHED, Better.MORE,
            )
            for _, name in LEADS_S
        ),
        Measure(
            (lead, "share_of_people_under_an_impact", "late"), "warned_late_share", "",
            term("share of people under an impact whose alarm came after it"), Over.REACHED,
        ),
        Measure(
            (lead, "share_of_people_under_an_impact", "never"), "warned_never_share", "",
            term("share of people under an impact who heard no alarm"), Over.REACHED,
        ),
        Measure(
            ("false_warning_person_hours",), "false_warning_person_hours", "person h",
            term("people times hours under an alarm in which nothing fell on their district"),
        ),
        Measure(("persons_exposed",), "persons_exposed", "persons", term("people under an impact and not in shelter")),
        Measure(
            ("capacity_missing_mw",), "capacity_missing_mw", "MW", term("generating capacity still out at the end")
        ),
        Measure(
            ("time_to_90_percent_h",), "time_to_90_percent_h", "h",
            term("hours until at least 90 % of demand is served for good"), Over.REACHED, is_none_worst=True,
        ),
        Measure(
            ("cost_of_interceptors",), "cost_of_interceptors_eur", "EUR", term("shots fired at their notional price")
        ),
        Measure(
            ("cost_of_damage",), "cost_of_damage_eur", "EUR", term("damage of this raid at notional replacement cost")
        ),
    ]  # fmt: skip
    return tuple(found)
