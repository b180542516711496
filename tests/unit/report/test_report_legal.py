"""What a run may lack: the page still works and says what is missing."""

import pytest

from mamori.report.page import write


def changed(scenario, **parts):
    """The scenario with fields of its parts replaced: part__field=value."""
    for path, value in parts.items():
        part, field = path.split("__")
        scenario = scenario.model_copy(update={part: getattr(scenario, part).model_copy(update={field: value})})
    return scenario


@pytest.fixture
def page_of(make_run, page_reader, tmp_path):
    def make(scenario, **options):
        write(make_run(tmp_path / "run", scenario, **options), tmp_path / "page.html")
        return page_reader(tmp_path / "page.html")

    return make


def names(read):
    return [trace["name"] for trace in read.figure("map")["data"]]


def test_whole(page_of, scenario):
    read = page_of(scenario, baseline=True)
    assert not [a for a in read.all("p") if a.get("class") == "missing"][1:]  # the one in noscript
    assert {"coast", "power lines", "grid sites", "districts", "ports", "sensors", "drones", "ballistic missiles",
            "impacts, all nights", "area defence", "scale"} <= set(names(read))  # fmt: skip


def test_no_threats(page_of, scenario):
    (variant,) = scenario.raid.variants
    none = variant.model_copy(update={"groups": ()})
    read = page_of(changed(scenario, raid__variants=(none,)), ids=())
    assert "Nothing came." in read.body
    assert "there is no time line" in read.body
    assert "No threat was launched in the night that is shown." in read.body
    assert {f["id"] for f in read.drawing["figures"]} == {
        "map", "bad-night-served", "magazines-left", "served", "causes", "people-off", "hours-off", "services-lost",
    }  # fmt: skip


def test_no_batteries_and_no_sensors(page_of, scenario):
    read = page_of(changed(scenario, defence__batteries=(), sensing__sensors=()))
    assert "The scenario has no batteries." in read.body
    assert "The scenario has no sensors." in read.body
    assert "sensors" not in names(read)


def test_no_districts(page_of, scenario):
    read = page_of(changed(scenario, world__districts=()))
    assert "The scenario has no districts" in read.body
    assert "districts" not in names(read)
    assert "ports" in names(read)
    assert "no alarms in districts" in read.body


def test_one_replica(page_of, scenario):
    read = page_of(scenario, replicas=1)
    assert "One night says nothing about the next" in read.body
    sentences = read.body.partition("<details>")[0]
    assert "with 95 % confidence" not in sentences
    assert "1 of 5 got through." in sentences


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "names no coast file"),
        ("gone", "is gone or is not GeoJSON"),
        ("[1, 2", "is gone or is not GeoJSON"),
        ('{"type": "Polygon", "coordinates": [["x", 1]]}', "is gone or is not GeoJSON"),
        ("[]", "is gone or is not GeoJSON"),
    ],
)
def test_no_coast(page_of, scenario, tmp_path, content, says):
    file = tmp_path / "coast.geojson"
    if content not in (None, "gone"):
        file.write_text(content)
    read = page_of(changed(scenario, world__coast_file=None if content is None else str(file)))
    assert says in read.body
    assert "coast" not in names(read)
    assert "districts" in names(read)


def test_a_scenario_that_cannot_be_read(make_run, page_reader, tmp_path):
    run = make_run(tmp_path / "run")
    (run.path / "scenario.yaml").write_text("name: [")
    write(run, tmp_path / "page.html")
    read = page_reader(tmp_path / "page.html")
    assert "The scenario of this run cannot be read, so there is no map" in read.body
    shown = {f["id"] for f in read.drawing["figures"]}
    assert {"one-night", "all-nights", "served", "causes", "people-off"} <= shown
    assert "map" not in shown


def test_a_grid_that_is_gone(page_of, scenario, tmp_path):
    read = page_of(changed(scenario, grid__case=str(tmp_path / "gone")))
    assert "The grid is not drawn" in read.body
    assert "No paths are drawn" in read.body
    assert "districts" in names(read)


def test_threats_that_the_scenario_does_not_have(page_of, scenario):
    read = page_of(scenario, ids=("other/drones/001",))
    assert "No paths are drawn" in read.body
    assert "drones" not in names(read)


def test_no_recovery(page_of, scenario):
    read = page_of(scenario, hours=0)
    assert "Recovery was not followed for any hour." in read.body
