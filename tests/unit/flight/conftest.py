"""Small raids for the tests of flight."""

import numpy as np
import pytest

from mamori.flight.model import FlightClasses
from mamori.flight.schema import BallisticFlight, BoatFlight, CruiseFlight, DroneFlight, flight_classes
from mamori.records import Threats

SECTIONS = {
    "srbm-notional": BallisticFlight(
        kind="ballistic",
        min_range_m=100e3,
        max_range_m=700e3,
        burn_s=65.0,
        apogee_to_range_ratio=0.25,
        ballistic_coefficient_kg_m2=7000.0,
    ),
    "cruise-notional": CruiseFlight(kind="cruise", max_range_m=1500e3, speed_m_s=240.0, height_m=60.0),
    "drone-notional": DroneFlight(kind="drone", max_range_m=2000e3, speed_m_s=50.0, height_m=400.0),
    "boat-notional": BoatFlight(kind="boat", max_range_m=800e3, speed_m_s=18.0),
}


@pytest.fixture(scope="session")
def classes() -> FlightClasses:
    return flight_classes(SECTIONS, list(SECTIONS))


@pytest.fixture(scope="session")
def raid():
    """Threats from (class index, launch_s, launch latitude, longitude, aim latitude, longitude in deg)."""

    def build(*rows: tuple[int, float, float, float, float, float]) -> Threats:
        columns = np.array(rows, dtype=np.float64).reshape(len(rows), 6).T
        class_i = columns[0].astype(np.int64)
        angles = np.radians(columns[2:])
        return Threats(
            id=tuple(f"t{i}" for i in range(len(rows))),
            key=np.arange(len(rows), dtype=np.int64),
            kind=class_i.copy(),
            classes=tuple(SECTIONS),
            class_i=class_i,
            launch_s=columns[1].copy(),
            launch_latitude_rad=angles[0],
            launch_longitude_rad=angles[1],
            aim_latitude_rad=angles[2],
            aim_longitude_rad=angles[3],
            aim_i=np.zeros(len(rows), dtype=np.int64),
        )

    return build
