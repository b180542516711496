"""The public report: nothing finer than districts, whatever form it has."""

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest

from mamori.grid.schema import grid_case
from mamori.report.districts import LEAST_PEOPLE, Area, areas
from mamori.report.markdown import escaped
from mamori.report.names import PUBLIC
from mamori.report.subject import Subject
from mamori.report.words import Words
from mamori.report.write import content


@pytest.fixture(params=["html", "json", "md"])
def text(request, scenario, make_run, tmp_path):
    """The public report in each form, without the library that draws and the title, which is the author's own text."""
    run = make_run(tmp_path / "run", baseline=True)
    found = content(Subject(run, is_public=True), request.param).decode()
    for title in (scenario.title, html.escape(scenario.title), escaped(scenario.title)):
        found = found.replace(title, "")
    return re.sub(r"<style.*?</style>|<script>.*?</script>", "", found, flags=re.DOTALL)


def parts(item):
    """Everything in a scenario, however deep."""
    if isinstance(item, dict):
        yield item
        for value in item.values():
            yield from parts(value)
    elif isinstance(item, list | tuple):
        for value in item:
            yield from parts(value)


def occurs(word, text):
    return re.search(rf"(?<![\w@-]){re.escape(word)}(?![\w-])", text) is not None


def test_no_id_of_anything(text, scenario, threat_ids):
    found = {part["id"] for part in parts(scenario.model_dump()) if isinstance(part.get("id"), str)}
    found |= {part["class_name"] for part in parts(scenario.model_dump()) if "class_name" in part}
    found |= set(threat_ids) | set(grid_case(scenario.grid, Path()).site_name)
    found -= {"only"}  # the variant is called as an everyday word
    assert len(found) > 300
    assert [name for name in sorted(found) if not name.isdigit() and occurs(name, text)] == []


def test_no_coordinate(text, scenario):
    found = {
        f"{value:.3f}"
        for part in parts(scenario.model_dump())
        for key, value in part.items()
        if key.endswith(("latitude_deg", "longitude_deg")) and round(value, 1) != value
    }
    assert len(found) > 200
    assert [number for number in sorted(found) if number in text] == []
    assert "longitude" not in text


def test_no_class_of_defence_and_no_way_past_it(text):
    for word in ("magazine", "sensor", "sensors", "upper tier", "gun post", "salvo", "seed", "interceptors"):
        assert not occurs(word, text), word
    assert "drones" not in text
    assert "of 5" in text  # how many got through stays


def test_what_stays(make_run, tmp_path):
    found = json.loads(content(Subject(make_run(tmp_path / "run"), is_public=True), "json"))
    assert [section["id"] for section in found["sections"]][:2] == ["headline", "districts"]
    assert set(found["measures"]) <= PUBLIC
    assert {"energy_not_served_mwh", "critical_load_hours_lost", "warning_lead_time_s"} <= set(found["measures"])
    likely, chart = found["sections"][1]["figures"]
    assert likely["series"][0]["x"] == [0.0 if y == "Hoshimine" else 50.0 if y == "Kazesato" else 75.0
                                        for y in likely["series"][0]["y"]]  # fmt: skip
    assert len(chart["series"][0]["x"]) == 51
    assert "Natsunoe" in chart["series"][0]["y"]


def test_everyone_else_sees_all(make_run, tmp_path):
    found = content(Subject(make_run(tmp_path / "run")), "json").decode()
    assert "magazine" in found
    assert "longitude" in found


def area(name, people, hours):
    """A district that the raid leaves without power in one of two nights."""
    return Area(name, people, np.array([hours, 0.0]), np.array([0.5 * hours, 0.0]))


def test_small_districts_are_put_together():
    places = [area("A", 900_000, 1.0), area("B", 3000, 10.0), area("C", 1000, 2.0), area("D", 6000, 4.0)]
    found = areas(Words(), places)
    assert [(a.name, a.people) for a in found] == [("A", 900_000), ("3 small districts together", 10_000)]
    hours = (3000 * 10 + 1000 * 2 + 6000 * 4) / 10_000
    assert found[1].hours_off == pytest.approx([hours, 0.0])
    assert found[1].extra_h == pytest.approx([0.5 * hours, 0.0])
    assert found[1].p_dark == 0.5
    assert found[1].band_h == pytest.approx((0.05 * hours, 0.95 * hours))


def test_one_small_district_does_not_stand_alone():
    found = areas(Words(), [area("A", 900_000, 1.0), area("", 50_000, 2.0), area("B", 70_000, 3.0)])
    assert [(a.name, a.people) for a in found] == [("A", 900_000), ("2 small districts together", 120_000)]


def test_districts_with_people_enough_stand_by_name():
    places = [area("B", LEAST_PEOPLE, 1.0), area("A", LEAST_PEOPLE, 2.0)]
    assert [a.name for a in areas(Words(), places)] == ["A", "B"]
