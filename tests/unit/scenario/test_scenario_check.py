import pytest

from mamori.scenario.check import Findings, check
from mamori.scenario.load import load

RAID = """\
raid:
  variants:
  - id: one
    groups:
    - {id: g, class: drone-notional, count: 2, aims: {substation: 1},
       launch_latitude_deg: 30, launch_longitude_deg: -114}
"""
TARGETED = (
    "{id: g, class: drone-notional, count: 1, launch_latitude_deg: 30, launch_longitude_deg: -114, targets: [bus:9]}"
)


def look(path, *overrides: str) -> Findings:
    return check(load(path, overrides, is_checked=False))


def errors(path, *overrides: str) -> list[str]:
    return [str(fault) for fault in look(path, *overrides).errors]


@pytest.fixture
def raided(country) -> str:
    head, _, rest = country.partition("raid:")
    return head + RAID + rest[rest.index("world:") :]


def test_sound_country_has_no_errors(write, raided):
    found = look(write("x.yaml", raided))
    assert found.errors == []
    assert len(found.warnings) == 1
    assert found.warnings[0].place == "grid buses"


def test_night_raid_is_sound():
    assert check(load("night-raid")) == ([], [])


@pytest.mark.parametrize(
    ("override", "place", "words"),
    [
        ("sensing.sensors.eye.class=surveilance-radar", "sensing.sensors[eye].class", "`surveillance-radar-notional`"),
        ("sensing.sensors.eye.class=drone-notional", "sensing.sensors[eye].class", 'no `sensing` section of type "r'),
        ("defence.batteries.first.class=gun-post", "defence.batteries[first].class", "`gun-post-notional`"),
        ("defence.batteries.first.class=drone-notional", "defence.batteries[first].class", "no `defence` section"),
        ("defence.batteries.second.sensors=[eye, ey]", "defence.batteries[second].sensors", "`eye`"),
        ("defence.batteries.first.command_post=psot", "defence.batteries[first].command_post", "`post`"),
        ("raid.variants.one.groups.g.class=dron-notional", "raid.variants[one].groups[g].class", "`drone-notional`"),
        ("raid.variants.one.groups.g.class=none", "raid.variants[one].groups[g].class", "no `flight` section"),
        ("raid.variants.one.groups.g.aims={service: 1}", "raid.variants[one].groups[g].aims", "nothing of the kind"),
        (f"raid.variants.one.groups.g={TARGETED}", "raid.variants[one].groups[g].targets", "must be the id of"),
        ("world.districts.north.bus=1O1", "world.districts[north].bus", "must be the id of a bus"),
        ("damage.protection=[{at: substatoin, level: none}]", "damage.protection[0].at", "`substation`"),
        ("damage.protection=[{at: bus, level: gabion}]", "damage.protection[0].level", "`gabion-notional`"),
        ("damage.initial=[{asset: bus:1001, state: light}]", "damage.initial[0].asset", "`bus:101`"),
        ("damage.asset_classes.port=prot-notional", "damage.asset_classes.port", "`port-notional`"),
        ("defence.command_posts.0.id=first", "defence.command_posts[first]", "defence.batteries[first]"),
        ("sensing.sensors.0.id=Abel", "sensing.sensors[Abel]", "a site of the grid"),
        ("sensing.sensors.eye.sector_deg={low: 90, high: 400}", "sensing.sensors[eye].sector_deg", "at most 360"),
        ("sensing.sensors.eye.sector_deg={low: 90, high: 120}", "sensing.sensors[eye].boresight_deg", "only 90 deg"),
        ("grid.case=nowhere", "bus.csv", "cannot be read"),
    ],
)  # fmt: skip
def test_each_reference_is_looked_up(write, raided, override: str, place: str, words: str):
    from mamori.errors import ScenarioError

    try:
        found = errors(write("x.yaml", raided), override)
    except ScenarioError as error:
        found = [str(fault) for fault in error.faults]
    assert [f for f in found if place in f and words in f], found


def test_twins_in_every_list(write, raided):
    for name in ("world.districts", "sensing.sensors", "defence.batteries", "defence.command_posts"):
        text = raided.replace("id: south", "id: north").replace("id: second", "id: first")
        extra = "  - {id: eye, class: surveillance-radar-notional, latitude_deg: 1, longitude_deg: 1}\ndefence:"
        posts = "  - {id: post, latitude_deg: 1, longitude_deg: 1}\n  batteries:"
        text = text.replace("defence:", extra).replace("  batteries:", posts)
        assert [f for f in errors(write("x.yaml", text)) if f.startswith(name) and "twice" in f]


def test_faults_come_all_at_once(write, raided):
    found = errors(
        write("x.yaml", raided),
        "sensing.sensors.eye.class=x",
        "defence.batteries.first.class=y",
        "world.districts.north.bus=z",
        "damage.initial=[{asset: bus:1001, state: light}]",
    )
    assert len(found) == 4


def test_faults_stop_load_but_not_when_left_to_check(write, raided):
    from mamori.errors import ScenarioError

    path = write("x.yaml", raided)
    with pytest.raises(ScenarioError, match="is no class of the catalogue"):
        load(path, ["sensing.sensors.eye.class=x"])
    assert load(path, ["sensing.sensors.eye.class=x"], is_checked=False).sensing.sensors[0].class_name == "x"


def test_what_is_legal(write, minimal, raided):
    """No threats, no batteries, no sensors, no districts; a district that no bus feeds."""
    assert look(write("a.yaml", minimal)) == ([], [])
    path = write("b.yaml", raided)
    assert errors(path, "defence.batteries=[]", "sensing.sensors=[]", "defence.command_posts=[]", "world={}") == []
    assert errors(path, "raid.variants.one.groups.g.aims={battery: 1}", "raid.variants.one.groups.g.count=0",
                  "defence.batteries=[]") == []  # fmt: skip


def test_warnings(write, raided):
    found = look(
        write("x.yaml", raided),
        "world.districts.north.bus=",
        "defence.batteries.first.command_post=",
        "raid.variants.one.groups.g.aims={substation: 1, port: 1}",
        "run={replicas: 2, worlds: 3}",
        "world.coast_file=nowhere.geojson",
    )
    assert found.errors == []
    places = [fault.place for fault in found.warnings]
    for place in (
        "world.districts[north].bus",
        "defence.batteries[first]",
        "raid.variants[one].groups[g].aims",
        "run.replicas",
        "world.coast_file",
    ):
        assert place in places


def test_own_class_with_its_own_section(write, raided):
    own = (
        "catalogue: {mine: {defence: {p_kill: {drone: 0.5}, max_range_m: 1e4, max_height_m: 1e4, reaction_s: 1, "
        "interceptor_speed_m_s: 100, channels: 1, magazine: 1, assess_s: 1, cost_per_shot_eur: 1}}}"
    )
    assert errors(write("x.yaml", raided + own + "\n"), "defence.batteries.first.class=mine") == []
