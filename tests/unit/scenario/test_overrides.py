import pytest

from mamori.errors import ScenarioError
from mamori.scenario.load import load


def refused(path, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path, overrides)
    return str(caught.value)


def test_values_by_field_id_and_number(write, country):
    path = write("x.yaml", country)
    scenario = load(
        path,
        [
            "run.seed=7",
            "defence.batteries.first.magazine=12",
            "defence.batteries[second].magazine=13",
            "world.districts.0.people=5",
            "world.districts[1].radius_m={low: 1, mode: 2, high: 3}",
            "warning.shelter.share=0.5",
            "run.seed=8",
        ],
    )
    assert scenario.run.seed == 8
    assert [battery.magazine for battery in scenario.defence.batteries] == [12, 13]
    assert scenario.world.districts[0].people == 5
    assert scenario.world.districts[1].radius_m.mode == 2.0
    assert scenario.warning.shelter.share == 0.5


def test_whole_list_may_be_set(write, country):
    assert load(write("x.yaml", country), ["defence.batteries=[]"]).defence.batteries == ()


def test_id_with_a_dot(write, country):
    path = write("x.yaml", country.replace("id: first", "id: a.b"))
    assert load(path, ["defence.batteries.a.b.magazine=4"]).defence.batteries[0].magazine == 4


def test_one_end_of_a_spread(write, country):
    scenario = load(write("x.yaml", country), ["world.districts.south.radius_m.high=5000"])
    assert scenario.world.districts[1].radius_m.high == 5000.0


def test_catalogue_is_changed_field_by_field(write, country):
    scenario = load(write("x.yaml", country), ["catalogue.gun-post-notional.defence.magazine=11"])
    assert scenario.classes.defence["gun-post-notional"].magazine == 11
    before = load(write("x.yaml", country)).classes.defence["gun-post-notional"]
    assert scenario.classes.defence["gun-post-notional"] == before.model_copy(update={"magazine": 11})


def test_all_entries_those_of_a_class_and_a_new_one(write, country):
    path = write("x.yaml", country)
    assert [b.magazine for b in load(path, ["defence.batteries[*].magazine=9"]).defence.batteries] == [9, 9]
    assert [b.magazine for b in load(path, ["defence.batteries.*.magazine=9"]).defence.batteries] == [9, 9]
    scenario = load(path, ["defence.batteries[id=second].magazine=9", "world.districts[people=2000].radius_m=7"])
    assert [b.magazine for b in scenario.defence.batteries][1] == 9
    assert [d.radius_m for d in scenario.world.districts if d.people == 2000] == [7.0]
    assert [d.radius_m for d in scenario.world.districts if d.people != 2000].count(7.0) == 0
    before = load(path)
    one = "{id: new, latitude_deg: 1, longitude_deg: 2}"
    posts = load(path, [f"defence.command_posts[+]={one}"]).defence.command_posts
    assert [post.id for post in posts] == [*(post.id for post in before.defence.command_posts), "new"]
    two = f"[{one}, {one.replace('new', 'newer')}]"
    posts = load(path, [f"defence.command_posts[+]={two}"]).defence.command_posts
    assert [post.id for post in posts[-2:]] == ["new", "newer"]
    spares = load(path, ["recovery.spares={switchgear: 1, transformer: 2}", "recovery.spares.*=5"]).recovery.spares
    assert spares == {"switchgear": 5, "transformer": 5}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("run.sed=7", "`seed`"),
        ("runn.seed=7", "`run`"),
        ("defence.batteries.frist.magazine=1", "`first`"),
        ("defence.batteries.first.magasine=1", "`magazine`"),
        ("defence.batteries.9.magazine=1", "no entry '9'"),
        ("run.seed.x=1", "holds a value"),
        ("run.seed", "path=value"),
        ("=3", "path=value"),
        ("run..seed=3", "not a path"),
        ("run.seed=[1", "not YAML"),
        ("services.sites.x.bus=1", "no entries"),
        ("classes.defence=1", "not known"),
        ("run.seed=-1", "at least 0"),
        ("defence.batteries[class=gun-pots-notional].magazine=1", "no entry whose class is 'gun-pots-notional'"),
        ("defence.batteries[class=gun-pots-notional].magazine=1", "`gun-post-notional`"),
        ("defence.batteries[*].magasine=1", "`magazine`"),
        ("services.sites[*].bus=1", "no entries"),
        ("defence.batteries[+].magazine=1", "nothing follows it"),
        ("defence.batteries[id=first.magazine=1", "path=value"),
    ],
)
def test_path_that_leads_nowhere(write, country, override: str, words: str):
    assert words in refused(write("x.yaml", country), override)


def test_all_faults_of_overrides_and_file_at_once(write, country):
    text = refused(write("x.yaml", country + "run: {replicas: 0}\n"), "run.sed=1", "run.seed=x", "wrld=3")
    for word in ("run.replicas", "'sed'", "run.seed", "'wrld'"):
        assert word in text


def test_table_given_on_the_command_line_goes_over_the_file(write, country, monkeypatch):
    path = write("x.yaml", country)
    table = write("d.csv", "id,latitude_deg,longitude_deg,radius_m,people\nnorth,1,2,3,4\nnew,1,2,3,4\n")
    monkeypatch.chdir(table.parent)
    districts = load(path, ["world.districts_file=d.csv"]).world.districts
    assert [(d.id, d.people) for d in districts] == [("north", 4), ("south", 2000), ("new", 4)]
