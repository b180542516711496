"""What the user may write about the grid: which case, where it lies, which part of the year, how hard it is pressed."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mamori.grid.case import GridCase, read_case
from mamori.grid.matpower import BusPlace, is_matpower, read_matpower
from mamori.grid.series import GridSeries, read_series
from mamori.language.message import say
from mamori.world.quantity import Number, Part, Place, Probability, Quantity, refusal, value


class BusSite(Place):
    """Where a bus of a MATPOWER case stands, which the case itself does not say."""

    id: Annotated[
        str, Field(min_length=1, coerce_numbers_to_str=True, description="Number of the bus in the MATPOWER case")
    ]
    name: Annotated[str, Field(description="Name of the substation; the bus's number where it is left out")] = ""
    load_mw: Annotated[
        float | None,
        Quantity("MW", ge=0.0, le=1e6),
        Field(description="Demand of the bus, MW; what the case says where it is left out"),
    ] = None


class GridPart(Part):
    """The power grid: a published case or a folder of tables in its layout."""

    case: Annotated[
        str,
        Field(
            min_length=1,
            description="rts-gmlc; or a folder with bus.csv, branch.csv, gen.csv in the layout of RTS-GMLC (or its "
            "SourceData and timeseries_data_files); or a MATPOWER case, version 2 (FILE.m), whose buses stand where "
            "`sites` says; relative to the scenario file; without hourly series the demand and the plant are the same "
            "at every hour",
        ),
    ] = "rts-gmlc"
    sites: Annotated[
        tuple[BusSite, ...], Field(description="Where each bus of a MATPOWER case stands; for such a case only")
    ] = ()
    sites_file: Annotated[
        str | None,
        Field(
            description="CSV file with more of them, relative to the scenario file; columns id (the bus), "
            "latitude_deg, longitude_deg and, if wanted, name, load_mw"
        ),
    ] = None
    shift_longitude_deg: Annotated[
        float,
        Quantity("deg", ge=-360.0, le=360.0),
        Field(description="Moves every site east along its latitude, deg; distances stay exactly as they were"),
    ] = 0.0
    join_sites: Annotated[
        bool,
        Field(description="Buses that a transformer of under 5 km joins stand on one site; else each bus is a site"),
    ] = True
    rating: Annotated[
        Literal["continuous", "long_term", "short_term"],
        Field(
            description="Rating of branches that operators allow: continuous, long-term emergency (hours) or "
            "short-term emergency (minutes)"
        ),
    ] = "long_term"
    turn_days: Annotated[
        int,
        Quantity("days", ge=-366, le=366),
        Field(
            description="Days later in the year from which demand, wind, sun and water are taken, all together; 183 "
            "lets a summer peak fall in winter"
        ),
    ] = 0
    load_scale: Annotated[
        Annotated[Number, Quantity(ge=0.0, le=100.0)] | None,
        Field(description="Factor on all demand; 1 if neither this nor peak_margin is given"),
    ] = None
    peak_margin: Annotated[
        Annotated[Number, Quantity(gt=-0.9, le=10.0)] | None,
        Field(
            description="Scales all demand so that in the tightest hour of the run the intact plant available exceeds "
            "demand by this share (0.05: by 5 %); not together with load_scale"
        ),
    ] = None
    industry_share: Annotated[
        Probability,
        Field(description="Share of industry in the demand of a bus that is left after the critical services'"),
    ] = 0.35

    @model_validator(mode="after")
    def _fits(self) -> "GridPart":
        if self.load_scale is not None and self.peak_margin is not None:
            raise refusal("grid_scale", say("load_scale and peak_margin exclude each other: give one of them"))
        if self.sites and not is_matpower(self.case):
            raise refusal(
                "grid_sites", say("sites are for a MATPOWER case: give `case: FILE.m`, or leave the sites out")
            )
        return self


def grid_case(part: GridPart, beside: Path) -> GridCase:
    """The case of the part.

    beside: folder of the scenario file, from which a path in `case` is read
    Raises CaseError with every fault of the tables.
    """
    if is_matpower(part.case):
        return read_matpower(
            beside / part.case,
            [BusPlace(site.id, site.name, site.latitude_deg, site.longitude_deg, site.load_mw) for site in part.sites],
            shift_longitude_deg=part.shift_longitude_deg,
            rating=part.rating,
            join_sites=part.join_sites,
        )
    return read_case(
        part.case if part.case == "rts-gmlc" else str((beside / part.case).resolve()),
        shift_longitude_deg=part.shift_longitude_deg,
        rating=part.rating,
        join_sites=part.join_sites,
    )


def grid_series(part: GridPart, case: GridCase, start: datetime, n_hours: int) -> GridSeries:
    """Demand and available plant over `n_hours` from the full hour of `start`; the part's spreads have been drawn."""
    return read_series(
        case,
        start,
        n_hours,
        turn_days=part.turn_days,
        load_scale=None if part.load_scale is None else value(part.load_scale),
        peak_margin=None if part.peak_margin is None else value(part.peak_margin),
    )
