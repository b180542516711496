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
    )
    assert found.errors == []
    places = [fault.place for fault in found.warnings]
    for place in (
        "world.districts[north].bus",
        "defence.batteries[first]",
        "raid.variants[one].groups[g].aims",
        "run.replicas",
    ):
        assert place in places


def test_coast_and_terrain_can_be_read(write, raided):
    path = write("x.yaml", raided)
    gone = look(path, "world.coast_file=none.geojson", "world.terrain_file=none.asc").errors
    assert ["cannot be read" in fault.rule for fault in gone] == [True, True]
    coast, terrain = write("bad.geojson", "[1, 2"), write("bad.asc", "ncols 2")
    bad = look(path, f"world.coast_file={coast}", f"world.terrain_file={terrain}").errors
    assert "is not GeoJSON" in bad[0].rule
    assert bad[0].place == str(coast)
    assert [fault.rule for fault in bad[1:]] == ["must be there"] * 4


def test_own_class_with_its_own_section(write, raided):
    own = (
        "catalogue: {mine: {defence: {p_kill: {drone: 0.5}, max_range_m: 1e4, max_height_m: 1e4, reaction_s: 1, "
        "interceptor_speed_m_s: 100, channels: 1, magazine: 1, assess_s: 1, cost_per_shot_eur: 1}}}"
    )
    assert errors(write("x.yaml", raided + own + "\n"), "defence.batteries.first.class=mine") == []


REACH = "raid.variants[one].groups[g].launch_latitude_deg"


@pytest.mark.parametrize(
    ("group", "is_too_far"),
    [
        ("launch_longitude_deg: -114, aims: {substation: 1}", False),
        ("launch_longitude_deg: 9, aims: {substation: 1}", True),
        ("launch_longitude_deg: 138, aims: {substation: 1, district: 1}", False),
        ("launch_longitude_deg: 138, aims: {substation: 1}", True),
        ("launch_longitude_deg: 138, aims: {substation: 1, district: 0}", True),
        ("launch_longitude_deg: 138, targets: [north]", False),
        ("launch_longitude_deg: 138, targets: [battery:first, 'bus:101']", False),
        ("launch_longitude_deg: 138, targets: ['bus:101']", True),
    ],
)
def test_launch_out_of_reach_of_every_aim_is_warned_of(write, raided, group: str, is_too_far: bool):
    entry = f"{{id: g, class: drone-notional, count: 2, launch_latitude_deg: 34, {group}}}"
    found = look(write("x.yaml", raided), f"raid.variants.one.groups.g={entry}")
    assert found.errors == []
    assert [fault.place for fault in found.warnings if "none arrives" in fault.rule] == [REACH] * is_too_far


def test_reach_counts_the_launch_area_and_the_district_and_the_far_end_of_a_spread(write, raided):
    """One degree of the mean sphere is 111,195 m: from 32 to 34 degrees north 222,390 m."""
    path = write("x.yaml", raided)

    def is_too_far(launch_m: int, district_m: int, reach: str) -> bool:
        flight = f"{{kind: boat, speed_m_s: 10, max_range_m: {reach}}}"
        entry = (
            "{id: g, class: mine, count: 1, launch_latitude_deg: 32, launch_longitude_deg: 139, "
            f"launch_radius_m: {launch_m}, targets: [north]}}"
        )
        found = look(
            path,
            f"catalogue.mine={{flight: {flight}, sensing: {{type: signature, rcs_m2: 1}}}}",
            f"raid.variants.one.groups.g={entry}",
            f"world.districts.north.radius_m={district_m}",
        )
        return any(fault.place == REACH for fault in found.warnings)

    assert not is_too_far(0, 1, "222400")
    assert is_too_far(0, 1, "222300")
    assert not is_too_far(100, 1, "222300")
    assert not is_too_far(0, 100, "222300")
    assert not is_too_far(0, 1, "{low: 1000, high: 222400}")


def test_feeder_of_a_bus_without_load_is_no_target_in_check_as_in_a_raid(write, raided):
    """Bus 111 of the test system carries no load."""
    path = write("x.yaml", raided)
    assert errors(path, "damage.initial=[{asset: 'bus:111', state: light}]") == []
    assert len(errors(path, "damage.initial=[{asset: 'feeder:111', state: light}]")) == 1


def test_checks_know_the_assets_that_a_raid_has():
    from mamori.raid.world import World
    from mamori.scenario.assets import asset_entries
    from mamori.scenario.check import _actors

    scenario = load("night-raid")
    world = World(scenario, 0)
    listed = asset_entries(world.case, world.case.load_mw > 0.0, _actors(scenario))
    assert tuple(entry.id for entry in listed) == world.places.assets.id
    assert {entry.site for entry in listed} == {world.places.site[i] for i in world.places.assets.site_i}
