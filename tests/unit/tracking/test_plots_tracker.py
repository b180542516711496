"""The tracker as a whole: a small scene, bad input, impacts, sensors with their own clocks."""

import dataclasses
import math

import numpy as np
import pytest

from mamori.errors import CaseError, ScenarioError
from mamori.maths.earth import distance_m, ecef, geodetic_point
from mamori.tracking.plots import motion
from mamori.tracking.plots.impact import impacts
from mamori.tracking.plots.model import Plots, Rules, Sensors, Tracked, interacting
from mamori.tracking.plots.score import score
from mamori.tracking.plots.tables import north_east_up
from mamori.tracking.plots.tracker import track

N = motion.N_STATES
SIGMA = np.array([1e-3, 1e-3, 30.0])
VOLUME = math.radians(20.0) * 2.0 * math.pi * 140e3


def seen(x, place=(0.0, 0.0, 0.0), axes=None):
    own = (x[..., :3] - np.array(place)) @ (np.eye(3) if axes is None else axes).T
    east, north, up = (own[..., a] for a in range(3))
    flat = np.hypot(east, north)
    return np.stack([np.arctan2(up, flat), np.arctan2(north, east), np.hypot(flat, up)], -1)


def one_sensor(clutter=20.0 / VOLUME, p_detect=0.9, place=(0.0, 0.0, 0.0)):
    return Sensors(
        np.array([place]), np.eye(3)[None], np.diag(SIGMA**2)[None], np.array([p_detect]), np.array([clutter]),
        np.array([[0.0, 1e9, -2.0, 2.0]]),
    )  # fmt: skip


def scans_of(z_by_scan, dt_s=1.0):
    n = len(z_by_scan)
    first = np.concatenate([[0], np.cumsum([len(z) for z in z_by_scan])]).astype(np.int64)
    z = np.concatenate([np.zeros((0, 3)), *z_by_scan])
    return Plots(np.arange(n) * dt_s, np.zeros(n, np.int64), first, z)


def false_plots(rng, n):
    return rng.uniform([0.0, -np.pi, 10e3], [math.radians(20.0), np.pi, 150e3], (n, 3))


def scene(n_targets=8, n_scans=25, n_false=20, p_detect=0.9, seed=1):
    """Truth (K, N, 6) in the bench's order, and plots; one target crosses the bearing of 180 degrees."""
    rng = np.random.default_rng(seed)
    x = rng.uniform([-8e4, -8e4, 3e3, -250, -250, 0], [8e4, 8e4, 1e4, 250, 250, 0], (n_targets, 6))
    x[0] = [-5e4, 1500.0, 5e3, -50.0, -150.0, 0.0]
    truth, z = [], []
    for _ in range(n_scans):
        truth.append(x[:, [0, 3, 1, 4, 2, 5]])
        plots = (seen(x) + SIGMA * rng.standard_normal((n_targets, 3)))[rng.random(n_targets) < p_detect]
        plots[:, 1] = (plots[:, 1] + np.pi) % (2 * np.pi) - np.pi
        z.append(np.concatenate([plots, false_plots(rng, rng.poisson(n_false))]))
        x = x + np.concatenate([x[:, 3:], np.zeros((n_targets, 3))], axis=1)
    return np.array(truth), scans_of(z)


@pytest.fixture(scope="module")
def small():
    return scene()


@pytest.mark.parametrize(
    ("rules", "most_missed"),
    [
        (Rules(), 0.1),
        (Rules(is_joint=False), 0.1),
        (Rules(is_unscented=True), 0.1),
        (Rules(interacting(("straight",)), by_existence=False), 0.6),
        (Rules(interacting(("calm", "straight", "turn", "boost", "fall"))), 0.1),
    ],
    ids=["default", "gnn", "ukf", "m of n", "with boost"],
)
def test_all_choices_follow_all_targets(small, rules, most_missed):
    truth, plots = small
    found = score(truth, track(plots, one_sensor(), rules), skip=10)
    assert found.missed_mean <= most_missed
    assert found.false_mean < 0.2
    assert found.loc_rmse < 100.0
    assert found.id_switches == 0
    assert 2.0 < found.nees < 10.0


