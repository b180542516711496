"""The charts' numbers against the rows that they are made of."""

import base64
import math

import numpy as np
import pytest
from shapely.geometry import LineString

from mamori.report import island, recovery, timeline
from mamori.report.darkness import darkness
from mamori.report.land import Frame, box, middle_deg
from mamori.report.prose import as_text
from mamori.report.shade import shade
from mamori.report.subject import Subject
from mamori.world.terrain import SEA, Terrain


@pytest.fixture
def subject(make_run, tmp_path):
    return Subject(make_run(tmp_path / "run", baseline=True))


def trace(figure, name):
    return next(t for t in figure.data if t.get("name") == name)


def test_the_night_shown_is_the_one_nearest_the_median(subject):
    # energies 1, 2, 3, 4 times 1,176: 2 and 3 are equally near the median, the first counts
    assert subject.night == 1


def test_mean_night_counts_every_event_once(subject):
    figure = timeline.all_nights(subject)
    rows = {"y": 5.0, "y2": 5.0, "y3": 51.0, "y4": (4 + 3 + 2 + 1) / 4, "y5": (1 + 2 + 3 + 4) / 4}
    for axis, expected in rows.items():
        assert sum(sum(t["y"]) for t in figure.data if t["yaxis"] == axis) == pytest.approx(expected)


def test_bins_hold_their_minutes(subject):
    launches = [t for t in timeline.all_nights(subject).data if t["yaxis"] == "y"]
    drones = next(t for t in launches if t["name"] == "drones")
    assert (drones["x"], drones["y"]) == ([1.0, 3.0], [2.0, 1.0])  # minutes 0, 1, 2 in steps of 2 min


def test_one_night_holds_its_replica_alone(subject):
    figure = timeline.one_night(subject, 1)
    lanes = {0.0: 5, -1.0: 5, -2.0: 51, -3.0: 3, -4.0: 2}
    y = np.concatenate([t["y"] for t in figure.data])
    assert {lane: int(np.sum(np.abs(y - lane) < 0.5)) for lane in lanes} == lanes
    assert "5 launches in minutes 0 to 4" in figure.says


def test_served_is_share_of_demand(subject):
    demand = recovery.by_hour(subject, "demand_mw")
    figure = recovery.served(subject, demand)
    assert trace(figure, "mean")["y"][0] == pytest.approx(100.0 * (1.0 - 2.5 * 48 / 1000))
    assert trace(figure, "one typical night")["y"][0] == pytest.approx(100.0 * (1.0 - 2 * 48 / 1000))
    assert trace(figure, "mean without defence")["y"][0] == pytest.approx(100.0 * (1.0 - 5 * 48 / 1000))
    assert "Without defence the mean falls to 76 %." in as_text(figure.says)
    low, high = figure.data[0]["y"][0], figure.data[1]["y"][0]
    assert (low, high) == pytest.approx(
        [100.0 * (1.0 - x * 48 / 1000) for x in np.quantile([1, 2, 3, 4], [0.95, 0.05])]
    )


def test_where_nothing_is_demanded_all_is_served(subject):
    demand = recovery.by_hour(subject, "demand_mw")
    demand[0, 0] = 0.0
    assert recovery.share_served(subject, demand)[0, 0] == 1.0


def test_causes_add_up_to_what_is_not_served(subject):
    figure = recovery.causes(subject)
    total = sum(np.asarray(t["y"]).sum() for t in figure.data)
    assert total == pytest.approx(subject.summary["energy_not_served_mwh"]["mean"])


def test_people_off(subject):
    assert trace(recovery.people_off(subject), "mean")["y"][0] == pytest.approx(100 * 2.5 * 48)


