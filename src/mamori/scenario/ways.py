"""What is wrong with the ways of a raid: points under the ground, classes that follow none, boats on land."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mamori.errors import CaseError
from mamori.flight.schema import BallisticFlight, BoatFlight, ThreatGroup
from mamori.flight.sea.ways import Sea, sea_of
from mamori.language.message import say
from mamori.scenario.schema import Scenario
from mamori.world.coast import read_coast
from mamori.world.terrain import SEA, Terrain, read_terrain


class WayFault(NamedTuple):
    """What is wrong at a place inside a group.

    at: the place; given, rule, remedy: as in `errors.Fault`; is_error: False where it runs, but perhaps not as meant
    """

    at: tuple[str | int, ...]
    given: str
    rule: str
    remedy: str
    is_error: bool = True


class Land(NamedTuple):
    """The ground, and the sea where the scenario has boats and a coast."""

    terrain: Terrain
    sea: Sea | None


def land_of(scenario: Scenario) -> Land:
    """As far as it can be read: what cannot is at fault itself."""
    world, terrain, sea = scenario.world, SEA, None
    has_boats = any(isinstance(section, BoatFlight) for section in scenario.classes.flight.values())
    try:
        terrain = SEA if world.terrain_file is None else read_terrain(world.terrain_file)
        sea = sea_of(read_coast(world.coast_file)) if has_boats and world.coast_file is not None else None
    except CaseError:
        pass
    return Land(terrain, sea)


def way_faults(
    scenario: Scenario, group: ThreatGroup, aims: Sequence[tuple[float, float]], land: Land
) -> Iterator[WayFault]:
    """What is wrong with the way of a group.

    aims: latitude and longitude of what it aims at by name, rad
    """
    section = scenario.classes.flight.get(group.class_name)
    if isinstance(section, BallisticFlight) and group.via:
        rule = say("a ballistic class goes from launch to aim without way-points")
        yield WayFault(("via",), str(len(group.via)), rule, say("Leave `via` out, or take another class."))
        return
    for i, point in enumerate(group.via):
        if point.height_m is None:
            continue
        ground_m = float(land.terrain.ground_m(np.radians(point.latitude_deg), np.radians(point.longitude_deg)))
        given = f"{point.height_m:g} m"
        if isinstance(section, BoatFlight) and point.height_m > 0.0:
            rule, remedy = say("a boat stays on the sea"), say("Leave `height_m` out.")
            yield WayFault(("via", i, "height_m"), given, rule, remedy)
        elif point.height_m < ground_m:
            rule = say("lies under the ground, which is {ground:,.0f} m high there", ground=ground_m)
            remedy = say("Give more than that, or leave `height_m` out to pass at the class's height above the ground.")
            yield WayFault(("via", i, "height_m"), given, rule, remedy)
    if isinstance(section, BoatFlight) and land.sea is not None and group.count:
        start = np.radians([group.launch_latitude_deg, group.launch_longitude_deg])
        via = np.radians([[p.latitude_deg, p.longitude_deg] for p in group.via]).reshape(-1, 2)
        cut_off = [aim for aim in dict.fromkeys(aims) if land.sea.way(np.concatenate([[start], via, [aim]])) is None]
        if cut_off:
            rule = say("no way over the sea leads to {cut} of the {all} places that the group aims at, so that none of "
                       "its boats arrives there", cut=len(cut_off), all=len(dict.fromkeys(aims)))  # fmt: skip
            remedy = say("Launch them at sea, and aim at a port or at a place within 10 km of the coast.")
            at = f"{group.launch_latitude_deg:g}, {group.launch_longitude_deg:g} deg"
            yield WayFault(("launch_latitude_deg",), at, rule, remedy, is_error=False)