def test_density_of_false_plots_is_found_where_it_is_not_given(small):
    truth, plots = small
    given = score(truth, track(plots, one_sensor()), skip=5)
    estimated = score(truth, track(plots, one_sensor(clutter=math.nan)), skip=5)
    assert estimated.gospa_mean == pytest.approx(given.gospa_mean, rel=0.05)


def test_a_target_that_goes_away_is_no_track_for_long(small):
    _, plots = small
    gone = dataclasses.replace(plots, first=np.where(np.arange(26) <= 12, plots.first, plots.first[12]))
    found = track(gone, one_sensor())
    assert np.any(found.scan == 12)
    assert not np.any(found.scan >= 20)


def test_nothing_gives_nothing():
    for plots in (scans_of([]), scans_of([np.zeros((0, 3))] * 3)):
        found = track(plots, one_sensor(math.nan))
        assert len(found.scan) == 0
        assert len(impacts(found, Rules().motions, is_earth=False).row) == 0


def test_an_empty_scan_is_a_miss(small):
    truth, plots = small
    first = plots.first.copy()
    first[15:] = np.where(np.arange(15, 26) == 15, first[14], first[15:] - 0)  # scan 14 has no plots, 15 takes them
    z = plots.z
    keep = np.ones(len(z), bool)
    keep[plots.first[14] : plots.first[15]] = False
    counts = np.diff(plots.first)
    counts[14] = 0
    emptied = dataclasses.replace(plots, z=z[keep], first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
    found = score(truth, track(emptied, one_sensor()), skip=10)
    assert found.missed_mean < 0.3


def test_ten_thousand_false_plots_in_one_scan_do_not_stop_the_tracker(small):
    truth, plots = small
    rng = np.random.default_rng(3)
    z = [plots.z[a:b] for a, b in zip(plots.first[:-1], plots.first[1:], strict=True)]
    z[12] = np.concatenate([z[12], false_plots(rng, 10_000)])
    found = track(scans_of(z), one_sensor())
    told = score(truth, found, skip=20)
    assert told.missed_mean <= 0.5
    assert told.false_mean < 12.0  # of some hundred pairs of false plots by chance


def said(plots, sensors, **rules):
    with pytest.raises(CaseError) as caught:
        track(plots, sensors, Rules(**rules))
    return str(caught.value)


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (3, 0, math.nan, "plot[3].elevation = nan: must be a number"),
        (4, 1, math.inf, "plot[4].bearing = inf: must be a number"),
        (5, 2, -math.inf, "plot[5].range = -inf: must be a number"),
        (6, 2, 0.0, "plot[6].range = 0: must be above 0 m"),
        (7, 0, 20.0, "plot[7].elevation = 20: must be between -90 and 90 degrees"),
    ],
)
def test_plots_that_cannot_be_are_named(small, row, column, value, words):
    plots = dataclasses.replace(small[1], z=small[1].z.copy())
    plots.z[row, column] = value
    assert words in said(plots, one_sensor())


def test_all_faults_come_at_once_but_not_without_end(small):
    plots = dataclasses.replace(small[1], z=np.full_like(small[1].z, np.nan))
    text = said(plots, one_sensor(p_detect=1.5))
    assert text.count("\n") == 20
    assert "more faults of this kind" in text


def test_bearings_may_be_any_angle(small):
    truth, plots = small
    turned = dataclasses.replace(plots, z=plots.z + np.array([0.0, 4.0 * np.pi, 0.0]))
    assert score(truth, track(turned, one_sensor())).gospa_mean == pytest.approx(
        score(truth, track(plots, one_sensor())).gospa_mean, rel=1e-6
    )


def test_time_that_goes_backwards_is_named(small):
    plots = dataclasses.replace(small[1], scan_s=small[1].scan_s.copy())
    plots.scan_s[7] = 2.0
    assert "scan[7].time_s = 2.0 s after 6.0 s: time goes backwards" in said(plots, one_sensor())


