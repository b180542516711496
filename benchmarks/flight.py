"""Speed of ballistic flight and of its boundary-value solver, beside peers on the same machine.

    python benchmarks/flight.py [--repeats 5] [--json]

Processor seconds of one thread (and wall seconds of two threads), medians. The flights take about 300 s. Peers: SciPy's
DOP853 with the same forces compiled, at a tolerance of 1e-6; JSBSim's ball, if `jsbsim` is installed (`uv run --with
jsbsim python benchmarks/flight.py`), in a bare atmosphere at steps of 1 s. The machine's DGEMM rate stands beside, for
comparison with other machines.
"""

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numba import njit
from scipy.integrate import solve_ivp

from mamori.flight.ballistic import WGS_84, shots
from mamori.flight.kernels import N_FLOWN, fly
from mamori.flight.motion import drag_shape, gravity_point, height_point
from mamori.flight.search import SPACE_STEPS, surface
from mamori.maths.atmosphere import CELL, air_table, cell_point
from mamori.records import Floats

N_FLIGHTS, N_PATHS = 32_000, 2000
AIR = air_table()


def median_s(work: Callable[[], Any], repeats: int, clock: Callable[[], float] = time.process_time) -> float:
    """Median of the seconds that the work takes."""
    spent = []
    for _ in range(repeats):
        start = clock()
        work()
        spent.append(clock() - start)
    return statistics.median(spent)


def flights(n: int, burn_s: float) -> tuple[Any, ...]:
    """Arguments of `fly` for n flights of about 300 s from all over the world."""
    rng = np.random.default_rng(1)
    launch, up = surface(rng.uniform(-1.0, 1.0, n), rng.uniform(-3.0, 3.0, n), np.zeros(n), WGS_84)
    across = np.cross(up, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across, axis=1)[:, None]
    speed, lift = (rng.uniform(1500.0, 1700.0, n), 0.75) if burn_s else (rng.uniform(2900.0, 3100.0, n), 0.9)
    boost = speed[:, None] * (lift * up + math.sqrt(1.0 - lift * lift) * across)
    drag = np.full(n, 0.5 / 7000.0)
    return launch, up, boost, np.full(n, burn_s), drag / 3.0, drag, np.zeros(n)


def flown(given: tuple[Any, ...], step_s: float, space_s: float) -> Floats:
    """What becomes of them."""
    n = len(given[0])
    ends, n_rows = np.zeros((n, N_FLOWN)), np.zeros(n, dtype=np.int64)
    none = np.zeros(n + 1, dtype=np.int64)
    fly(*given, WGS_84, step_s, space_s, 1.0, none, np.zeros((0, 7)), ends, n_rows)
    return ends


def threads(given: tuple[Any, ...], step_s: float, space_s: float) -> None:
    """The same by two threads, half each."""
    half = len(given[0]) // 2
    parts = [tuple(x[cut] for x in given) for cut in (slice(None, half), slice(half, None))]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: flown(part, step_s, space_s), parts))


@njit
def rates(_: float, s: Floats, drag: float) -> Floats:
    """The same forces without thrust, for SciPy."""
    gx, gy, gz = gravity_point(s[0], s[1], s[2], WGS_84)
    cell = cell_point(height_point(s[0], s[1], s[2], WGS_84))
    i = int(cell)
    u, k = cell - i, i * CELL
    density = AIR[k] + u * (AIR[k + 1] + u * (AIR[k + 2] + u * AIR[k + 3]))
    square = s[3] * s[3] + s[4] * s[4] + s[5] * s[5]
    slow = drag * density * math.sqrt(square) * drag_shape(square, AIR[k + 4] + u * AIR[k + 5])
    w = 2.0 * WGS_84.rotation_rad_s
    out = np.empty(6)
    out[:3] = s[3:]
    out[3], out[4], out[5] = gx + w * s[4] - slow * s[3], gy - w * s[3] - slow * s[4], gz - slow * s[5]
    return out


@njit
def ground(s: Floats) -> float:
    """Height, whose zero ends a flight."""
    return height_point(s[0], s[1], s[2], WGS_84)


def scipy_flight(given: tuple[Any, ...], i: int, tolerance: float) -> Floats:
    """One flight by DOP853, impulsive; where it comes down."""

    def event(_: float, s: Floats, __: float) -> float:
        return ground(s)

    event.terminal, event.direction = True, -1.0  # type: ignore[attr-defined]
    state = np.concatenate([given[0][i], given[2][i]])
    end = solve_ivp(
        rates,
        (0.0, 2000.0),
        state,
        method="DOP853",
        rtol=tolerance,
        atol=1e3 * tolerance,
        events=event,
        args=(given[5][i],),
    )
    place: Floats = end.y_events[0][0][:3]
    return place


def paths(n: int, apogee_share: float) -> dict[str, Any]:
    """Arguments of `shots` for n paths of 250 to 600 km; nan: least boost."""
    rng = np.random.default_rng(2)
    latitude, longitude, course = rng.uniform(-1.0, 1.0, n), rng.uniform(-3.0, 3.0, n), rng.uniform(0.0, 6.28, n)
    range_m = rng.uniform(250e3, 600e3, n)
    arc = range_m / 6_371e3
    sin = np.sin(latitude) * np.cos(arc) + np.cos(latitude) * np.sin(arc) * np.cos(course)
    east = np.arctan2(np.sin(course) * np.sin(arc) * np.cos(latitude), np.cos(arc) - np.sin(latitude) * sin)
    return {
        "place": np.stack([latitude, longitude, np.arcsin(sin), longitude + east]),
        "apogee_m": apogee_share * range_m,
        "burn_s": np.full(n, 65.0),
        "ballistic_coefficient_kg_m2": np.full(n, 7000.0),
        "boost_coefficient_kg_m2": np.full(n, 30_000.0),
        "row_s": 1e6,
    }


