import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from mamori.maths.earth import MEAN_RADIUS_M
from mamori.records import Impacts, Warnings
from mamori.warning import model
from mamori.warning.kernels import expose
from mamori.warning.model import WarningRules, exposure, lead_persons
from mamori.warning.schema import ShelterPart, WarningPart, warning_rules
from mamori.world.districts import DistrictTable

RULES = WarningRules(
    p_ballistic=0.05, p_air_breathing=0.5, horizon_s=300.0, course_sigma_rad=0.05, latency_s=20.0, all_clear_s=100.0,
    shelter_share=0.8, shelter_median_s=60.0, shelter_log_sigma=0.5, shelter_exposure=0.1,
)  # fmt: skip

# Three discs on the equator: two of 5 km that overlap, 6 km apart, and one of 10 km far away.
TABLE = DistrictTable(
    id=("a", "b", "c"), key=np.arange(3), latitude_rad=np.zeros(3),
    longitude_rad=np.array([0.0, 6e3, 100e3]) / MEAN_RADIUS_M, radius_m=np.array([5e3, 5e3, 10e3]),
    people=np.array([1000.0, 2000.0, 4000.0]),
)  # fmt: skip


def impacts(*rows):
    """(time s, km east, effect radius m)."""
    time_s, east, radius = np.array(rows, dtype=np.float64).reshape(len(rows), 3).T.copy()
    n = len(rows)
    return Impacts(np.arange(n), time_s, np.zeros(n), east * 1e3 / MEAN_RADIUS_M, radius)


def alarms(*rows):
    district_i, start_s, end_s = np.array(rows, dtype=np.float64).reshape(len(rows), 3).T.copy()
    return Warnings(district_i.astype(np.int64), start_s, end_s)


def test_people_under_an_impact_by_hand():
    out = exposure(
        impacts((10.0, 0.0, 500.0), (20.0, 3.5, 100.0), (30.0, 50.0, 100.0), (40.0, 100.0, 2e4)), alarms(), TABLE, RULES
    )
    assert out.district_i.tolist() == [0, 1, -1, 2]
    assert out.persons_under == pytest.approx([1000.0 * 0.01, 2000.0 * 0.0004, 0.0, 4000.0])
    assert exposure(impacts((10.0, 2.9, 1.0), (10.0, 3.1, 1.0)), alarms(), TABLE, RULES).district_i.tolist() == [0, 1]
    assert np.isnan(out.lead_s).all()
    assert not out.is_late.any()
    assert out.persons_sheltered.tolist() == [0.0] * 4
    assert out.persons_exposed.tolist() == out.persons_under.tolist()
    assert (out.warned_person_hours, out.false_warning_person_hours) == (0.0, 0.0)


def test_lead_time_shelter_and_exposure_by_hand():
    """60 s of warning are the median: half of the 80 % who go are in shelter, and a tenth of their exposure is left."""
    out = exposure(impacts((160.0, 0.0, 500.0)), alarms((0, 100.0, 300.0)), TABLE, RULES)
    assert out.lead_s[0] == 60.0
    assert out.persons_sheltered[0] == pytest.approx(10.0 * 0.8 * 0.5)
    assert out.persons_exposed[0] == pytest.approx(10.0 - 4.0 * 0.9)
    double = exposure(impacts((100.0 + 60.0 * math.exp(0.5), 0.0, 500.0)), alarms((0, 100.0, 300.0)), TABLE, RULES)
    assert double.persons_sheltered[0] == pytest.approx(8.0 * 0.841345, rel=1e-5)


def test_only_the_alarm_in_force_counts_and_late_is_decided_before_but_heard_after():
    rows = alarms((0, 100.0, 200.0), (0, 400.0, 500.0), (1, 0.0, 1000.0))
    out = exposure(
        impacts((410.0, -1.0, 100.0), (390.0, -1.0, 100.0), (379.0, -1.0, 100.0), (250.0, -1.0, 100.0)),
        rows,
        TABLE,
        RULES,
    )
    assert out.lead_s[0] == 10.0
    assert np.isnan(out.lead_s[1:]).all()
    assert out.is_late.tolist() == [False, True, False, False]


