import numpy as np
import pytest

from mamori.errors import ScenarioError
from mamori.services import kernels, model
from mamori.services.schema import ServiceClass, ServiceSite, ServicesPart, service_table

HEADER = "id,class,latitude_deg,longitude_deg,bus"


def hours(share: list[float], *, alive: object = True, backup_h: float, recharge: float = 0.0) -> list[float]:
    found = model.lost(np.array(share)[:, None], np.full(1, alive), np.array([backup_h]), np.array([recharge]))
    return found.hours[:, 0].tolist()


def test_backup_drains_hour_by_hour() -> None:
    # 2.5 h of backup: hours one and two are bridged, half of the third, none of the fourth.
    assert hours([0, 0, 0, 0, 1], backup_h=2.5) == [0, 0, 0.5, 1, 0]


def test_part_supply_drains_by_what_is_missing() -> None:
    # 0.25 h are missing each hour: 1 h of backup lasts four hours.
    assert hours([0.75] * 6, backup_h=1.0) == [0, 0, 0, 0, 0.25, 0.25]


def test_backup_recharges_only_when_fully_fed_and_never_beyond_full() -> None:
    # 2 h drain to 0; one full hour wins back 1 h; a part-fed hour wins back none; two full hours stop at 2 h, not 3.
    share = [0, 0, 1, 0.5, 1, 1, 0, 0, 0]
    assert hours(share, backup_h=2.0, recharge=1.0) == [0, 0, 0, 0, 0, 0, 0, 0, 1]
    found = model.lost(np.array(share[:4])[:, None], np.ones(1), np.array([2.0]), np.array([1.0]))
    assert found.charge_h.tolist() == [0.5]


def test_a_site_without_backup_loses_what_is_missing() -> None:
    assert hours([0.0, 0.4, 1.0], backup_h=0.0, recharge=5.0) == [1.0, 0.6, 0.0]


def test_a_broken_site_is_lost_and_keeps_its_backup() -> None:
    share = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    alive = np.array([[True, False], [True, False], [False, True]])
    found = model.lost(share, alive, np.array([5.0, 5.0]))
    assert found.hours.tolist() == [[0, 1], [0, 1], [1, 0]]
    assert found.charge_h.tolist() == [3, 4]


def test_a_site_mended_half_an_hour_in_loses_half_an_hour() -> None:
    found = model.lost(np.zeros((1, 1)), np.array([[0.5]]), np.array([5.0]))
    assert found.hours.tolist() == [[0.5]]
    assert found.charge_h.tolist() == [4.5]


def test_charge_carries_from_one_stretch_to_the_next() -> None:
    share = np.array([[0.0], [0.3], [1.0], [0.0], [0.0], [0.0]])
    whole = model.lost(share, np.ones(1), np.array([2.0]), 0.5)
    first = model.lost(share[:3], np.ones(1), np.array([2.0]), 0.5)
    rest = model.lost(share[3:], np.ones(1), np.array([2.0]), 0.5, charge_h=first.charge_h)
    assert np.concatenate([first.hours, rest.hours]).tolist() == whole.hours.tolist()
    assert whole.hours.sum() > 0


def test_inputs_are_left_as_they_were() -> None:
    backup = np.array([2.0])
    model.lost(np.zeros((3, 1)), np.ones(1), backup, charge_h=backup)
    assert backup.tolist() == [2.0]


def test_nothing_is_legal() -> None:
    for shape in ((0, 0), (5, 0), (0, 3)):
        found = model.lost(np.zeros(shape), np.ones(shape[1]), np.zeros(shape[1]))
        assert found.hours.shape == shape
    assert model.critical_mw(np.zeros(0), np.zeros(0, dtype=np.int64), 3).tolist() == [0, 0, 0]


def test_power_adds_up_by_bus_and_hours_by_kind() -> None:
    assert model.critical_mw(np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2]), 4).tolist() == [2, 0, 5, 0]
    lost_h = np.array([[1.0, 0.5, 0.0], [1.0, 0.25, 1.0]])
    assert model.by_kind(lost_h, np.array([3, 0, 3]), 4).tolist() == [0.75, 0, 0, 3]


def test_kernel_agrees_with_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    share = np.minimum(1.0, rng.random((60, 7)) * 1.6)
    alive, backup, recharge = rng.random((60, 7)) > 0.1, rng.random(7) * 5, rng.random(7)
    compiled = model.lost(share, alive, backup, recharge)
    monkeypatch.setattr(model, "drain", kernels.drain.py_func)
    plain = model.lost(share, alive, backup, recharge)
    assert compiled.hours.tolist() == plain.hours.tolist()
    assert compiled.charge_h.tolist() == plain.charge_h.tolist()
    assert 0 <= compiled.hours.min() < compiled.hours.max() <= 1


CLASSES = {
    "hospital-notional": ServiceClass(kind="hospital", demand_mw=1.5, backup_h=48.0, recharge=4.0, people=1e5),
    "telecom-node-notional": ServiceClass(kind="telecom", demand_mw=0.1, backup_h=8.0, recharge=0.5, people=3e4),
}


def test_sites_become_a_table() -> None:
    node = {"id": "node", "class": "telecom-node-notional", "latitude_deg": 35.5, "longitude_deg": -170, "bus": "b2"}
    ward = {"id": "ward", "class": "hospital-notional", "latitude_deg": 36, "longitude_deg": 190, "bus": "b1"}
    sites = (ServiceSite.model_validate(node), ServiceSite.model_validate({**ward, "backup_h": 12}))
    table = service_table(sites, CLASSES, {"b1": 0, "b2": 1})
    assert table.id == ("node", "ward")
    assert table.kind.tolist() == [3, 0]
    assert table.bus_i.tolist() == [1, 0]
    assert table.backup_h.tolist() == [8.0, 12.0]
    assert table.demand_mw.tolist() == [0.1, 1.5]
    assert np.rad2deg(table.longitude_rad) == pytest.approx([-170, 190])
    assert service_table((), CLASSES, {}).demand_mw.shape == (0,)
    assert ServicesPart().sites == ()


def test_unknown_class_and_bus_and_a_double_id_are_named_at_once() -> None:
    rows = [("a", "hospital-notional", "b9"), ("a", "school", "b1")]
    sites = tuple(
        ServiceSite.model_validate({"id": i, "class": c, "bus": b, "latitude_deg": 1, "longitude_deg": 2})
        for i, c, b in rows
    )
    with pytest.raises(ScenarioError) as error:
        service_table(sites, CLASSES, {"b1": 0})
    assert [fault.place for fault in error.value.faults] == [
        "services.sites[0].bus", "services.sites[1].class", "services.sites[1].id",
    ]  # fmt: skip
