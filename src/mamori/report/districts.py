"""Power lost by district, by name: what the public may read instead of the map."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mamori.records import Floats
from mamori.report.darkness import THRESHOLD_H, darkness
from mamori.report.figure import Figure, Section, axis, safe
from mamori.report.subject import Subject
from mamori.report.words import PERSON, Words

LEAST_PEOPLE = 5000
"""Places with fewer people are put together, so that no street or works can be told from its hours.

assumption: no published rule fits; large enough that one critical site does not make the number by itself.
"""


@dataclass(frozen=True)
class Area:
    """A district, or some put together.

    hours_off, extra_h: (R,) hours without power of a mean household by night, and those that the raid adds
    """

    name: str
    people: int
    hours_off: Floats
    extra_h: Floats

    @property
    def p_dark(self) -> float:
        """Share of the nights in which the raid takes power for more than the threshold."""
        return float((self.extra_h > THRESHOLD_H).mean())

    @property
    def band_h(self) -> tuple[float, float]:
        """Hours without power that 5 and 95 % of the nights do not exceed."""
        low, high = np.percentile(self.hours_off, [5.0, 95.0]).tolist()
        return low, high


def section(subject: Subject) -> Section | None:
    """The districts, for the public alone: others have the map."""
    scenario, w = subject.scenario, subject.words
    if not subject.is_public or scenario is None or not scenario.world.districts:
        return None
    places = scenario.world.districts
    dark = darkness(subject, [place.id for place in places])
    found = areas(w, [Area(p.name, p.people, dark.hours_off[:, d], dark.extra_h[:, d]) for d, p in enumerate(places)])
    return Section("districts", w.say("Power lost by district"), figures=(_likely(w, found), _long(w, found)))


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
    weights = np.array([p.people for p in small]) / together
    hours_off, extra_h = (weights @ np.stack([getattr(p, of) for p in small]) for of in ("hours_off", "extra_h"))
    name = w.say_n(len(small), "{n} small district", "{n} small districts together")
    return [*named, Area(name, together, hours_off, extra_h)]


def _likely(w: Words, found: list[Area]) -> Figure:
    """How often the raid takes the power of each."""
    shares = [area.p_dark for area in found]
    text = [
        w.say("{district}: {share} of the nights", district=safe(area.name), share=w.percent(p))
        for area, p in zip(found, shares, strict=True)
    ]
    axes = w.say("nights with over {threshold} off, %", threshold=w.hours(THRESHOLD_H))
    says = [
        w.say("In half of the districts the raid takes the power for more than {threshold} in {share} of the nights or "
              "fewer; where it does so most often, in {most}.", threshold=w.hours(THRESHOLD_H),
              share=w.percent(float(np.median(shares))), most=w.percent(max(shares))),
        w.say("What was broken before counts with the delay that the raid brings to its repair."),
    ]  # fmt: skip
    title = w.say("How likely the raid takes the power, district by district")
    return _bars(w, "districts-dark", title, w.sentences(says), found, text, [100.0 * p for p in shares], axes)


def _long(w: Words, found: list[Area]) -> Figure:
    """For how long each is without power, with the band of nine nights in ten."""
    mean, bands = [float(area.hours_off.mean()) for area in found], [area.band_h for area in found]
    text = [
        w.say("{district}: {people}, {hours} without power on average, {low} to {high} in nine of ten nights",
              district=safe(area.name), people=w.counted(area.people, PERSON), hours=w.hours(hours),
              low=w.number(low), high=w.hours(high))
        for area, hours, (low, high) in zip(found, mean, bands, strict=True)
    ]  # fmt: skip
    says = [
        w.say("On average, half of the districts lose {hours} or less, and none loses more than {most}.",
              hours=w.hours(float(np.median(mean))), most=w.hours(max(mean))),
        w.say("{few} of {all} districts lose less than an hour.", few=w.number(sum(1 for x in mean if x < 1.0)),
              all=w.number(len(mean))),
        w.say("The thin lines hold nine of ten nights."),
    ]  # fmt: skip
    band = {
        "type": "data", "symmetric": False,
        "array": [max(high - x, 0.0) for x, (_, high) in zip(mean, bands, strict=True)],
        "arrayminus": [max(x - low, 0.0) for x, (low, _) in zip(mean, bands, strict=True)],
        "color": "@soft", "thickness": 1.2, "width": 0,
    }  # fmt: skip
    title = w.say("Mean hours without power, district by district")
    axes = w.say("mean hours without power")
    return _bars(w, "districts-off", title, w.sentences(says), found, text, mean, axes, error_x=band)


def _bars(
    w: Words, name: str, title: str, says: str, found: list[Area], text: list[str], x: list[float], of: str, **more: Any
) -> Figure:
    bars = {
        "type": "bar", "orientation": "h", "x": x, "y": [safe(area.name) for area in found], "text": text,
        "textposition": "none", "marker": {"color": "@mean"}, "hovertemplate": "%{text}<extra></extra>", "name": of,
        **more,
    }  # fmt: skip
    layout = {
        "xaxis": axis(of, rangemode="tozero", side="top"),
        "yaxis": axis(w.say("district"), autorange="reversed", dtick=1, tickfont={"size": 11}),
    }
    return Figure(name, title, says, [bars], layout, 90 + 18 * len(found), is_tall=True)
