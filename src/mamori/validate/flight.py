"""Flight against what was published: reported flights, textbook, closed forms, the standard atmosphere, oracles."""

import csv
from collections.abc import Iterator
from importlib.resources import files

import numpy as np

from mamori.flight.ballistic import WGS_84, Earth, ballistic_flight, sphere
from mamori.flight.motion import boost_shares, drag_shape, gravity_point
from mamori.flight.search import Task, fly_all, surface
from mamori.flight.single import Asked, fly_asked
from mamori.maths.atmosphere import air, geometric_height_m
from mamori.maths.earth import GM_M3_S2, geodetic_point
from mamori.records import Floats
from mamori.scenario.flights import ballistic_classes
from mamori.validate.case import Case

__all__ = ["flight_cases"]

DU_M, TU_S = 6_378_145.0, 806.8118744
"""Canonical units of Bate, Mueller and White (1971): the Earth's radius, and the time in which a satellite there turns
by one radian."""
_BOOK = (
    "Bate, Mueller and White, Fundamentals of Astrodynamics (1971), chapter 6, as public tests of its examples quote it"
)
_STANDARD = "US Standard Atmosphere 1976, from its defining constants"
_CLOSED = "closed form: the second focus on the chord, R = 6371 km, mu = 398600.4418 km3/s2"


def flight_cases() -> list[Case]:
    """All cases, computed now. Takes a few seconds."""
    return [*_reported(), *_book(), *_least_energy(), *_atmosphere(), *_conserved(), *_oracle()]


