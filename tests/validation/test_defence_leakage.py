"""Closed forms of independent and of correlated shots."""

from dataclasses import replace

import numpy as np
import pytest

from mamori.defence.battle.model import engage, scene
from mamori.defence.model import BatteryTable, DefenceRules, Opportunities, raid_p_kill
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.maths.luck import entity_key
from mamori.records import Engagements, Floats, ThreatKind, Worth

Z_999 = 3.2905  # two-sided 99.9 % quantile of the standard normal distribution


def batteries_of(p_kill: list[float]) -> BatteryTable:
    section = {
        "max_range_m": 1.0, "max_height_m": 1.0, "interceptor_speed_m_s": 1.0, "reaction_s": 0.0, "channels": 1000,
        "magazine": 1000, "assess_s": 1.0, "cost_per_shot_eur": 0.0,
    }  # fmt: skip
    classes = {f"{i}": BatteryClass.model_validate({**section, "p_kill": {"drone": p}}) for i, p in enumerate(p_kill)}
    batteries = [{"id": f"b{i}", "class": f"{i}", "latitude_deg": 0, "longitude_deg": 0} for i in range(len(p_kill))]
    return battery_table(DefencePart.model_validate({"batteries": batteries}), classes)


def one_chance_each(n_threats: int, n_batteries: int) -> Opportunities:
    """Battery i can launch at any threat at 100 i s only, and meets it 50 s later."""
    n = n_threats * n_batteries
    launch_s = np.tile(100.0 * np.arange(n_batteries), n_threats)
    return Opportunities(
        battery_i=np.tile(np.arange(n_batteries), n_threats),
        threat_i=np.repeat(np.arange(n_threats), n_batteries),
        pair_first=n_batteries * np.arange(n_threats + 1),
        first=np.arange(n + 1),
        intercept_s=launch_s + 50.0,
        launch_by_s=launch_s,
        is_joined=np.zeros(n, np.bool_),
    )


def raids(p_kill: list[float], rho: float, n_threats: int, n_replicas: int) -> list[Engagements]:
    return fights(batteries_of(p_kill), rho, n_threats, n_replicas)


def fights(batteries: BatteryTable, rho: float, n_threats: int, n_replicas: int) -> list[Engagements]:
    n_batteries = len(batteries.id)
    opp = one_chance_each(n_threats, n_batteries)
    rules = DefenceRules(correlation=np.full(4, rho), track_latency_s=0.0, max_shots_per_threat=8)
    kind = np.full(n_threats, int(ThreatKind.DRONE))
    key = np.array([entity_key(f"t{i}") for i in range(n_threats)])
    seen = np.full((n_threats, n_batteries), -1.0)
    raid = scene(opp, batteries, kind, key, Worth(np.ones(n_threats)))
    return [
        engage(
            raid, batteries, rules, seen, np.full_like(seen, np.inf), np.full(n_batteries, np.inf),
            np.full(n_batteries, np.inf), raid_p_kill(batteries, rules.correlation, 11, replica), 11, replica,
        )
        for replica in range(n_replicas)
    ]  # fmt: skip


def n_stopped(fought: list[Engagements]) -> Floats:
    return np.array([np.isfinite(raid.killed_s).sum() for raid in fought], np.float64)


@pytest.mark.parametrize("p_kill", [[0.5], [0.3, 0.8], [0.2, 0.5, 0.7, 0.1]])
def test_leakage_of_independent_layers_is_the_product(p_kill: list[float]) -> None:
    n_threats, n_replicas = 40, 250
    leaks = 1.0 - n_stopped(raids(p_kill, 0.0, n_threats, n_replicas)) / n_threats
    expected = float(np.prod([1.0 - p for p in p_kill]))
    sigma = np.sqrt(expected * (1.0 - expected) / (n_threats * n_replicas))
    assert leaks.mean() == pytest.approx(expected, abs=Z_999 * sigma)


def test_leakage_of_a_salvo_is_the_product_over_its_shots() -> None:
    batteries, n_threats, n_replicas = batteries_of([0.4]), 40, 250
    batteries = replace(batteries, shots_per_salvo=np.full((1, 4), 3))
    leaks = 1.0 - n_stopped(fights(batteries, 0.0, n_threats, n_replicas)) / n_threats
    expected = 0.6**3
    sigma = np.sqrt(expected * (1.0 - expected) / (n_threats * n_replicas))
    assert leaks.mean() == pytest.approx(expected, abs=Z_999 * sigma)


@pytest.mark.parametrize(("p", "rho"), [(0.6, 0.0), (0.6, 0.1), (0.85, 0.2), (0.4, 0.4)])
def test_spread_of_the_number_stopped_is_beta_binomial(p: float, rho: float) -> None:
    """Mean n p, variance n p (1 - p) (1 + (n - 1) rho): textbook moments of the beta-binomial distribution."""
    n_threats, n_replicas = 20, 1500
    stopped = n_stopped(raids([p], rho, n_threats, n_replicas))
    variance = n_threats * p * (1.0 - p) * (1.0 + (n_threats - 1) * rho)
    assert stopped.mean() == pytest.approx(n_threats * p, abs=Z_999 * np.sqrt(variance / n_replicas))
    squares = (stopped - n_threats * p) ** 2
    assert squares.mean() == pytest.approx(variance, abs=Z_999 * squares.std() / np.sqrt(n_replicas))


def test_threats_keep_their_luck_when_another_joins() -> None:
    few, many = raids([0.5, 0.5], 0.1, 5, 20), raids([0.5, 0.5], 0.1, 6, 20)
    for one, other in zip(few, many, strict=True):
        assert np.array_equal(one.killed_s, other.killed_s[:5])
    assert len({tuple(raid.killed_s) for raid in few}) > 1


def test_stock_of_the_campaign_is_what_is_fired_from() -> None:
    batteries, opp = batteries_of([0.0]), one_chance_each(4, 1)
    rules = DefenceRules(correlation=np.zeros(4), track_latency_s=0.0, max_shots_per_threat=8)
    fought = engage(
        scene(
            opp,
            replace(batteries, stock=np.array([3])),
            np.full(4, 2),
            np.arange(4),
            Worth(np.array([1.0, 4.0, 2.0, 3.0])),
        ),
        replace(batteries, stock=np.array([3])),
        rules,
        np.full((4, 1), -1.0),
        np.full((4, 1), np.inf),
        np.array([np.inf]),
        np.full(1, np.inf),
        batteries.p_kill,
        1,
        0,
    )
    # Three shots left for four threats that are due at once: the one of least worth goes without.
    assert fought.threat_i.tolist() == [1, 3, 2]
    assert fought.magazine_left.tolist() == [0]
