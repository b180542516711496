"""Sensors that hang on a bus of the grid."""

import numpy as np
import pytest

from mamori.raid.pipeline import Raid
from mamori.raid.supply import Supply
from mamori.records import AssetKind
from mamori.scenario.load import load


@pytest.fixture(scope="module")
def world():
    changes = [
        "sensing.sensors.ll-west-cape.bus=309",
        "sensing.sensors.ll-west-cape.backup_s=600",
        "sensing.sensors.sv-south.readiness=0",
        "recovery.days=1",
    ]
    return Raid(load("night-raid", changes)).world(0)


def test_power_ends_with_the_switchyard_or_the_feeder_and_backup_after_it(world):
    places = world.places
    at_bus = world.case.bus_id.index("309")
    yard = places.of_kind(AssetKind.BUS)[at_bus]
    feeder = next(a for a in places.of_kind(AssetKind.FEEDER) if places.assets.element[a] == at_bus)
    sensor = world.sensors.id.index("ll-west-cape")
    alive_s = np.full(len(places.assets.id), np.inf)
    assert np.all(np.isinf(world.sensor_supply.until(alive_s)))
    alive_s[yard] = 1000.0
    until_s = world.sensor_supply.until(alive_s)
    assert until_s[sensor] == 1600.0
    assert np.isinf(np.delete(until_s, sensor)).all()
    alive_s[feeder] = 400.0
    assert world.sensor_supply.until(alive_s)[sensor] == 1000.0


def test_who_hangs_on_nothing_has_power(world):
    supply = Supply.of(world.places, [-1, -1], [0.0, 5.0])
    assert np.all(np.isinf(supply.until(np.zeros(len(world.places.assets.id)))))
    assert Supply.of(world.places, [], []).until(np.zeros(3)).shape == (0,)
