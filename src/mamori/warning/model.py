"""Who is alarmed, when, and who of those under an impact had the time to shelter."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WarningRules:
    """When a district is alarmed and what people do then.

    p_ballistic, p_air_breathing: chances that raise an alarm; horizon_s: how far ahead a path is looked at
    course_sigma_rad: standard deviation of the turn that a threat may still make; latency_s: decision to hearing
    all_clear_s: end of danger to all-clear; shelter_share: who goes to shelter at all; shelter_median_s,
    shelter_log_sigma: log-normal time that it takes them; shelter_exposure: share of exposure that is left in shelter
    """

    p_ballistic: float
    p_air_breathing: float
    horizon_s: float
    course_sigma_rad: float
    latency_s: float
    all_clear_s: float
    shelter_share: float
    shelter_median_s: float
    shelter_log_sigma: float
    shelter_exposure: float