@pytest.mark.parametrize("noise", [np.diag([1e-6, 0.0, 900.0]), -np.eye(3), np.ones((3, 3)), np.diag([1, 1, np.nan])])
def test_a_covariance_that_is_not_positive_is_named(small, noise):
    sensors = dataclasses.replace(one_sensor(), noise=noise[None].astype(float))
    assert "a covariance must be finite, symmetric and positive" in said(small[1], sensors)


def test_a_sensor_under_the_ground_is_named(small):
    assert "sensor[0].height_m = -5 m: the sensor is under the ground" in said(
        small[1], one_sensor(place=(0.0, 0.0, -5.0))
    )
    below = ecef(np.array(0.6), np.array(2.4), -1000.0)
    assert "sensor[0].height_m = -1000 m: the sensor is under the ground" in said(
        small[1], one_sensor(place=tuple(below)), is_earth=True
    )


@pytest.mark.parametrize(("p_detect", "clutter"), [(0.0, 1e-6), (1.5, 1e-6), (0.9, -1.0), (0.9, math.inf)])
def test_chances_and_densities_that_cannot_be_are_named(small, p_detect, clutter):
    assert "sensor[0]." in said(small[1], one_sensor(clutter, p_detect))


def test_unknown_models_are_named():
    with pytest.raises(ScenarioError, match="models = glide: is no motion model"):
        interacting(("straight", "glide"))


def test_perfect_detection_and_no_false_plots_are_no_trouble():
    truth, plots = scene(n_false=0, p_detect=1.0)
    found = score(truth, track(plots, one_sensor(clutter=0.0, p_detect=1.0)), skip=2)
    assert (found.missed_mean, found.false_mean) == (0.0, 0.0)


# --- what falls -------------------------------------------------------------------------------------------------------


def falls(x, n_steps, dt_s, is_earth, rng=None, noise=0.0):
    """States (K, N, 7) of what falls, with white acceleration as the filter takes it."""
    root = math.sqrt(noise) * np.linalg.cholesky(
        [[dt_s**3 / 3, dt_s**2 / 2], [dt_s**2 / 2, dt_s]] if noise else np.eye(2)
    )
    path = [x]
    for _ in range(n_steps):
        x = x.copy()
        for row in x:
            motion.step_state(motion.FALL, row, dt_s, is_earth, np.empty((4, 3)), np.empty((3, N)), np.empty(N))
            if noise:
                row[:3], row[3:6] = (row[:6].reshape(2, 3) + root @ rng.standard_normal((2, 3))).reshape(2, 3)
        path.append(x)
    return np.array(path)


def touchdown(path, dt_s):
    """Place (N, 2) and time (N,) where flat paths pass the ground."""
    last = np.argmax(path[:, :, 2] <= 0.0, axis=0)
    run = np.arange(path.shape[1])
    above, below = path[last - 1, run], path[last, run]
    share = above[:, 2] / (above[:, 2] - below[:, 2])
    return above[:, :2] + share[:, None] * (below[:, :2] - above[:, :2]), dt_s * (last - 1 + share)


