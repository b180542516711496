import datetime as dt

import pytest

from mamori.scenario.imports.cells import angle_deg, decimal_of, is_open, not_a_number, number, text_of, two_angles
from mamori.scenario.imports.words import factor, header, parts_named, service_class


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (["1", "2"], "point"),
        (["1.5"], "point"),
        (["1,5"], "comma"),
        (["0,125"], "comma"),
        (["1,234,567"], "point"),
        (["1.234.567", "1,5"], "comma"),
        (["1,234.5"], "point"),
        (["1.234,5"], "comma"),
        (["1,234"], None),
        (["1,234", "7.25"], "point"),
        (["1,5", "1.5"], None),
        (["1 234 567"], "point"),
        (["x"], "point"),
    ],
)
def test_decimal_sign_of_a_table(texts, decimal):
    assert decimal_of(texts) == decimal


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("12", "point", 12),
        ("1,234.5", "point", 1234.5),
        ("1.234,5", "comma", 1234.5),
        ("1\u00a0234,5", "comma", 1234.5),
        ("-3e4", "point", -3e4),
        (".5", "point", 0.5),
        (7, "comma", 7),
        (2.5, "comma", 2.5),
        ("", "point", None),
        ("12 km", "point", None),
        ("nan", "point", None),
        (True, "point", None),
        (dt.date(2024, 5, 3), "point", None),
    ],
)
def test_numbers(cell, decimal, value):
    found = number(cell, decimal)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "is_latitude", "degrees"),
    [
        ("50.45", True, 50.45),
        ("50\u00b027\u203212\u2033N", True, 50.453333333),
        ("50 27 12", True, 50.453333333),
        ("S 33\u00b030'", True, -33.5),
        ("30\u00b031'W", False, -30.516666667),
        ("-50:30", True, -50.5),
        ("\u6771\u7d4c139\u5ea645\u5206", False, 139.75),
        ("50\u00b027'12,5\" \u043f\u043d. \u0448.", True, 50.453472222),
        ("30.5E", True, None),  # a longitude where a latitude belongs
        ("50 70 1", True, None),
        ("50 10 60", True, None),
        ("north", True, None),
        ("", True, None),
    ],
)
def test_angles_in_any_notation(text, is_latitude, degrees):
    assert angle_deg(text, "point", is_latitude=is_latitude) == degrees


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("50.45, 30.52", ("50.45", "30.52")),
        ("(50.45;30.52)", ("50.45", "30.52")),
        ("50.45 30.52", ("50.45", "30.52")),
        ("50\u00b027'N 30\u00b031'E", ("50\u00b027'N", "30\u00b031'E")),
        ("50.45", None),
        ("1, 2, 3", None),
    ],
)
def test_two_angles_in_a_cell(text, both):
    assert two_angles(text) == both


@pytest.mark.parametrize("cell", [dt.datetime(2024, 5, 3, tzinfo=dt.UTC), dt.time(3, 5), "3.5.2024", "3-May", "12:30"])
def test_dates_where_numbers_belong(cell):
    fault = not_a_number("here", cell)
    assert fault is not None
    assert "is a date or a time" in str(fault)


def test_what_is_no_date():
    assert not_a_number("here", "3.5") is None
    assert not_a_number("here", 3.5) is None
    assert text_of(4.0) == "4"
    assert text_of("01101") == "01101"
    assert is_open("1,234")
    assert not is_open("1,23")


@pytest.mark.parametrize(
    ("title", "words", "unit"),
    [
        ("Range (km)", "range", "km"),
        ("radius_km", "radius", "km"),
        ("\u041f\u043b\u043e\u0449\u0430, \u043a\u043c2", "\u043f\u043b\u043e\u0449\u0430", "\u043a\u043c2"),
        ("\u9762\u7a4d\uff08km2\uff09", "\u9762\u7a4d", "km2"),
        ("speed km/h", "speed", "km h"),
        ("Share [%]", "share", "%"),
        ("Population (2023)", "population", ""),
        ("people", "people", ""),
        ("", "", ""),
    ],
)
def test_headers(title, words, unit):
    assert header(title) == (words, unit)


def test_units():
    assert factor("km", "m") == 1000.0
    assert factor("min", "s") == 60.0
    assert factor("h", "s") == 3600.0
    assert factor("m s", "km/h") == 3.6
    assert factor("mw", "MW") == 1.0
    assert factor("%", "") == 0.01
    assert factor("mhz", "m") is None
    assert factor("furlong", "m") is None


@pytest.mark.parametrize(
    ("title", "parts", "service"),
    [
        ("sensors", ["sensors"], ""),
        ("airports", [], ""),
        ("\u0420\u0430\u0439\u043e\u043d\u0438", ["districts"], ""),
        ("\u4eba\u53e3", ["districts"], ""),
        ("\u043b\u0456\u043a\u0430\u0440\u043d\u0456 2024", [], "hospital-notional"),
        ("hospitals", [], "hospital-notional"),
        ("service sites", ["services", "sites"], ""),
        ("hot water and heat", [], ""),  # both, so neither
    ],
)
def test_names_of_tables(title, parts, service):
    assert parts_named(title) == parts
    assert service_class(title) == service
