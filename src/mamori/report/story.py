"""One bad night told as a story: what came, what was stopped, what broke, and how long people waited for the light."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from mamori.language.message import noun, term
from mamori.records import Floats
from mamori.report.figure import Figure, Section, Sentence, axis, safe
from mamori.report.names import class_name
from mamori.report.recovery import hours_axis, line
from mamori.report.subject import Subject
from mamori.report.words import KINDS, PERSON, Words

HOUR_S = 3600.0
ENOUGH = 0.9
MOST_NAMES = 6
"""Districts and repairs that are named; the others are counted."""

ALARM = noun("alarm", "alarms")
DISTRICT = noun("district", "districts")
THREAT = noun("threat", "threats")
ASSET = noun("asset", "assets")
ASSETS = {
    "bus": term("the switchyard at {site}"),
    "transformer": term("a transformer at {site}"),
    "feeder": term("the feeders at {site}"),
    "generator": term("a generator at {site}"),
    "sensor": term("the sensor {site}"),
    "battery": term("the battery {site}"),
    "command_post": term("the command post {site}"),
    "service": term("the service {site}"),
    "port": term("the port {site}"),
}
"""How an asset of each kind is called."""

Rows = list[dict[str, Any]]
Told = tuple[float, str]
"""Seconds after the zero hour, and what happened."""


@dataclass(frozen=True)
class BadNight:
    """The rows of the night that is told."""

    subject: Subject
    replica: int

    def rows(self, table: str, *columns: str) -> Rows:
        """Rows of a table of this night."""
        return list(self.subject.read(table, columns or None, self.replica).to_pylist())

    @property
    def words(self) -> Words:
        """The reader's."""
        return self.subject.words

    @cached_property
    def threats(self) -> Rows:
        """All threats."""
        return self.rows("threats", "threat", "kind", "launch_s", "tracked_s", "fate")

    @cached_property
    def impacts(self) -> Rows:
        """What came down."""
        return self.rows("impacts", "threat", "time_s", "district")

    @cached_property
    def service(self) -> Rows:
        """Power by hour."""
        return self.rows("service", "hour", "demand_mw", "served_mw", "customers_off")

    @cached_property
    def share(self) -> Floats:
        """(H,) share of demand served; 1 where there is none."""
        rows = self.service
        return np.array([row["served_mw"] / row["demand_mw"] if row["demand_mw"] > 0.0 else 1.0 for row in rows])

    @cached_property
    def back_h(self) -> int | None:
        """First hour from which enough of demand is served until the end; None if there is none."""
        low = np.flatnonzero(self.share < ENOUGH)
        if not len(low):
            return 0
        return int(low[-1]) + 1 if low[-1] + 1 < len(self.share) else None

    @cached_property
    def damage(self) -> Rows:
        """What broke in the raid."""
        rows = self.rows("damage", "asset", "kind", "site", "time_s", "work_h", "cost_eur")
        return [row for row in rows if row["time_s"] is not None]

    @cached_property
    def districts(self) -> Mapping[str, str]:
        """Names of the districts by id."""
        scenario = self.subject.scenario
        return {} if scenario is None else {d.id: d.name or d.id for d in scenario.world.districts}

    @cached_property
    def start(self) -> datetime | None:
        """The zero hour by the clock of the country; None if the scenario cannot be read."""
        return None if self.subject.scenario is None else self.subject.scenario.start

    def clock(self, time_s: float) -> str:
        """A time by the clock of the country, with its day from the second on."""
        w = self.words
        if self.start is None:
            minutes = f"{int(time_s // 3600)}:{int(time_s // 60 % 60):02d}"
            return w.say("{time} after the zero hour", time=minutes)
        then = self.start + timedelta(seconds=time_s)
        day = (then.date() - self.start.date()).days + 1
        clock = f"{then:%H:%M}"
        return clock if day == 1 else w.say("day {day}, {clock}", day=day, clock=clock)


def section(subject: Subject) -> Section:
    """The story of the night near the 95th percentile of energy not served."""
    w = subject.words
    title = w.say("One bad night")
    if not subject.n_replicas:
        return Section("bad-night", title, missing=(w.say("No night was followed."),))
    night = BadNight(subject, subject.bad_night)
    tellers = PUBLIC if subject.is_public else TELLERS
    told = sorted((item for tell in tellers for item in tell(night)), key=lambda item: item[0])
    lines = [Sentence(_why(night)), *(Sentence(text, lead=night.clock(time_s)) for time_s, text in told)]
    figures = (_chart(night),) if len(night.share) else ()
    return Section("bad-night", title, sentences=tuple(lines), figures=figures)


