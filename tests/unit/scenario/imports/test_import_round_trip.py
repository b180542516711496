"""What a scenario says, written as tables in any format and imported again, is the same scenario."""

from itertools import cycle

import pytest

from mamori.scenario.load import load
from own_tables import as_csv, as_geojson, as_kml, as_xlsx, parts_of

PLACED = ("districts", "ports", "services", "sensors", "command_posts", "batteries", "crews")


def equal_parts(scenario, country) -> None:
    assert scenario.world.districts == country.world.districts
    assert scenario.world.ports == country.world.ports
    assert scenario.services.sites == country.services.sites
    assert scenario.sensing.sensors == country.sensing.sensors
    assert scenario.defence.batteries == country.defence.batteries
    assert scenario.defence.command_posts == country.defence.command_posts
    assert scenario.recovery.crews == country.recovery.crews
    assert scenario.recovery.spares == country.recovery.spares
    assert scenario.raid.variants == country.raid.variants


def test_csv(tmp_path, country, imported):
    folder = tmp_path / "tables"
    folder.mkdir()
    for (name, rows), separator in zip(parts_of(country).items(), cycle(",;\t"), strict=False):
        as_csv(folder / f"{name}.csv", rows, separator)
    done = imported(folder, base="night-raid")
    equal_parts(load(done.file), country)
    counts = {many: n for n, (_, many) in done.counts}
    assert counts["districts"] == 51
    assert counts["services"] == 145
    assert not done.assumed
    assert not done.unused
    assert not done.warnings


def test_one_workbook(tmp_path, country, imported):
    folder = tmp_path / "tables"
    folder.mkdir()
    as_xlsx(folder / "all.xlsx", parts_of(country))
    equal_parts(load(imported(folder, base="night-raid").file), country)


@pytest.mark.parametrize(("ending", "write"), [("geojson", as_geojson), ("kml", as_kml)])
def test_maps(tmp_path, country, imported, ending: str, write):
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, rows in parts_of(country).items():
        if name in PLACED:
            write(folder / f"{name}.{ending}", rows)
        else:
            as_csv(folder / f"{name}.csv", rows)
    equal_parts(load(imported(folder, base="night-raid").file), country)


def test_what_was_written_is_the_users_to_read(tmp_path, country, imported):
    folder = tmp_path / "tables"
    folder.mkdir()
    rows = [{"Код": d.id, "Населення": d.people, "Широта": d.latitude_deg, "Довгота": d.longitude_deg,
             "Радіус, км": d.radius_m / 1e3, "Шина": d.bus} for d in country.world.districts]  # fmt: skip
    as_csv(folder / "райони.csv", rows)
    done = imported(folder, base="night-raid")
    text = done.file.read_text(encoding="utf-8")
    assert "# райони.csv: latitude_deg from `Широта`;" in text
    assert "radius_m from `Радіус, км` in км" in text
    assert "replaces:\n- world.districts\n" in text
    districts = load(done.file).world.districts
    assert [(d.code, d.people, d.radius_m, d.bus) for d in districts] == [
        (d.id, d.people, d.radius_m, d.bus) for d in country.world.districts
    ]
    assert done.assumed == ("райони.csv has no ids: made from code, name or number.",)
