"""A small run folder, written by hand and without any simulation, so that every number on the page is known."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

import mamori
from mamori.maths.stats import estimate
from mamori.raid.measures import Over, measures
from mamori.raid.pipeline import Raid, class_names
from mamori.scenario.hash import scenario_hash
from mamori.scenario.load import dump, load
from mamori.store.tables import TABLES, Column, table
from mamori.study.knee import sizes_entry
from mamori.study.run import FORMAT, Run

HOURS = 48
SMALL = """\
schema_version: 1
name: small
title: Five threats & <three> drones
extends: night-raid
run: {seed: 5, replicas: 4, worlds: 2}
recovery: {days: 2}
raid:
  aim_draws: 1
  variants:
    - {id: defences-first, remove: true}
    - {id: one-axis, remove: true}
    - id: energy
      remove: true
    - id: only
      groups:
        - {id: drones, class: drone-notional, count: 3, launch_latitude_deg: 34.0, launch_longitude_deg: 163.0,
           launch_radius_m: 1000.0, launch_s: 0, interval_s: 60, targets: [Carter]}
        - {id: missiles, class: srbm-notional, count: 2, launch_latitude_deg: 34.5, launch_longitude_deg: 162.0,
           launch_radius_m: 1000.0, launch_s: 600, interval_s: 60, targets: [Arthur]}
