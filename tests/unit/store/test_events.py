"""The list of events of a replica, from its rows; and events.parquet."""

import shutil
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet
import pytest

from mamori.errors import StoreError
from mamori.language.speech import language
from mamori.store import export
from mamori.store.events import _ORDER, EVENTS, WORDS, Event, Gazetteer, events, replicas_of
from mamori.store.export import whole, write_events
from mamori.store.tables import TABLES, table

WHERE = Gazetteer(
    asset={"bus:7": (34.0, 165.0), "sensor:eye": (34.1, 165.1), "battery:north": (34.2, 165.2)},
    site={"bus:7": "Chifa", "sensor:eye": "eye", "battery:north": "north"},
    district={"d-1": (34.3, 165.3)},
    name={"d-1": "Hoshimine"},
)
START = datetime(2027, 1, 19, 19, tzinfo=UTC)


def rows(replica=0, *, drop=()):
    """A raid of four: one stopped, one that comes down, one that fails, one without a path."""
    threats = [
        ("t1", "bus:7", 0.0, 900.0, "stopped"),
        ("t2", "bus:7", 60.0, 1000.0, "impact"),
        ("t3", "district", 120.0, 1100.0, "failed"),
        ("t4", "bus:7", 180.0, None, "no path"),
    ]
    found = {
        "replicas": [{"world": 3, "variant": "only", "aim_draw": 0, "passes": 1}],
        "threats": [
            {
                "threat": name, "class": "drone-notional", "kind": "drone", "aim": aim, "launch_s": launch_s,
                "launch_latitude_deg": 30.0, "launch_longitude_deg": 160.0, "tracked_s": 400.0, "end_s": end_s,
                "fate": fate, "stopped_by": None,
            }
            for name, aim, launch_s, end_s, fate in threats
        ],
        "detections": [
            {"threat": "t1", "sensor": "late", "confirmed_s": 500.0},
            {"threat": "t1", "sensor": "eye", "confirmed_s": 400.0},
        ],
        "engagements": [
            {
                "battery": "north", "class": "area", "threat": "t1", "launch_s": at, "intercept_s": at + 50.0,
                "shots": shots, "p_kill": 0.5, "is_kill": is_kill,
            }
            for at, shots, is_kill in ((800.0, 1, False), (850.0, 2, True))
        ],
        "impacts": [
            {
                "threat": "t2", "time_s": 1000.0, "latitude_deg": 34.0, "longitude_deg": 165.0, "district": "d-1",
                "persons_under": 2.25, "persons_sheltered": 1.0, "persons_exposed": 1.5, "lead_s": 60.0,
                "is_late": False,
            }
        ],
        "damage": [
            {
                "asset": "bus:7", "kind": "bus", "site": "Chifa", "state": state, "time_s": time_s, "threat": threat,
                "work_h": 12.4, "spare": None, "cost_eur": 1.0,
            }
            for state, time_s, threat in (("light", None, None), ("heavy", 1000.0, "t2"))
        ],
        "warnings": [{"district": "d-1", "start_s": 600.0, "end_s": 2000.0, "people": 1234, "is_false": False}],
        "service": [
            {
                "hour": hour, "demand_mw": 100.0, "served_mw": served, "local_mw": 0.0, "network_mw": 0.0,
                "deficit_mw": 0.0, "customers_off": 100.0 - served, "hospitals_lost": 0.0, "water_lost": 0.0,
                "heat_lost": 0.0, "telecom_lost": 0.0,
            }
            for hour, served in enumerate((100.0, 80.0, 80.5, 100.0))
        ],
        "repairs": [
            {"asset": "bus:7", "crew": "c1", "start_h": 2.0, "end_h": 3.0, "spare": None},
            {"asset": "bus:7", "crew": "c2", "start_h": 3.0, "end_h": 5.0, "spare": None},
        ],
    }  # fmt: skip
    tables = {
        name: table(
            name,
            {c.name: [replica if c.name == "replica" else row.get(c.name) for row in entries] for c in TABLES[name]},
        )
        for name, entries in found.items()
    }
    return {name: t.drop_columns([c for c in drop if c in t.column_names]) for name, t in tables.items()}


def told(found):
    return [(e.time_s, e.actor, e.event, e.threat, e.place) for e in found]


