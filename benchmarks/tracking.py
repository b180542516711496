"""Side by side with Stone Soup: processor seconds, OSPA and GOSPA of both on the same scenes, in one run.

    python benchmarks/tracking.py [--scene FILE] [--seeds 1 2] [--only crossing] [--json]

Stone Soup 1.9 (not a dependency: run by `uv run --with stonesoup`) is set up as its examples are: extended Kalman
filter, nearest neighbours by a k-d tree with two-dimensional assignment, confirmation at 4 updates, deletion after 2
misses when tentative and 4 when confirmed. Without it mamori's own repetition of that set-up stands for its scores; on
the shared scene the two agree to the last digit. Kernels are
compiled, or read from the cache, in the first of three runs; the quickest counts.
"""

import argparse
import datetime as dt
import json
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import tracking_scenes
from mamori.tracking.plots.files import Measured, read_npz
from mamori.tracking.plots.lanes import into_lanes, straight_steps
from mamori.tracking.plots.model import Rules, Tracked, interacting
from mamori.tracking.plots.score import score
from mamori.tracking.plots.tracker import track

COMPARED = ("crowded", "crossing", "falling")
LIKE_STONE_SOUP = Rules(interacting(("straight",)), is_joint=False, by_existence=False)


def ours(measured: Measured, rules: Rules, repeats: int = 3) -> tuple[Tracked, float]:
    """Tracks and processor seconds, the least of some runs: other work on the machine only ever adds."""
    least_s = np.inf
    for _ in range(repeats):
        start = time.process_time()
        found = track(measured.plots, measured.sensors, rules)
        least_s = min(least_s, time.process_time() - start)
    return found, least_s


def scores(measured: Measured, found: Tracked, cpu_s: float) -> dict[str, Any]:
    """What is told of a tracker on a scene."""
    if measured.truth is None:
        raise SystemExit("the scene has no truth")
    both = [score(measured.truth, found, skip) for skip in (0, 10)]
    names = ("ospa_mean", "gospa_mean", "missed_mean", "false_mean", "id_switches", "nees")
    told = {name: [getattr(s, name) for s in both] for name in names}
    return {"cpu_s": round(cpu_s, 4), **told}


def stone_soup(measured: Measured) -> tuple[Tracked, float]:
    """Stone Soup's tracks and its processor seconds."""
    from stonesoup.dataassociator.tree import DetectionKDTreeGNN2D
    from stonesoup.deleter.time import UpdateTimeStepsDeleter
    from stonesoup.hypothesiser.distance import DistanceHypothesiser
    from stonesoup.initiator.simple import MultiMeasurementInitiator
    from stonesoup.measures import Mahalanobis
    from stonesoup.models.measurement.nonlinear import CartesianToElevationBearingRange
    from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
    from stonesoup.predictor.kalman import ExtendedKalmanPredictor
    from stonesoup.tracker.simple import MultiTargetTracker
    from stonesoup.types.detection import Detection
    from stonesoup.types.state import GaussianState
    from stonesoup.updater.kalman import ExtendedKalmanUpdater

    begin = dt.datetime(2024, 1, 1, tzinfo=None)  # noqa: DTZ001
    motion = CombinedLinearGaussianTransitionModel([ConstantVelocity(1.0)] * 3)
    seen = CartesianToElevationBearingRange(ndim_state=6, mapping=(0, 2, 4), noise_covar=measured.sensors.noise[0])
    plots = measured.plots
    feed = []
    for k, time_s in enumerate(plots.scan_s):
        now = begin + dt.timedelta(seconds=float(time_s))
        rows = plots.z[plots.first[k] : plots.first[k + 1]]
        feed.append((now, {Detection(z[:, None], timestamp=now, measurement_model=seen) for z in rows}))
    predictor, updater = ExtendedKalmanPredictor(motion), ExtendedKalmanUpdater(seen)
    hypotheses = DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=4.0)
    associator = DetectionKDTreeGNN2D(
        hypotheses, predictor, updater, number_of_neighbours=5, max_distance_covariance_multiplier=5
    )
    start = MultiMeasurementInitiator(
        prior_state=GaussianState(np.zeros((6, 1)), np.diag([0, 200.0**2] * 3), timestamp=begin),
        measurement_model=seen, deleter=UpdateTimeStepsDeleter(2), data_associator=associator, updater=updater,
        min_points=4,
    )  # fmt: skip
    tracker = MultiTargetTracker(
        initiator=start, deleter=UpdateTimeStepsDeleter(4), detector=feed, data_associator=associator, updater=updater
    )
    ids: dict[str, int] = {}
    scan, track_id, x, cov = [], [], [], []
    order = [0, 2, 4, 1, 3, 5]
    clock = time.process_time()
    for k, (_, tracks) in enumerate(tracker):
        for one in tracks:
            scan.append(k)
            track_id.append(ids.setdefault(one.id, len(ids)))
            x.append(np.asarray(one.state.mean, float).ravel()[order])
            cov.append(np.asarray(one.state.covar, float)[np.ix_(order, order)])
    cpu_s = time.process_time() - clock
    n = len(scan)
    found = Tracked(
        np.array(scan, np.int64), np.array(track_id, np.int64), np.zeros(n), np.array(x).reshape(n, 6),
        np.array(cov).reshape(n, 6, 6), np.ones((n, 1)), np.ones(n), np.zeros(n), np.zeros((n, 7)), np.zeros((n, 7, 7)),
    )  # fmt: skip
    return found, cpu_s


