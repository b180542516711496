"""The headline: three sentences written from the numbers, and what luck and knowledge leave open."""

from typing import Any

import numpy as np

from mamori.language.message import noun
from mamori.maths.stats import estimate
from mamori.raid.measures import column_name
from mamori.report.figure import Section, Sentence
from mamori.report.measures_table import measures_table
from mamori.report.prose import fact
from mamori.report.subject import Subject
from mamori.report.told import Told, with_interval
from mamori.report.words import HOUR, KINDS, NIGHT, NONE, PERSON, is_known

WORLD = noun("world", "worlds")


def section(subject: Subject) -> Section:
    """The headline of a run."""
    w = subject.words
    missing: tuple[str, ...] = ()
    if subject.baseline is None and not subject.is_public:
        missing = (
            w.say("There is no run without defence to compare with: `mamori run SCENARIO --baseline` makes one."),
        )
    return Section(
        "headline",
        w.say("In short"),
        sentences=(_got_through(subject), _did(subject), _lights(subject), _bands(subject)),
        tables=(measures_table(subject),),
        missing=missing,
    )


def _got_through(subject: Subject) -> Sentence:
    w, launched = subject.words, subject.threats_per_night
    total = sum(launched.values())
    if not total:
        return Sentence(w.say("No threat was launched in any night of this run."), w.say("Nothing came."))
    found = _leakers(subject)
    through = w.number(found.mean)
    if is_known(found.low) and is_known(found.high):
        through = with_interval(w, through, w.between(found.low, found.high))
    values = {"total": w.number(total), "through": through}
    if subject.is_public:
        first = w.say(
            "Of {total} [threats](threat) launched in a [night](night), {through} came down working on average.",
            **values,
        )
    else:
        first = w.say(
            "Of {total} [threats](threat) launched in a [night](night), {through} came down working on average: "
            "{each}.",
            **values,
            each=w.listed(_each_kind(subject)),
        )
    text = [first, w.say("In one night in twenty it was {number} or more.", number=w.number(found.p95))]
    if subject.baseline is not None:
        bare = w.number(_leakers(subject.baseline).mean)
        text.append(w.say("[Without any defence](baseline) it would be {number}.", number=bare))
    lead = w.say("{through} of {total} got through.", through=w.number(found.mean), total=w.number(total))
    return Sentence(w.sentences(text), lead)


def _leakers(subject: Subject) -> Any:
    names = [f"leakers_{column_name(name)}" for name in subject.summary.get("leakers", {})]
    total = sum((subject.column(name) for name in names), np.zeros(subject.n_replicas))
    return estimate(np.asarray(total), subject.replicas["world"].to_numpy())


def _each_kind(subject: Subject) -> list[str]:
    """Mean leakers of each kind of threat, of how many."""
    w, told = subject.words, Told(subject)
    rows = subject.read("threats", ["class", "kind"]).group_by(["class", "kind"]).aggregate([])
    kinds = dict(zip(rows["class"].to_pylist(), rows["kind"].to_pylist(), strict=True))
    each = []
    for kind, n in subject.threats_per_night.items():
        paths = [("leakers", name, "mean") for name in subject.summary.get("leakers", {}) if kinds.get(name) == kind]
        through = sum(told.value(*path) or 0.0 for path in paths)
        number = told.number(*paths[0]) if len(paths) == 1 else w.number(through)
        all_of_it = w.counted(n, KINDS[kind])
        each.append(
            w.say("{some} of {all}", some=number, all=all_of_it) if through else w.say("none of {all}", all=all_of_it)
        )
    return each


def _did(subject: Subject) -> Sentence:
    w, told, summary = subject.words, Told(subject), subject.summary
    energy = summary["energy_not_served_mwh"]["mean"]
    text = [
        w.say(
            "Over {span}, {energy} that people and works asked for were not served: {share} of [demand](demand).",
            span=w.span(subject.horizon_h),
            energy=told.mean("energy_not_served_mwh", unit=w.say("[MWh](mwh)")),
            share=w.percent(energy / subject.demand_mwh) if subject.demand_mwh else NONE,
        )
    ]
    if subject.people:
        each_h = summary["customer_hours_without_power"]["mean"] / subject.people
        text.append(
            w.say(
                "That is {hours} without power for each of {people}, were it shared evenly.",
                hours=w.hours(each_h),
                people=w.counted(subject.people, PERSON),
            )
        )
    if told.value("energy_not_served_without_raid_mwh", "mean"):
        earlier = told.number("energy_not_served_without_raid_mwh", "mean")
        text.append(
            w.say("Without the raid, {energy} MWh would be missing for damage from earlier ones.", energy=earlier)
        )
    exposed = told.mean("persons_exposed", PERSON)
    text.append(w.say("{people} stood [under an impact](exposed) outside shelter.", people=exposed))
    if told.value("critical_load_hours_lost", "hospital", "mean"):
        lost = told.counted(HOUR, "critical_load_hours_lost", "hospital", "mean")
        text.append(w.say("Hospitals were past their [backup](backup) for {hours}, added up over all.", hours=lost))
    if told.baseline is not None:
        text.append(
            w.say(
                "[Without any defence](baseline) it would be {energy} MWh and {people}.",
                energy=told.baseline.number("energy_not_served_mwh", "mean"),
                people=told.baseline.counted(PERSON, "persons_exposed", "mean"),
            )
        )
    return Sentence(
        w.sentences(text), w.say("{energy} MWh not served.", energy=told.number("energy_not_served_mwh", "mean"))
    )


