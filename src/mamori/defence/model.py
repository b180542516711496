"""Who can shoot at what and when, and how one raid's engagements go."""

from dataclasses import dataclass

from mamori.records import Bools, Floats, Ints


@dataclass(frozen=True)
class BatteryTable:
    """Shooters as arrays, one row a battery; K is the four kinds of ThreatKind.

    id: (B,) names; key: (B,) luck keys; classes: names of the classes in use; class_i: (B,) index into them
    latitude_rad, longitude_rad: (B,) of the base; height_m: (B,) of its sights above the ellipsoid
    engages: (B, K) whether it shoots at that kind at all; p_kill: (B, K) of one shot, the mean over raids
    min_range_m, max_range_m: (B,) slant range of an intercept; min_height_m, max_height_m: (B,) of the intercept
    needs_line_of_sight: (B,) whether the intercept must lie above its horizon
    boresight_rad, sector_rad: (B,) middle and full width of its sector
    interceptor_speed_m_s: (B,) mean; reaction_s: (B,) from track to launch; channels: (B,) engagements at once
    magazine: (B,) shots in one load; stock: (B,) all shots at hand, the first load among them; reload_s: (B,)
    shots_per_salvo: (B, K); assess_s: (B,) from intercept to the next look
    returns: (B,) whether a channel is busy until the interceptor is back; turnaround_s: (B,) before it leaves again
    cost_per_shot_eur: (B,); own_sensor: (B, S) whether that sensor is its own; post_i: (B,) command post, -1 for none
    """

    id: tuple[str, ...]
    key: Ints
    classes: tuple[str, ...]
    class_i: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    height_m: Floats
    engages: Bools
    p_kill: Floats
    min_range_m: Floats
    max_range_m: Floats
    min_height_m: Floats
    max_height_m: Floats
    needs_line_of_sight: Bools
    boresight_rad: Floats
    sector_rad: Floats
    interceptor_speed_m_s: Floats
    reaction_s: Floats
    channels: Ints
    magazine: Ints
    stock: Ints
    reload_s: Floats
    shots_per_salvo: Ints
    assess_s: Floats
    returns: Bools
    turnaround_s: Floats
    cost_per_shot_eur: Floats
    own_sensor: Bools
    post_i: Ints


@dataclass(frozen=True)
class CommandPostTable:
    """Command posts as arrays: id: (P,) names; key: (P,) luck keys; latitude_rad, longitude_rad: (P,)."""

    id: tuple[str, ...]
    key: Ints
    latitude_rad: Floats
    longitude_rad: Floats


@dataclass(frozen=True)
class DefenceRules:
    """Rules that hold for all batteries.

    correlation: (K,) of the outcomes of two shots at threats of one kind in one raid
    track_latency_s: from a sensor's track to a battery by way of its command post
    max_shots_per_threat: most shots that all batteries together spend on one threat
    """

    correlation: Floats
    track_latency_s: float
    max_shots_per_threat: int
