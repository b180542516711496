"""The default of the tracker on the scenes of the benchmark, against the set-up that repeats Stone Soup's scores.

On the scene that the two were compared on, nearest neighbours with the straight filter and 4 hits to confirm gave
Stone Soup 1.9.1's mean OSPA of 88.84 m and GOSPA of 542.9 m (54.03 and 372.1 after the tenth scan) to the digit.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mamori.tracking.plots.files import read_npz
from mamori.tracking.plots.model import Rules, interacting
from mamori.tracking.plots.score import score
from mamori.tracking.plots.tracker import track

LIKE_STONE_SOUP = Rules(interacting(("straight",)), is_joint=False, by_existence=False)


@pytest.fixture(scope="module")
def scenes():
    path = Path(__file__).parents[2] / "benchmarks" / "tracking_scenes.py"
    spec = importlib.util.spec_from_file_location("tracking_scenes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SCENES


@pytest.mark.parametrize(("name", "seed"), [("crowded", 1), ("crossing", 1), ("crossing", 2), ("falling", 1)])
def test_the_default_is_a_tenth_better(tmp_path, scenes, name, seed):
    path = tmp_path / "scene.npz"
    np.savez(path, **scenes[name](seed))
    held = read_npz(path)
    ours = score(held.truth, track(held.plots, held.sensors))
    theirs = score(held.truth, track(held.plots, held.sensors, LIKE_STONE_SOUP))
    assert ours.gospa_mean < 0.9 * theirs.gospa_mean
    assert ours.ospa_mean < 0.9 * theirs.ospa_mean
    assert ours.false_mean < 0.2