BALL = """<?xml version="1.0"?>
<fdm_config name="BALL" version="2.0" release="BETA">
  <fileheader><author>benchmark</author><description>A ball</description></fileheader>
  <metrics>
    <wingarea unit="M2">1</wingarea><wingspan unit="M">1</wingspan><chord unit="M">1</chord>
    <location name="AERORP" unit="M"><x>0</x><y>0</y><z>0</z></location>
    <location name="EYEPOINT" unit="M"><x>0</x><y>0</y><z>0</z></location>
  </metrics>
  <mass_balance>
    <ixx unit="KG*M2">10</ixx><iyy unit="KG*M2">10</iyy><izz unit="KG*M2">10</izz>
    <emptywt unit="KG">700</emptywt><location name="CG" unit="M"><x>0</x><y>0</y><z>0</z></location>
  </mass_balance>
  <ground_reactions/>
  <propulsion/>
  <flight_control name="none"/>
  <aerodynamics>
    <axis name="DRAG"><function name="aero/force/drag"><product>
      <property>aero/qbar-psf</property><property>metrics/Sw-sqft</property><value>0.1</value>
    </product></function></axis>
  </aerodynamics>
</fdm_config>
"""


def jsbsim_flight_s(repeats: int) -> float | None:
    """Processor seconds of one flight of 189 s of JSBSim's ball at steps of 1 s; None where it is not there."""
    try:
        import jsbsim
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        craft = Path(folder) / "aircraft" / "ball"
        craft.mkdir(parents=True)
        (craft / "ball.xml").write_text(BALL)
        model = jsbsim.FGFDMExec(folder, None)
        model.set_debug_level(0)
        model.load_model("ball")
        model.set_dt(1.0)

        def one() -> None:
            model.reset_to_initial_conditions(0)
            model["ic/h-sl-ft"], model["ic/lat-gc-deg"], model["ic/long-gc-deg"] = 30.0, 20.0, 10.0
            model["ic/vt-fps"], model["ic/gamma-deg"], model["ic/theta-deg"] = 7200.0, 60.0, 60.0
            model["ic/psi-true-deg"] = 90.0
            model.run_ic()
            for _ in range(600):
                model.run()
                if model["position/h-sl-ft"] < 0.0:
                    break

        one()
        return median_s(one, repeats)


def dgemm_gflops(repeats: int) -> float:
    """Rate of a product of two matrices by one thread."""
    a = np.random.default_rng(0).random((1000, 1000))
    return 2.0 / median_s(lambda: a @ a, repeats)


def measure(repeats: int) -> list[tuple[str, float, str]]:
    """What was measured: name, number, unit."""
    found: list[tuple[str, float, str]] = []
    boosted, thrown = flights(N_FLIGHTS, 65.0), flights(N_FLIGHTS, 0.0)
    for given in (boosted, thrown):
        flown(tuple(x[:16] for x in given), 1.0, 1.0)
    found.append(("DGEMM, one thread", dgemm_gflops(repeats), "GFLOP/s"))
    for name, given in (("with a boost of 65 s", boosted), ("without boost", thrown)):
        length_s = float(flown(given, 1.0, 1.0)[:, 0].mean())
        found.append((f"flights {name}: mean length", length_s, "s"))
        for step, space_s in (("at most 1 s", 1.0), ("as usual", SPACE_STEPS)):
            one_s = median_s(lambda given=given, space_s=space_s: flown(given, 1.0, space_s), repeats)
            found.append((f"flights {name}, steps {step}, one thread", N_FLIGHTS / one_s, "flights/s"))
            two_s = median_s(
                lambda given=given, space_s=space_s: threads(given, 1.0, space_s), repeats, time.perf_counter
            )
            found.append((f"flights {name}, steps {step}, two threads (wall)", N_FLIGHTS / two_s, "flights/s"))
    for name, share in (("apogee given", 0.3), ("least boost", math.nan)):
        given = paths(N_PATHS, share)
        shots(**paths(16, share))
        spent = median_s(lambda given=given: shots(**given), repeats)
        hit = shots(**given)
        found.append((f"boundary values, {name}: solved", float((hit.status == 0).mean()), "share"))
        found.append((f"boundary values, {name}, one thread", N_PATHS / spent, "paths/s"))
    ours = flown(thrown, 1.0, SPACE_STEPS)
    scipy_flight(thrown, 0, 1e-6)
    peer_s = median_s(lambda: [scipy_flight(thrown, i, 1e-6) for i in range(20)], repeats) / 20.0
    exact = np.array([scipy_flight(thrown, i, 1e-11) for i in range(20)])
    apart = float(np.linalg.norm(exact - ours[:20, 3:6], axis=1).max())
    found.append(("SciPy DOP853, compiled forces, rtol 1e-6, without boost", 1.0 / peer_s, "flights/s"))
    found.append(("impact against DOP853 at 1e-11, the worst of 20, steps as usual", apart, "m"))
    ball_s = jsbsim_flight_s(repeats)
    if ball_s is not None:
        found.append(("JSBSim's ball, 189 s, steps of 1 s, no Mach-dependent drag", 1.0 / ball_s, "flights/s"))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.repeats)
    if asked.json:
        print(json.dumps([{"name": name, "value": value, "unit": unit} for name, value, unit in found], indent=1))
        return
    ours = {name: value for name, value, _ in found}
    base = ours["flights without boost, steps as usual, one thread"]
    for name, value, unit in found:
        ratio = f"{base / value:10,.0f} times slower" if name.startswith(("SciPy", "JSBSim")) else ""
        print(f"{name:<75} {value:12,.4g} {unit:<10} {ratio}")


if __name__ == "__main__":
    main()
