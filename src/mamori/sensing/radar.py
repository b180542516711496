"""Radar: range equation, detection of a fluctuating target, and the horizon. Scalars in, scalars out.

Plain Python, compiled by `kernels.py`.
"""

import math

from mamori.maths.earth import MEAN_RADIUS_M

EFFECTIVE_RADIUS_M = MEAN_RADIUS_M * 4.0 / 3.0
"""Earth on which rays are straight: the four-thirds model of a standard atmosphere (textbook formula)."""

BENDING_RAD = 0.013
"""Whole bending of a ray that leaves the ground level, out to space. Assumption: refractivity about 310 N units."""


def signal_to_noise(range_m: float, rcs_m2: float, reference_range_m: float, reference_snr: float) -> float:
    """Ratio of signal to noise of one look: falls with the fourth power of the range and grows with the cross-section.

    reference_snr: ratio (not dB) that 1 m2 gives at reference_range_m
    Source: the radar range equation (textbook), written relative to one point, so that power, gain, losses cancel.
    """
    ratio = reference_range_m / range_m
    return reference_snr * rcs_m2 * ratio * ratio * ratio * ratio


def detection_probability(snr: float, p_false_alarm: float) -> float:
    """Probability that one look detects a Swerling 1 target.

    snr: mean ratio of signal to noise (not dB); p_false_alarm: in (0, 1)
    Source: for one pulse, square-law detector and exponentially distributed cross-section the textbook closed form
    p_d = p_fa ** (1 / (1 + snr)), exact.
    """
    return math.pow(p_false_alarm, 1.0 / (1.0 + snr))


def range_of_probability(
    p_detect: float, rcs_m2: float, reference_range_m: float, reference_snr: float, p_false_alarm: float
) -> float:
    """Range within which one look detects with at least p_detect, m; infinite where false alarms alone do."""
    snr = math.log(p_false_alarm) / math.log(p_detect) - 1.0
    if snr <= 0.0:
        return math.inf
    return reference_range_m * math.sqrt(math.sqrt(reference_snr * rcs_m2 / snr))


def horizon_m(height_m: float) -> float:
    """Slant range from a point at height_m to where its line of sight touches the sea.

    A radar at height a sees a target at height h up to horizon_m(a) + horizon_m(h).
    Source: tangent to the four-thirds Earth. That model bends rays at all heights; the air above about 20 km bends
    them no more, so that the true Earth's tangent with the whole bending at sea level is the upper limit.
    """
    if height_m <= 0.0:
        return 0.0
    low = math.sqrt(height_m * (2.0 * EFFECTIVE_RADIUS_M + height_m))
    high = math.sqrt(height_m * (2.0 * MEAN_RADIUS_M + height_m)) + BENDING_RAD * MEAN_RADIUS_M
    return min(low, high)
