"""The charts' numbers against the rows that they are made of."""

import numpy as np
import pytest

from mamori.report import island, recovery, timeline
from mamori.report.land import Frame, box, middle_deg
from mamori.report.prose import as_text
from mamori.report.subject import Subject


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


def test_map_shows_mean_hours_of_each_district(subject):
    figure = island.section(subject).figures[0]
    assert trace(figure, "districts")["marker"]["color"] == pytest.approx([2.5 * d for d in range(51)])


def test_map_lines_go_from_launch_to_aim(subject):
    figure = island.section(subject).figures[0]
    x = trace(figure, "drones")["x"]
    assert [v is None for v in x] == [False, False, True] * 3
    assert np.array(x[0::3]) == pytest.approx(163.0, abs=0.02)
    assert trace(figure, "ballistic missiles")["y"][0] == pytest.approx(34.5, abs=0.02)


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
