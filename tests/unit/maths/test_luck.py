"""The keyed hash: against NumPy's Philox, uniform, and independent between neighbouring keys and replicas."""

import numpy as np
import pytest
from scipy.special import gammaincc, ndtri

from mamori.maths.luck import MASK_64, entity_key, normal, normal_quantile, pair_key, philox, uniform

KEYS = [
    (0, 0, 0, 0, 0),
    (11, 7, 9, 5, 3),
    (MASK_64 >> 1, 1, 7, entity_key("battery:north"), 2),
    (1, 10**9, 13, 1, 10**6),
]


def numpy_word(seed, replica, stage, entity, slot):
    """First word of NumPy's Philox block at this counter; NumPy steps the counter before it hashes, so start one
    below."""
    counter = slot + (entity << 64) + (replica << 128) + (stage << 192)
    counter = (counter - 1) % (1 << 256)
    words = np.array([(counter >> shift) & MASK_64 for shift in (0, 64, 128, 192)], dtype=np.uint64)
    return int(np.random.Philox(counter=words, key=np.array([seed, 0], dtype=np.uint64)).random_raw())


@pytest.mark.parametrize("key", KEYS)
def test_hash_is_philox(key):
    assert int(philox(*key)) == numpy_word(*key)


@pytest.mark.parametrize("key", KEYS)
def test_compiled_equals_plain_python(key):
    with np.errstate(over="ignore"):
        assert int(philox.py_func(*key)) == int(philox(*key))
        assert uniform.py_func(*key) == uniform(*key)


def p_value_of_uniformity(u, bins=64):
    counts = np.histogram(u, bins=bins, range=(0.0, 1.0))[0]
    expected = len(u) / bins
    chi2 = float(np.sum((counts - expected) ** 2) / expected)
    return gammaincc((bins - 1) / 2, chi2 / 2)


STREAMS = {
    "slots": [uniform(1, 2, 3, 4, i) for i in range(20_000)],
    "entities": [uniform(1, 2, 3, i, 0) for i in range(20_000)],
    "replicas": [uniform(1, i, 3, 4, 0) for i in range(20_000)],
    "stages and replicas": [uniform(1, i // 10, i % 10, 4, 0) for i in range(20_000)],
    "seeds": [uniform(i, 2, 3, 4, 0) for i in range(20_000)],
}


@pytest.mark.parametrize("name", STREAMS)
def test_uniform_along_every_part_of_the_key(name):
    u = np.array(STREAMS[name])
    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert p_value_of_uniformity(u) > 1e-4


@pytest.mark.parametrize("name", STREAMS)
def test_neighbouring_keys_are_independent(name):
    u = np.array(STREAMS[name])
    for lag in (1, 2, 10):
        correlation = np.corrcoef(u[:-lag], u[lag:])[0, 1]
        assert abs(correlation) < 4.0 / np.sqrt(len(u))
    pairs = np.floor(u[:-1] * 8) * 8 + np.floor(u[1:] * 8)
    assert p_value_of_uniformity((pairs + 0.5) / 64.0) > 1e-4


def test_replicas_do_not_repeat_each_other_shifted():
    """The fault of `seed + replica * constant`: one replica's slots are another's, moved along."""
    table = np.array([[uniform(5, r, 7, 11, s) for s in range(200)] for r in range(50)])
    assert len(np.unique(table)) == table.size


def test_normal_quantile_to_the_last_digits():
    p = np.concatenate([np.logspace(-300, -3, 40), np.linspace(0.001, 0.999, 999)])
    ours = np.array([normal_quantile(x) for x in p])
    np.testing.assert_allclose(ours, ndtri(p), rtol=1e-12, atol=1e-12)
    assert normal_quantile(0.0) == -np.inf
    assert normal_quantile(1.0) == np.inf


def test_normal_draws_have_mean_zero_and_variance_one():
    x = np.array([normal(3, i, 8, 1, 0) for i in range(20_000)])
    assert abs(x.mean()) < 4.0 / np.sqrt(len(x))
    assert abs(x.var() - 1.0) < 4.0 * np.sqrt(2.0 / len(x))


def test_keys_of_ids_and_pairs_do_not_collide():
    ids = [f"battery-{i}" for i in range(2_000)] + [f"threat/{i}" for i in range(2_000)]
    keys = [entity_key(name) for name in ids]
    assert len(set(keys)) == len(ids)
    pairs = {pair_key(a, b) for a in keys[:60] for b in keys[:60]}
    assert len(pairs) == 3_600
    assert min(pairs) >= 0


def test_id_key_is_the_same_on_every_machine():
    assert entity_key("a") == 1702698405120146464
