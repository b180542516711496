"""The files of an imported scenario: scenario.yaml, whose comments say where everything came from, and its tables."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from mamori.scenario.document import Entries, Table, to_yaml
from mamori.scenario.fields import fields
from mamori.scenario.imports.parts import KINDS, Kind
from mamori.scenario.imports.plan import Plan

FILES = {
    ("grid", "sites"): "sites.csv",
    ("world", "districts"): "districts.csv",
    ("world", "ports"): "ports.csv",
    ("services", "sites"): "services.csv",
    ("sensing", "sensors"): "sensors.csv",
    ("defence", "command_posts"): "command_posts.csv",
    ("defence", "batteries"): "batteries.csv",
    ("recovery", "crews"): "crews.csv",
}
"""Lists that stand in a table of their own beside the scenario file."""

_ALSO = {"districts": ("shelters", "feeders"), "sites": ("feeders",)}
"""Tables of which a part takes something as well."""


def scenario_files(data: Table, plans: Sequence[Plan], notes: Sequence[str], source: str) -> dict[str, str]:
    """Text of each file by its name.

    data: of the scenario, lists in place; plans: how each table was read; notes: what was assumed; source: of it all
    """
    files: dict[str, str] = {}
    told = [
        "Written by `mamori import`: the tables beside this file are the user's own, in mamori's fields and units.",
        f"They came from {source}; what changes there takes effect here once it is imported again.",
        *(f"Assumed: {note}" for note in notes),
    ]
    lines = [f"# {line}" for text in told for line in wrap(_one_line(text), 118)]
    for name, item in data.items():
        if isinstance(item, Table):
            lines += ["", f"{name}:", *_part(item, (name,), plans, files)]
        else:
            lines += to_yaml({name: _bare(item)}).splitlines()
    files["scenario.yaml"] = "\n".join(lines) + "\n"
    return files


def _part(part: Table, at: tuple[str, ...], plans: Sequence[Plan], files: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for name, item in part.items():
        place = (*at, name)
        kind = next((kind for kind in KINDS.values() if kind.at == place), None)
        aside = [k for k in ("spares",) if place == ("recovery", k)]
        if kind is not None or aside:
            names = [kind.name, *_ALSO.get(kind.name, ())] if kind else aside
            lines += _origin([plan for plan in plans if plan.kind.name in names])
        if place in FILES and kind is not None and item:
            files[FILES[place]] = _table(item, kind)
            lines.append(f"  {name}_file: {FILES[place]} # {len(item)}")
        else:
            lines += ["  " + line for line in to_yaml({name: _bare(item)}).splitlines()]
    return lines


def _origin(plans: Sequence[Plan]) -> list[str]:
    """Comment lines: which table, and which of its columns gave what; a column of our own name is not told."""
    lines: list[str] = []
    for plan in plans:
        told = [
            f"{name} from `{title}`" + (f" in {plan.units[name]}" if name in plan.units else "")
            for name, title in plan.columns.items()
            if title != name
        ]
        told += [f"{name} = {value} in all rows" for name, value in plan.constants.items()]
        if plan.sheet.has_shapes:
            told.append("places from the geometry")
        text = _one_line(f"{plan.sheet.title}: {'; '.join(told)}" if told else f"from {plan.sheet.title}")
        lines += [f"  # {line}" for line in wrap(text, 116)]
    return lines


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _bare(item: Any) -> Any:
    """The same as plain lists and mappings, for YAML."""
    if isinstance(item, Mapping):
        return {str(name): _bare(entry) for name, entry in item.items()}
    return [_bare(entry) for entry in item] if isinstance(item, Entries | list | tuple) else item


def _table(entries: Entries, kind: Kind) -> str:
    """A list as CSV, its columns in the order of the schema."""
    rows = [_flat(entry) for entry in entries]
    order = list(fields(kind.model))
    order = ["id", *(name for name in order if name != "id")]
    there = {name for row in rows for name in row}
    columns = sorted(there, key=lambda name: (order.index(name.partition(".")[0]), name))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return out.getvalue()


def _flat(entry: Table) -> dict[str, str]:
    """The cells of one row: `radius_m.low` of a number that is not known, `a;b` of a list."""
    cells: dict[str, str] = {}
    for name, item in entry.items():
        if isinstance(item, Table):
            cells |= {f"{name}.{inner}": _text(x) for inner, x in item.items()}
        elif item is not None:
            cells[name] = ";".join(map(str, item)) if isinstance(item, list) else _text(item)
    return cells


def _text(item: Any) -> str:
    return repr(item) if isinstance(item, float) else str(item)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files into a folder that is there."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