def test_impact_ellipse_holds_the_impact_as_often_as_it_says_and_shrinks():
    rng = np.random.default_rng(6)
    n, dt_s = 200, 0.25
    angle = rng.uniform(-np.pi, np.pi, n)
    motions = interacting(("fall",))
    x = np.zeros((n, N))
    far = rng.uniform(5e4, 15e4, n)
    x[:, 0], x[:, 1], x[:, 2] = far * np.cos(angle), far * np.sin(angle), rng.uniform(4e4, 6e4, n)
    x[:, 3], x[:, 4], x[:, 5] = 700.0 * np.cos(angle), 700.0 * np.sin(angle), -200.0
    x[:, 6] = motions.own[0] + motions.own_sigma[0] * rng.standard_normal(n)
    path = falls(x, 800, dt_s, is_earth=False, rng=rng, noise=float(motions.noise[0]))
    place, time_s = touchdown(path, dt_s)
    late = path[: 30 * 4 : 4]
    plots = scans_of(list(seen(late) + SIGMA * rng.standard_normal((*late.shape[:2], 3))))
    found = track(plots, one_sensor(clutter=1e-12, p_detect=1.0), Rules(motions))
    some = np.isin(found.scan, (5, 15, 29))
    found = Tracked(**{name: values[some] for name, values in vars(found).items()})
    foreseen = impacts(found, motions, is_earth=False)
    scan = found.scan[foreseen.row]
    width = [np.median(np.sqrt(np.linalg.det(foreseen.east_north_cov[scan == k]))) for k in (5, 15, 29)]
    assert width[0] > 3.0 * width[1] > 6.0 * width[2]
    now = np.flatnonzero((scan == 29) & (np.sqrt(np.trace(foreseen.east_north_cov, axis1=1, axis2=2)) < 2e4))
    assert len(now) > 0.9 * n
    who = np.argmin(np.linalg.norm(late[29][None, :, :3] - found.x[foreseen.row[now]][:, None, :3], axis=2), axis=1)
    assert len(set(who)) == len(now)
    error = foreseen.place_m[now, :2] - place[who]
    far = np.sum(error * np.linalg.solve(foreseen.east_north_cov[now], error[..., None])[..., 0], axis=1)
    assert 0.91 <= np.mean(far < 5.991) <= 0.98
    in_time = np.abs(foreseen.time_s[now] - time_s[who]) < 1.96 * foreseen.sigma_s[now]
    assert 0.91 <= np.mean(in_time) <= 0.98
    assert np.abs(foreseen.place_m[now, 2]).max() < 1.0


def test_two_sensors_with_their_own_clocks_foresee_an_impact_on_the_earth():
    rng = np.random.default_rng(7)
    latitude, longitude = math.radians(35.0), math.radians(140.0)
    axes = north_east_up(latitude, longitude)
    start = ecef(np.array(latitude), np.array(longitude), 0.0) + axes.T @ np.array([120e3, 30e3, 70e3])
    x = np.array([[*start, *(axes.T @ np.array([-1100.0, -200.0, -50.0])), -math.log(5000.0)]])
    path = falls(x, 2500, 0.1, is_earth=True)[:, 0]
    height = np.linalg.norm(path[:, :3], axis=1)
    down = path[np.argmax(height < np.linalg.norm(ecef(np.array(latitude), np.array(longitude))))]
    places = [ecef(np.array(latitude), np.array(longitude), 50.0), ecef(np.radians(35.3), np.radians(140.4), 100.0)]
    turned = [axes, north_east_up(math.radians(35.3), math.radians(140.4))]
    when = sorted([(2.0 * k, 0) for k in range(30)] + [(0.7 + 3.1 * k, 1) for k in range(20)])
    z = [seen(path[round(t / 0.1)], places[s], turned[s]) + SIGMA * rng.standard_normal(3) for t, s in when]
    plots = Plots(
        np.array([t for t, _ in when]), np.array([s for _, s in when]), np.arange(len(when) + 1), np.array(z)
    )  # fmt: skip
    sensors = Sensors(
        np.array(places), np.array(turned), np.tile(np.diag(SIGMA**2), (2, 1, 1)), np.full(2, 0.9), np.full(2, 1e-9),
        np.tile([0.0, 1e9, -2.0, 2.0], (2, 1)),
    )  # fmt: skip
    rules = Rules(is_earth=True)
    found = track(plots, sensors, rules)
    assert set(found.track_id) == {0}
    assert found.p_ballistic[-1] > 0.9
    foreseen = impacts(found, rules.motions, is_earth=True)
    assert math.degrees(foreseen.latitude_rad[-1]) == pytest.approx(35.0, abs=1.0)
    lat, lon, _ = geodetic_point(*down[:3])
    apart = distance_m(np.array(lat), np.array(lon), foreseen.latitude_rad[-1], foreseen.longitude_rad[-1])
    assert apart < 3.0 * math.sqrt(np.trace(foreseen.east_north_cov[-1])) + 100.0
    assert np.trace(foreseen.east_north_cov[-1]) < 0.2 * np.trace(foreseen.east_north_cov[5])
