"""One battery at latitude 0, longitude 0, and straight paths over it."""

import numpy as np

from mamori.defence.model import BatteryTable, Opportunities, opportunities
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.maths.earth import SEMI_MAJOR_M
from mamori.records import ThreatKind, Trajectories

OPEN = {
    "p_kill": {"ballistic": 0.5, "cruise": 0.5, "drone": 0.5},
    "max_range_m": 50e3,
    "max_height_m": 30e3,
    "needs_line_of_sight": False,
    "interceptor_speed_m_s": 1000.0,
    "reaction_s": 0.0,
    "channels": 1,
    "magazine": 1,
    "assess_s": 0.0,
    "cost_per_shot_eur": 0.0,
}


def battery(boresight_deg: float | None = None, height_m: float = 0.0, **change: object) -> BatteryTable:
    part = DefencePart.model_validate(
        {
            "batteries": [
                {
                    "id": "b", "class": "x", "latitude_deg": 0, "longitude_deg": 0, "height_m": height_m,
                    "boresight_deg": boresight_deg,
                }
            ]
        }
    )  # fmt: skip
    return battery_table(part, {"x": BatteryClass.model_validate({**OPEN, **change})})


def path(time_s, east_m, north_m, height_m, rows: int = 9) -> Trajectories:
    """A straight path over the tangent plane at latitude 0, longitude 0, from and to the given values."""
    share = np.linspace(0.0, 1.0, rows)
    time, east, north, height = (a + share * (b - a) for a, b in (time_s, east_m, north_m, height_m))
    return Trajectories(
        first=np.array([0, rows]),
        time_s=time,
        position_m=np.ascontiguousarray(np.stack([SEMI_MAJOR_M + height, east, north], axis=-1)),
        velocity_m_s=np.zeros((rows, 3)),
        height_m=height,
        impact_s=time[-1:],
        status=np.zeros(1, np.int64),
    )


def meet(traj: Trajectories, table: BatteryTable, kind: ThreatKind = ThreatKind.DRONE) -> Opportunities:
    return opportunities(traj, np.array([kind], np.int64), table)
