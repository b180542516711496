"""The tables of a run: columns, types, units and what they mean. The one place that knows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column: name (with its unit as suffix), Arrow type, meaning; null stands for "did not happen".

    unit: None where the suffix says it
    """

    name: str
    type: pa.DataType
    meaning: str
    unit: str | None = None


_I, _F, _S, _B = pa.int32(), pa.float64(), pa.string(), pa.bool_()
_REPLICA = Column("replica", _I, "number of the replica, from 0")

TABLES: dict[str, tuple[Column, ...]] = {
    "threats": (
        _REPLICA,
        Column("threat", _S, "id of the threat: variant/group/number"),
        Column("class", _S, "class in the catalogue"),
        Column("kind", _S, "ballistic, cruise, drone or boat"),
        Column("aim", _S, "asset or place that it aims at"),
        Column("launch_s", _F, "launch, seconds after the raid's zero hour"),
        Column("launch_latitude_deg", _F, "place of the launch"),
        Column("launch_longitude_deg", _F, "place of the launch"),
        Column("tracked_s", _F, "first confirmed track of any sensor; null if never tracked"),
        Column("end_s", _F, "stopped, failed or impact"),
        Column("fate", _S, "stopped (by defence), failed (of itself), impact, or no path (cannot reach its aim)"),
        Column("stopped_by", _S, "battery that stopped it; null if none did"),
        Column(
            "why",
            _S,
            "why it got through: not seen, out of reach, too late, lost from sight, silenced, held back, no shot, "
            "no channel or missed; null unless its fate is impact",
        ),
        Column("is_turned_away", _B, "stopped by jamming: it was not shot down and did not reach its goal"),
        Column(
            "chances",
            _I,
            "batteries that could have launched at it in time, whether or not a channel and a shot were free; the "
            "share engageable is that of threats with any",
            "1",
        ),
    ),
    "detections": (
        _REPLICA,
        Column("threat", _S, "id of the threat"),
        Column("sensor", _S, "id of the sensor"),
        Column("confirmed_s", _F, "track confirmed by this sensor, while it and the threat still stood"),
    ),
    "warnings": (
        _REPLICA,
        Column("district", _S, "id of the district"),
        Column("start_s", _F, "alarm heard"),
        Column("end_s", _F, "all-clear"),
        Column("people", pa.int64(), "people who live there"),
        Column("is_false", _B, "nothing came down in the district during the alarm"),
    ),
    "engagements": (
        _REPLICA,
        Column("battery", _S, "id of the battery"),
        Column("class", _S, "class of the battery"),
        Column("layer", _S, "layer of the defence that the class belongs to"),
        Column("threat", _S, "id of the threat"),
        Column("launch_s", _F, "launch of the salvo"),
        Column("intercept_s", _F, "intercept"),
        Column("shots", _I, "interceptors in the salvo"),
        Column("p_kill", _F, "kill probability of one of them in this raid"),
        Column("is_kill", _B, "threat stopped by this salvo"),
        Column("latitude_deg", _F, "place of the intercept"),
        Column("longitude_deg", _F, "place of the intercept"),
        Column("height_m", _F, "height of the intercept above the ellipsoid"),
    ),
    "impacts": (
        _REPLICA,
        Column("threat", _S, "id of the threat"),
        Column("time_s", _F, "impact"),
        Column("latitude_deg", _F, "place of the impact"),
        Column("longitude_deg", _F, "place of the impact"),
        Column("district", _S, "district in which it came down; null outside all"),
        Column("persons_under", _F, "people within its effect radius, expected from the district's density"),
        Column("persons_sheltered", _F, "of them in shelter, expected"),
        Column("persons_exposed", _F, "of them exposed, expected: shelter leaves a part of the exposure"),
        Column("lead_s", _F, "time between alarm and impact; null if none came, or too late"),
        Column("is_late", _B, "the alarm had been decided but was heard only after the impact"),
    ),
    "damage": (
        _REPLICA,
        Column("asset", _S, "kind:id of the asset"),
        Column("kind", _S, "kind of the asset"),
        Column("site", _S, "site on which it stands"),
        Column("state", _S, "light, heavy or destroyed"),
        Column("time_s", _F, "impact that brought it to this state; null for damage from before the raid"),
        Column("threat", _S, "threat whose impact it was; null for damage from before the raid"),
        Column("work_h", _F, "crew hours to mend it"),
        Column("spare", _S, "spare part that it takes; null for none"),
        Column("cost_eur", _F, "cost of mending or replacing it"),
    ),
    "service": (
        _REPLICA,
        Column("hour", _I, "hour after the raid's zero hour, from 0"),
        Column("demand_mw", _F, "power demanded"),
        Column("served_mw", _F, "power served"),
        Column("local_mw", _F, "shed because the site itself is dead"),
        Column("network_mw", _F, "shed because the network cannot carry it"),
        Column("deficit_mw", _F, "shed because plant cannot make it"),
        Column("customers_off", _F, "people without power, expected over the rota"),
        Column("hospitals_lost", _F, "hospitals past their backup"),
        Column("water_lost", _F, "water works past their backup"),
        Column("heat_lost", _F, "heat plants past their backup"),
        Column("telecom_lost", _F, "telecom nodes past their backup"),
    ),
    "districts": (
        _REPLICA,
        Column("district", _S, "id of the district"),
        Column("people", pa.int64(), "people who live there"),
        Column("energy_not_served_mwh", _F, "household energy not served over the horizon"),
        Column("hours_off", _F, "mean hours without power of a household there"),
        Column("hours_off_best", _F, "hours without power of the group of households best off in the rota"),
        Column("hours_off_worst", _F, "hours without power of the group of households worst off in the rota"),
        Column("hours_off_without_raid", _F, "mean hours without power of a household there if the raid did not come"),
    ),
    "households": (
        _REPLICA,
        Column("district", _S, "id of the district"),
        Column("group", _I, "group of households that take their turn together in the rota, from 0"),
        Column("people", _F, "people in the group: an equal part of the district's"),
        Column("hours_off", _F, "hours without power of a household of the group over the horizon"),
    ),
    "magazines": (
        _REPLICA,
        Column("battery", _S, "id of the battery"),
        Column("class", _S, "class of the battery"),
        Column("start", _I, "shots at hand before the raid, reloads included"),
        Column("left", _I, "shots at hand after it, whether or not the battery still stands"),
    ),
    "repairs": (
        _REPLICA,
        Column("asset", _S, "kind:id of the asset"),
        Column("crew", _S, "crew that mends it"),
        Column("start_h", _F, "crew sets out, hours after the raid's zero hour"),
        Column("end_h", _F, "repair done"),
        Column("spare", _S, "spare part used; null for none"),
    ),
    "raid_sizes": (
        _REPLICA,
        Column("size", _F, "size of the raid as a share of the raid as written", "1"),
        Column("class", _S, "class of the threats"),
        Column("launched", _I, "threats launched"),
        Column("leaked", _I, "of them, those that came down working"),
        Column("stopped", _I, "of them, those that defence stopped"),
        Column("undefended", _I, "of them, those that would come down working if nobody shot"),
    ),
    "replicas": (
        _REPLICA,
        Column("world", _I, "world whose knowledge it was drawn in"),
        Column("variant", _S, "variant of the raid"),
        Column("aim_draw", _I, "draw of aims and launch points"),
        Column("passes", _I, "passes until no further actor fell silent"),
    ),
}

