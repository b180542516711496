"""Motion, measurement and update: against differences, against plain NumPy, compiled against plain Python."""

import numpy as np
import pytest

from mamori.maths.earth import GM_M3_S2, J2, ROTATION_RAD_S, SEMI_MAJOR_M
from mamori.tracking.plots import batched, kernels, motion, radar, unscented
from mamori.tracking.plots.lanes import into_lanes, out_of_lanes, straight_steps
from mamori.tracking.plots.tables import north_east_up

N = motion.N_STATES
STATES = {
    motion.STRAIGHT: [4e4, -3e4, 8e3, 200.0, -100.0, 5.0, 0.0],
    motion.TURN: [4e4, -3e4, 8e3, 200.0, -100.0, 5.0, 0.03],
    motion.BOOST: [4e4, -3e4, 8e3, 600.0, -100.0, 500.0, 25.0],
    motion.FALL: [4e4, -3e4, 3e4, -900.0, 400.0, -700.0, -8.0],
}
NOISE = np.diag([1e-6, 4e-6, 900.0])
PLACE = np.array([100.0, -50.0, 20.0])


def spread(rng, n):
    root = rng.standard_normal((n, n)) * np.array([100.0, 100.0, 100.0, 20.0, 20.0, 20.0, 0.01])[:n, None]
    return root @ root.T


def stepped(model, x, dt_s, is_earth):
    y = x.copy()
    if model == motion.STRAIGHT:
        y[:3] += dt_s * y[3:6]
        return y
    motion.step_state(model, y, dt_s, is_earth, np.empty((4, 3)), np.empty((3, N)), np.empty(N))
    return y


def moved(function, model, x, cov, is_earth=False, dt_s=0.5):
    x, cov = x.copy(), cov.copy()
    function(
        model, x, cov, dt_s, 1.0, 1e-4, is_earth, np.empty((4, 3)), np.empty((3, N)), np.empty((N, N)), np.empty((N, N))
    )
    return x, cov


def on_earth(x):
    turned = north_east_up(0.6, 2.4).T
    y = np.array(x)
    y[:3] = turned @ y[:3] + 6.37e6 * north_east_up(0.6, 2.4)[2]
    y[3:6] = turned @ y[3:6]
    return y


@pytest.mark.parametrize("is_earth", [False, True])
@pytest.mark.parametrize("model", STATES)
def test_prediction_spreads_the_covariance_by_the_slope_of_the_step(model, is_earth):
    x = on_earth(STATES[model]) if is_earth else np.array(STATES[model])
    cov = spread(np.random.default_rng(model), N)
    after, wide = moved(motion.move, model, x, cov, is_earth)
    assert after == pytest.approx(stepped(model, x, 0.5, is_earth), rel=1e-12)

    def function(states):
        flat = states.reshape(-1, N)
        return np.array([stepped(model, row, 0.5, is_earth) for row in flat]).reshape(states.shape)

    slope = batched.jacobian(function, x[None])[0]
    expected = slope @ cov @ slope.T
    motion.add_noise(expected, 0.5, 1.0, 1e-4)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((wide - expected) / scale).max() < 1e-3  # gravity's own slope is left out


def test_compiled_motion_is_the_plain_one():
    for model, state in STATES.items():
        x, cov = np.array(state), spread(np.random.default_rng(1), N)
        for fast, plain in zip(
            moved(motion.move, model, x, cov), moved(motion.move.py_func, model, x, cov), strict=True
        ):
            assert fast == pytest.approx(plain, rel=1e-12)


def test_turning_keeps_the_speed():
    x = np.array(STATES[motion.TURN])
    y = stepped(motion.TURN, x, 0.1, is_earth=False)
    assert np.linalg.norm(y[3:6]) == pytest.approx(np.linalg.norm(x[3:6]), rel=1e-5)


