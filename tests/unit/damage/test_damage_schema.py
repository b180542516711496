import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from mamori.damage.schema import (
    AssetClass,
    AssetClasses,
    DamageClass,
    DamagePart,
    Munition,
    Protection,
    asset_table,
    initial_damage,
    munition_table,
    protection_index,
    protection_sections,
    protection_table,
)
from mamori.errors import ScenarioError
from mamori.records import AssetKind
from mamori.services.schema import ServiceClass
from mamori.world.quantity import resolve

SPARES = ("switchgear", "transformer", "distribution-transformer", "generator-part")


def plain(item: Any, place: str, unsourced: list[str]) -> Any:
    """The catalogue as the schema sees it; places of numbers without a source are added to `unsourced`."""
    if isinstance(item, dict) and {"value", "low"} & item.keys():
        if not item.get("source"):
            unsourced.append(place)
        number = {name: x for name, x in item.items() if name != "source"}
        return number.get("value", number)
    if isinstance(item, dict):
        return {name: plain(x, f"{place}.{name}", unsourced) for name, x in item.items()}
    if isinstance(item, int | float) and not isinstance(item, bool):
        unsourced.append(place)
    return item


def catalogue(stage: str, kind: Any) -> dict[str, Any]:
    text = files("mamori.scenario").joinpath(f"catalogue/{stage}.toml").read_text(encoding="utf-8")
    unsourced: list[str] = []
    data = plain(tomllib.loads(text), stage, unsourced)
    assert unsourced == []
    return {name: resolve(kind.validate_python(sections[stage]), lambda _: 0.5) for name, sections in data.items()}


@pytest.fixture(scope="module")
def sections() -> dict[str, Any]:
    return catalogue("damage", TypeAdapter(DamageClass))


def test_the_catalogue_holds_every_class_that_the_defaults_name(sections: dict[str, Any]) -> None:
    threats = ("srbm-notional", "cruise-notional", "drone-notional", "boat-notional")
    assert all(isinstance(sections[name], Munition) for name in threats)
    assert all(isinstance(sections[name], AssetClass) for name in AssetClasses().in_order())
    levels = ("none", "gabion-notional", "concrete-notional", "shelter-notional")
    table = protection_table([sections[name] for name in levels])
    assert (np.diff(table.radius_factor, axis=0) <= 0).all()
    assert (np.diff(table.p_stop, axis=0) >= 0).all()
    assert (np.diff(table.cost_eur) > 0).all()
    assert munition_table([sections[name] for name in threats]).cep_m.shape == (4,)
    assets = asset_table([sections[name] for name in AssetClasses().in_order()], SPARES)
    assert (np.diff(assets.work_h, axis=1) > 0).all()
    assert assets.spare_i.tolist() == [0, 1, 2, 3, -1, -1, -1, -1, -1]


def test_the_catalogue_of_services_is_sourced_and_valid() -> None:
    found = catalogue("services", TypeAdapter(ServiceClass))
    assert sorted(c.kind for c in found.values()) == ["heat", "hospital", "telecom", "water"]


def test_a_worse_state_never_takes_less_work(sections: dict[str, Any]) -> None:
    odd = sections["transformer-notional"].model_copy(update={"work_heavy_h": 500.0, "cost_light_eur": 1e9})
    table = asset_table([odd] * len(AssetKind), SPARES)
    assert table.work_h[0, 1:].tolist() == [table.work_h[0, 1], 500.0, 500.0]
    assert (table.cost_eur[0, 1:] == 1e9).all()


def test_an_unknown_spare_is_refused_for_every_class(sections: dict[str, Any]) -> None:
    odd = sections["transformer-notional"].model_copy(update={"spare": "magic"})
    with pytest.raises(ScenarioError) as error:
        asset_table([odd] * len(AssetKind), SPARES)
    assert len(error.value.faults) == len(AssetKind)
    assert "bus.damage.spare = magic" in str(error.value)


def test_the_nearer_entry_protects() -> None:
    part = DamagePart.model_validate(
        {
            "protection": [
                {"at": "asset-a", "level": "concrete"},
                {"at": "site-1", "level": "gabion"},
                {"at": "substation", "level": "shelter"},
                {"at": "feeder", "level": "none"},
            ]
        }
    )
    assert part.protection_names() == ("none", "concrete", "gabion", "shelter")
    kinds = np.array([AssetKind.BUS, AssetKind.BUS, AssetKind.TRANSFORMER, AssetKind.FEEDER, AssetKind.PORT])
    ids = ["asset-a", "asset-b", "asset-c", "asset-d", "asset-e"]
    found = protection_index(part, ids, kinds, ["site-1", "site-1", "site-2", "site-2", "site-2"])
    assert found.tolist() == [1, 2, 3, 0, 0]


def test_protecting_nothing_is_refused_all_at_once() -> None:
    part = DamagePart.model_validate({"protection": [{"at": "x", "level": "none"}, {"at": "y", "level": "z"}]})
    with pytest.raises(ScenarioError) as error:
        protection_index(part, [], np.zeros(0, dtype=np.int64), [])
    assert [fault.place for fault in error.value.faults] == ["damage.protection[0].at", "damage.protection[1].at"]
    assert protection_index(DamagePart(), [], np.zeros(0, dtype=np.int64), []).shape == (0,)


def test_levels_must_be_protection_classes(sections: dict[str, Any]) -> None:
    part = DamagePart.model_validate({"protection": [{"at": "bus", "level": "drone-notional"}]})
    with pytest.raises(ScenarioError, match="drone-notional: must be a protection class"):
        protection_sections(part, sections)
    assert all(isinstance(s, Protection) for s in protection_sections(DamagePart(), sections))


def test_initial_damage_takes_the_class_where_nothing_else_is_said(build: Any, sections: dict[str, Any]) -> None:
    table = asset_table([sections[name] for name in AssetClasses().in_order()], SPARES)
    assets = replace(build.assets([0.0, 1.0, 2.0]), kind=np.array([0, 3, 3]))
    part = DamagePart.model_validate(
        {
            "initial": [
                {"asset": "asset-2", "state": "heavy"},
                {"asset": "asset-0", "state": "light", "work_h": 3},
                {"asset": "asset-2", "state": "light", "work_h": 1},
            ]
        }
    )
    found = initial_damage(part, assets, table, size=np.array([1.0, 1.0, 2.0]))
    assert found.asset_i.tolist() == [0, 2]
    assert found.state.tolist() == [1, 2]
    assert found.work_h == pytest.approx([3.0, 2.0 * table.work_h[3, 2]])
    assert found.spare_i.tolist() == [-1, 3]
    assert found.threat_i.tolist() == [-1, -1]
    assert (found.time_s == -np.inf).all()
    assert initial_damage(DamagePart(), assets, table).asset_i.size == 0


def test_initial_damage_of_nothing_is_refused(build: Any, sections: dict[str, Any]) -> None:
    table = asset_table([sections[name] for name in AssetClasses().in_order()], SPARES)
    part = DamagePart.model_validate({"initial": [{"asset": "ghost", "state": "light"}]})
    with pytest.raises(ScenarioError, match=r"damage\.initial\[0\]\.asset = ghost"):
        initial_damage(part, build.assets([0.0]), table)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "munition", "p_works": 1.2, "cep_m": 1, "effect_radius_m": 1},
        {"type": "munition", "p_works": 1, "cep_m": -1, "effect_radius_m": 1},
        {"type": "munition", "p_works": 1, "cep_m": 1, "effect_radius_m": 1, "warhead": 3},
        {"type": "spell"},
    ],
)
def test_wrong_sections_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(DamageClass).validate_python(wrong)