def test_map_shows_how_often_the_raid_darkens_each_district(subject):
    """In night r, district d is without power for d (r + 1) hours, d of them if the raid had not come."""
    districts = trace(island.section(subject).figures[0], "districts")
    assert districts["marker"]["color"] == pytest.approx([0.0, 50.0] + [75.0] * 49)
    assert (
        "for more than 1 hour because of the raid in 50 % of the nights; 2.5 hours on average" in districts["text"][1]
    )
    assert "1.15 to 3.85 hours" in districts["text"][1]


def test_hours_that_a_district_lacks_without_the_raid_do_not_count(subject):
    dark = darkness(subject, ["d-102", "nowhere", "d-101"])
    np.testing.assert_array_equal(dark.hours_off[:, 0], [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(dark.extra_h[:, 0], [0.0, 1.0, 2.0, 3.0])
    assert dark.p_dark.tolist() == [0.5, 0.0, 0.0]


def test_map_paths_begin_at_the_launch_and_end_where_they_ended(subject, scenario):
    figure = island.section(subject).figures[0]
    x, y = trace(figure, "drones")["x"], trace(figure, "drones")["y"]
    gaps = [i for i, v in enumerate(x) if v is None]
    assert len(gaps) == 3
    assert x[0] == pytest.approx(163.0, abs=0.02)
    # Stopped after an hour, which is 150 to 200 km of the 270 to the aim.
    way = LineString(zip(x[: gaps[0]], y[: gaps[0]], strict=True))
    assert 42.0 * 3600.0 < way.length * 111e3 * math.cos(math.radians(34.3)) * 1.02 < 56.0 * 3600.0
    assert trace(figure, "ballistic missiles")["y"][0] == pytest.approx(34.5, abs=0.02)
    stopped = trace(figure, "stopped, this night")
    assert (stopped["x"][0], stopped["y"][0]) in set(zip(x, y, strict=True))


def test_map_has_a_relief_that_is_level_at_sea_and_lit_from_the_north_west():
    cone = 1000.0 * np.maximum(0.0, 8.0 - np.hypot(*np.mgrid[-10:11, -10:11]))
    layer = shade(Terrain(0.6, 3.0, 0.001, 0.001, cone), Frame(172.0))
    rows, columns = map(int, layer["z"]["shape"].split(","))
    lit = np.frombuffer(base64.b64decode(layer["z"]["bdata"]), dtype=np.int8).reshape(rows, columns).astype(int)
    assert lit[0, 0] == 0
    assert lit[13, 7] > 50  # rows run from south to north: the north-western slope
    assert lit[7, 13] < -50
    assert layer["x0"] == pytest.approx(math.degrees(3.0))
    assert layer["y0"] == pytest.approx(math.degrees(0.6))
    assert shade(SEA, Frame(0.0)) is None


def test_a_fine_relief_is_averaged():
    fine = shade(Terrain(0.6, 3.0, 1e-5, 1e-5, np.ones((700, 900))), Frame(172.0))
    assert fine["z"]["shape"] == "233, 300"
    assert fine["dx"] == pytest.approx(math.degrees(3e-5))
    assert fine["x0"] == pytest.approx(math.degrees(3.0 + 1e-5))


def test_impacts_are_sampled_evenly(subject, monkeypatch):
    every = trace(island.section(subject).figures[0], "impacts, all nights")
    assert len(every["x"]) == 1 + 2 + 3 + 4
    monkeypatch.setattr(island, "MOST_IMPACTS", 4)
    some = trace(island.section(subject).figures[0], "impacts, all nights")
    assert some["x"] == every["x"][::3]


def test_the_date_line_does_not_tear_the_map():
    middle = middle_deg([179.0, -179.0])
    assert abs(middle) == pytest.approx(180.0)
    east = Frame(middle).east([179.0, -179.0])
    assert abs(east[1] - east[0]) == pytest.approx(2.0)
    assert middle_deg([]) == 0.0


def test_box_has_room_around_a_single_point():
    (west, east), (south, north) = box([(10.0, 50.0)], 0.1)
    assert west < 10.0 < east
    assert south < 50.0 < north