@pytest.mark.parametrize(("axis", "bulge"), [(0, 1.5), (2, -3.0)], ids=["equator", "pole"])
def test_gravity_of_the_earth(axis, bulge):
    """J2 adds 3/2 J2 (a / r)^2 of the pull at the equator and takes 3 of it at the poles."""
    x, up, pull = np.zeros(N), np.empty(3), np.empty(3)
    x[axis] = SEMI_MAJOR_M + 400e3
    motion.surroundings(x, True, up, pull)
    expected = GM_M3_S2 / x[axis] ** 2 * (1.0 + bulge * J2 * (SEMI_MAJOR_M / x[axis]) ** 2)
    centrifugal = ROTATION_RAD_S**2 * x[axis] if axis == 0 else 0.0
    assert -pull[axis] == pytest.approx(expected - centrifugal, rel=1e-9)
    assert np.delete(pull, axis) == pytest.approx([0.0, 0.0])


def test_the_turning_earth_pushes_eastward_flight_up():
    x, up, pull, still = np.zeros(N), np.empty(3), np.empty(3), np.empty(3)
    x[0] = SEMI_MAJOR_M
    motion.surroundings(x, True, up, still)
    x[4] = 1000.0
    motion.surroundings(x, True, up, pull)
    assert pull - still == pytest.approx([2.0 * ROTATION_RAD_S * 1000.0, 0.0, 0.0])


def test_unscented_prediction_is_the_extended_one_where_the_step_is_straight():
    x, cov = np.array(STATES[motion.FALL]), np.diag([1.0, 1.0, 1.0, 0.01, 0.01, 0.01, 1e-6])
    a, wide_a = moved(motion.move, motion.FALL, x, cov)
    b, wide_b = x.copy(), cov.copy()
    unscented.move_points(
        motion.FALL, b, wide_b, 0.5, 1.0, 1e-4, False, np.empty((4, 3)), np.empty((3, N)), np.empty((N, N)),
        np.empty((unscented.N_POINTS, N)),
    )  # fmt: skip
    assert b == pytest.approx(a, rel=1e-6)
    assert np.diag(wide_b) == pytest.approx(np.diag(wide_a), rel=1e-3)


def foreseen(x, cov, axes, function=radar.foresee):
    z, gain, weight, sigma = np.empty(3), np.empty((N, 3)), np.empty((3, 3)), np.empty(3)
    room = [np.empty((3, 3)), np.empty((3, 3))]
    if function is unscented.foresee_points:
        room += [np.empty((N, N)), np.empty((unscented.N_POINTS, N)), np.empty((unscented.N_POINTS, 3))]
    density = function(x, cov, PLACE, axes, NOISE, z, gain, weight, sigma, *room)
    return z, gain, weight, sigma, density


@pytest.mark.parametrize("function", [radar.foresee, radar.foresee.py_func, unscented.foresee_points])
def test_update_is_that_of_a_plain_filter(function):
    axes = north_east_up(0.3, 0.2)
    x, cov = np.array(STATES[motion.FALL]), spread(np.random.default_rng(5), N)

    def see(states):
        own = (states[..., :3] - PLACE) @ axes.T
        flat = np.hypot(own[..., 0], own[..., 1])
        return np.stack(
            [np.arctan2(own[..., 2], flat), np.arctan2(own[..., 1], own[..., 0]), np.hypot(flat, own[..., 2])], -1
        )

    z, gain, weight, sigma, density = foreseen(x, cov, axes, function)
    plot = z + np.array([1e-3, -2e-3, 40.0])
    after, wide = x.copy(), cov.copy()
    kernels.update(after, wide, gain, weight, 0, 1, np.ones(1), (plot - z)[None], np.empty((11, 3)))
    if function is unscented.foresee_points:
        expected, expected_wide = batched.update_unscented(see, x[None], cov[None], plot[None], NOISE, 0.0)
    else:
        expected, expected_wide = batched.update_extended(see, x[None], cov[None], plot[None], NOISE)
    assert after == pytest.approx(expected[0], rel=1e-5)
    assert np.diag(wide) == pytest.approx(np.diag(expected_wide[0]), rel=1e-4)
    inside = np.linalg.inv(weight)
    assert sigma == pytest.approx(np.sqrt(np.diag(inside)), rel=1e-6)
    assert density == pytest.approx(1.0 / np.sqrt(np.linalg.det(2.0 * np.pi * inside)), rel=1e-6)


