"""When detections become a track, and what a track knows about the place that a threat is heading for."""

from dataclasses import dataclass

MOST_LOOKS = 8
"""Largest n of an m-of-n rule: the chain over the last n - 1 looks has 2 ** (n - 1) states."""


@dataclass(frozen=True)
class TrackingRules:
    """m detections within n looks confirm a track; the course of a threat that may turn is fitted to memory_looks."""

    m: int
    n: int
    memory_looks: int = 20