def test_an_alarm_is_false_if_nothing_fell_into_its_district_meanwhile():
    rows = alarms((0, 100.0, 460.0), (0, 1000.0, 1360.0), (1, 100.0, 460.0), (2, 100.0, 820.0))
    out = exposure(impacts((200.0, 2.0, 100.0), (90.0, 100.0, 100.0)), rows, TABLE, RULES)
    # 2 km east lies in both discs, so that neither's first alarm is false; c's was decided at 80 s, before its impact.
    assert out.warned_person_hours == pytest.approx(100.0 + 100.0 + 200.0 + 800.0)
    assert out.false_warning_person_hours == pytest.approx(100.0)
    none = exposure(impacts(), rows, TABLE, RULES)
    assert none.false_warning_person_hours == pytest.approx(1200.0)


def test_shares_of_people_by_their_warning():
    table_impacts = impacts((160.0, 0.0, 5e3), (390.0, 0.0, 5e3), (900.0, 0.0, 5e3), (700.0, 6.5, 5e3))
    rows = alarms((0, 100.0, 200.0), (0, 400.0, 500.0), (1, 100.0, 1000.0))
    out = exposure(table_impacts, rows, TABLE, RULES)
    assert lead_persons(out, (60.0, 180.0, 600.0)).tolist() == [3000.0, 2000.0, 2000.0, 1000.0, 1000.0, 5000.0]
    assert lead_persons(exposure(impacts(), rows, TABLE, RULES), (60.0, 180.0, 600.0)).tolist() == [0.0] * 6


def test_no_districts_are_legal():
    none = np.zeros(0)
    empty = DistrictTable((), np.zeros(0, dtype=np.int64), none, none, none, none)
    out = exposure(impacts((10.0, 0.0, 500.0)), alarms(), empty, RULES)
    assert out.district_i.tolist() == [-1]
    assert out.false_warning_person_hours == 0.0


def test_compiled_and_plain_agree(monkeypatch):
    rows = alarms((0, 100.0, 200.0), (0, 400.0, 500.0), (1, 0.0, 1000.0))
    fell = impacts((160.0, 0.0, 5e3), (390.0, 2.0, 5e2), (900.0, 6.0, 5e3))
    compiled = exposure(fell, rows, TABLE, RULES)
    monkeypatch.setattr(model, "expose", expose.py_func)
    plain = exposure(fell, rows, TABLE, RULES)
    assert compiled.persons_exposed == pytest.approx(plain.persons_exposed, rel=1e-12)
    assert compiled.district_i.tolist() == plain.district_i.tolist()
    assert compiled.false_warning_person_hours == plain.false_warning_person_hours


def test_no_more_people_shelter_than_find_room():
    rows, fell = alarms((0, 0.0, 1e6), (2, 0.0, 1e6)), impacts((1e5, 0.0, 5e3), (1e5, 100.0, 5e3))
    free = exposure(fell, rows, TABLE, RULES)
    assert free.persons_sheltered.tolist() == pytest.approx([800.0, 800.0])
    room = exposure(fell, rows, replace(TABLE, shelter_share=np.array([0.2, 1.0, 0.9])), RULES)
    assert room.persons_sheltered.tolist() == pytest.approx([200.0, 800.0])
    assert room.persons_exposed.tolist() == pytest.approx([1000.0 - 0.9 * 200.0, 1000.0 - 0.9 * 800.0])


def test_the_rules_are_the_parts_in_si_units():
    part = WarningPart(course_spread_deg=90.0, latency_s=7.0, shelter=ShelterPart(share=0.25, exposure=0.5))
    rules = warning_rules(part)
    assert rules.course_sigma_rad == pytest.approx(math.pi / 2)
    assert (rules.latency_s, rules.shelter_share, rules.shelter_exposure) == (7.0, 0.25, 0.5)
    assert (rules.p_ballistic, rules.p_air_breathing, rules.horizon_s) == (0.02, 0.2, 900.0)


@pytest.mark.parametrize("fields", [{"p_ballistic": 1.5}, {"horizon_s": 0}, {"latency_s": -1}, {"horizon": 3}])
def test_what_cannot_be_is_refused(fields):
    with pytest.raises(ValidationError):
        WarningPart(**fields)
