import pytest

from mamori.errors import ScenarioError
from mamori.scenario.catalogue import read_catalogue
from mamori.scenario.schema import SECTIONS

GUN = """\
[gun.defence]
p_kill = { drone = { low = 0.1, high = 0.4, source = "assumption: a guess" } }
max_range_m = { value = 2e3, source = "assumption: near" }
max_height_m = { value = 1e3, source = "assumption: low" }
interceptor_speed_m_s = { value = 900, source = "assumption: fast" }
reaction_s = { value = 5, source = "assumption: quick" }
channels = { value = 1, source = "assumption: one crew" }
magazine = { value = 200, source = "assumption: belts" }
assess_s = { value = 2, source = "assumption: seen" }
cost_per_shot_eur = { value = 100, source = "assumption: cheap" }
needs_line_of_sight = true
"""


def refused(folder) -> str:
    with pytest.raises(ScenarioError) as caught:
        read_catalogue(folder)
    return str(caught.value)


def numbers(item, path=""):
    if isinstance(item, dict) and "low" not in item:
        for name, entry in item.items():
            yield from numbers(entry, f"{path}.{name}" if path else name)
    elif isinstance(item, dict) or (isinstance(item, int | float) and not isinstance(item, bool)):
        yield path


def test_every_number_has_its_source():
    catalogue = read_catalogue()
    n_numbers = 0
    for name, stages in catalogue.sections.items():
        for stage, section in stages.items():
            for path in numbers(section):
                assert catalogue.sources[name][stage][path].strip(), f"{name}.{stage}.{path}"
                n_numbers += 1
    assert n_numbers > 100


def test_names_of_the_brief_are_there():
    sections = read_catalogue().sections
    for kind in ("srbm", "cruise", "drone", "boat"):
        assert {"flight", "sensing", "damage"} <= sections[f"{kind}-notional"].keys()
    assert all(name == "none" or name.endswith("-notional") for name in sections)
    assert {stage for stages in sections.values() for stage in stages} == set(SECTIONS)


def test_is_read_once():
    assert read_catalogue() is read_catalogue()


def test_sources_are_set_apart(tmp_path):
    (tmp_path / "a.toml").write_text(GUN)
    catalogue = read_catalogue(tmp_path)
    section = catalogue.sections["gun"]["defence"]
    assert section["p_kill"] == {"drone": {"low": 0.1, "high": 0.4}}
    assert section["magazine"] == 200
    assert catalogue.sources["gun"]["defence"]["p_kill.drone"] == "assumption: a guess"


def test_classes_of_several_files_are_one(tmp_path):
    (tmp_path / "a.toml").write_text(GUN)
    (tmp_path / "b.toml").write_text('[gun.sensing]\ntype = "signature"\nrcs_m2 = { value = 1, source = "x" }\n')
    assert set(read_catalogue(tmp_path).sections["gun"]) == {"defence", "sensing"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('{ value = 2e3, source = "assumption: near" }', "2e3", "gun.defence (a.toml) max_range_m: every number"),
        (
            '{ low = 0.1, high = 0.4, source = "assumption: a guess" }',
            "{ low = 0.1, high = 0.4 }",
            "p_kill.drone: every",
        ),
        ('source = "assumption: near"', 'source = " "', "source is empty"),
        ("{ value = 200,", "{ value = -200,", "-200 shots: must be at least 0"),
        ("magazine =", "magasine =", "Did you mean `magazine`?"),
        ("[gun.defence]", "[gun.defense]", "Did you mean `defence`?"),
        ("[gun.defence]", "[gun.defence", "not TOML"),
        ("[gun.defence]", "gun = 3\n[other.defence]", "must be a table"),
    ],
)
def test_what_is_wrong_is_refused(tmp_path, old: str, new: str, words: str):
    assert old in GUN
    (tmp_path / "a.toml").write_text(GUN.replace(old, new))
    assert words in refused(tmp_path)


def test_section_in_two_files(tmp_path):
    (tmp_path / "a.toml").write_text(GUN)
    (tmp_path / "b.toml").write_text(GUN)
    assert "stands in two files" in refused(tmp_path)
