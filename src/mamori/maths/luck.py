"""Keyed luck: a draw is a pure function of (seed, replica, stage, entity, slot), with no generator state anywhere.

The hash is Philox4x64-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
numbers: as easy as 1, 2, 3", SC'11 (https://doi.org/10.1145/2063384.2063405): key (seed, 0), counter
(slot, entity, replica, stage). NumPy's `numpy.random.Philox` is the reference that the tests hold it against.
"""

import hashlib
import math
from enum import IntEnum

import numpy as np
from numba import njit

MASK_64 = (1 << 64) - 1


class Stage(IntEnum):
    """Who draws. A number once given is never given to another, so that old runs can be drawn again."""

    KNOWLEDGE = 1
    RAID = 2
    FLIGHT = 3
    SENSING = 4
    TRACKING = 5
    WARNING = 6
    DEFENCE = 7
    DAMAGE = 8
    GRID = 9
    SERVICES = 10
    RECOVERY = 11
    OUTAGES = 12
    WORLD = 13


_M0 = np.uint64(0xD2E7470EE14C6C93)
_M1 = np.uint64(0xCA5A826395121157)
_W0 = np.uint64(0x9E3779B97F4A7C15)
_W1 = np.uint64(0xBB67AE8584CAA73B)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_11 = np.uint64(11)
_0 = np.uint64(0)
_1 = np.uint64(1)
_2_53 = 1.0 / 9007199254740992.0
_ROUNDS = 10


def entity_key(text: str) -> int:
    """Key of an entity from its id in the scenario file: 63 bits of BLAKE2b, the same on every machine.

    63 bits, so that keys fit a signed integer column too. Where two entities meet (a shot of one at
    another), use `pair_key`.
    """
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


@njit(cache=True, nogil=True, inline="always")
def _mulhi(a: np.uint64, b: np.uint64) -> np.uint64:
    a_low, a_high = a & _LOW, a >> _32
    b_low, b_high = b & _LOW, b >> _32
    mid = a_high * b_low + ((a_low * b_low) >> _32)
    mid_low = a_low * b_high + (mid & _LOW)
    return a_high * b_high + (mid >> _32) + (mid_low >> _32)


# Signatures are given, or numba would compile the hash anew for every constant that a caller passes.
_KEY = "int64, int64, int64, int64, int64"


@njit(f"uint64({_KEY})", cache=True, nogil=True)
def philox(seed: int, replica: int, stage: int, entity: int, slot: int) -> np.uint64:
    """First 64-bit word of the Philox4x64-10 block at key (seed, 0), counter (slot, entity, replica, stage)."""
    c0, c1, c2, c3 = np.uint64(slot), np.uint64(entity), np.uint64(replica), np.uint64(stage)
    k0, k1 = np.uint64(seed), _0
    for _ in range(_ROUNDS):
        h0, l0 = _mulhi(_M0, c0), _M0 * c0
        h1, l1 = _mulhi(_M1, c2), _M1 * c2
        c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
        k0 = k0 + _W0
        k1 = k1 + _W1
    return c0


@njit(f"float64({_KEY})", cache=True, nogil=True)
def uniform(seed: int, replica: int, stage: int, entity: int, slot: int) -> float:
    """A draw from [0, 1) with 53 bits, for this key alone."""
    return float(philox(seed, replica, stage, entity, slot) >> _11) * _2_53


@njit("int64(int64, int64)", cache=True, nogil=True)
def pair_key(a: int, b: int) -> int:
    """Key of an ordered pair of entities (a shooter and its target): the hash of the one under the other."""
    return int(np.int64(philox(a, 0, 0, b, 0) >> _1))


@njit("float64(float64)", cache=True, nogil=True)
def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution at p in (0, 1).

    Source: rational approximation of P. J. Acklam (relative error below 1.15e-9), with one step of Halley's
    method against erfc, which brings it to the precision of a double.
    """
    if p <= 0.0:
        return -math.inf
    if p >= 1.0:
        return math.inf
    if p < 0.02425 or p > 1.0 - 0.02425:
        tail = p if p < 0.5 else 1.0 - p
        q = math.sqrt(-2.0 * math.log(tail))
        x = (
            (
                (
                    ((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e00) * q
                    - 2.549732539343734e00
                )
                * q
                + 4.374664141464968e00
            )
            * q
            + 2.938163982698783e00
        ) / (
            (
                ((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e00) * q
                + 3.754408661907416e00
            )
            * q
            + 1.0
        )
        if p > 0.5:
            x = -x
    else:
        q = p - 0.5
        r = q * q
        x = (
            (
                (
                    (
                        ((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
                        + 1.383577518672690e02
                    )
                    * r
                    - 3.066479806614716e01
                )
                * r
                + 2.506628277459239e00
            )
            * q
        ) / (
            (
                (
                    ((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
                    + 6.680131188771972e01
                )
                * r
                - 1.328068155288572e01
            )
            * r
            + 1.0
        )
    error = 0.5 * math.erfc(-x / math.sqrt(2.0)) - p
    step = error * math.sqrt(2.0 * math.pi) * math.exp(0.5 * x * x)
    return x - step / (1.0 + 0.5 * x * step)


@njit(f"float64({_KEY})", cache=True, nogil=True)
def normal(seed: int, replica: int, stage: int, entity: int, slot: int) -> float:
    """A standard normal draw for this key (one uniform, through the quantile; uses this slot alone)."""
    u = uniform(seed, replica, stage, entity, slot)
    return float(normal_quantile(u + 0.5 * _2_53))
