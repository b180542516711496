"""What a scenario says about services that depend on power: hospitals, water works, heat plants, telecom nodes."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.maths.luck import entity_key
from mamori.services.model import ServiceTable
from mamori.world.quantity import Number, Part, Place, Quantity, value

KINDS = ("hospital", "water", "heat", "telecom")
"""Kinds of service, in the order of `ServiceTable.kind`."""


class ServiceClass(Part):
    """What a service needs: the catalogue's `[hospital-notional.services]`."""

    kind: Literal["hospital", "water", "heat", "telecom"] = Field(description="what it serves people with")
    demand_mw: Annotated[Number, Quantity("MW", ge=0.0)] = Field(description="power that it needs, MW")
    backup_h: Annotated[Number, Quantity("h", ge=0.0)] = Field(
        description="hours that a full battery or diesel tank carries it without the grid"
    )
    recharge: Annotated[Number, Quantity(ge=0.0)] = Field(
        description="hours of backup won back in one hour of full supply (battery charged, tank refilled)"
    )
    people: Annotated[Number, Quantity("persons", ge=0.0)] = Field(description="people whom one site serves")


class ServiceSite(Place):
    """One hospital, water works, heat plant or telecom node."""

    id: str = Field(min_length=1, description="name, unique among the services")
    class_name: str = Field(alias="class", description="catalogue class")
    bus: str = Field(min_length=1, description="id of the bus that feeds it")
    backup_h: Annotated[Number, Quantity("h", ge=0.0)] | None = Field(
        default=None, description="hours of backup; without it those of the class"
    )


class ServicesPart(Part):
    """The scenario's `services:`."""

    sites: tuple[ServiceSite, ...] = Field(default=(), description="the sites")
    sites_file: str | None = Field(
        default=None,
        description="CSV file of further sites, beside the scenario file, with the columns "
        "id,class,latitude_deg,longitude_deg,bus and, if wanted, backup_h",
    )


def service_table(
    sites: tuple[ServiceSite, ...], classes: Mapping[str, ServiceClass], bus_index: Mapping[str, int]
) -> ServiceTable:
    """Table of resolved sites, row by row.

    classes: catalogue sections by class name; bus_index: index of each bus by its id
    Raises ScenarioError with every site whose class or bus is not known, and every id that stands twice.
    """
    faults = []
    seen: set[str] = set()
    for i, site in enumerate(sites):
        if site.class_name not in classes:
            rule = say("must be a class with a services section")
            known = say("Known are {known}.", known=joined(sorted(classes), COMMAS))
            faults.append(Fault(f"services.sites[{i}].class", site.class_name, rule, known))
        if site.bus not in bus_index:
            faults.append(Fault(f"services.sites[{i}].bus", site.bus, say("must be the id of a bus of the grid")))
        if site.id in seen:
            faults.append(
                Fault(f"services.sites[{i}].id", site.id, say("must be unique"), say("Give it another name."))
            )
        seen.add(site.id)
    if faults:
        raise ScenarioError(faults)
    own = [classes[site.class_name] for site in sites]
    backup = [c.backup_h if site.backup_h is None else site.backup_h for site, c in zip(sites, own, strict=True)]
    return ServiceTable(
        id=tuple(site.id for site in sites),
        key=np.array([entity_key(site.id) for site in sites], dtype=np.int64),
        kind=np.array([KINDS.index(c.kind) for c in own], dtype=np.int64),
        bus_i=np.array([bus_index[site.bus] for site in sites], dtype=np.int64),
        latitude_rad=np.deg2rad(np.array([site.latitude_deg for site in sites], dtype=np.float64)),
        longitude_rad=np.deg2rad(np.array([site.longitude_deg for site in sites], dtype=np.float64)),
        demand_mw=np.array([value(c.demand_mw) for c in own], dtype=np.float64),
        backup_h=np.array([value(b) for b in backup], dtype=np.float64),
        recharge=np.array([value(c.recharge) for c in own], dtype=np.float64),
        people=np.array([value(c.people) for c in own], dtype=np.float64),
    )
