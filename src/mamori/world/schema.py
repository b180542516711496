"""What the user may write about the land under the raid: districts of people, ports, a coast."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from mamori.maths.luck import entity_key
from mamori.world.districts import DistrictTable
from mamori.world.quantity import Number, Part, Place, Probability, Quantity, value

Id = Annotated[
    str,
    Field(
        min_length=1,
        coerce_numbers_to_str=True,
        description="Name, unique among its kind; the luck is keyed by it",
    ),
]


class District(Place):
    """People who live in a disc, spread evenly, and take their power from one bus."""

    id: Id
    name: Annotated[str, Field(description="Name for people to read; the id where it is left out")] = ""
    code: Annotated[
        str, Field(coerce_numbers_to_str=True, description="Official code of the district, as statistics give it")
    ] = ""
    people: Annotated[int, Quantity("people", ge=0), Field(description="People who live here")]
    radius_m: Annotated[Number, Quantity("m", gt=0.0, le=200e3), Field(description="Radius of the disc, m")]
    bus: Annotated[
        str | None, Field(coerce_numbers_to_str=True, description="Id of the bus that feeds it; none if no bus does")
    ] = None
    shelter_share: Annotated[
        Probability | None,
        Field(description="Share of its people for whom there is room in shelter; left out: there is room for all"),
    ] = None


class Port(Place):
    """A harbour."""

    id: Id
    name: Annotated[str, Field(description="Name for people to read; the id where it is left out")] = ""


class WorldPart(Part):
    """The land: who lives where."""

    districts: Annotated[tuple[District, ...], Field(description="Districts of people")] = ()
    districts_file: Annotated[
        str | None,
        Field(
            description="CSV file with more districts, relative to the scenario file; columns id, name, latitude_deg, "
            "longitude_deg, radius_m, people and, if wanted, bus, code, shelter_share"
        ),
    ] = None
    ports: Annotated[tuple[Port, ...], Field(description="Harbours")] = ()
    ports_file: Annotated[
        str | None,
        Field(description="CSV file with more harbours, relative to the scenario file; columns as a harbour's fields"),
    ] = None
    coast_file: Annotated[
        str | None, Field(description="GeoJSON polygons of the land, relative to the scenario file; for drawing")
    ] = None
    terrain_file: Annotated[
        str | None,
        Field(
            description="Height of the ground above the sea, m, relative to the scenario file: an Esri ASCII grid in "
            "degrees (.asc or .asc.gz), or a GeoTIFF (needs the extra `raster`); all is sea level where left out"
        ),
    ] = None


def district_table(districts: Sequence[District]) -> DistrictTable:
    """Arrays of the districts, in the order of the file; none at all is legal."""
    return DistrictTable(
        id=tuple(d.id for d in districts),
        key=np.array([entity_key(d.id) for d in districts], dtype=np.int64),
        latitude_rad=np.radians(np.array([d.latitude_deg for d in districts], dtype=np.float64)),
        longitude_rad=np.radians(np.array([d.longitude_deg for d in districts], dtype=np.float64)),
        radius_m=np.array([value(d.radius_m) for d in districts], dtype=np.float64),
        people=np.array([d.people for d in districts], dtype=np.float64),
        shelter_share=np.array(
            [1.0 if d.shelter_share is None else value(d.shelter_share) for d in districts], dtype=np.float64
        ),
    )
