"""What the user may write about tracking: when detections become a track that others act on."""

from typing import Annotated

from pydantic import Field, model_validator

from mamori.language.message import say
from mamori.tracking.model import MOST_LOOKS, TrackingRules
from mamori.world.quantity import Number, Part, Quantity, refusal, value


class TrackingPart(Part):
    """Confirmation by m detections within the last n looks."""

    m: Annotated[int, Quantity("looks", ge=1, le=MOST_LOOKS), Field(description="Detections that confirm a track")] = 3
    n: Annotated[
        int, Quantity("looks", ge=1, le=MOST_LOOKS), Field(description="Last looks among which they must fall")
    ] = 5
    memory_looks: Annotated[
        int,
        Quantity("looks", ge=2, le=10_000),
        Field(description="Latest looks to which the course of a threat that may turn is fitted"),
    ] = 20

    coast_s: Annotated[
        Number,
        Quantity("s", ge=0.0, le=86400.0),
        Field(description="How long after the last look a track of what may turn is still of use to batteries, s"),
    ] = 60.0

    @model_validator(mode="after")
    def _m_within_n(self) -> "TrackingPart":
        if self.m > self.n:
            raise refusal(
                "m_of_n", say("m must be at most n: {m} detections cannot fall in {n} looks", m=self.m, n=self.n)
            )
        return self


def tracking_rules(part: TrackingPart) -> TrackingRules:
    """The part as the model takes it."""
    return TrackingRules(m=part.m, n=part.n, memory_looks=part.memory_looks, coast_s=value(part.coast_s))
