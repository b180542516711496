"""Arrays of what the user wrote about sensors, and of what the catalogue knows."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.maths.luck import entity_key
from mamori.records import Floats, Ints, ThreatKind
from mamori.sensing.model import Conditions, SensorKind, SensorTable, Signatures
from mamori.sensing.schema import (
    AcousticClass,
    ConditionsPart,
    LaunchWarningClass,
    OpticalClass,
    RadarClass,
    Sensor,
    SensorClass,
    SignatureClass,
)
from mamori.world.quantity import value
from mamori.world.terrain import SEA, Terrain

_KINDS: dict[type[Any], SensorKind] = {
    RadarClass: SensorKind.RADAR,
    AcousticClass: SensorKind.ACOUSTIC,
    OpticalClass: SensorKind.OPTICAL,
    LaunchWarningClass: SensorKind.LAUNCH,
}
NO_LIMIT = np.iinfo(np.int64).max


def sensor_table(
    sensors: Sequence[Sensor],
    classes: Mapping[str, SensorClass | SignatureClass],
    terrain: Terrain = SEA,
    place: str = "sensors",
) -> SensorTable:
    """Arrays of the sensors, in the order of the file.

    classes: the catalogue's sensing sections by class name, spreads drawn; terrain: the ground that they stand on
    place: where the list stands, for faults
    Raises ScenarioError for each sensor whose class is no sensor's, or whose sector has no boresight.
    """
    rows = _rows(sensors, classes, place)

    def column(of: Callable[[Sensor, SensorClass], Any]) -> Floats:
        return np.array([value(of(sensor, section)) for sensor, section in rows], dtype=np.float64)

    def own(name: str, otherwise: float = 0.0) -> Floats:
        """A field of the classes, where they have it."""
        return column(lambda _, section: getattr(section, name, otherwise))

    def whole(of: Callable[[SensorClass], int]) -> Ints:
        return np.array([of(section) for _, section in rows], dtype=np.int64)

    def linear(decibel: Floats) -> Floats:
        return np.asarray(10.0 ** (decibel / 10.0))

    latitude = np.radians(column(lambda sensor, _: sensor.latitude_deg))
    longitude = np.radians(column(lambda sensor, _: sensor.longitude_deg))
    height = column(lambda sensor, section: section.height_m if sensor.height_m is None else sensor.height_m)
    is_radar = np.array([isinstance(section, RadarClass) for _, section in rows], dtype=np.bool_)
    has_clutter = np.array([getattr(section, "clutter_db", None) is not None for _, section in rows], dtype=np.bool_)
    clutter_db = column(lambda _, section: getattr(section, "clutter_db", None) or 0.0)
    outages = [sensor.outages for sensor, _ in rows]
    capacity = whole(lambda section: section.track_capacity or NO_LIMIT)
    spacing = own("spacing_m", np.inf)
    return SensorTable(
        id=tuple(sensor.id for sensor, _ in rows),
        key=np.array([entity_key(sensor.id) for sensor, _ in rows], dtype=np.int64),
        kind=whole(lambda section: _KINDS[type(section)]),
        latitude_rad=latitude,
        longitude_rad=longitude,
        height_m=terrain.ground_m(latitude, longitude) + height,
        sees=np.array(
            [[kind.name.lower() in section.sees for kind in ThreatKind] for _, section in rows], dtype=np.bool_
        ).reshape(len(rows), len(ThreatKind)),
        interval_s=own("scan_interval_s"),
        is_turning=np.array([getattr(section, "antenna", "") == "turning" for _, section in rows], dtype=np.bool_),
        latency_s=own("latency_s"),
        readiness=column(lambda sensor, section: section.readiness if sensor.readiness is None else sensor.readiness),
        capacity=capacity,
        min_range_m=own("min_range_m"),
        max_range_m=np.maximum(own("max_range_m"), own("radius_m")),
        min_elevation_rad=np.radians(own("min_elevation_deg", -90.0)),
        max_elevation_rad=np.radians(own("max_elevation_deg", 90.0)),
        boresight_rad=np.radians(column(lambda sensor, _: sensor.boresight_deg or 0.0)),
        sector_rad=np.radians(column(_sector)),
        reference_range_m=own("reference_range_m"),
        reference_snr=np.where(is_radar, linear(own("reference_snr_db")), 0.0),
        n_pulses=whole(lambda section: getattr(section, "pulses", 1)),
        p_false_alarm=own("p_false_alarm"),
        resolution_m=own("range_resolution_m"),
        beam_rad=np.radians(own("beam_width_deg")),
        beam_up_rad=np.radians(own("beam_height_deg")),
        clutter=np.where(has_clutter, linear(clutter_db - own("clutter_rejection_db")), 0.0),
        least_radial_m_s=own("min_radial_speed_m_s"),
        margin_db=own("margin_db"),
        per_m2=own("working_share") / spacing**2,
        p_look=own("p_look"),
        sees_at_night=own("night_share"),
        range_sigma_m=np.maximum(own("range_sigma_m"), own("position_sigma_m")),
        range_sigma_share=own("range_sigma_share"),
        angle_sigma_rad=np.radians(own("angle_sigma_deg")),
        place_sigma_m=own("position_sigma_m"),
        off_first=np.cumsum([0, *map(len, outages)], dtype=np.int64),
        off_from_s=np.array([outage.from_s for outage in chain(*outages)], dtype=np.float64),
        off_until_s=np.array([outage.until_s for outage in chain(*outages)], dtype=np.float64),
    )


def _sector(sensor: Sensor, section: SensorClass) -> Any:
    return getattr(section, "sector_deg", 360.0) if sensor.sector_deg is None else sensor.sector_deg


def _rows(
    sensors: Sequence[Sensor], classes: Mapping[str, SensorClass | SignatureClass], place: str
) -> list[tuple[Sensor, SensorClass]]:
    faults: list[Fault] = []
    rows: list[tuple[Sensor, SensorClass]] = []
    known = sorted(name for name, section in classes.items() if not isinstance(section, SignatureClass))
    for i, sensor in enumerate(sensors):
        section = classes.get(sensor.class_name)
        if section is None or isinstance(section, SignatureClass):
            remedy = (
                say("Use one of {known}.", known=joined(known, COMMAS))
                if known
                else say("Add the class to the catalogue.")
            )
            faults.append(Fault(f"{place}[{i}].class", sensor.class_name, say("is not a class of sensor"), remedy))
            continue
        sector_deg = value(_sector(sensor, section))
        if sector_deg < 360.0 and sensor.boresight_deg is None:
            rule = say("must be given, because the sensor watches a sector of {width:g} deg only", width=sector_deg)
            faults.append(
                Fault(f"{place}[{i}].boresight_deg", "", rule, say("Give the bearing of the sector's middle."))
            )
        rows.append((sensor, section))
    if faults:
        raise ScenarioError(faults)
    return rows


def signature_table(
    classes: tuple[str, ...], sections: Mapping[str, SensorClass | SignatureClass], place: str = "catalogue"
) -> Signatures:
    """What each class of threat shows: (len(classes),); a threat's row is its `class_i`.

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
    found = [section for name in classes if isinstance(section := sections[name], SignatureClass)]

    def column(of: Callable[[SignatureClass], Any]) -> Floats:
        return np.array([value(of(section)) for section in found], dtype=np.float64)

    return Signatures(
        rcs_m2=column(lambda section: section.rcs_m2),
        swerling=np.array([section.swerling for section in found], dtype=np.int64),
        sound_db=column(lambda section: -np.inf if section.sound_db is None else section.sound_db),
        visual_m2=column(lambda section: 0.0 if section.visual_m2 is None else section.visual_m2),
        p_mistaken=column(lambda section: section.p_mistaken),
        recognised_s=column(lambda section: section.recognised_s),
    )


def conditions(part: ConditionsPart) -> Conditions:
    """Air and light as the model takes them."""
    return Conditions(
        visibility_m=value(part.visibility_m),
        cloud_base_m=np.inf if part.cloud_base_m is None else value(part.cloud_base_m),
        cloud_top_m=value(part.cloud_top_m),
        noise_db=value(part.noise_db),
        is_dark=part.is_dark,
    )
