from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from mamori.damage.model import AssetTable, MunitionTable, ProtectionTable
from mamori.maths.earth import offset_point
from mamori.maths.luck import entity_key
from mamori.records import AssetKind, Assets, Threats, Trajectories

LATITUDE, LONGITUDE = np.deg2rad(35.0), np.deg2rad(150.0)


def threats(ids: Sequence[str], kind: int = 1, east_m: float = 0.0, north_m: float = 0.0) -> Threats:
    """Threats of one class that all aim at one point, so far from the origin of the test's map."""
    n = len(ids)
    latitude, longitude = offset_point(
        np.full(n, LATITUDE), np.full(n, LONGITUDE), np.full(n, east_m), np.full(n, north_m)
    )
    return Threats(
        id=tuple(ids),
        key=np.array([entity_key(name) for name in ids], dtype=np.int64),
        kind=np.full(n, kind, dtype=np.int64),
        classes=("some-notional",),
        class_i=np.zeros(n, dtype=np.int64),
        launch_s=np.zeros(n),
        launch_latitude_rad=np.zeros(n),
        launch_longitude_rad=np.zeros(n),
        aim_latitude_rad=latitude,
        aim_longitude_rad=longitude,
        aim_i=np.zeros(n, dtype=np.int64),
    )


def trajectories(impact_s: Sequence[float], status: Sequence[int] | None = None) -> Trajectories:
    n = len(impact_s)
    return Trajectories(
        first=np.zeros(n + 1, dtype=np.int64),
        time_s=np.zeros(0),
        position_m=np.zeros((0, 3)),
        velocity_m_s=np.zeros((0, 3)),
        height_m=np.zeros(0),
        impact_s=np.array(impact_s, dtype=np.float64),
        status=np.array([0] * n if status is None else status, dtype=np.int64),
    )


def assets(
    east_m: Sequence[float],
    *,
    ids: Sequence[str] | None = None,
    radius_m: float = 10.0,
    protection: int = 0,
    kind: int = AssetKind.BUS,
) -> Assets:
    """Assets on a line to the east of the origin."""
    n = len(east_m)
    latitude, longitude = offset_point(
        np.full(n, LATITUDE), np.full(n, LONGITUDE), np.array(east_m, dtype=np.float64), np.zeros(n)
    )
    names = tuple(ids) if ids is not None else tuple(f"asset-{i}" for i in range(n))
    return Assets(
        id=names,
        key=np.array([entity_key(name) for name in names], dtype=np.int64),
        kind=np.full(n, kind, dtype=np.int64),
        element=np.arange(n, dtype=np.int64),
        site_i=np.zeros(n, dtype=np.int64),
        latitude_rad=latitude,
        longitude_rad=longitude,
        radius_m=np.full(n, radius_m),
        protection=np.full(n, protection, dtype=np.int64),
        worth_mw=np.ones(n),
    )


def munitions(
    p_works: float = 1.0, cep_m: float = 0.0, effect_radius_m: float = 50.0, severity: float = 1.0
) -> MunitionTable:
    return MunitionTable(*(np.array([x]) for x in (p_works, cep_m, effect_radius_m, severity)))


def asset_table(p_heavy: float = 0.5, p_destroyed: float = 0.5, sigma_ln: float = 0.0) -> AssetTable:
    n = len(AssetKind)
    return AssetTable(
        radius_m=np.full(n, 10.0),
        offset_m=np.full(n, 300.0),
        p_heavy_or_worse=np.full(n, p_heavy),
        p_destroyed_if_heavy=np.full(n, p_destroyed),
        work_h=np.tile([0.0, 10.0, 50.0, 200.0], (n, 1)),
        work_sigma_ln=np.full(n, sigma_ln),
        spare_i=np.full(n, 2, dtype=np.int64),
        spare_from=np.full(n, 2, dtype=np.int64),
        capacity_left_light=np.full(n, 0.5),
        cost_eur=np.tile([0.0, 1.0, 2.0, 3.0], (n, 1)),
    )


def protections() -> ProtectionTable:
    """No protection, one that halves the radius, one that stops everything."""
    return ProtectionTable(
        radius_factor=np.array([[1.0] * 4, [0.5] * 4, [1.0] * 4]),
        p_stop=np.array([[0.0] * 4, [0.0] * 4, [1.0] * 4]),
        cost_eur=np.array([0.0, 1.0, 2.0]),
    )


@pytest.fixture
def build() -> SimpleNamespace:
    """Builders of small inputs."""
    parts: dict[str, Callable[..., object]] = {
        f.__name__: f for f in (threats, trajectories, assets, munitions, asset_table, protections)
    }
    return SimpleNamespace(**parts)