def _why(night: BadNight) -> str:
    subject, w = night.subject, night.words
    energy = subject.column("energy_not_served_mwh")
    at = int(np.flatnonzero(subject.replicas["replica"].to_numpy() == night.replica)[0])
    said = [
        w.say("This night is worse than {share} of all nights: {energy} MWh are not served.",
              share=w.percent(float((energy < energy[at]).mean())), energy=w.number(float(energy[at])))
    ]  # fmt: skip
    if len(energy) == 1:
        said = [w.say("This is the only night: {energy} MWh are not served.", energy=w.number(float(energy[at])))]
    if not subject.is_public:
        variant = subject.replicas["variant"][at].as_py()
        said.append(
            w.say(
                "It is replica {replica}, with the [variant](variant) {variant} of the raid.",
                replica=night.replica,
                variant=variant,
            )
        )
    if night.start is not None:
        said.append(w.say("It begins on {date}.", date=f"{night.start:%Y-%m-%d}"))
    return w.sentences(said)


def _launch(night: BadNight) -> Iterator[Told]:
    w, threats = night.words, night.threats
    if not threats:
        yield 0.0, w.say("Nothing is launched.")
        return
    launches = [row["launch_s"] for row in threats]
    yield min(launches), w.say(
        "The raid begins. Launched until {time}: {threats}.",
        time=night.clock(max(launches)), threats=w.listed(_by_kind(w, threats)),
    )  # fmt: skip


def _by_kind(w: Words, rows: Rows) -> list[str]:
    found = Counter(row["kind"] for row in rows)
    return [w.counted(found[kind], KINDS[kind]) for kind in KINDS if found[kind]]


def _track(night: BadNight) -> Iterator[Told]:
    w, tracked = night.words, [row["tracked_s"] for row in night.threats if row["tracked_s"] is not None]
    if tracked:
        yield min(tracked), w.say(
            "The first of them is tracked; in the end {tracked} of {all} are.",
            tracked=w.number(len(tracked)), all=w.number(len(night.threats)),
        )  # fmt: skip


def _alarms(night: BadNight) -> Iterator[Told]:
    w, rows = night.words, night.rows("warnings", "district", "start_s", "end_s", "people")
    if not rows:
        if night.threats:
            yield 0.0, w.say("No alarm is given.")
        return
    people = {row["district"]: row["people"] for row in rows}
    yield min(row["start_s"] for row in rows), w.say(
        "The first alarm. There will be {alarms} for {people} in {districts}; the last all-clear comes at {time}.",
        alarms=w.counted(len(rows), ALARM), people=w.counted(sum(people.values()), PERSON),
        districts=w.counted(len(people), DISTRICT), time=night.clock(max(row["end_s"] for row in rows)),
    )  # fmt: skip


def _defence(night: BadNight) -> Iterator[Told]:
    w, rows = night.words, night.rows("engagements", "class", "launch_s", "is_kill")
    fates = Counter(row["fate"] for row in night.threats)
    if not rows:
        if night.threats:
            yield 0.0, w.say("Nobody fires at them.")
        return
    layers = Counter(row["class"] for row in rows if row["is_kill"])
    each = [w.say("{n} by {layer}", n=w.number(n), layer=class_name(w, name)) for name, n in layers.most_common()]
    said = [w.say("The defence opens fire and stops {stopped} of {all}: {layers}.",
                  stopped=w.number(fates["stopped"]), all=w.counted(len(night.threats), THREAT),
                  layers=w.listed(each))]  # fmt: skip
    if not each:
        said = [w.say("The defence opens fire, but stops none.")]
    if fates["failed"]:
        said.append(w.say_n(fates["failed"], "{n} fails of itself.", "{n} fail of themselves."))
    yield min(row["launch_s"] for row in rows), w.sentences(said)