def test_every_row_is_told_once_and_in_order():
    found = events(rows(), WHERE)
    assert told(found) == [
        (0.0, "raid", "begins", "", ""),
        (0.0, "t1", "launch", "t1", ""),
        (60.0, "t2", "launch", "t2", ""),
        (120.0, "t3", "launch", "t3", ""),
        (180.0, "t4", "launch", "t4", ""),
        (180.0, "t4", "no path", "t4", ""),
        (400.0, "eye", "track", "t1", "sensor:eye"),
        (600.0, "d-1", "alarm", "", "d-1"),
        (800.0, "north", "fire", "t1", "battery:north"),
        (850.0, "north", "fire", "t1", "battery:north"),
        (850.0, "north", "missed", "t1", ""),
        (900.0, "north", "stopped", "t1", ""),
        (1000.0, "t2", "impact", "t2", "d-1"),
        (1000.0, "bus:7", "damage", "t2", "bus:7"),
        (1100.0, "t3", "failed", "t3", ""),
        (2000.0, "d-1", "all-clear", "", "d-1"),
        (3600.0, "grid", "power", "", ""),
        (7200.0, "c1", "sets out", "", "bus:7"),
        (10800.0, "c1", "mended", "", "bus:7"),
        (10800.0, "c2", "sets out", "", "bus:7"),
        (10800.0, "grid", "power", "", ""),
        (14400.0, "raid", "ends", "", ""),
    ]
    detail = {(e.time_s, e.actor): e.detail for e in found}
    assert detail[0.0, "raid"] == "replica 0, world 3: variant only, 4 threats"
    assert detail[0.0, "t1"] == "drone-notional at bus:7 (Chifa)"
    assert detail[120.0, "t3"] == "drone-notional at a district"
    assert (detail[800.0, "north"], detail[850.0, "north"]) == ("1 shot at t1", "t1")
    assert detail[1000.0, "t2"] == "came down in Hoshimine, 2.2 people under it"
    assert detail[1000.0, "bus:7"] == "at Chifa: heavy by t2, 12 crew hours to mend"
    assert detail[3600.0, "grid"] == "80.0 % of 100 MW served, 20 people off"
    ends = "1 of 4 threats got through, 1 assets damaged, 40 MWh not served in 4 hours, 0 people still off"
    assert detail[14400.0, "raid"] == ends
    assert {e.event for e in found} <= set(WORDS)
    assert set(_ORDER) <= set(WORDS)


def test_places():
    at = {(e.time_s, e.event): (e.latitude_deg, e.longitude_deg) for e in events(rows(), WHERE)}
    assert at[0.0, "launch"] == (30.0, 160.0)
    assert at[400.0, "track"] == (34.1, 165.1)
    assert at[600.0, "alarm"] == (34.3, 165.3)
    assert at[1000.0, "damage"] == (34.0, 165.0)
    assert at[900.0, "stopped"] == (None, None)


def test_a_run_of_before_launch_places_were_kept():
    found = events(rows(drop=("launch_latitude_deg", "launch_longitude_deg")), WHERE)
    assert told(found) == told(events(rows(), WHERE))
    assert found[1].latitude_deg is None


def test_a_line_for_people():
    event = Event(3725.9, "north", "fire", "1 shot at t1")
    assert event.as_line() == "  1:02:05  north  FIRE  1 shot at t1"
    assert event.as_line(language("uk")).startswith("  1:02:05  north  ")


@pytest.fixture
def run(tmp_path):
    """Tables of three replicas as a run leaves them."""
    (tmp_path / "tables").mkdir()
    parts = [rows(replica) for replica in range(3)]
    for name in parts[0]:
        pa.parquet.write_table(pa.concat_tables([p[name] for p in parts]), tmp_path / "tables" / f"{name}.parquet")
    return tmp_path


def test_events_of_all_replicas(run, monkeypatch):
    monkeypatch.setattr(export, "ROWS_PER_GROUP", 40)
    file = run / "events.parquet"
    n_rows = write_events(replicas_of(run, range(3)), WHERE, "a raid", START, file)
    found = pa.parquet.read_table(file)
    one = events(rows(), WHERE)
    assert n_rows == len(found) == 3 * len(one)
    assert pa.parquet.read_metadata(file).num_row_groups == 2
    assert found.column_names == [column.name for column in EVENTS]
    assert found.schema.field("time_s").metadata[b"unit"] == b"s"
    assert found["case"].unique().to_pylist() == ["a raid"]
    assert found["replica"].to_pylist() == [r for r in range(3) for _ in one]
    second = found.filter(pa.compute.equal(found["replica"], 1))
    assert second["event"].to_pylist() == [e.event for e in one]
    assert second["place"].to_pylist() == [e.place or None for e in one]
    clock = [START.replace(tzinfo=None) + timedelta(seconds=e.time_s) for e in one]
    assert second["time_utc"].to_pylist() == clock


def test_events_of_one_replica(run):
    file = run / "one.parquet"
    write_events(replicas_of(run, [2]), WHERE, "a raid", START, file)
    assert pa.parquet.read_table(file)["replica"].unique().to_pylist() == [2]


def test_replicas_at_once_change_nothing(run, monkeypatch):
    whole_run = [(n, events(r, WHERE)) for n, r in replicas_of(run, range(3))]
    monkeypatch.setattr("mamori.store.events.REPLICAS_AT_ONCE", 1)
    assert [(n, events(r, WHERE)) for n, r in replicas_of(run, range(3))] == whole_run
    assert [n for n, _ in whole_run] == [0, 1, 2]


def test_a_table_that_is_gone(run):
    (run / "tables" / "impacts.parquet").unlink()
    file = run / "events.parquet"
    with pytest.raises(StoreError, match=r"impacts\.parquet: cannot be read"):
        whole(file, lambda part: write_events(replicas_of(run, range(3)), WHERE, "a raid", START, part))
    assert not file.exists()
    assert not list(run.glob("*.part"))


def test_a_full_disk_is_told(run, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pa.parquet.ParquetWriter, "write_table", full)
    with pytest.raises(StoreError, match="the disk is full"):
        whole(run / "e.parquet", lambda part: write_events(replicas_of(run, range(3)), WHERE, "a", START, part))
    assert not list(run.glob("e.parquet*"))


def test_a_place_that_cannot_be_written(run):
    shutil.rmtree(run / "tables")
    with pytest.raises(StoreError, match="Give another file"):
        whole(run / "no" / "e.parquet", lambda _: 0)