def test_bearings_wrap():
    assert radar.wrapped(np.pi + 0.1) == pytest.approx(-np.pi + 0.1)
    found = np.empty(3)
    z, plot = np.array([0.1, np.pi - 0.001, 1e4]), np.array([0.1, -np.pi + 0.001, 1e4])
    radar.innovation(plot, z, found, np.eye(3), np.ones(3), 4.0)
    assert found[1] == pytest.approx(0.002)
    x, cov = np.array([-5e4, 0.0, 3e3, 100.0, 100.0, 0.0, 0.0]), spread(np.random.default_rng(3), N)
    _, gain, _, sigma, _ = foreseen(x, cov, np.eye(3))
    seen, gain_u, _, sigma_u, _ = foreseen(x, cov, np.eye(3), unscented.foresee_points)
    assert abs(seen[1]) > 3.1
    assert sigma_u == pytest.approx(sigma, rel=1e-3)
    assert gain_u[:3] == pytest.approx(gain[:3], rel=0.02, abs=0.05)


def test_start_places_the_plot_where_it_is_seen():
    axes = north_east_up(0.3, 0.2)
    x, cov = np.empty(N), np.empty((N, N))
    plot = np.array([0.2, 3.0, 5e4])
    radar.start(plot, PLACE, axes, NOISE, x, cov)
    z, slope = np.empty(3), np.empty((3, 3))
    radar.expected(x, PLACE, axes, z, slope)
    assert z == pytest.approx(plot)
    assert slope @ cov[:3, :3] @ slope.T == pytest.approx(NOISE, abs=1e-9)


def test_lower_root_leaves_out_what_has_no_spread():
    cov = spread(np.random.default_rng(2), N)
    cov[6, :] = cov[:, 6] = 0.0
    root = np.empty((N, N))
    unscented.lower_root(cov, root)
    assert root @ root.T == pytest.approx(cov, rel=1e-9, abs=1e-9)
    assert not root[6].any()


def test_lanes_do_what_the_tracker_does():
    rng = np.random.default_rng(8)
    n = 37
    x = np.concatenate(
        [rng.uniform(-8e4, 8e4, (n, 2)), rng.uniform(2e3, 2e4, (n, 1)), rng.uniform(-300, 300, (n, 3))], 1
    )
    cov = np.array([spread(rng, 6) for _ in range(n)])
    r = np.linalg.norm(x[:, :3], axis=1)
    z = np.stack([np.arcsin(x[:, 2] / r), np.arctan2(x[:, 1], x[:, 0]), r], -1) + np.array([1e-3, -1e-3, 30.0])
    blocks = into_lanes(x), into_lanes(cov), into_lanes(z)
    straight_steps(*blocks, 1.0, 2.0, np.diag(NOISE).copy())
    after, wide = out_of_lanes(blocks[0], n), out_of_lanes(blocks[1], n)
    for t in range(n):
        state, spread_of = np.append(x[t], 0.0), np.zeros((N, N))
        spread_of[:6, :6] = cov[t]
        motion.move(
            motion.STRAIGHT, state, spread_of, 1.0, 2.0, 0.0, False, np.empty((4, 3)), np.empty((3, N)),
            np.empty((N, N)), np.empty((N, N)),
        )  # fmt: skip
        seen, gain, weight = np.empty(3), np.empty((N, 3)), np.empty((3, 3))
        radar.foresee(
            state, spread_of, np.zeros(3), np.eye(3), NOISE, seen, gain, weight, np.empty(3), np.empty((3, 3)),
            np.empty((3, 3)),
        )  # fmt: skip
        shift = z[t] - seen
        shift[1] = radar.wrapped(shift[1])
        kernels.update(state, spread_of, gain, weight, 0, 1, np.ones(1), shift[None], np.empty((11, 3)))
        assert after[t] == pytest.approx(state[:6], rel=1e-9, abs=1e-6)
        assert wide[t] == pytest.approx(spread_of[:6, :6], rel=1e-7, abs=1e-6)
