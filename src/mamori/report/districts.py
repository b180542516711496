"""Hours without power by district, by name: what the public may read instead of the map."""

import statistics
from dataclasses import dataclass

from mamori.report.figure import Figure, Section, axis, safe
from mamori.report.subject import Subject
from mamori.report.words import PERSON, Words

LEAST_PEOPLE = 5000
"""Places with fewer people are put together, so that no street or works can be told from its hours.

assumption: no published rule fits; large enough that one critical site does not make the number by itself.
"""


@dataclass(frozen=True)
class Area:
    """A district, or some put together: its name, people and mean hours without power."""

    name: str
    people: int
    hours_off: float


def section(subject: Subject) -> Section | None:
    """The districts, for the public alone: others have the map."""
    scenario, w = subject.scenario, subject.words
    if not subject.is_public or scenario is None or not scenario.world.districts:
        return None
    rows = subject.read("districts", ["district", "hours_off"]).group_by("district").aggregate([("hours_off", "mean")])
    off = dict(zip(rows["district"].to_pylist(), rows["hours_off_mean"].to_pylist(), strict=True))
    found = areas(w, [Area(place.name, place.people, off.get(place.id) or 0.0) for place in scenario.world.districts])
    return Section("districts", w.say("Hours without power by district"), figures=(_chart(w, found),))


def areas(w: Words, places: list[Area]) -> list[Area]:
    """Districts that may be shown, by name, for a ranking would point at the weakest; small ones as one, at the end.

    A district without a name counts as small: its id is not shown.
    What is put together has `LEAST_PEOPLE` or more: if it has not, the smallest of the others joins it.
    """
    shown = sorted((p for p in places if p.name and p.people >= LEAST_PEOPLE), key=lambda p: (p.people, p.name))
    small = [p for p in places if not p.name or p.people < LEAST_PEOPLE]
    while small and shown and (len(small) == 1 or sum(p.people for p in small) < LEAST_PEOPLE):
        small.append(shown.pop(0))
    together = sum(p.people for p in small)
    named = sorted(shown, key=lambda p: p.name)
    if not together:
        return named
    mean = sum(p.people * p.hours_off for p in small) / together
    name = w.say_n(len(small), "{n} small district", "{n} small districts together")
    return [*named, Area(name, together, mean)]


def _chart(w: Words, found: list[Area]) -> Figure:
    text = [
        w.say("{district}: {people}, {hours} without power on average",
              district=safe(area.name), people=w.counted(area.people, PERSON), hours=w.hours(area.hours_off))
        for area in found
    ]  # fmt: skip
    bars = {
        "type": "bar", "orientation": "h", "x": [area.hours_off for area in found],
        "y": [safe(area.name) for area in found], "text": text, "textposition": "none",
        "marker": {"color": "@mean"}, "hovertemplate": "%{text}<extra></extra>", "name": w.say("hours without power"),
    }  # fmt: skip
    layout = {
        "xaxis": axis(w.say("mean hours without power"), rangemode="tozero", side="top"),
        "yaxis": axis(w.say("district"), autorange="reversed", dtick=1, tickfont={"size": 11}),
    }
    off = [area.hours_off for area in found]
    says = [
        w.say("On average, half of the districts lose {hours} or less, and none loses more than {most}.",
              hours=w.hours(statistics.median(off)), most=w.hours(max(off))),
        w.say("{few} of {all} districts lose less than an hour.", few=w.number(sum(1 for x in off if x < 1.0)),
              all=w.number(len(found))),
    ]  # fmt: skip
    title = w.say("Mean hours without power, district by district")
    return Figure("districts-off", title, w.sentences(says), [bars], layout, 90 + 18 * len(found), is_tall=True)
