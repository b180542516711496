"""How well tracks follow the truth: OSPA, GOSPA and what they are made of."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.records import Floats
from mamori.tracking.plots.model import Tracked

CUT_OFF_M = 1000.0
ORDER = 2.0


@dataclass(frozen=True)
class Score:
    """Means over the scans from `skip` on.

    ospa_mean, gospa_mean: m; missed_mean, false_mean: targets and tracks a scan; loc_rmse: m, of the pairs;
    id_switches: over all scans; nees: of position and velocity over the pairs, 6 expected; None without pairs
    """

    ospa_mean: float
    gospa_mean: float
    missed_mean: float
    false_mean: float
    loc_rmse: float | None
    id_switches: int
    nees: float | None
    skip: int
    c: float = CUT_OFF_M
    p: float = ORDER


def score(truth: Floats, tracked: Tracked, skip: int = 0) -> Score:
    """Score tracks against the truth.

    truth: (K, N, 6) x, vx, y, vy, z, vz of all targets at each scan, nan where a target is not there
    Raises CaseError for a truth of another shape, or of fewer scans than there are tracks.
    Source: Schuhmacher, Vo and Vo, IEEE Trans. SP 56(8), 2008 (OSPA); Rahmathullah, Garcia-Fernandez and Svensson,
    FUSION 2017 (GOSPA, alpha = 2); cut-off 1,000 m and order 2.
    """
    if truth.ndim != 3 or truth.shape[2] != 6 or (len(tracked.scan) and tracked.scan.max() >= len(truth)):
        rule = say("must have a row of x, vx, y, vy, z, vz for each scan and target")
        raise CaseError(Fault("truth", str(truth.shape), rule))
    c, p = CUT_OFF_M, ORDER
    ospa, gospa, missed, false, far, nees = [], [], [], [], [], []
    last: dict[int, int] = {}
    switches = 0
    for k in range(len(truth)):
        target = np.flatnonzero(np.isfinite(truth[k]).all(axis=1))
        state = truth[k][target][:, [0, 2, 4, 1, 3, 5]]
        rows = np.flatnonzero(tracked.scan == k)
        n, m = len(target), len(rows)
        apart = np.minimum(np.linalg.norm(state[:, None, :3] - tracked.x[rows][None, :, :3], axis=-1), c)
        i, j = linear_sum_assignment(apart**p)
        d = apart[i, j]
        is_pair = d < c
        for who, track_id in zip(target[i[is_pair]], tracked.track_id[rows[j[is_pair]]], strict=True):
            switches += int(last.get(int(who), int(track_id)) != track_id)
            last[int(who)] = int(track_id)
        if k < skip:
            continue
        total = float(np.sum(d**p))
        ospa.append(((total + c**p * abs(n - m)) / max(n, m, 1)) ** (1.0 / p))
        n_pairs = int(is_pair.sum())
        missed.append(n - n_pairs)
        false.append(m - n_pairs)
        gospa.append((float(np.sum(d[is_pair] ** p)) + 0.5 * c**p * (n + m - 2 * n_pairs)) ** (1.0 / p))
        far.append(d[is_pair])
        error = tracked.x[rows[j[is_pair]]] - state[i[is_pair]]
        weighed = np.linalg.solve(tracked.cov[rows[j[is_pair]]], error[..., None])[..., 0]
        nees.append(np.sum(error * weighed, axis=1))
    all_far, all_nees = np.concatenate([np.zeros(0), *far]), np.concatenate([np.zeros(0), *nees])
    return Score(
        ospa_mean=_mean(ospa),
        gospa_mean=_mean(gospa),
        missed_mean=_mean(missed),
        false_mean=_mean(false),
        loc_rmse=math.sqrt(float(np.mean(all_far**2))) if len(all_far) else None,
        id_switches=switches,
        nees=float(all_nees.mean()) if len(all_nees) else None,
        skip=skip,
    )


def _mean(values: list[float] | list[int]) -> float:
    return float(np.mean(values)) if values else 0.0
