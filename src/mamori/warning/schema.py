"""What the user may write about civil warning: when a district is alarmed, and what people then do."""

import math
from typing import Annotated

from pydantic import Field

from mamori.warning.model import WarningRules
from mamori.world.quantity import Number, Part, Probability, Quantity, value


class ShelterPart(Part):
    """What people do who hear an alarm: a share goes to shelter, after a time that spreads log-normally."""

    share: Annotated[Probability, Field(description="Share of people who go to shelter at all, once alarmed")] = 0.7
    median_s: Annotated[
        Number, Quantity("s", gt=0.0), Field(description="Time within which half of them are in shelter, s")
    ] = 120.0
    log_spread: Annotated[
        Number,
        Quantity(gt=0.0),
        Field(description="Standard deviation of the natural logarithm of the time to shelter"),
    ] = 0.6
    exposure: Annotated[
        Probability, Field(description="Share of the exposure of a person in the open that is left in shelter")
    ] = 0.1


class WarningPart(Part):
    """When a district is alarmed, how long it takes until people hear it, and when it is over."""

    p_ballistic: Annotated[
        Probability,
        Field(description="Alarm once the chance that a ballistic threat falls on the district reaches this"),
    ] = 0.02
    p_air_breathing: Annotated[
        Probability,
        Field(description="Alarm once the chance that a cruise missile, drone or boat crosses it reaches this"),
    ] = 0.2
    horizon_s: Annotated[
        Number,
        Quantity("s", gt=0.0),
        Field(description="How far ahead the path of a cruise missile, drone or boat is looked at, s"),
    ] = 900.0
    course_spread_deg: Annotated[
        Number,
        Quantity("deg", ge=0.0, le=90.0),
        Field(description="Standard deviation of the turn that such a threat may still make, deg"),
    ] = 12.0
    latency_s: Annotated[
        Number, Quantity("s", ge=0.0), Field(description="From the decision to people hearing the alarm, s")
    ] = 20.0
    all_clear_s: Annotated[
        Number, Quantity("s", ge=0.0), Field(description="From the end of the last danger to the all-clear, s")
    ] = 300.0
    shelter: Annotated[ShelterPart, Field(description="What people do who hear it")] = ShelterPart()


def warning_rules(part: WarningPart) -> WarningRules:
    """The part as the model takes it; its spreads have been drawn."""
    return WarningRules(
        p_ballistic=value(part.p_ballistic),
        p_air_breathing=value(part.p_air_breathing),
        horizon_s=value(part.horizon_s),
        course_sigma_rad=math.radians(value(part.course_spread_deg)),
        latency_s=value(part.latency_s),
        all_clear_s=value(part.all_clear_s),
        shelter_share=value(part.shelter.share),
        shelter_median_s=value(part.shelter.median_s),
        shelter_log_sigma=value(part.shelter.log_spread),
        shelter_exposure=value(part.shelter.exposure),
    )