def filter_step_us(n: int = 1024, repeats: int = 200) -> float:
    """Microseconds of one track's prediction and update in the six-state filter: the best of several measurements."""
    rng = np.random.default_rng(1)
    x = rng.uniform([-8e4, -8e4, 2e3, -300, -300, -300], [8e4, 8e4, 2e4, 300, 300, 300], (n, 6))
    far = np.linalg.norm(x[:, :3], axis=1)
    z = np.stack([np.arcsin(x[:, 2] / far), np.arctan2(x[:, 1], x[:, 0]), far], axis=-1)
    cov = np.tile(np.diag(np.array([100.0, 100.0, 100.0, 30.0, 30.0, 30.0]) ** 2), (n, 1, 1))
    blocks = into_lanes(x), into_lanes(cov), into_lanes(z)
    best = np.inf
    for _ in range(10):
        start = time.process_time()
        for _ in range(repeats):
            straight_steps(*blocks, 0.0, 1.0, tracking_scenes.SIGMA**2)
        best = min(best, (time.process_time() - start) / repeats / n)
    return 1e6 * best


def compare(path: Path) -> dict[str, Any]:
    """Both trackers on one scene."""
    measured = read_npz(path)
    told = {"mamori": scores(measured, *ours(measured, Rules()))}
    told["set up as stone soup"] = scores(measured, *ours(measured, LIKE_STONE_SOUP))
    if find_spec("stonesoup"):
        told["stone soup"] = scores(measured, *stone_soup(measured))
    other = told.get("stone soup", told["set up as stone soup"])
    told["ratio"] = {
        "cpu": other["cpu_s"] / max(told["mamori"]["cpu_s"], 1e-9),
        "gospa": [a / b for a, b in zip(told["mamori"]["gospa_mean"], other["gospa_mean"], strict=True)],
    }
    return told


def main() -> None:
    """Run all comparisons and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scene", type=Path, action="append", default=[], help="one more NPZ with truth")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--only", choices=COMPARED, nargs="*", default=COMPARED)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = list(given.scene)
        for name in given.only:
            for seed in given.seeds:
                paths.append(Path(folder) / f"{name}-{seed}.npz")
                np.savez(paths[-1], **tracking_scenes.SCENES[name](seed))
        for path in paths:
            told[path.stem] = compare(path)
            if not given.json:
                show(path.stem, told[path.stem])
        many = Path(folder) / "many.npz"
        np.savez(many, **tracking_scenes.many(1))
        measured = read_npz(many)
        found, cpu_s = ours(measured, Rules(), 1)
        told["many"] = {**scores(measured, found, cpu_s), "real_time_s": float(measured.plots.scan_s[-1])}
    told["filter_step_us"] = filter_step_us()
    if given.json:
        print(json.dumps(told, indent=1))
        return
    many_told = told["many"]
    print(
        f"1,000 targets, 200 false plots a scan: {many_told['cpu_s']:.2f} s of processor for "
        f"{many_told['real_time_s']:.0f} s, GOSPA {many_told['gospa_mean'][0]:.1f} m"
    )
    print(f"six-state filter: {told['filter_step_us']:.3f} us a track and step")


def show(name: str, told: dict[str, Any]) -> None:
    """Print a scene's comparison."""
    print(f"{name}                        all scans             after ten")
    print("                          cpu s    OSPA   GOSPA      OSPA   GOSPA  missed   false  ids  NEES")
    for who, s in told.items():
        if who == "ratio":
            continue
        ospa, gospa = s["ospa_mean"], s["gospa_mean"]
        nees = s["nees"][1] if s["nees"][1] is not None else float("nan")
        print(
            f"  {who:21s}{s['cpu_s']:8.3f}{ospa[0]:8.1f}{gospa[0]:8.1f}  {ospa[1]:8.1f}{gospa[1]:8.1f}"
            f"{s['missed_mean'][1]:8.3f}{s['false_mean'][1]:8.3f}{s['id_switches'][1]:5d}{nees:6.1f}"
        )
    ratio = told["ratio"]
    less = [f"{1.0 - share:.1%}" for share in ratio["gospa"]]
    print(f"  GOSPA {less[0]} less, after ten scans {less[1]}")
    if "stone soup" in told:
        print(f"  {ratio['cpu']:.0f} times less cpu")


if __name__ == "__main__":
    main()
