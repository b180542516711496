"""Sensing against what was published: the signal that a detection takes, and the horizon."""

import math

from scipy.special import gammainccinv

from mamori.sensing.radar import required_snr
from mamori.sensing.sightline import horizon_m
from mamori.sensing.swerling import energy_shape
from mamori.validate.case import Case

__all__ = ["sensing_cases"]

REQUIRED_DB = (
    (0.9, 1e-6, 1, {0: 13.183, 1: 21.144, 3: 17.296}),
    (0.9, 1e-6, 10, {0: 5.267, 1: 13.500, 2: 6.292, 3: 9.601}),
    (0.8, 1e-6, 20, {0: 2.685, 1: 8.207, 2: 3.052, 3: 5.619}),
    (0.5, 1e-6, 1, {0: 11.243, 1: 12.772, 3: 11.954}),
)
"""Signal to noise of one pulse, dB, by Swerling case, of (p_detect, p_false_alarm, pulses)."""
HORIZONS_KM = (((10.0, 50.0), 42.18), ((100.0, 10_000.0), 453.4))
_TEXTBOOK = (
    "textbook values of the exact expressions, as handed to this project; tests hold `sdr` against the same code"
)


def sensing_cases() -> list[Case]:
    """All cases, computed now."""
    return [*_required(), *_horizons()]


def _required() -> list[Case]:
    """Signal that a square-law detector of N pulses takes for a Swerling target."""
    cases = []
    for p_detect, p_false_alarm, n, by_case in REQUIRED_DB:
        threshold = float(gammainccinv(n, p_false_alarm))
        for swerling, published in by_case.items():
            snr = required_snr(p_detect, n, threshold, energy_shape(swerling, n))
            cases.append(
                Case(
                    group="signal that a detection takes",
                    name=f"Swerling {swerling}, p_detect {p_detect:g}, p_false_alarm {p_false_alarm:g}, {n} pulses",
                    quantity="signal to noise of a pulse, dB",
                    published=[published],
                    computed=10.0 * math.log10(snr),
                    tolerance=0.01,
                    source=_TEXTBOOK,
                )
            )
    return cases


def _horizons() -> list[Case]:
    """How far two heights see each other over the sea."""
    return [
        Case(
            group="horizon",
            name=f"heights {low:g} and {high:g} m",
            quantity="distance, km",
            published=[published],
            computed=(horizon_m(low) + horizon_m(high)) / 1e3,
            tolerance=0.05 if published > 100.0 else 0.005,
            source="four-thirds Earth, sqrt(2 k a h): half of the last printed digit",
        )
        for (low, high), published in HORIZONS_KM
    ]
