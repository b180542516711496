"""The branches of a case as a DC power flow sees them, by either of the two conventions in use.

- `matpower`: susceptance 1 / (x tap), phase shifts, and angle limits where the case sets them.
- `powermodels`: susceptance x / (r² + x²), no taps and no shifts; every angle is limited, to 60 degrees where the case
  allows 90 or more. PGLib's published DC results and PowerModelsRestoration's are made so.

Source: MATPOWER User's Manual, section 3.7 (DC modelling); PowerModels.jl, its DC formulation (DCPPowerModel) and its
correction of voltage angle differences.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.grid.cases.power import PowerCase
from mamori.language.message import say
from mamori.records import Bools, Floats

Convention = Literal["matpower", "powermodels"]

DEFAULT_ANGLE_RAD = 1.0472
"""What PowerModels puts in the place of limits of 90 degrees and more: 60 degrees, to this digit."""


@dataclass(frozen=True)
class DcBranches:
    """Branches (L,) whose flow is mw_per_rad (angle of the first bus - angle of the second) + shift_mw.

    is_on: in service, as are both its buses; low_mw, high_mw: between which its flow must lie
    """

    is_on: Bools
    mw_per_rad: Floats
    shift_mw: Floats
    low_mw: Floats
    high_mw: Floats


def dc_branches(case: PowerCase, convention: Convention, rating: str = "continuous") -> DcBranches:
    """The branches of a case by a convention; rating: continuous, long_term or short_term.

    Raises CaseError for a branch in service without reactance, where the convention divides by it.
    """
    is_on = case.branch_on & case.bus_on[case.branch_from_i] & case.bus_on[case.branch_to_i]
    low, high = case.angle_low_rad, case.angle_high_rad
    x = np.where(is_on, case.x, 1.0)
    if convention == "matpower" and not x.all():
        rule = say("has no reactance (BR_X is 0), by which this convention divides")
        remedy = say("Give the series reactance, or take `--convention powermodels`.")
        raise CaseError([Fault(case.name, case.branch_id[i], rule, remedy) for i in np.flatnonzero(x == 0.0).tolist()])
    if convention == "powermodels":
        b = case.base_mva * x / (case.r**2 + x**2)
        shift = np.zeros(len(b))
        low = np.where(low <= -0.5 * np.pi, -DEFAULT_ANGLE_RAD, low)
        high = np.where(high >= 0.5 * np.pi, DEFAULT_ANGLE_RAD, high)
    else:
        b = case.base_mva / (x * np.where(case.tap > 0.0, case.tap, 1.0))
        shift = -b * case.shift_rad
    limit = case.limit_mw(rating)
    by_angle = np.sort(np.stack([b * low, b * high]), axis=0) + shift
    return DcBranches(is_on, b, shift, np.maximum(-limit, by_angle[0]), np.minimum(limit, by_angle[1]))
