"""Lookouts and cameras: how far a threat is seen through the air of the day. Scalars in, scalars out.

Plain Python, compiled by `kernels.py` where looks need it.
"""

import math

EXTINCTION = 3.912
"""Contrast falls to 2 per cent over the visibility (Koschmieder: -ln 0.02; definition of the meteorological range)."""


def sight_range_m(clear_range_m: float, visibility_m: float) -> float:
    """Range at which a threat is as plain as at clear_range_m in perfectly clear air, m.

    Of small things area times contrast decides (Ricco's law): range^2 exp(extinction range) stays the same. Its root by
    Newton's method on the logarithm.
    """
    if clear_range_m <= 0.0:
        return 0.0
    per_m = 0.5 * EXTINCTION / visibility_m
    range_m = clear_range_m / (1.0 + per_m * clear_range_m)
    for _ in range(50):
        step = (math.log(range_m / clear_range_m) + per_m * range_m) / (1.0 / range_m + per_m)
        range_m = max(range_m - step, 0.5 * range_m)
        if abs(step) < 1e-9 * range_m:
            break
    return range_m


def seen_probability(range_m: float, half_range_m: float) -> float:
    """Probability that one look sees a threat: one half at half_range_m.

    Assumption: the logarithm of the chance falls with the fourth power of the range, so that sight is all but sure at
    half of half_range_m (0.96) and all but lost at 1.5 times it (0.03).
    """
    ratio = range_m / half_range_m
    return math.pow(0.5, ratio * ratio * ratio * ratio)
