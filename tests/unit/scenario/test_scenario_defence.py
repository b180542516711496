"""Bad input about defence gives a clear error, and what is merely useless a right answer."""

import pytest

import mamori
from mamori.errors import ScenarioError

GUN = "{id: gun, class: gun-post-notional, latitude_deg: 34, longitude_deg: 166, command_post: hq%s}"
POST = "command_posts: [{id: hq, latitude_deg: 35, longitude_deg: 169}]"


def load(batteries: str, *sets: str):
    return mamori.load("night-raid", [f"defence={{batteries: [{batteries}], {POST}}}", *sets])


@pytest.mark.parametrize(
    ("batteries", "sets", "place"),
    [
        (f"{GUN % ''}, {GUN % ''}", (), "defence.batteries"),
        (GUN % "", ("catalogue.gun-post-notional.defence.p_kill.drone=1.2",), "p_kill.drone"),
        (GUN % "", ("catalogue.gun-post-notional.defence.max_range_m=50",), "gun-post-notional.defence"),
        (GUN % ", doctrine: hope", (), "defence.batteries[gun].doctrine"),
        (GUN % "", ("defence.engage=best",), "defence.engage"),
        (GUN % "", ("defence.engage_horizon_s=0",), "defence.engage_horizon_s"),
        (GUN % "", ("defence.conditions.sea_state=10",), "defence.conditions.sea_state"),
        (GUN % ", ballistic_reserve: -1", (), "defence.batteries[gun].ballistic_reserve"),
    ],
)
def test_an_error_says_where(batteries, sets, place):
    with pytest.raises(ScenarioError) as caught:
        load(batteries, *sets)
    assert place in str(caught.value)


@pytest.mark.parametrize("change", [", magazine: 0, reloads: 0", ", ballistic_reserve: 1000"])
def test_what_can_never_fire_is_no_error(change):
    assert load(GUN % change).defence.batteries[0].id == "gun"