def _lights(subject: Subject) -> Sentence:
    w, told, name = subject.words, Told(subject), "time_to_90_percent_h"
    entry = subject.summary[name]
    share, horizon = entry.get("share_of_replicas") or 0.0, w.span(subject.horizon_h)
    if entry["p50"] is None:
        said = w.say("In no night were 90 % of demand served again within {horizon}.", horizon=horizon)
        return Sentence(said, w.say("The lights stay out."))
    some = {"share": told.percent(name, "share_of_replicas")}
    late, is_all = told.hours(name, "p95"), share >= 1.0
    if entry["p95"] == 0.0:
        lead = w.say("The lights stay on.")
        first = (
            w.say("In 19 of 20 nights, at least 90 % of demand was served in every hour.")
            if is_all
            else w.say(
                "In 19 of 20 of the {share} of nights that get there, at least 90 % of demand was served in every "
                "hour.",
                **some,
            )
        )
    elif entry["p50"] == 0.0:
        lead = w.say("Most lights stay on.")
        first = (
            w.say(
                "In half of the nights or more, demand never fell below 90 % served; in one of twenty it took {hours} "
                "or longer until it stayed above.",
                hours=late,
            )
            if is_all
            else w.say(
                "In half or more of the {share} of nights that get there, demand never fell below 90 % served; in one "
                "of twenty it took {hours} or longer until it stayed above.",
                **some,
                hours=late,
            )
        )
    else:
        half = told.hours(name, "p50")
        lead = w.say("{hours} until 90 % of demand is [served again](served-again).", hours=half)
        values = {"half": half, "late": late, "mean": told.mean(name, HOUR)}
        first = (
            w.say(
                "Half of the nights have 90 % of demand served for good within {half}; one in twenty takes {late} or "
                "longer, and the mean is {mean}.",
                **values,
            )
            if is_all
            else w.say(
                "Half of the {share} of nights that get there have 90 % of demand served for good within {half}; one "
                "in twenty of them takes {late} or longer, and the mean is {mean}.",
                **some,
                **values,
            )
        )
    text = [first]
    if share < 0.5:  # the percentiles are of the few that got there
        lead = w.say("In most nights less than 90 % of demand is served even after {horizon}.", horizon=horizon)
    if not is_all:
        never = w.percent(1.0 - share)
        text.append(w.say("In {share} of nights it is not reached within {horizon}.", share=never, horizon=horizon))
    text += _lights_without(told)
    if told.value("capacity_missing_mw", "mean"):
        missing = told.number("capacity_missing_mw", "mean")
        text.append(w.say("At the end {power} MW of generating plant are still out.", power=missing))
    return Sentence(w.sentences(text), lead)


def _lights_without(told: Told) -> list[str]:
    bare, w, name = told.baseline, told.words, "time_to_90_percent_h"
    if bare is None:
        return []
    if not bare.value(name, "share_of_replicas"):
        return [w.say("[Without any defence](baseline) no night gets there.")]
    share, half = bare.percent(name, "share_of_replicas"), bare.hours(name, "p50")
    return [
        w.say(
            "[Without any defence](baseline) {share} of nights get there, half of them within {hours}.",
            share=share,
            hours=half,
        )
    ]


def _bands(subject: Subject) -> Sentence:
    w, told, n = subject.words, Told(subject), subject.n_replicas
    worlds = min(n, int(subject.run.manifest["worlds"]))
    text = [w.say("From {nights} in {worlds}.", nights=w.counted(n, NIGHT), worlds=w.counted(worlds, WORLD))]
    if n == 1:
        text.append(w.say("One night says nothing about the next: run more replicas."))
    elif told.range("energy_not_served_mwh", "luck") is None:
        text.append(w.say("With one night in each world, luck and knowledge cannot be told apart: run more replicas."))
    else:
        text.append(
            w.say(
                "[Luck](luck) alone moves the [energy not served](energy-not-served) between {low} and {high} MWh in 9 "
                "nights of 10.",
                **_ends(told, "luck"),
            )
        )
        if worlds == 1:
            text.append(
                w.say(
                    "What we do not know of the catalogue's numbers was drawn only once: this run does not show how "
                    "much it matters."
                )
            )
        else:
            text.append(
                w.say(
                    "What we do [not know](knowledge) of the catalogue's numbers (kill probabilities, repair times) "
                    "moves its mean between {low} and {high} MWh in 9 [worlds](world) of 10; more nights do not narrow "
                    "that.",
                    **_ends(told, "knowledge"),
                )
            )
    text.append(w.say("All classes are notional: compare plans with each other, not with a forecast."))
    return Sentence(w.sentences(text), is_soft=True)


def _ends(told: Told, band: str) -> dict[str, str]:
    found = told.range("energy_not_served_mwh", band) or (np.nan, np.nan)
    return {
        name: fact(told.words.number(max(x, 0.0)), f"energy_not_served_mwh/{band}/{i}", x)
        for i, (name, x) in enumerate(zip(("low", "high"), found, strict=True))
    }