ROWS: dict[str, str] = {
    "threats": "every threat of the raid",
    "detections": "every sensor that confirmed a track of a threat",
    "warnings": "every alarm of a district",
    "engagements": "every salvo fired",
    "impacts": "every threat that came down and worked",
    "damage": "every asset that was damaged, before the raid or in it",
    "service": "every hour of the horizon",
    "districts": "every district",
    "households": "every group of households of a district",
    "magazines": "every battery",
    "repairs": "every repair",
    "raid_sizes": "every size of the raid and class of threat, in the few replicas that are followed at other sizes",
    "replicas": "the replica itself, with the measures by which it is judged",
}
"""What a table holds one row of, in each replica."""


def schema(name: str, extra: Sequence[Column] = ()) -> pa.Schema:
    """Arrow schema of a table; each field carries its meaning and unit, so that the files explain themselves.

    extra: the columns that depend on the scenario (the measures of `replicas`)
    """
    return arrow_schema((*TABLES[name], *extra))


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Arrow schema of columns; each field carries its meaning and unit, so that the files explain themselves."""
    return pa.schema([_field(column) for column in columns])


def _field(column: Column) -> pa.Field:
    metadata = {"meaning": column.meaning, "unit": unit(column.name) if column.unit is None else column.unit}
    return pa.field(column.name, column.type, metadata=metadata)


def table(name: str, columns: Mapping[str, Any], extra: Sequence[Column] = ()) -> pa.Table:
    """Arrow table from arrays or lists by column name; NaN becomes null.

    Raises KeyError if a column of the schema is missing.
    """
    arrow = schema(name, extra)
    arrays = [_array(columns[field.name], field.type) for field in arrow]
    return pa.Table.from_arrays(arrays, schema=arrow)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return pa.array(values, type=kind, mask=~np.isfinite(values))
    return pa.array(values, type=kind)


def unit(column: str) -> str:
    """Unit of a column from its name, "" where it is a count or a name."""
    if column.startswith("p_"):
        return "1"
    for suffix, text in _UNITS.items():
        if column.endswith(suffix):
            return text
    return ""


_UNITS = {
    "_mwh": "MWh", "_mw": "MW", "_eur": "EUR", "_deg": "deg", "_fraction": "1", "_share": "1",
    "person_hours": "person h",
    "customer_hours_without_power": "person h", "_hours_lost": "h", "hours_off": "h", "hours_off_best": "h",
    "hours_off_worst": "h", "hours_off_without_raid": "h", "_s": "s", "_h": "h",
}  # fmt: skip