"""


@pytest.fixture(scope="session")
def scenario(tmp_path_factory):
    """The small scenario: three drones and two ballistic missiles on the real grid."""
    file = tmp_path_factory.mktemp("scenario") / "small.yaml"
    file.write_text(SMALL)
    return load(file, is_checked=False)


@pytest.fixture(scope="session")
def threat_ids(scenario):
    """Ids of its threats, in the order of the raid."""
    return Raid(scenario).world(0).threats(0, 0).id


@pytest.fixture
def make_run(scenario, threat_ids):
    """Write a run folder of the scenario, or of a changed one, with or without threats."""

    def make(path, changed=None, *, replicas=4, ids=threat_ids, hours=HOURS, baseline=False):
        mine = changed or scenario
        _write(path, mine, replicas, ids, hours)
        if baseline:
            _write(path / "baseline", mine, replicas, ids, hours, is_defended=False)
        return Run.open(path)

    return make


def _write(path, scenario, replicas, ids, hours, *, is_defended=True):
    """The files of a finished run, as documented in `mamori.store.folder`."""
    (path / "tables").mkdir(parents=True)
    rows = tables(scenario, replicas, ids, hours, is_defended=is_defended)
    for name, found in rows.items():
        pa.parquet.write_table(found, path / "tables" / f"{name}.parquet")
    (path / "scenario.yaml").write_text(dump(scenario))
    found = summary(scenario, rows["replicas"])
    sizes = sizes_entry(rows["raid_sizes"], 2)
    (path / "summary.json").write_text(json.dumps(found | ({"raid_sizes": sizes} if sizes else {})))
    manifest = {
        "format": FORMAT, "scenario": scenario.name, "scenario_hash": scenario_hash(scenario), "seed": 5,
        "replicas": replicas, "worlds": 2, "mamori": mamori.__version__, "status": "finished",
    }  # fmt: skip
    (path / "manifest.json").write_text(json.dumps(manifest))


def summary(scenario, replicas):
    """What summary.json holds of the table `replicas`."""
    found = {}
    for measure in measures(*class_names(scenario)):
        at = found
        for step in measure.path:
            at = at.setdefault(step, {})
        values = replicas[measure.column].to_numpy()
        e = estimate(values, replicas["world"].to_numpy())
        numbers = {
            "mean": e.mean, "interval_95": [e.low, e.high], "p5": e.p5, "p50": e.p50, "p95": e.p95,
            "luck": list(e.luck), "knowledge": list(e.knowledge),
        }  # fmt: skip
        at.update(json.loads(json.dumps(numbers).replace("NaN", "null")), unit=measure.unit, meaning=measure.meaning)
        if measure.over is Over.REACHED:
            at["share_of_replicas"] = e.n / len(values)
    return found


def tables(scenario, replicas, ids, hours, *, is_defended=True):
    """All tables: replica r lets its first r + 1 threats through (all of them without defence), at a minute each."""
    districts = [d.id for d in scenario.world.districts]
    batteries = [b.id for b in scenario.defence.batteries]
    sensors = [s.id for s in scenario.sensing.sensors]
    found = {name: _empty(name) for name in TABLES}

    def add(name, **values):
        for column, value in values.items():
            found[name][column].append(value)

    for r in range(replicas):
        for i, threat in enumerate(ids):
            is_through = i <= r or not is_defended
            kind, of_class = ("drone", "drone-notional") if "drones" in threat else ("ballistic", "srbm-notional")
            stopped_by = batteries[0] if batteries and not is_through else None
            add(
                "threats",
                replica=r,
                threat=threat,
                kind=kind,
                aim="bus:309",
                launch_s=60.0 * i,
                launch_latitude_deg=34.0,
                launch_longitude_deg=163.0,
                tracked_s=600.0,
                fate="impact" if is_through else "stopped",
                end_s=3600.0,
                stopped_by=stopped_by,
                why=("no channel" if kind == "drone" else "no shot") if is_through else None,
                **{"class": of_class},
            )
            if sensors:
                add("detections", replica=r, threat=threat, sensor=sensors[0], confirmed_s=600.0)
            if stopped_by:
                add(
                    "engagements",
                    replica=r,
                    battery=stopped_by,
                    threat=threat,
                    launch_s=1200.0,
                    intercept_s=1300.0,
                    shots=2,
                    p_kill=0.5,
                    is_kill=True,
                    **{"class": scenario.defence.batteries[0].class_name},
                )
            if is_through:
                add(
                    "impacts",
                    replica=r,
                    threat=threat,
                    time_s=3600.0 + 60.0 * i,
                    latitude_deg=34.0 + 0.01 * i,
                    longitude_deg=165.0 + 0.01 * r,
                    district=None,
                    persons_under=10.0,
                    persons_sheltered=5.0,
                    persons_exposed=5.5,
                    lead_s=300.0,
                    is_late=False,
                )
        for d, district in enumerate(districts):
            people = scenario.world.districts[d].people
            add("warnings", replica=r, district=district, start_s=1800.0, end_s=5400.0, people=people, is_false=d > 0)
            add(
                "districts",
                replica=r,
                district=district,
                people=people,
                energy_not_served_mwh=float(d),
                hours_off=d * (r + 1.0),
                hours_off_best=0.0,
                hours_off_worst=float(d),
                hours_off_without_raid=float(d),
            )
            for group in range(2):
                hours_off = d * (r + 1.0) * group
                add("households", replica=r, district=district, group=group, people=people / 2.0, hours_off=hours_off)
        n_stopped = len(ids) - r - 1 if is_defended else 0
        for b, battery in enumerate(scenario.defence.batteries):
            left = 20 - 2 * max(n_stopped, 0) * (b == 0)
            add(
                "magazines",
                replica=r,
                battery=battery.id,
                start=20,
                left=left,
                **{"class": battery.class_name},
            )
        if r < 2 and is_defended and ids:
            # all that is added from size 1 on comes through
            for size, leaked in ((0.5, 0), (1.0, 2), (1.5, 12), (2.0, 22)):
                n = int(20 * size)
                add(
                    "raid_sizes",
                    replica=r,
                    size=size,
                    launched=n,
                    leaked=leaked,
                    stopped=n - leaked,
                    undefended=n,
                    **{"class": "drone-notional"},
                )
        for hour in range(hours):
            shed = (r + 1.0) * (hours - hour) * (1.0 if is_defended else 2.0)
            add(
                "service",
                replica=r,
                hour=hour,
                demand_mw=1000.0,
                served_mw=1000.0 - shed,
                local_mw=0.5 * shed,
                network_mw=0.25 * shed,
                deficit_mw=0.25 * shed,
                customers_off=100.0 * shed,
                hospitals_lost=0.0,
                water_lost=0.0,
                heat_lost=0.0,
                telecom_lost=0.0,
            )
    for columns in found.values():  # what a test here does not ask about is not known
        n = max(map(len, columns.values()))
        columns.update({name: [None] * n for name, values in columns.items() if not values})
    rows = {name: table(name, columns) for name, columns in found.items() if name != "replicas"}
    every = measures(*class_names(scenario))
    extra = [Column(m.column, pa.float64(), m.meaning) for m in every]
    index = np.arange(replicas)
    energy = [float(sum((r + 1.0) * (hours - h) for h in range(hours))) for r in range(replicas)]
    values = {m.column: 0.125 * k + index**1.5 for k, m in enumerate(every)} | {
        "energy_not_served_mwh": np.array(energy), "time_to_90_percent_h": np.where(index == 3, np.nan, 10.0 * index),
        "leakers_drone_notional": np.minimum(index + 1.0, 3.0) * bool(ids),
        "leakers_srbm_notional": np.maximum(index - 2.0, 0.0) * bool(ids),
        "leaked_no_channel": np.minimum(index + 1.0, 3.0) * bool(ids),
        "leaked_no_shot": np.maximum(index - 2.0, 0.0) * bool(ids),
    }  # fmt: skip
    columns = {"replica": index.tolist(), "world": (index % 2).tolist(), "variant": ["only"] * replicas,
               "aim_draw": [0] * replicas, "passes": [1] * replicas}  # fmt: skip
    rows["replicas"] = table("replicas", columns | values, extra)
    return rows


def _empty(name):
    return {column.name: [] for column in TABLES[name]}


@pytest.fixture(scope="session")
def page_reader():
    """Read what a page holds: elements by name with their attributes, and the drawing that its script takes."""
    return _Page


class _Page:
    def __init__(self, file: Path) -> None:
        self.text = file.read_text(encoding="utf-8")
        found: list[tuple[str, dict[str, str]]] = []
        words: list[tuple[str, str]] = []

        class Reader(HTMLParser):
            last = ""

            def handle_starttag(self, tag, attrs):
                self.last = tag
                found.append((tag, {k: v or "" for k, v in attrs}))

            def handle_data(self, data):
                words.append((self.last, data))

        Reader().feed(self.text)
        self.elements = found
        self.words = words
        drawing = re.search(r'<script type="application/json" id="drawing">(.*?)</script>', self.text, re.DOTALL)
        self.drawing = json.loads(drawing.group(1))
        body = re.sub(r"<script.*?</script>|<style.*?</style>", "", self.text, flags=re.DOTALL)
        self.body = body
        untipped = re.sub(r'<span class="tip".*?</span>|<span id="[^"]*" hidden>.*?</span>', "", body, flags=re.DOTALL)
        self.prose = html.unescape(re.sub(r"<[^>]*>", "", untipped))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def figure(self, name):
        return next(figure for figure in self.drawing["figures"] if figure["id"] == name)
