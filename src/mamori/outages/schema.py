"""What a scenario says about rolling outages: the groups that take turns, and how long a turn is."""

from typing import Annotated

from pydantic import Field

from mamori.world.quantity import Part


class OutagesPart(Part):
    """The scenario's `outages:`. Districts need no class of the catalogue for it."""

    groups: Annotated[int, Field(ge=1, le=100)] = Field(
        default=6, description="groups of households in each district that take turns without power"
    )
    slot_h: Annotated[int, Field(ge=1, le=24)] = Field(default=2, description="length of one turn, whole hours")