def _through(night: BadNight) -> Iterator[Told]:
    w, rows = night.words, night.impacts
    if not rows:
        if night.threats:
            yield max(row["launch_s"] for row in night.threats), w.say("None of them comes down working.")
        return
    kind = {row["threat"]: row["kind"] for row in night.threats}
    down = w.listed(_by_kind(w, [{"kind": kind.get(row["threat"], "")} for row in rows]))
    times = [row["time_s"] for row in rows]
    said = [
        w.say(
            "The first comes down. Until {time} these get through: {threats}.",
            time=night.clock(max(times)),
            threats=down,
        )
    ]
    where = Counter(row["district"] for row in rows if row["district"] is not None)
    if where:
        named = [
            w.say("{place} ({n})", place=night.districts.get(name, name), n=w.number(n))
            for name, n in where.most_common(MOST_NAMES)
        ]
        rest = len(where) - len(named)
        more = [w.say_n(rest, "{n} more district", "{n} more districts")] if rest else []
        n_outside = len(rows) - where.total()
        outside = [w.say("outside all districts ({n})", n=w.number(n_outside))] if n_outside else []
        said.append(w.say("They fall on {places}.", places=w.listed([*named, *more, *outside])))
    yield min(times), w.sentences(said)


def _through_in_public(night: BadNight) -> Iterator[Told]:
    w, rows = night.words, night.impacts
    if rows:
        first = min(row["time_s"] for row in rows)
        n_districts = len({row["district"] for row in rows if row["district"] is not None})
        yield first, w.say("The first impact. Impacts fall in {districts}.", districts=w.counted(n_districts, DISTRICT))


def _loss(night: BadNight) -> Iterator[Told]:
    w = night.words
    sites: dict[str, Rows] = {}
    for row in night.damage:
        sites.setdefault(row["site"], []).append(row)
    if not sites:
        return
    site, rows = max(sites.items(), key=lambda item: (sum(row["cost_eur"] for row in item[1]), item[0]))
    said = [
        w.say("The costliest loss is at {site}: {assets} broken, {hours} crew hours to mend.",
              site=site, assets=w.counted(len(rows), ASSET), hours=w.number(sum(row["work_h"] for row in rows))),
        w.say_n(len(night.damage), "In the whole raid {n} asset breaks.", "In the whole raid {n} assets break."),
    ]  # fmt: skip
    yield max(row["time_s"] for row in rows), w.sentences(said)


def _lowest(night: BadNight) -> Iterator[Told]:
    if not len(night.share):
        return
    w, hour = night.words, int(np.argmin(night.share))
    off = [row["customers_off"] for row in night.service]
    if max(off) <= 0.0 and night.share[hour] >= 1.0:
        yield 0.0, night.words.say("The lights stay on everywhere.")
        return
    darkest = int(np.argmax(off))
    yield HOUR_S * darkest, w.say(
        "Most people are without power now: {people}. {share} of demand is served.",
        people=w.number(off[darkest]), share=w.percent(float(night.share[darkest])),
    )  # fmt: skip
    if night.share[hour] < night.share[darkest]:
        yield (
            HOUR_S * hour,
            w.say("The lowest point: {share} of demand is served.", share=w.percent(float(night.share[hour]))),
        )


def _repairs(night: BadNight) -> Iterator[Told]:
    w, n_hours = night.words, len(night.service)
    rows = night.rows("repairs", "asset", "end_h")
    done = {row["asset"]: row["end_h"] for row in rows if row["end_h"] <= n_hours}
    all_damage = night.rows("damage", "asset", "kind", "site", "work_h")
    work = sorted((row for row in all_damage if row["asset"] in done), key=lambda row: (-row["work_h"], row["asset"]))
    named = list({row["asset"]: row for row in work}.values())[:3]
    if not named:
        return
    each = [w.say("{asset} ({time})", asset=w.say(ASSETS.get(row["kind"], "{site}"), site=row["site"]),
                  time=night.clock(HOUR_S * done[row["asset"]]))
            for row in sorted(named, key=lambda row: done[row["asset"]])]  # fmt: skip
    left = len({row["asset"] for row in all_damage}) - len(done)
    said = [w.say_n(len(done) - 1, "The first repair is done, and {n} more follows; the largest are {repairs}.",
                    "The first repair is done, and {n} more follow; the largest are {repairs}.",
                    repairs=w.listed(each))]  # fmt: skip
    if len(done) == 1:
        said = [w.say("The only repair is done: {repairs}.", repairs=w.listed(each))]
    if left > 0:
        said.append(w.say_n(left, "{n} asset is still broken at the end.", "{n} assets are still broken at the end."))
    yield HOUR_S * min(done.values()), w.sentences(said)


