"""Ways that are not flown straight: points to either side of them, drawn by keyed luck."""

import numpy as np

from mamori.flight.level.paths import legs_of
from mamori.maths.earth import MEAN_RADIUS_M
from mamori.maths.luck import Stage, normal
from mamori.records import Floats, Ints, Ways

MOST_SIGMAS = 2.5
"""No point lies farther off: tails would send single threats across the country."""


def wandering(
    place: Floats, ways: Ways | None, sigma_m: Floats, every_m: Floats, seed: int, draw: int, key: Ints
) -> Ways | None:
    """Way-points of n threats: those given, and between them points drawn to either side of the way.

    place: (4, n) latitude and longitude of the launch, latitude and longitude of the aim, rad; ways: given, or None
    sigma_m: (n,) standard deviation to the side, 0 for a straight way; every_m: (n,) way between the points
    seed, draw, key: of the luck, key (n,); the k-th point drawn on a way has the k-th slot
    None where no threat has any.
    """
    if ways is None and not (sigma_m > 0.0).any():
        return None
    legs = legs_of(place, ways)
    n_legs = np.diff(legs.first)
    threat = np.repeat(np.arange(key.size), n_legs)
    n_parts = np.maximum(1.0, np.rint(legs.length_m / every_m[threat]))
    n_drawn = np.where(sigma_m[threat] > 0.0, n_parts - 1.0, 0.0).astype(np.int64)
    is_last = np.zeros(threat.size, dtype=np.bool_)
    is_last[legs.first[1:] - 1] = True
    # The points of a leg: those drawn, then the way-point at its end, unless that is the aim.
    n_points = n_drawn + ~is_last
    leg = np.repeat(np.arange(threat.size), n_points)
    begin = np.cumsum(n_points) - n_points
    k = np.arange(leg.size) - begin[leg] + 1
    is_drawn = k <= n_drawn[leg]
    first = np.zeros(key.size + 1, dtype=np.int64)
    np.cumsum(np.add.reduceat(n_points, legs.first[:-1]) if key.size else n_points, out=first[1:])
    slot = np.cumsum(is_drawn) - 1
    slot -= np.concatenate([[0], np.cumsum(is_drawn)])[first[:-1]][threat[leg]]
    luck = np.zeros(leg.size)
    luck[is_drawn] = [
        normal(seed, draw, int(Stage.FLIGHT), entity, n)
        for entity, n in zip(key[threat[leg[is_drawn]]].tolist(), slot[is_drawn].tolist(), strict=True)
    ]
    off_rad = np.clip(luck, -MOST_SIGMAS, MOST_SIGMAS) * sigma_m[threat[leg]] / MEAN_RADIUS_M
    turned = legs.angle_rad[leg] * np.where(is_drawn, k / np.maximum(n_parts[leg], 1.0), 1.0)
    start, ahead = legs.start[leg], legs.ahead[leg]
    at = start * np.cos(turned)[:, None] + ahead * np.sin(turned)[:, None]
    at += np.cross(start, ahead) * np.where(is_drawn, off_rad, 0.0)[:, None]
    latitude, longitude = np.arctan2(at[:, 2], np.hypot(at[:, 0], at[:, 1])), np.arctan2(at[:, 1], at[:, 0])
    return Ways(first, latitude, longitude, np.where(is_drawn, -np.inf, legs.least_m[leg]))
