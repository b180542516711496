"""Every measure of summary.json in one table, each cell with the exact numbers."""

from typing import Any

from mamori.raid.measures import measures
from mamori.report.names import PUBLIC, UNITS, step_name
from mamori.report.subject import Subject
from mamori.report.table import Cell, Row, Table
from mamori.report.told import Entry, Path, entries
from mamori.report.words import NONE, Words

SHARES = ("stopped_fraction", "failed_fraction", "share_of_people_under_an_impact")


def measures_table(subject: Subject) -> Table:
    """The measures of a run, of those that its readers may see."""
    w, baseline = subject.words, subject.baseline
    without = dict(entries(baseline.summary)) if baseline is not None else {}
    meanings = _meanings(subject)
    rows: list[Row] = []
    n_groups = 0
    group: Path = ()
    for path, entry in shown(subject):
        if path[:-1] and path[:-1] != group and "mean" not in _at(subject.summary, path[:-1]):
            n_groups += 1
            rows.append(Row(step_name(w, path[-2])))
        group = path[:-1]
        cells = _cells(w, path, entry, None if baseline is None else without.get(path, {}))
        rows.append(_row(w, path, entry, w.term(meanings.get(path) or str(entry["meaning"])), cells))
    head = [
        w.say("measure"), w.say("mean"), w.say("[95 % of mean](confidence)"), w.say("[p5](percentile)"),
        w.say("[p50](percentile)"), w.say("[p95](percentile)"), w.say("[luck](luck)"), w.say("[knowledge](knowledge)"),
    ]  # fmt: skip
    if baseline is not None:
        head.insert(2, w.say("mean [without defence](baseline)"))
    return Table(
        "measures",
        w.say_n(
            len(rows) - n_groups,
            "The one measure, with intervals and bands",
            "All {n} measures, with intervals and bands",
        ),
        tuple(head),
        tuple(rows),
        w.say(
            "Over all nights. Luck: where 9 nights in 10 lie. Knowledge: where the mean lies in 9 worlds in 10. Each "
            "underlined word says what it means when it is touched."
        ),
    )


def shown(subject: Subject) -> list[tuple[Path, Entry]]:
    """The measures that the readers of the report may see."""
    return [(path, entry) for path, entry in entries(subject.summary) if not subject.is_public or path[0] in PUBLIC]


def _meanings(subject: Subject) -> dict[Path, str]:
    """What measures mean, as messages: summary.json has them in English alone."""
    classes = (tuple(subject.summary.get(name, {})) for name in ("leakers", "magazine_left"))
    return {measure.path: measure.meaning for measure in measures(*classes)}


def _row(w: Words, path: Path, entry: Entry, meaning: str, cells: tuple[Cell, ...]) -> Row:
    unit = "" if _is_share(path) else str(entry["unit"])
    share = entry.get("share_of_replicas")
    if share is not None and share < 1.0:
        meaning = w.say(
            "{meaning}; over the {share} of nights that have a value", meaning=meaning, share=w.percent(share)
        )
    return Row(step_name(w, path[-1]), cells, meaning, w.term(UNITS.get(unit, unit)), "/".join(path), len(path))


def _cells(w: Words, path: Path, entry: Entry, without: Entry | None) -> tuple[Cell, ...]:
    text = w.percent if _is_share(path) else w.number

    def cell(key: str, *values: float | None) -> Cell:
        known = [x for x in values if x is not None]
        if len(known) < len(values):
            return Cell(NONE, key, values)
        return Cell(text(known[0]) if len(known) == 1 else w.pair(known[0], known[1], text=text), key, values)

    found = [cell("mean", entry["mean"])]
    if without is not None:
        found.append(cell("baseline", without.get("mean")))
    found.append(cell("interval_95", *entry["interval_95"]))
    found += [cell(key, entry[key]) for key in ("p5", "p50", "p95")]
    return (*found, cell("luck", *entry["luck"]), cell("knowledge", *entry["knowledge"]))


def _is_share(path: Path) -> bool:
    return any(name in SHARES for name in path)


def _at(summary: Any, path: Path) -> Any:
    for name in path:
        summary = summary[name]
    return summary