def _back(night: BadNight) -> Iterator[Told]:
    w, n_hours = night.words, len(night.share)
    if not n_hours or night.share.min() >= ENOUGH:
        return
    if night.back_h is None:
        yield HOUR_S * n_hours, w.say(
            "The days that are followed end before 90 % of demand is [served again](served-again): it is {share}, and "
            "{people} are still without power.",
            share=w.percent(float(night.share[-1])), people=w.counted(night.service[-1]["customers_off"], PERSON),
        )  # fmt: skip
    else:
        yield (
            HOUR_S * night.back_h,
            w.say(
                "From now on, 90 % of demand is [served again](served-again); {people} are still without power.",
                people=w.counted(night.service[night.back_h]["customers_off"], PERSON),
            ),
        )


def _longest(night: BadNight) -> Iterator[Told]:
    w, rows = night.words, night.rows("districts", "district", "people", "hours_off")
    if not rows or max(row["hours_off"] for row in rows) <= 0.0:
        return
    most = max(row["hours_off"] for row in rows)
    last = [row for row in rows if row["hours_off"] >= most - 0.5]
    people = w.counted(sum(row["people"] for row in last), PERSON)
    at_s = HOUR_S * len(night.service)
    names = [night.districts.get(row["district"], row["district"]) for row in last[:MOST_NAMES]]
    places = w.counted(len(last), DISTRICT) if night.subject.is_public else w.listed(names)
    yield at_s, w.say(
        "Who waits longest: {people} in {places}, without power for {hours} on average.",
        people=people, places=places, hours=w.hours(most),
    )  # fmt: skip


Teller = Callable[[BadNight], Iterator[Told]]
TELLERS: tuple[Teller, ...] = (
    _launch, _track, _alarms, _defence, _through, _loss, _lowest, _repairs, _back, _longest,
)  # fmt: skip
PUBLIC: tuple[Teller, ...] = (_alarms, _through_in_public, _lowest, _back, _longest)
"""What the public is told: nothing of defence, sites or names, and nothing that says where protection is thin."""


def _chart(night: BadNight) -> Figure:
    w, share = night.words, 100.0 * night.share
    data = [line(w, w.say("this night"), share, "%", ".1f", colour="@night")]
    moments = _moments(night)
    data.append(
        {"type": "scatter", "mode": "markers", "name": w.say("moments"), "showlegend": False,
         "x": [hour for hour, _ in moments], "y": [float(share[hour]) for hour, _ in moments],
         "text": [safe(text) for _, text in moments], "hovertemplate": "%{text}<extra></extra>",
         "marker": {"color": "@ink", "size": 8, "line": {"color": "@paper", "width": 1.5}}}
    )  # fmt: skip
    notes = [
        {"text": safe(text), "x": hour, "y": float(share[hour]), "arrowhead": 0, "arrowcolor": "@soft",
         "ax": 0, "ay": 30 if i % 2 == 0 else 52, "xanchor": "left" if hour < 0.6 * len(share) else "right",
         "font": {"size": 12}}
        for i, (hour, text) in enumerate(moments)
    ]  # fmt: skip
    low = float(share.min())
    floor = max(0.0, 10.0 * np.floor(low / 10.0) - 10.0)
    layout = {
        "xaxis": hours_axis(w, len(share)), "annotations": notes, "showlegend": False,
        "yaxis": axis(w.say("share of demand served, %"), range=[floor, 104.0]),
    }  # fmt: skip
    said = [
        w.say("{first} of demand is served in the first hour of this night, {least} at the lowest point in hour "
              "{hour}, and {last} at the end of {span}.",
              first=w.percent(float(night.share[0])), least=w.percent(low / 100.0), hour=int(np.argmin(share)),
              last=w.percent(float(night.share[-1])), span=w.span(len(share)))
    ]  # fmt: skip
    return Figure("bad-night-served", w.say("Demand served in the bad night"), w.sentences(said), data, layout, 320)


def _moments(night: BadNight) -> list[tuple[int, str]]:
    """Hours of the chart that are named, each once, in order."""
    w, last = night.words, len(night.share) - 1
    found: dict[int, str] = {}
    if night.impacts:
        hour = int(max(row["time_s"] for row in night.impacts) // HOUR_S)
        found[min(hour, last)] = w.say("last impact")
    found.setdefault(int(np.argmin(night.share)), w.say("lowest point"))
    if night.back_h is not None and night.share.min() < ENOUGH:
        found.setdefault(night.back_h, w.say("90 % again"))
    return sorted(found.items())
