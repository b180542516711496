"""Nets of microphones: how far an engine is heard, and whether any of them hears it. Scalars in, scalars out.

Plain Python, compiled by `kernels.py` where looks need it.
"""

import math

ABSORPTION_DB_M = 0.001
"""What air takes from the low tones of an engine (assumption: of the order that tables give for 100 to 300 Hz)."""


def hearing_range_m(sound_db: float, noise_db: float, margin_db: float) -> float:
    """Distance at which a sound stands margin_db above the noise at the microphone, m; 0 if it never does.

    sound_db: level one metre from the source; noise_db: level of the noise around the microphone
    Source: spherical spreading, 20 log10 of the distance (textbook), and absorption; solved by Newton's method.
    """
    spare_db = sound_db - noise_db - margin_db
    if spare_db <= 0.0:
        return 0.0
    range_m = math.pow(10.0, spare_db / 20.0)
    for _ in range(50):
        over = 20.0 * math.log10(range_m) + ABSORPTION_DB_M * range_m - spare_db
        step = over / (20.0 / (math.log(10.0) * range_m) + ABSORPTION_DB_M)
        range_m = max(range_m - step, 0.5 * range_m)
        if abs(step) < 1e-9 * range_m:
            break
    return range_m


def heard_probability(height_m: float, hearing_m: float, per_m2: float) -> float:
    """Probability that at least one microphone hears a threat in one look.

    height_m: of the threat above the ground; per_m2: working microphones a square metre
    Assumption: they stand where there was room, like points strewn at random, so that the number of them
    within hearing is Poisson distributed.
    """
    ground_2 = hearing_m * hearing_m - height_m * height_m
    return 1.0 - math.exp(-math.pi * ground_2 * per_m2) if ground_2 > 0.0 else 0.0
