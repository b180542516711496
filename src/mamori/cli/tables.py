"""Tables that commands print: the same numbers as summary.json, in 80 columns."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table

from mamori.language.message import say, say_n, term
from mamori.language.speech import ENGLISH, Language
from mamori.report.names import step_name
from mamori.report.words import Words

if TYPE_CHECKING:
    from mamori.study.run import Run

NONE = "\N{EN DASH}"


def summary_table(done: "Run", language: Language = ENGLISH) -> Table:
    """Every measure of a run, and beside it the mean without defence where the run has a baseline."""
    manifest, text = done.manifest, language.text
    title = say(
        "{scenario}: {replicas} in {worlds}, seed {seed}",
        scenario=manifest["scenario"], seed=manifest["seed"],
        replicas=say_n(manifest["replicas"], "{n:,} replica", "{n:,} replicas"),
        worlds=say_n(manifest["worlds"], "{n} world", "{n} worlds"),
    )  # fmt: skip
    baseline = dict(_entries(done.baseline.summary())) if done.baseline is not None else None
    table = Table(title=text(title), title_justify="left", header_style="bold", box=None, padding=(0, 2, 0, 0))
    table.caption = text(
        say(
            "mean, and where it lies with 95 % confidence; p5 to p95: 9 replicas in 10. "
            "`mamori report` explains each measure."
        )
    )
    table.caption_justify = "left"
    table.add_column("")
    last = say("p5 to p95") if baseline is None else say("no defence")
    for words in (say("mean"), say("95 % confidence"), last):
        table.add_column(text(words), justify="right", no_wrap=True)
    table.add_column(text(say("unit")), no_wrap=True)
    heading: tuple[str, ...] = ()
    for path, entry in _entries(done.summary()):
        for depth in range(1, len(path)):
            if path[:depth] != heading[:depth] and "mean" not in _at(done.summary(), path[:depth]):
                table.add_row(_label(path[:depth], language))
        heading = path
        other = _range(entry["p5"], entry["p95"], language)
        if baseline is not None:
            other = number(baseline[path]["mean"], language) if path in baseline else NONE
        low, high = entry["interval_95"]
        cells = number(entry["mean"], language), _range(low, high, language), other
        table.add_row(_label(path, language), *cells, text(entry["unit"]))
    return table


def _label(path: tuple[str, ...], language: Language) -> Padding:
    name = path[-1]
    words = language.text(SHORT[name]) if name in SHORT else step_name(Words(language), name)
    return Padding(words, (0, 0, 0, 2 * (len(path) - 1)))


SHORT = {
    "energy_not_served_without_raid_mwh": term("without this raid"),
    "customer_hours_without_power": term("time without power"),
    "household_hours_off_p5": term("household off, p5"),
    "household_hours_off_p50": term("household off, p50"),
    "household_hours_off_p95": term("household off, p95"),
    "share_of_people_under_an_impact": term("people under an impact"),
    "false_warning_person_hours": term("false warning"),
    "capacity_missing_mw": term("capacity missing at end"),
    "time_to_90_percent_h": term("time to 90 % served"),
}
"""Names of measures that are too long for a line of a terminal."""

UNITS = (
    term("MWh"), term("MW"), term("person h"), term("h"), term("s"), term("persons"), term("EUR"),
)  # fmt: skip
"""Units of measures, marked for translation."""


def _at(summary: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for name in path:
        summary = summary[name]
    return summary


def _entries(
    summary: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for name, value in summary.items():
        if isinstance(value, dict):
            if "mean" in value:
                yield (*path, name), value
            yield from _entries(value, (*path, name))


def _range(low: float | None, high: float | None, language: Language) -> str:
    if low is None or high is None:
        return NONE
    return language.say("{low} to {high}", low=number(low, language), high=number(high, language))


def number(x: float | None, language: Language = ENGLISH) -> str:
    """A number as people read it: three digits that matter, millions by name; a dash for none."""
    if x is None:
        return NONE
    if abs(x) < 5e-7:
        return "0"
    if language is not ENGLISH:
        return language.compact(x, is_short=True) if abs(x) >= 1e6 else language.decimal(x)
    if abs(x) >= 1e6:
        return f"{x / 1e6:.3g} M" if abs(x) < 1e9 else f"{x / 1e9:.3g} bn"
    if abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.3g}"
