"""The page: the numbers of summary.json, the same bytes twice, nothing from the network, words at every chart."""

import json
import re

import plotly.graph_objects as go
import pytest

from mamori.cli.report import report
from mamori.errors import StoreError
from mamori.report import theme
from mamori.report.page import script_json, write

MOST_BYTES = 6_000_000


@pytest.fixture
def page(make_run, page_reader, tmp_path):
    run = make_run(tmp_path / "run", baseline=True)
    write(run, tmp_path / "page.html")
    return page_reader(tmp_path / "page.html"), run


def entries(summary, path=()):
    for name, value in summary.items():
        if isinstance(value, dict):
            if "mean" in value:
                yield "/".join((*path, name)), value
            yield from entries(value, (*path, name))


def test_every_figure_of_the_table_is_that_of_the_summary(page):
    read, run = page
    rows = re.findall(r'<tr data-path="([^"]*)">(.*?)</tr>', read.body, re.DOTALL)
    cells = {path: dict(re.findall(r'<td data-key="(\w+)" data-value="([^"]*)"', row)) for path, row in rows}
    expected = dict(entries(run.summary()))
    without = dict(entries(run.baseline.summary()))
    assert list(cells) == list(expected)
    for path, entry in expected.items():
        for key in ("mean", "p5", "p50", "p95"):
            assert float(cells[path][key]) == entry[key]
        for key in ("interval_95", "luck", "knowledge"):
            assert [float(x) for x in cells[path][key].split()] == entry[key]
        assert float(cells[path]["baseline"]) == without[path]["mean"]


def test_shown_text_follows_the_exact_number(page):
    read, _ = page
    row = re.search(r'<tr data-path="energy_not_served_mwh">(.*?)</tr>', read.body, re.DOTALL).group(1)
    shown = dict(re.findall(r'<td data-key="(\w+)"[^>]*>([^<]*)</td>', row))
    assert shown["mean"] == "2,940"  # mean of 1, 2, 3, 4 times 1,176
    assert shown["p50"] == "2,940"
    assert shown["baseline"] == "2,940"


def test_the_headline_says_how_many_got_through(page):
    read, _ = page
    # replicas let 1, 2, 3 and 3 + 1 of 5 through
    assert "2.5 of 5 got through." in read.prose
    assert "0.25 of 2 ballistic missiles and 2.25 of 3 drones" in read.prose


def test_the_headline_says_how_long(page):
    read, run = page
    entry = run.summary()["time_to_90_percent_h"]
    assert (entry["p50"], entry["share_of_replicas"]) == (10.0, 0.75)
    assert "10 hours until 90 % of demand is served again." in read.prose
    assert "Half of the 75 % of nights that get there have 90 % of demand served for good within 10 hours" in read.prose
    assert "In 25 % of nights it is not reached within 2 days." in read.prose


def test_same_run_same_bytes(make_run, tmp_path):
    run = make_run(tmp_path / "run")
    write(run, tmp_path / "a.html")
    write(type(run).open(run.path), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_small_enough_and_alone(page, tmp_path):
    read, _ = page
    assert (tmp_path / "page.html").stat().st_size < MOST_BYTES
    for tag, attributes in read.elements:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            value = attributes.get(name, "")
            assert not value or value.startswith(("data:", "#")), (tag, name, value)
        assert "url(" not in attributes.get("style", "")
    styles = "".join(re.findall(r"<style>(.*?)</style>", read.text, re.DOTALL))
    assert "@import" not in styles
    assert "url(" not in styles


def test_every_chart_has_title_unit_and_words(page):
    read, _ = page
    figures = read.drawing["figures"]
    assert len(figures) == len({figure["id"] for figure in figures}) == len(read.all("figure")) >= 6
    places = {div["id"]: div for div in read.all("div") if "plot" in div.get("class", "")}
    for figure in figures:
        place = places[figure["id"]]
        assert place["role"] == "img"
        title, _, says = place["aria-label"].partition(". ")
        assert title
        assert re.search(r"\d", says)
        axes = {name: axis for name, axis in figure["layout"].items() if re.fullmatch(r"[xy]axis\d*", name)}
        assert {"xaxis", "yaxis"} <= set(axes)
        for name, axis in axes.items():
            assert axis["title"]["text"] or "ticktext" in axis, (figure["id"], name)
    assert read.body.count("<figcaption>") == len(figures)
    assert read.body.count("<figure><h3>") == len(figures)


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_plotly_knows_every_attribute_and_every_colour_has_a_value(page, palette):
    read, _ = page
    colours = read.drawing[palette]
    text = json.dumps([read.drawing["figures"], read.drawing["template"]])
    assert set(re.findall(r'"(@\w+)"', text)) <= set(colours)
    for name, value in colours.items():
        text = text.replace(f'"{name}"', f'"{value}"')
    figures, template = json.loads(text)
    for figure in figures:
        go.Figure(data=figure["data"], layout={**figure["layout"], "template": template})


def test_both_schemes_name_the_same_colours():
    assert set(theme.LIGHT) == set(theme.DARK)


def test_no_text_ends_the_script_that_holds_it():
    text = "</script><!--\u2028"
    assert "<" not in script_json(text)
    assert json.loads(script_json(text)) == text
    assert script_json({"b": 1, "a": 2}) == '{"a":2,"b":1}'


def test_names_cannot_become_markup(make_run, scenario, page_reader, tmp_path):
    bad = "<script>alert(1)</script><img src=x onerror=y>"
    first, *others = scenario.world.districts
    districts = (first.model_copy(update={"name": bad}), *others)
    changed = scenario.model_copy(
        update={"title": bad, "description": bad, "world": scenario.world.model_copy(update={"districts": districts})}
    )
    write(make_run(tmp_path / "run", changed), tmp_path / "page.html")
    read = page_reader(tmp_path / "page.html")
    assert "alert(1)" in read.text
    assert "<script>alert" not in read.text
    assert not read.all("img")
    assert "<" not in json.dumps(
        [trace.get("text") for trace in read.figure("map")["data"] if trace["name"] != "scale"]
    )


def test_a_page_that_cannot_be_written_says_so(make_run, tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        write(make_run(tmp_path / "run"), tmp_path / "nowhere" / "page.html")


def test_a_table_that_cannot_be_read_says_so(make_run, tmp_path):
    run = make_run(tmp_path / "run")
    (run.path / "tables" / "service.parquet").write_bytes(b"not a table")
    with pytest.raises(StoreError, match=r"service\.parquet: cannot be read"):
        write(run, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_the_command_writes_into_the_run_folder(make_run, tmp_path, capsys):
    run = make_run(tmp_path / "run")
    report(run.path)
    assert capsys.readouterr().out == f"Report: {run.path / 'report.html'}\n"
    assert (run.path / "report.html").read_text().startswith("<!DOCTYPE html>")
