"""Radar: range equation, clutter, and the errors of a look. Scalars in, scalars out.

Plain Python, compiled by `kernels.py`. How a look becomes a detection stands in `swerling.py`.
"""

import math
from typing import TypeVar

from mamori.records import Floats
from mamori.sensing.swerling import detection_probability

MONOPULSE = 1.6
"""Slope of a monopulse beam: its error is the beam's width over this and the root of twice the signal to noise."""


Value = TypeVar("Value", float, Floats)


def signal_to_noise(range_m: float, rcs_m2: float, reference_range_m: Value, reference_snr: Value) -> Value:
    """Ratio of signal to noise of one pulse: falls with the fourth power of the range and grows with the cross-section.

    reference_snr: ratio (not dB) that 1 m2 gives at reference_range_m
    Source: the radar range equation (textbook), written relative to one point, so that power, gain, losses cancel.
    """
    ratio = reference_range_m / range_m
    return reference_snr * rcs_m2 * ratio * ratio * ratio * ratio


def clutter_area_m2(range_m: float, beam_rad: float, resolution_m: float) -> float:
    """Ground or sea that sends back its echo together with a target, m2: beam's width times length of a range cell.

    Source: textbook, for low grazing angles.
    """
    return range_m * beam_rad * resolution_m


def required_snr(p_detect: float, n_pulses: int, threshold: float, shape: float) -> float:
    """Mean ratio of signal to noise of one pulse that gives p_detect; 0 where false alarms alone do.

    threshold, shape: see `swerling.miss_probability`; by bisection of its logarithm, to 1e-12 of it
    """
    low, high = -60.0, 80.0  # of the natural logarithm
    if detection_probability(math.exp(low), n_pulses, threshold, shape) >= p_detect:
        return 0.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if detection_probability(math.exp(middle), n_pulses, threshold, shape) < p_detect:
            low = middle
        else:
            high = middle
    return math.exp(high)


def range_error_m(snr_all: float, resolution_m: float, floor_m: float) -> float:
    """Standard error of a range, m: what noise leaves of a range cell, and a floor below which no signal helps.

    snr_all: ratio of signal to noise of all pulses together
    Source: resolution over the root of twice the signal to noise (textbook).
    """
    return math.sqrt(floor_m * floor_m + resolution_m * resolution_m / (2.0 * snr_all))


def angle_error_rad(snr_all: float, beam_rad: float, floor_rad: float) -> float:
    """Standard error of an angle, rad: beam width over 1.6 and the root of twice the signal to noise, and a floor.

    Source: monopulse with the usual slope (textbook).
    """
    noise = beam_rad / MONOPULSE
    return math.sqrt(floor_rad * floor_rad + noise * noise / (2.0 * snr_all))
