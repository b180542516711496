import math

import pytest

from mamori.errors import ScenarioError
from mamori.scenario import document
from mamori.scenario.document import MAX_DEPTH, Mark, Table, UnreadableError, parse, read, to_yaml


def refusal(text: str) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "file.yaml")
    return caught.value


def test_scalars_are_those_of_yaml_1_2():
    data = parse("a: [1, -2.5, 1e3, .5, true, no, on, 0x10, 12:30, 2027-01-15, '7', ~, null]", "f")
    expected = [1, -2.5, 1000.0, 0.5, True, "no", "on", "0x10", "12:30", "2027-01-15", "7", None, None]
    assert data["a"] == expected
    assert [type(x) for x in data["a"]] == [type(x) for x in expected]
    assert math.isnan(parse(".nan", "f"))
    assert parse("-.inf", "f") == -math.inf


def test_every_entry_knows_its_line_and_column():
    data = parse("a: 1\nb:\n  c: [x, y]\n", "f.yaml")
    assert data.marks["a"] == Mark("f.yaml", 1, 1)
    assert data["b"].marks["c"] == Mark("f.yaml", 3, 3)
    assert data["b"]["c"].marks[1] == Mark("f.yaml", 3, 10)


def test_names_twice_are_refused_all_at_once():
    error = refusal("a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\n")
    assert [fault.place for fault in error.faults] == ["file.yaml:3:1", "file.yaml:6:3"]
    assert "line 1" in error.faults[0].rule


def test_aliases_and_merge_keys():
    data = parse("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: *x\n", "f")
    assert data["b"] == {"p": 1, "q": 3}
    assert data["c"] == data["a"]


def test_bomb_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "unfolds to more than" in str(refusal("\n".join(lines)))


def test_alias_inside_itself_is_refused():
    assert "nothing that was named above" in str(refusal("a: &a [*a]"))


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000])
def test_too_deep_is_refused(text: str):
    assert f"at most {MAX_DEPTH} deep" in str(refusal(text))


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: [1\nb: 2", "file.yaml:2", "not YAML"),
        ("a: b: c", "file.yaml:1:5", "not YAML"),
        ("a:\n\tb: 2", "file.yaml:2:1", "spaces, not tabs"),
        ("\x00\x01\x02", "file.yaml:1:1", "text file"),
        ("a: !!python/object:os.system x", "file.yaml:1:4", "tags"),
        ("---\na: 1\n---\nb: 2", "file.yaml:3:1", "one document"),
        ("? [a]\n: 1", "file.yaml:1:3", "must be text"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text: str, place: str, word: str):
    error = refusal(text)
    assert error.faults[0].place.startswith(place)
    assert word in str(error)


@pytest.mark.parametrize(("text", "found"), [("", "nothing"), ("- a\n", "a list"), ("hello\n", "only 'hello'")])
def test_file_that_is_no_mapping(write, text: str, found: str):
    with pytest.raises(ScenarioError, match=f"holds {found}"):
        read(write("x.yaml", text))


def test_not_utf8(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\nb: \xff\xfe\n")
    with pytest.raises(ScenarioError, match=r"x\.yaml:2:1.*not UTF-8"):
        read(path)


def test_missing_and_oversized_files_are_unreadable(write, tmp_path, monkeypatch):
    with pytest.raises(UnreadableError, match="cannot be read"):
        read(tmp_path / "none.yaml")
    path = write("x.yaml", "a: 1\n")
    monkeypatch.setattr(document, "MAX_BYTES", 3)
    with pytest.raises(UnreadableError, match="may be at most"):
        read(path)


def test_text_comes_back_as_it_was_written():
    texts = [
        "no",
        "1e3",
        "7",
        ".nan",
        "null",
        "a: b",
        "two\nlines\n",
        "# x",
        "",
        "é守り",
        "12:30",
        "- a",
        "*x",
        " pad ",
    ]
    data = {f"k{i}": text for i, text in enumerate(texts)}
    assert parse(to_yaml(data), "f") == data


def test_numbers_come_back_bit_for_bit():
    numbers = [0.1, 1e-5, 1e22, 5e-324, 1.7976931348623157e308, -0.0, 3, 2**63 - 1]
    back = parse(to_yaml({"n": numbers}), "f")["n"]
    assert [repr(x) for x in back] == [repr(x) for x in numbers]


def test_copy_leaves_the_first_as_it_was():
    table = Table(Mark("f"), {"a": 1}, {"a": Mark("f", 1, 1)})
    other = table.copy()
    other.put("b", 2, Mark("g", 2, 2))
    assert table == {"a": 1}
    assert set(table.marks) == {"a"}
