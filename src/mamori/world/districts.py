"""Districts of people as arrays: what warning, exposure and services know about where people live."""

from dataclasses import dataclass

from mamori.records import Floats, Ints


@dataclass(frozen=True)
class DistrictTable:
    """Where people live, one row a district: a disc in which they are spread evenly.

    id: (D,) names; key: (D,) luck keys; latitude_rad, longitude_rad: (D,) centre; radius_m: (D,); people: (D,)
    shelter_share: (D,) share of the people for whom there is room in shelter, None for all of them
    """

    id: tuple[str, ...]
    key: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    radius_m: Floats
    people: Floats
    shelter_share: Floats | None = None