def _reported() -> Iterator[Case]:
    """Time of reported flights from their apogee and range alone, by the class that follows from those."""
    with (files("mamori.validate") / "data" / "reported_flights.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names, table = ballistic_classes()
    asked = [
        Asked(id=row["date"], apogee_m=1e3 * float(row["apogee_km"]), range_m=1e3 * float(row["range_km"]))
        for row in rows
    ]
    for row, one in zip(rows, fly_asked(asked, table, names), strict=True):
        times = [float(part) for part in row["flight_time_min"].split(";")]
        yield Case(
            group="reported flights",
            name=f"{row['date']} {row['trajectory']} {row['apogee_km']}/{row['range_km']} km, {one.class_name}",
            quantity="flight time, min",
            published=times,
            computed=one.flight_time_s / 60.0,
            tolerance=max(1.0, 0.03 * min(times, key=lambda t: abs(t - one.flight_time_s / 60.0))),
            source=row["source"],
        )


def _ellipse(radius: Floats, speed: Floats, angle_rad: Floats) -> Floats:
    """Angles (n,) over the ground, rad, of flights without air from spheres of their own, in canonical units.

    radius, speed: DU, DU/TU; angle_rad: above the horizon at burn-out
    """
    arcs = np.zeros(radius.size)
    for i in range(radius.size):
        shell = sphere(float(radius[i]) * DU_M, DU_M**3 / TU_S**2)
        task = _plain(np.zeros(2), shell)
        velocity = speed[i] * DU_M / TU_S * np.array([[np.sin(angle_rad[i]), np.cos(angle_rad[i]), 0.0]])
        flown, _, _ = fly_all(task, velocity, shell, 1.0)
        arcs[i] = np.arctan2(flown[0, 4], flown[0, 3]) % (2.0 * np.pi)
    return arcs


def _plain(place: Floats, earth: Earth, drag_m2_kg: float = 0.0, burn_s: float = 0.0) -> Task:
    """The task of one body from a latitude and longitude, rad, without any aim."""
    launch, up = surface(place[:1], place[1:2], np.zeros(1), earth)
    none, one = np.zeros(1), np.ones(1)
    return Task(
        launch=launch, up=up, along=up, aim=launch, axes=np.eye(3)[None], range_rad=none, floor_m=none, apogee_m=none,
        burn_s=burn_s * one, boost_drag_m2_kg=0.3 * drag_m2_kg * one, drag_m2_kg=drag_m2_kg * one,
    )  # fmt: skip


def _book() -> Iterator[Case]:
    """The book's examples, flown by the integrator (its burn-out and re-entry heights are the same)."""

    def case(page: str, quantity: str, published: float, computed: float, tolerance: float) -> Case:
        return Case("textbook ellipses", page, quantity, [published], computed, tolerance, _BOOK)

    # Burn-out at a height of 0.2 with a speed of 2/3; the apogee is at 0.5.
    phi = float(np.arccos(0.625))
    yield case(
        "p. 290", "free-flight range angle, deg", 36.4,
        float(np.degrees(_ellipse(np.array([1.2]), np.array([2 / 3]), np.array([phi]))[0])), 0.05,
    )  # fmt: skip
    path = ballistic_flight(0.0, 0.0, 0.0, np.radians(36.390), 0.3 * DU_M, earth=sphere(1.2 * DU_M, DU_M**3 / TU_S**2))
    speed = float(np.linalg.norm(path.velocity_m_s[0])) * TU_S / DU_M
    yield case("p. 290", "Q at burn-out", 0.533, speed**2 * 1.2, 0.0005)
    yield case(
        "p. 290", "cosine of the flight-path angle", 0.625, path.velocity_m_s[0][1] / speed * TU_S / DU_M, 0.0005
    )
    yield case("p. 290", "energy, DU2/TU2", -11 / 18, 0.5 * speed**2 - 1 / 1.2, 0.0005)
    yield case("p. 291", "Q at burn-out", 1.2, 1.0817**2 * 1.025, 0.05)
    # The book goes on with Q as it has rounded it; so do these.
    arc = _ellipse(np.array([1.025]), np.sqrt([1.2 / 1.025]), np.radians([39.36]))[0]
    yield case("p. 291", "cosine of the range angle, for Q = 1.2", -0.625, float(np.cos(arc)), 0.0005)
    speed, radius = 24_300 * 0.3048 * TU_S / DU_M, 1.0 + 258 * 1852 / DU_M
    yield case("p. 294", "Q at burn-out (off a chart)", 0.95, speed**2 * radius, 0.01)
    angles = np.radians(np.linspace(8.0, 18.0, 41))
    arcs = _ellipse(np.full(41, radius), np.full(41, (0.95 / radius) ** 0.5), angles)
    top = int(arcs.argmax())
    low, middle, high = arcs[top - 1 : top + 2]
    best = middle - 0.125 * (high - low) ** 2 / (high - 2 * middle + low)
    yield case("p. 294", "greatest range angle, for Q = 0.95, deg (off a chart)", 129.0, float(np.degrees(best)), 1.0)
    radius_m = DU_M + 344 * 1852
    least = ballistic_flight(0.0, 0.0, 0.0, np.radians(8000 / 60), earth=sphere(radius_m, DU_M**3 / TU_S**2))
    speed = float(np.linalg.norm(least.velocity_m_s[0])) * TU_S / DU_M
    yield case("p. 295", "Q of least energy over 8,000 nautical miles", 0.957, speed**2 * radius_m / DU_M, 0.0015)
    yield case("p. 295", "speed at burn-out, DU/TU", 0.933, speed, 0.0007)
    start = np.array([1.1, 0.905, np.radians(30.0)])
    step = 1e-3
    steps = np.concatenate([start + step * sign * np.eye(3) for sign in (-1.0, 1.0)])
    arcs = _ellipse(*np.vstack([start[None], steps]).T)
    slopes = (arcs[4:] - arcs[1:4]) / (2 * step)
    yield case("p. 305", "free-flight range angle, deg (off a chart)", 100.0, float(np.degrees(arcs[0])), 1.0)
    # The book's coefficients are those at 100 deg: what its own formulas make of the difference is no error.
    read, exact = (
        _influence(1.1, 0.905, float(np.radians(30.0)), arc) for arc in (float(np.radians(100.0)), float(arcs[0]))
    )
    for i, (quantity, published, digit) in enumerate(
        (
            ("range by radius, rad/DU", 2.7535, 5e-5),
            ("range by speed, rad/(DU/TU)", 6.649, 5e-4),
            ("range by angle, rad/rad", -1.21, 5e-3),
        )
    ):
        yield case("p. 305", quantity, published, float(slopes[i]), abs(exact[i] - read[i]) + digit)


def _influence(radius: float, speed: float, angle_rad: float, arc_rad: float) -> tuple[float, float, float]:
    """The book's coefficients of a range angle by radius, speed and angle at burn-out, in canonical units."""
    half, twice = np.sin(0.5 * arc_rad) ** 2, np.sin(2.0 * angle_rad)
    by_angle = 2.0 * np.sin(arc_rad + 2.0 * angle_rad) / twice - 2.0
    by_radius, by_speed = 4.0 / (speed * radius) ** 2 * half / twice, 8.0 / (speed**3 * radius) * half / twice
    return float(by_radius), float(by_speed), float(by_angle)


_LEAST = (
    (300, 1.696, 44.33, 74, 4.18), (500, 2.173, 43.88, 123, 5.46), (1000, 3.016, 42.75, 240, 7.91),
    (2000, 4.113, 40.50, 459, 11.70), (3000, 4.865, 38.26, 655, 14.92), (5500, 6.075, 32.63, 1041, 21.93),
    (8000, 6.805, 27.01, 1264, 27.99), (10000, 7.198, 22.52, 1319, 32.18), (13000, 7.588, 15.77, 1196, 37.22),
)  # fmt: skip


def _least_energy() -> Iterator[Case]:
    """The path of the least boost, as the solver finds it, against the closed form: 0.1 % or the last digit."""
    earth = sphere(6_371e3)
    for range_km, *published in _LEAST:
        path = ballistic_flight(0.0, 0.3, range_km / 6371.0, 0.3, earth=earth)
        velocity, up = path.velocity_m_s[0], path.position_m[0] / np.linalg.norm(path.position_m[0])
        speed = float(np.linalg.norm(velocity))
        computed = (
            speed / 1e3, float(np.degrees(np.arcsin(velocity @ up / speed))), path.apogee_m / 1e3, path.duration_s / 60,
        )  # fmt: skip
        names = (("speed, km/s", 0.0005), ("elevation, deg", 0.005), ("apogee, km", 0.5), ("flight time, min", 0.005))
        for (quantity, digit), number, value in zip(names, published, computed, strict=True):
            tolerance = max(1e-3 * number, digit)
            yield Case("least energy", f"{range_km} km", quantity, [number], value, tolerance, _CLOSED)


_AIR = (
    (0, 288.15, 101325, 1.225, 340.294), (11000, 216.65, 22632.06, 0.363918, 295.069),
    (20000, 216.65, 5474.889, 0.0880349, 295.069), (32000, 228.65, 868.0187, 0.013225, 303.131),
    (47000, 270.65, 110.9063, 0.00142753, 329.799), (51000, 270.65, 66.93887, 0.000861605, 329.799),
    (71000, 214.65, 3.95642, 6.4211e-05, 293.704), (84852, 186.946, 0.37338, 6.9578e-06, 274.096),
)  # fmt: skip


def _atmosphere() -> Iterator[Case]:
    """Bases of the standard's layers, to one part in ten thousand."""
    for base_m, *published in _AIR:
        here = air(geometric_height_m(float(base_m)))
        quantities = ("temperature, K", "pressure, Pa", "density, kg/m3", "speed of sound, m/s")
        for quantity, number, computed in zip(quantities, published, here, strict=True):
            yield Case(
                "standard atmosphere", f"{base_m} m", quantity, [number], float(computed), 1e-4 * number, _STANDARD
            )


def _conserved() -> Iterator[Case]:
    """Energy over a flight without air, and the way back when time runs backwards."""
    path = ballistic_flight(0.6, 2.6, 0.9, 3.4, 1000e3)
    r, v = path.position_m, path.velocity_m_s
    d = np.linalg.norm(r, axis=1)
    earth = WGS_84
    polar = 3.0 * (r[:, 2] / d) ** 2 - 1.0
    zonal = 1.0 - 0.5 * earth.j2 * (earth.semi_major_m / d) ** 2 * polar
    turn = 0.5 * earth.rotation_rad_s**2 * (r[:, 0] ** 2 + r[:, 1] ** 2)
    energy = 0.5 * (v * v).sum(axis=1) - GM_M3_S2 / d * zonal - turn
    drift = float(np.abs(energy / energy[0] - 1.0).max())
    law = "the law itself"
    yield Case("conservation", "4,000 km without air", "energy drift, relative", [0.0], drift, 1e-9, law)
    back = earth._replace(rotation_rad_s=-earth.rotation_rad_s)
    end = np.array(geodetic_point(*r[-1]))
    task = _plain(end[:2], back)
    task = Task(**{**task.__dict__, "launch": r[-1:].copy()})
    flown, _, _ = fly_all(task, -v[-1:], back, 1.0)
    miss = float(np.linalg.norm(flown[0, 3:6] - r[0]))
    yield Case("conservation", "time reversed", "distance from the launch, m", [0.0], miss, 0.01, law)


def _oracle() -> Iterator[Case]:
    """Impact after steps of 1 s against SciPy's DOP853 with a tolerance of 1e-11, exact air and exact heights."""
    for name, boost_m_s, burn_s, drag in (
        ("short, impulsive, 7,000 kg/m2", (1300.0, 1200.0, 200.0), 0.0, 0.5 / 7000),
        ("short, boost of 65 s, 7,000 kg/m2", (1600.0, 1400.0, 300.0), 65.0, 0.5 / 7000),
        ("short, boost of 65 s, 2,000 kg/m2", (1500.0, 1600.0, -200.0), 65.0, 0.5 / 2000),
        ("lofted, boost of 270 s, 8,000 kg/m2", (5600.0, 700.0, 300.0), 270.0, 0.5 / 8000),
    ):
        task = _plain(np.array([0.6, 2.6]), WGS_84, drag, burn_s)
        up = task.up[0]
        east = np.cross([0.0, 0.0, 1.0], up) / np.linalg.norm(np.cross([0.0, 0.0, 1.0], up))
        boost = boost_m_s[0] * up + boost_m_s[1] * east + boost_m_s[2] * np.cross(up, east)
        flown, _, _ = fly_all(task, boost[None], WGS_84, 1.0)
        apart = float(np.linalg.norm(flown[0, 3:6] - _dop853(task, boost)))
        yield Case("integrator", name, "impact, m from DOP853", [0.0], apart, 0.1, "SciPy DOP853, rtol 1e-11")


def _dop853(task: Task, boost: Floats) -> Floats:
    """Where the flight of a task comes down by an integrator that shares only the forces."""
    from scipy.integrate import solve_ivp

    earth = WGS_84
    weight = np.array(gravity_point.py_func(*task.launch[0], earth))
    burn, spin = float(task.burn_s[0]), 2.0 * earth.rotation_rad_s
    size = float(np.linalg.norm(boost))

    def rates(t: float, s: Floats, is_on: float, drag: float) -> Floats:
        here = air(geodetic_point(s[0], s[1], s[2])[2])
        v = s[3:]
        square = float(v @ v)
        slow = drag * float(here.density_kg_m3) * square**0.5 * drag_shape.py_func(square, float(here.sound_m_s) ** 2)
        force = np.array(gravity_point.py_func(*s[:3], earth)) + spin * np.array([v[1], -v[0], 0.0]) - slow * v
        if is_on > 0.0:
            q, r = boost_shares.py_func(t, 1.0 / burn)
            force += q * size * task.up[0] + r * boost - weight
        return np.concatenate([v, force])

    def ground(_: float, s: Floats, *__: object) -> float:
        return float(geodetic_point(s[0], s[1], s[2])[2])

    ground.terminal, ground.direction = True, -1.0  # type: ignore[attr-defined]
    options = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-9}
    state = np.concatenate([task.launch[0], boost if burn == 0.0 else np.zeros(3)])
    if burn > 0.0:
        state = solve_ivp(rates, (0.0, burn), state, args=(1.0, task.boost_drag_m2_kg[0]), **options).y[:, -1]
    end = solve_ivp(rates, (burn, burn + 9000.0), state, args=(0.0, task.drag_m2_kg[0]), events=ground, **options)
    place: Floats = end.y_events[0][0][:3]
    return place
