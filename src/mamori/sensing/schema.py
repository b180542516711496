"""What the user may write about sensors, and what the catalogue knows of sensor and threat classes."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, model_validator

from mamori.language.message import say
from mamori.world.quantity import Number, Part, Place, Probability, Quantity, Spread, refusal
from mamori.world.schema import Id

Kind = Literal["ballistic", "cruise", "drone", "boat"]
Height = Annotated[Number, Quantity("m", ge=0.0, le=30e3)]
Interval = Annotated[Number, Quantity("s", ge=0.1, le=3600.0)]
AngleSigma = Annotated[Number, Quantity("deg", gt=0.0, le=30.0)]
MOST_PULSES = 256
"""More pulses would take their threshold past what a double can hold."""


class _Sensor(Part):
    """What all kinds of sensor share."""

    scan_interval_s: Annotated[Interval, Field(description="Time between two looks at the same threat, s")]
    latency_s: Annotated[
        Number, Quantity("s", ge=0.0, le=3600.0), Field(description="From a track to those who act on it, s")
    ] = 0.0
    readiness: Annotated[Probability, Field(description="Probability that it works in a night; drawn each night")] = 1.0
    track_capacity: Annotated[
        int | None,
        Quantity("tracks", ge=1),
        Field(description="Most tracks that it keeps at once; no limit if left out"),
    ] = None
    sees: Annotated[
        tuple[Kind, ...], Field(min_length=1, description="Kinds of threat that it looks or listens for")
    ] = ("ballistic", "cruise", "drone", "boat")


class _Line(_Sensor):
    """What sensors share that need a line of sight."""

    min_range_m: Annotated[Number, Quantity("m", ge=0.0), Field(description="Nearest range, m")] = 0.0
    max_range_m: Annotated[Number, Quantity("m", gt=0.0), Field(description="Farthest range displayed, m")]
    min_elevation_deg: Annotated[
        Number, Quantity("deg", ge=-90.0, le=90.0), Field(description="Lowest elevation of the beam, deg")
    ] = -5.0
    max_elevation_deg: Annotated[
        Number, Quantity("deg", ge=-90.0, le=90.0), Field(description="Highest elevation of the beam, deg")
    ] = 90.0
    height_m: Annotated[
        Height, Field(description="Height of antenna or eye above the ground where the sensor says none, m")
    ] = 10.0
    sector_deg: Annotated[
        Number,
        Quantity("deg", gt=0.0, le=360.0),
        Field(description="Width of the sector that it watches around its boresight, deg"),
    ] = 360.0

    @model_validator(mode="after")
    def _in_order(self) -> "_Line":
        for low, high in (("min_range_m", "max_range_m"), ("min_elevation_deg", "max_elevation_deg")):
            a, b = getattr(self, low), getattr(self, high)
            if getattr(a, "high", a) >= getattr(b, "low", b):
                raise refusal(
                    "limits_order", say("{low} must be less than {high} at every end of a spread", low=low, high=high)
                )
        return self


class RadarClass(_Line):
    """A class of radar: range equation relative to one published or assumed point."""

    type: Literal["radar"]
    antenna: Annotated[
        Literal["staring", "turning"],
        Field(description="staring: looks anywhere in its sector at once; turning: at each bearing once a turn"),
    ] = "staring"
    reference_range_m: Annotated[
        Number, Quantity("m", gt=0.0), Field(description="Range at which 1 m2 gives the reference SNR in one pulse, m")
    ]
    reference_snr_db: Annotated[
        Number, Quantity("dB", ge=-50.0, le=100.0), Field(description="Signal to noise of that pulse, dB")
    ]
    pulses: Annotated[
        int,
        Quantity("pulses", ge=1, le=MOST_PULSES),
        Field(description="Pulses of one look whose power is added up before the threshold"),
    ] = 1
    p_false_alarm: Annotated[
        Number,
        Quantity(ge=1e-15, lt=1.0),
        Field(description="Probability that noise alone passes the threshold of one look, in one cell"),
    ]
    range_resolution_m: Annotated[
        Number, Quantity("m", ge=0.0, le=100e3), Field(description="Length of a range cell, m; 0: not modelled")
    ] = 0.0
    beam_width_deg: Annotated[
        Number, Quantity("deg", ge=0.0, le=180.0), Field(description="Width of the beam, deg; 0: not modelled")
    ] = 0.0
    beam_height_deg: Annotated[
        Number, Quantity("deg", ge=0.0, le=180.0), Field(description="Height of the beam, deg; 0: not modelled")
    ] = 0.0
    clutter_db: Annotated[
        Number | None,
        Quantity("dB", ge=-100.0, le=20.0),
        Field(description="Echo of ground or sea, m2 a m2, dB, in a beam that touches it; left out: none"),
    ] = None
    clutter_rejection_db: Annotated[
        Number, Quantity("dB", ge=0.0, le=120.0), Field(description="By how much filtering weakens that echo, dB")
    ] = 0.0
    min_radial_speed_m_s: Annotated[
        Number,
        Quantity("m/s", ge=0.0, le=1000.0),
        Field(description="What changes its range more slowly is filtered out with the ground, m/s"),
    ] = 0.0
    range_sigma_m: Annotated[
        Number, Quantity("m", gt=0.0), Field(description="Standard error of the range of one look at a strong echo, m")
    ]
    angle_sigma_deg: Annotated[
        AngleSigma, Field(description="Standard error of each angle of one look at a strong echo, deg")
    ]

    @model_validator(mode="after")
    def _clutter_has_a_cell(self) -> "RadarClass":
        if self.clutter_db is not None and any(
            (cell.low if isinstance(cell, Spread) else cell) <= 0.0
            for cell in (self.range_resolution_m, self.beam_width_deg, self.beam_height_deg)
        ):
            names = "range_resolution_m, beam_width_deg, beam_height_deg"
            raise refusal("clutter_cell", say("clutter_db needs {names} above 0", names=names))
        return self


class AcousticClass(_Sensor):
    """A class of net of microphones that listens for engines, round a place."""

    type: Literal["acoustic"]
    radius_m: Annotated[Number, Quantity("m", gt=0.0, le=1e6), Field(description="Radius of the net, m")]
    spacing_m: Annotated[
        Number, Quantity("m", ge=10.0, le=1e5), Field(description="Distance between neighbouring microphones, m")
    ]
    working_share: Annotated[Probability, Field(description="Share of the microphones that work")] = 1.0
    margin_db: Annotated[
        Number,
        Quantity("dB", ge=-40.0, le=60.0),
        Field(description="By how much a sound must stand above the noise, dB"),
    ]
    position_sigma_m: Annotated[
        Number, Quantity("m", gt=0.0, le=1e5), Field(description="Standard error of a place that it reports, m")
    ]
    height_m: Annotated[Height, Field(description="Height of its masts above the ground, m")] = 10.0


class OpticalClass(_Line):
    """A class of lookouts or cameras."""

    type: Literal["optical"]
    reference_range_m: Annotated[
        Number,
        Quantity("m", gt=0.0, le=1e6),
        Field(description="Range at which half of the looks see 1 m2 in clear air by day, m"),
    ]
    night_share: Annotated[Probability, Field(description="Share of that range that is left in the dark")] = 0.0
    p_look: Annotated[Probability, Field(description="Probability that one look sees what is close")] = 1.0
    range_sigma_share: Annotated[
        Number, Quantity(gt=0.0, le=2.0), Field(description="Standard error of an estimated range, as a share of it")
    ]
    angle_sigma_deg: Annotated[AngleSigma, Field(description="Standard error of each angle of one look, deg")]


class LaunchWarningClass(_Sensor):
    """A class of launch warning from space: sees the boost of a ballistic missile above the clouds."""

    type: Literal["launch-warning"]
    p_look: Annotated[Probability, Field(description="Probability that one look sees a boost above the clouds")]
    position_sigma_m: Annotated[
        Number, Quantity("m", gt=0.0, le=1e5), Field(description="Standard error of a place that it reports, m")
    ]
    sees: Annotated[tuple[Literal["ballistic"], ...], Field(min_length=1, description="Ballistic missiles only")] = (
        "ballistic",
    )
    height_m: Annotated[Height, Field(description="Height of its ground station's antenna, m")] = 10.0


class SignatureClass(Part):
    """How a class of threat looks and sounds to sensors."""

    type: Literal["signature"]
    rcs_m2: Annotated[
        Number, Quantity("m2", gt=0.0, le=1e6), Field(description="Mean radar cross-section from the front, m2")
    ]
    swerling: Annotated[
        Literal[0, 1, 2, 3, 4],
        Field(
            description="How the echo fluctuates, by Swerling's cases: 0 not at all; 1, 3 from look to look; 2, 4 from "
            "pulse to pulse; 1, 2 as many equal scatterers; 3, 4 as one larger among many"
        ),
    ] = 1
    sound_db: Annotated[
        Number | None,
        Quantity("dB", ge=0.0, le=200.0),
        Field(description="Sound level one metre away, dB; left out: not heard"),
    ] = None
    visual_m2: Annotated[
        Number | None,
        Quantity("m2", gt=0.0, le=1e4),
        Field(description="Area that an eye sees, m2; left out: not seen"),
    ] = None
    p_mistaken: Annotated[
        Probability, Field(description="Probability that one is taken for something harmless at first; drawn for each")
    ] = 0.0
    recognised_s: Annotated[
        Number,
        Quantity("s", ge=0.0, le=86400.0),
        Field(description="How long before it comes down one that was mistaken is recognised, s"),
    ] = 0.0


SensorClass = RadarClass | AcousticClass | OpticalClass | LaunchWarningClass
SensingSection = Annotated[SensorClass | SignatureClass, Field(discriminator="type")]
SENSING_SECTION: TypeAdapter[SensorClass | SignatureClass] = TypeAdapter(SensingSection)
"""Validates the `sensing` section of a class in the catalogue: `SENSING_SECTION.validate_python(section)`."""


class Outage(Part):
    """A time in which a sensor does not look."""

    from_s: Annotated[float, Quantity("s", ge=-1e7, le=1e7), Field(description="Begin after the raid's zero hour, s")]
    until_s: Annotated[float, Quantity("s", ge=-1e7, le=1e7), Field(description="End, s")]

    @model_validator(mode="after")
    def _in_order(self) -> "Outage":
        if self.until_s <= self.from_s:
            raise refusal("outage_order", say("until_s must be later than from_s"))
        return self


class Sensor(Place):
    """One sensor."""

    id: Id
    class_name: Annotated[str, Field(alias="class", description="Its class in the catalogue")]
    height_m: Annotated[
        Height | None,
        Field(description="Height of the antenna above the ground at its place, m; its class's where left out"),
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
    readiness: Annotated[
        Probability | None, Field(description="Probability that it works in a night; its class's where left out")
    ] = None
    bus: Annotated[
        str | None,
        Field(
            coerce_numbers_to_str=True,
            description="Bus of the grid that feeds it; left out: it does not hang on the grid",
        ),
    ] = None
    backup_s: Annotated[
        Number, Quantity("s", ge=0.0, le=1e7), Field(description="How long it goes on without that bus, s")
    ] = 0.0
    outages: Annotated[tuple[Outage, ...], Field(description="Times in which it does not look")] = ()


class ConditionsPart(Part):
    """Air and light of the night."""

    visibility_m: Annotated[
        Number, Quantity("m", gt=0.0, le=1e6), Field(description="Meteorological visibility, m")
    ] = 20e3
    cloud_base_m: Annotated[
        Number | None,
        Quantity("m", ge=0.0, le=30e3),
        Field(description="Height above which lookouts see nothing, m; left out: no cloud"),
    ] = None
    cloud_top_m: Annotated[
        Number, Quantity("m", ge=0.0, le=30e3), Field(description="Height above which a launch is seen from space, m")
    ] = 0.0
    noise_db: Annotated[Number, Quantity("dB", ge=0.0, le=150.0), Field(description="Noise around microphones, dB")] = (
        40.0
    )
    is_dark: Annotated[bool, Field(description="Whether it is night for lookouts")] = False
