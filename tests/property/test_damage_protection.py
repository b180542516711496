import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.damage.model import AssetTable, MunitionTable, ProtectionTable, damage, impacts
from mamori.maths.luck import entity_key
from mamori.records import AssetKind, Assets, Threats, Trajectories

N_THREATS, N_ASSETS = 30, 60
share = st.floats(0.0, 1.0)


def keys(prefix: str, n: int) -> np.ndarray:
    return np.array([entity_key(f"{prefix}{i}") for i in range(n)], dtype=np.int64)


THREATS = Threats(
    tuple(f"t{i}" for i in range(N_THREATS)), keys("t", N_THREATS), np.arange(N_THREATS) % 4, ("c",),
    np.zeros(N_THREATS, dtype=np.int64), *(np.zeros(N_THREATS) for _ in range(5)), np.zeros(N_THREATS, dtype=np.int64),
)  # fmt: skip
PATHS = Trajectories(
    np.zeros(N_THREATS + 1, dtype=np.int64), np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0),
    np.arange(N_THREATS, dtype=np.float64), np.zeros(N_THREATS, dtype=np.int64),
)  # fmt: skip
LINE = np.linspace(-5e-5, 5e-5, N_ASSETS)  # rad, some 640 m


def run(table: AssetTable, levels: ProtectionTable, level: int, seed: int):
    munitions = MunitionTable(np.ones(1), np.full(1, 100.0), np.full(1, 80.0), np.ones(1))
    index = np.arange(N_ASSETS, dtype=np.int64)
    assets = Assets(
        tuple(f"a{i}" for i in index), keys("a", N_ASSETS), index % len(AssetKind), index, index, LINE,
        np.zeros(N_ASSETS), np.full(N_ASSETS, 10.0), np.full(N_ASSETS, level, dtype=np.int64), np.ones(N_ASSETS),
    )  # fmt: skip
    landed = impacts(THREATS, PATHS, np.full(N_THREATS, np.inf), munitions, seed, 0)
    found = damage(landed, THREATS, assets, munitions, table, levels, seed, 0)
    state, work = np.zeros(N_ASSETS), np.zeros(N_ASSETS)
    state[found.asset_i], work[found.asset_i] = found.state, found.work_h
    return state, work, found


@settings(max_examples=40, deadline=None)
@given(
    factors=st.tuples(share, share),
    stops=st.tuples(share, share),
    heavy=share,
    destroyed=share,
    seed=st.integers(0, 2**40),
)
def test_better_protection_never_means_more_damage(factors, stops, heavy, destroyed, seed) -> None:
    n = len(AssetKind)
    table = AssetTable(
        np.zeros(n), np.zeros(n), np.full(n, heavy), np.full(n, destroyed), np.tile([0.0, 10.0, 50.0, 200.0], (n, 1)),
        np.full(n, 0.5), np.full(n, -1, dtype=np.int64), np.full(n, 3, dtype=np.int64), np.ones(n), np.zeros((n, 4)),
    )  # fmt: skip
    worse, better = 0, 1
    levels = ProtectionTable(
        radius_factor=np.repeat([[max(factors)], [min(factors)]], 4, axis=1),
        p_stop=np.repeat([[min(stops)], [max(stops)]], 4, axis=1),
        cost_eur=np.zeros(2),
    )
    state_worse, work_worse, _ = run(table, levels, worse, seed)
    state_better, work_better, found = run(table, levels, better, seed)
    assert (state_better <= state_worse).all()
    assert (work_better <= work_worse).all()
    assert (np.diff(found.asset_i) > 0).all()
    assert ((found.state >= 1) & (found.state <= 3)).all()
