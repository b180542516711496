"""The report as JSON, Markdown and PDF."""

import json
import os
import stat
from pathlib import Path

import pytest

from mamori.cli.report import Format, report
from mamori.errors import StoreError
from mamori.report import pdf
from mamori.report.figure import Figure, Section, Sentence
from mamori.report.markdown import _section, escaped
from mamori.report.subject import Subject
from mamori.report.table import Cell, Row, Table
from mamori.report.write import FORMATS, content, write


def test_json_holds_the_measures_as_they_are(make_run, tmp_path):
    run = make_run(tmp_path / "run", baseline=True)
    found = json.loads(content(Subject(run), "json"))
    assert found["measures"] == run.summary()
    assert found["sections"][0]["sentences"][0]["lead"] == "2.5 of 5 got through."
    figures = {figure["id"]: figure for section in found["sections"] for figure in section["figures"]}
    assert figures["served"]["axes"]["yaxis"] == "share of demand served, %"
    assert len(next(s for s in figures["served"]["series"] if s["name"] == "mean")["y"]) == 48
    assert all(figure["title"] and figure["says"] for figure in figures.values())


def test_markdown_reads_well(make_run, tmp_path):
    run = make_run(tmp_path / "run", baseline=True)
    text = content(Subject(run), "md").decode()
    assert text.startswith("# small: Five threats & \\<three\\> drones\n")
    assert "**2.5 of 5 got through.** Of 5 threats launched in a night, 2.5" in text
    assert "| energy not served (MWh) | 2,940 | 2,940 |" in text
    assert "](" not in text
    assert "\ue000" not in text
    assert "### Demand served, hour by hour\n\nThe mean is lowest in hour 0" in text


def test_markdown_of_every_part():
    section = Section(
        "x",
        "A | b",
        body="<ul><li>one &amp; <b>two</b></li><li>three</li></ul>",
        figures=(Figure("f", "Title", "It says [magazine](magazine).", []),),
        missing=("not *there*",),
        sentences=(Sentence("text", "Lead."),),
        tables=(Table("t", "Table", ("what", "n"), (Row("group"), Row("row", (Cell("1"),), unit="h", depth=2))),),
    )
    assert _section(section) == [
        "## A \\| b", "", "**Lead.** text", "", "one & two", "", "three", "", "> not \\*there\\*", "",
        "### Title", "", "It says magazine.", "",
        "### Table", "", "| what | n |", "|---|---:|", "| group |  |", "| · row (h) | 1 |", "",
    ]  # fmt: skip
    assert escaped("a_b\n`c`") == "a\\_b \\`c\\`"


@pytest.mark.parametrize("form", ["html", "json", "md"])
def test_same_run_same_bytes(make_run, tmp_path, form):
    run = make_run(tmp_path / "run")
    assert content(Subject(run), form) == content(Subject(type(run).open(run.path)), form)


@pytest.mark.parametrize(("code", "tag"), [("en", "en-GB"), ("uk", "uk"), ("ja", "ja")])
def test_the_page_says_its_language_and_writes_numbers_so(make_run, tmp_path, code, tag):
    text = content(Subject(make_run(tmp_path / "run", baseline=True), code), "html").decode()
    assert f'<html lang="{tag}">' in text
    separators = ",\\u00a0" if code == "uk" else ".,"
    assert f'"separators":"{separators}"'.replace("\\u00a0", "\N{NO-BREAK SPACE}") in text
    assert ("In short" in text) == (code == "en")


def test_the_command_names_the_file_by_its_form(make_run, tmp_path, capsys):
    run = make_run(tmp_path / "run")
    report(run.path, form=Format.MD, is_public=True, language="en")
    file = run.path / "report-public.md"
    assert capsys.readouterr().out == f"Report: {file}\n"
    assert file.read_text().startswith("# small")
    assert set(Format) == set(FORMATS)


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """A browser that does what a line of shell says; the page to print is its last argument."""

    def make(line: str) -> Path:
        file = tmp_path / "browser"
        file.write_text(
            '#!/bin/sh\nfor a in "$@"; do case "$a" in --print-to-pdf=*) out="${a#*=}";; esac; page="$a"; done\n' + line
        )
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv(pdf.VARIABLE, str(file))
        return file

    return make


def test_a_browser_prints_the_page(browser, make_run, tmp_path):
    browser('printf "%%PDF-1.4 " > "$out"; cat "${page#file://}" >> "$out"\n')
    write(Subject(make_run(tmp_path / "run")), tmp_path / "x.pdf", "pdf")
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF-1.4 <!DOCTYPE html>")


def test_a_browser_that_prints_nothing_leaves_nothing(browser, make_run, tmp_path):
    browser('echo "no luck" >&2; printf half > "$out"; exit 3\n')
    with pytest.raises(StoreError, match=r"did not print the page \(no luck\)\. Use --format html"):
        write(Subject(make_run(tmp_path / "run")), tmp_path / "x.pdf", "pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_a_browser_that_hangs_is_ended(browser, monkeypatch):
    browser("exec sleep 60\n")
    monkeypatch.setattr(pdf, "MOST_S", 0.2)
    with pytest.raises(StoreError, match=r"within 0 s"):
        pdf.printed("<p>")


def test_no_browser_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    monkeypatch.setattr(pdf, "NAMES", pdf.NAMES[:2])
    with pytest.raises(StoreError, match=r"Install one, or give its path in MAMORI_CHROMIUM, or use --format html"):
        pdf.found()
    monkeypatch.setenv(pdf.VARIABLE, "/no/such/browser")
    with pytest.raises(StoreError, match=r"MAMORI_CHROMIUM = /no/such/browser: there is no such program"):
        pdf.found()


def test_a_program_that_cannot_start_is_named(browser, monkeypatch):
    file = browser("")
    file.write_bytes(b"\x7fnot a program")
    with pytest.raises(StoreError, match="cannot be started"):
        pdf.printed("<p>")
    assert os.access(file, os.X_OK)
