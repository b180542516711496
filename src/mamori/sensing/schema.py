"""What the user may write about sensors, and what the catalogue knows of sensor and threat classes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, TypeAdapter, model_validator

from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.maths.luck import entity_key
from mamori.records import Floats, ThreatKind
from mamori.sensing.model import SensorTable
from mamori.world.quantity import Number, Part, Place, Quantity, refusal, value
from mamori.world.schema import Id

Kind = Literal["ballistic", "cruise", "drone", "boat"]
Height = Annotated[Number, Quantity("m", ge=0.0, le=30e3)]


class RadarClass(Part):
    """A class of radar: range equation relative to one published or assumed point."""

    type: Literal["radar"]
    reference_range_m: Annotated[
        Number, Quantity("m", gt=0.0), Field(description="Range at which 1 m2 gives the reference SNR in one look, m")
    ]
    reference_snr_db: Annotated[
        Number, Quantity("dB", ge=-50.0, le=100.0), Field(description="Signal to noise of that look, dB")
    ]
    p_false_alarm: Annotated[
        Number,
        Quantity(gt=0.0, lt=1.0),
        Field(description="Probability that noise alone passes the threshold of one look"),
    ]
    scan_interval_s: Annotated[
        Number, Quantity("s", ge=0.1, le=3600.0), Field(description="Time between two looks at the same threat, s")
    ]
    min_range_m: Annotated[Number, Quantity("m", ge=0.0), Field(description="Nearest range, m")] = 0.0
    max_range_m: Annotated[Number, Quantity("m", gt=0.0), Field(description="Farthest range displayed, m")]
    min_elevation_deg: Annotated[
        Number, Quantity("deg", ge=-90.0, le=90.0), Field(description="Lowest elevation of the beam, deg")
    ] = -5.0
    max_elevation_deg: Annotated[
        Number, Quantity("deg", ge=-90.0, le=90.0), Field(description="Highest elevation of the beam, deg")
    ] = 90.0
    height_m: Annotated[
        Height, Field(description="Height of the antenna above the ellipsoid where the sensor says none, m")
    ] = 10.0
    sector_deg: Annotated[
        Number,
        Quantity("deg", gt=0.0, le=360.0),
        Field(description="Width of the sector that it watches around its boresight, deg"),
    ] = 360.0
    range_sigma_m: Annotated[
        Number, Quantity("m", gt=0.0), Field(description="Standard error of the range of one look, m")
    ]
    angle_sigma_deg: Annotated[
        Number, Quantity("deg", gt=0.0, le=30.0), Field(description="Standard error of each angle of one look, deg")
    ]
    sees: Annotated[
        tuple[Kind, ...], Field(min_length=1, description="Kinds of threat that its processing looks for")
    ] = ("ballistic", "cruise", "drone", "boat")

    @model_validator(mode="after")
    def _in_order(self) -> "RadarClass":
        for low, high in (("min_range_m", "max_range_m"), ("min_elevation_deg", "max_elevation_deg")):
            a, b = getattr(self, low), getattr(self, high)
            if getattr(a, "high", a) >= getattr(b, "low", b):
                raise refusal(
                    "limits_order", say("{low} must be less than {high} at every end of a spread", low=low, high=high)
                )
        return self


class SignatureClass(Part):
    """How a class of threat looks to a radar."""

    type: Literal["signature"]
    rcs_m2: Annotated[
        Number, Quantity("m2", gt=0.0, le=1e6), Field(description="Mean radar cross-section from the front, m2")
    ]


SensingSection = Annotated[RadarClass | SignatureClass, Field(discriminator="type")]
SENSING_SECTION: TypeAdapter[RadarClass | SignatureClass] = TypeAdapter(SensingSection)
"""Validates the `sensing` section of a class in the catalogue: `SENSING_SECTION.validate_python(section)`."""


class Sensor(Place):
    """One sensor."""

    id: Id
    class_name: Annotated[str, Field(alias="class", description="Its class in the catalogue")]
    height_m: Annotated[
        Height | None, Field(description="Height of the antenna above the ellipsoid, m; its class's where left out")
    ] = None
    boresight_deg: Annotated[
        float | None,
        Quantity("deg", ge=-360.0, le=360.0),
        Field(description="Bearing of the middle of its sector, deg clockwise from north"),
    ] = None
    sector_deg: Annotated[
        Number | None,
        Quantity("deg", gt=0.0, le=360.0),
        Field(description="Width of its sector, deg; its class's where left out"),
    ] = None


def sensor_table(
    sensors: Sequence[Sensor], classes: Mapping[str, RadarClass | SignatureClass], place: str = "sensors"
) -> SensorTable:
    """Arrays of the sensors, in the order of the file.

    classes: the catalogue's sensing sections by class name, spreads drawn; place: where the list stands, for faults
    Raises ScenarioError for each sensor whose class is no radar, or whose sector has no boresight.
    """
    faults: list[Fault] = []
    rows: list[tuple[Sensor, RadarClass, float]] = []
    radars = sorted(name for name, section in classes.items() if isinstance(section, RadarClass))
    for i, sensor in enumerate(sensors):
        section = classes.get(sensor.class_name)
        if not isinstance(section, RadarClass):
            remedy = (
                say("Use one of {known}.", known=joined(radars, COMMAS))
                if radars
                else say("Add the class to the catalogue.")
            )
            faults.append(Fault(f"{place}[{i}].class", sensor.class_name, say("is not a class of sensor"), remedy))
            continue
        sector_deg = value(section.sector_deg if sensor.sector_deg is None else sensor.sector_deg)
        if sector_deg < 360.0 and sensor.boresight_deg is None:
            rule = say("must be given, because the sensor watches a sector of {width:g} deg only", width=sector_deg)
            faults.append(
                Fault(f"{place}[{i}].boresight_deg", "", rule, say("Give the bearing of the sector's middle."))
            )
        rows.append((sensor, section, sector_deg))
    if faults:
        raise ScenarioError(faults)

    def column(values: Sequence[float]) -> Floats:
        return np.array(values, dtype=np.float64)

    return SensorTable(
        id=tuple(sensor.id for sensor, _, _ in rows),
        key=np.array([entity_key(sensor.id) for sensor, _, _ in rows], dtype=np.int64),
        latitude_rad=np.radians(column([sensor.latitude_deg for sensor, _, _ in rows])),
        longitude_rad=np.radians(column([sensor.longitude_deg for sensor, _, _ in rows])),
        height_m=column([value(c.height_m if s.height_m is None else s.height_m) for s, c, _ in rows]),
        reference_range_m=column([value(c.reference_range_m) for _, c, _ in rows]),
        reference_snr=10.0 ** (column([value(c.reference_snr_db) for _, c, _ in rows]) / 10.0),
        p_false_alarm=column([value(c.p_false_alarm) for _, c, _ in rows]),
        interval_s=column([value(c.scan_interval_s) for _, c, _ in rows]),
        min_range_m=column([value(c.min_range_m) for _, c, _ in rows]),
        max_range_m=column([value(c.max_range_m) for _, c, _ in rows]),
        min_elevation_rad=np.radians(column([value(c.min_elevation_deg) for _, c, _ in rows])),
        max_elevation_rad=np.radians(column([value(c.max_elevation_deg) for _, c, _ in rows])),
        boresight_rad=np.radians(column([s.boresight_deg or 0.0 for s, _, _ in rows])),
        sector_rad=np.radians(column([sector_deg for _, _, sector_deg in rows])),
        range_sigma_m=column([value(c.range_sigma_m) for _, c, _ in rows]),
        angle_sigma_rad=np.radians(column([value(c.angle_sigma_deg) for _, c, _ in rows])),
        sees=np.array(
            [[kind.name.lower() in c.sees for kind in ThreatKind] for _, c, _ in rows], dtype=np.bool_
        ).reshape(len(rows), len(ThreatKind)),
    )


def cross_sections(
    classes: tuple[str, ...], sections: Mapping[str, RadarClass | SignatureClass], place: str = "catalogue"
) -> Floats:
    """Radar cross-section of each class of threat, m2: (len(classes),); a threat's is `[threats.class_i]` of it.

    Raises ScenarioError for each class without a signature.
    """
    faults = [
        Fault(
            f"{place}.{name}.sensing",
            "",
            say("must be a signature"),
            say("Give the class `type = 'signature'` and `rcs_m2`."),
        )
        for name in classes
        if not isinstance(sections.get(name), SignatureClass)
    ]
    if faults:
        raise ScenarioError(faults)
    return np.array(
        [value(s.rcs_m2) for name in classes if isinstance(s := sections[name], SignatureClass)], np.float64
    )
