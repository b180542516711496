"""The catalogue of notional classes: `catalogue/*.toml`, a section for each stage, a source for every number.

In a file a number stands as `{ value = 51, source = "..." }` or `{ low = 40, mode = 51, high = 60, source = "..." }`;
here the sources are set apart from the numbers.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.scenario.document import Entries, Mark, Table
from mamori.scenario.faults import faults_of, place_text
from mamori.scenario.fields import nearest, spot
from mamori.scenario.merge import merge
from mamori.scenario.schema import SECTIONS, Classes, ClassSections, Scenario

FOLDER = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class Catalogue:
    """Sections as plain data, and the source of each number.

    sections: class → stage → section; sources: class → stage → field (`p_kill.drone`) → source
    """

    sections: Table
    sources: dict[str, dict[str, dict[str, str]]]


@lru_cache(maxsize=8)
def read_catalogue(folder: Path = FOLDER) -> Catalogue:
    """The catalogue in a folder, read once a process.

    Raises ScenarioError with every section that its stage does not take, and every number without a source.
    """
    faults: list[Fault] = []
    sections = Table(Mark(str(folder)))
    sources: dict[str, dict[str, dict[str, str]]] = {}
    for file in sorted(folder.glob("*.toml")):
        mark = Mark(file.name)
        for name, stages in _toml(file, faults).items():
            if name not in sections:
                sections.put(name, Table(mark), mark)
            if not isinstance(stages, dict):
                faults.append(Fault(f"{name} ({file.name})", repr(stages), say("must be a table of sections by stage")))
                continue
            for stage, section in stages.items():
                if stage in sections[name]:
                    rule = say("this section stands in two files")
                    faults.append(Fault(f"{name}.{stage} ({file.name})", "", rule, say("Keep one of the two.")))
                    continue
                own = sources.setdefault(name, {}).setdefault(stage, {})
                place = f"{name}.{stage} ({file.name})"
                clean = _without_sources(_marked(section, mark), own, faults, place=place)
                sections[name].put(stage, clean, mark)
                faults.extend(_section_faults(name, stage, clean))
    if faults:
        raise ScenarioError(faults, say("The catalogue of classes is wrong."))
    return Catalogue(sections, sources)


def _toml(file: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(
            Fault(
                file.name,
                "",
                say("this is not TOML ({reason})", reason=str(error)),
                say("Write it as the other files are."),
            )
        )
        return {}


def _marked(item: Any, mark: Mark) -> Any:
    if isinstance(item, dict):
        return Table(mark, {key: _marked(entry, mark) for key, entry in item.items()}, dict.fromkeys(item, mark))
    if isinstance(item, list):
        return Entries(mark, [_marked(entry, mark) for entry in item], [mark] * len(item))
    return item


def _without_sources(
    item: Any, sources: dict[str, str], faults: list[Fault] | None, place: str = "", path: str = ""
) -> Any:
    """The data with each `{value, source}` as its value; faults: None where numbers need no source."""
    if isinstance(item, Table):
        if "source" in item and item.keys() & {"value", "low"}:
            sources[path] = str(item["source"])
            if not sources[path].strip() and faults is not None:
                faults.append(
                    Fault(f"{place} {path}", "", say("its source is empty"), say('Name it, or "assumption: why".'))
                )
            return item["value"] if "value" in item else _only(item, item.keys() - {"source"})
        if item.keys() == {"value"}:
            return _without_sources(item["value"], sources, faults, place, path)
        if "low" not in item:
            clean = Table(item.mark)
            for name, entry in item.items():
                inside = f"{path}.{name}" if path else name
                clean.put(name, _without_sources(entry, sources, faults, place, inside), item.marks[name])
            return clean
    if isinstance(item, Entries):
        inner = [_without_sources(x, sources, faults, place, f"{path}.{i}") for i, x in enumerate(item)]
        return Entries(item.mark, inner, item.marks)
    if faults is not None and (
        isinstance(item, Table) or (isinstance(item, int | float) and not isinstance(item, bool))
    ):
        remedy = say('Write {{ value = ..., source = "..." }}, with "assumption: why" where there is none.')
        faults.append(Fault(f"{place} {path}", "", say("every number of the catalogue needs its source"), remedy))
    return item


def _only(table: Table, names: set[str]) -> Table:
    return Table(
        table.mark, {n: table[n] for n in table if n in names}, {n: table.marks[n] for n in table if n in names}
    )


def _section_faults(name: str, stage: str, section: Any) -> list[Fault]:
    """What is wrong with one section of one class."""
    place = ("catalogue", name, stage)
    if stage not in SECTIONS:
        remedy = nearest(stage, SECTIONS)
        return [Fault(f"{place_text(place)} ({_mark(section)})", "", say("no stage of this name has classes"), remedy)]
    try:
        SECTIONS[stage].validate_python(section)
    except ValidationError as error:
        top = spot(ClassSections.model_fields[stage].annotation)
        return faults_of(error, section, top, place)
    return []


def _mark(item: Any) -> Mark | str:
    return getattr(item, "mark", "")


def with_own_classes(own: Any, faults: list[Fault]) -> Table:
    """The catalogue with the scenario's own classes laid over it, field by field.

    own: the scenario file's `catalogue:`, class → stage → section; what is wrong in it is added to `faults`, and the
    sections with it are left out
    """
    sections = read_catalogue().sections
    if own is None:
        return sections
    if not isinstance(own, Table):
        faults.append(
            Fault("catalogue", "", say("must be a mapping: class, stage, field"), say("Write the classes below it."))
        )
        return sections
    clean = _without_sources(own, {}, None)
    merged: Table = merge(sections, clean, faults, "catalogue")
    for name, stages in clean.items():
        if not isinstance(stages, Table):
            rule = say("must be a mapping: stage, field")
            faults.append(
                Fault(
                    f"catalogue.{name} ({own.marks[name]})",
                    "",
                    rule,
                    say("Stages: {known}.", known=joined(SECTIONS, COMMAS)),
                )
            )
            merged[name] = sections.get(name, Table(own.marks[name]))
            continue
        for stage in list(stages):
            found = _section_faults(name, stage, merged[name][stage])
            faults.extend(found)
            if found:
                del merged[name][stage]
    return merged


def classes_used(scenario: Scenario, sections: Table, own: Any) -> Classes:
    """The sections of every class that the scenario, or a class that it uses, names, and of all that it brings."""
    wanted = [name for name in own or () if name in sections]
    wanted += [name for name in _texts(scenario.model_dump(exclude={"protective_measures"})) if name in sections]
    names: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in names:
            names.add(name)
            wanted += [other for other in _texts(sections[name]) if other in sections]
    by_stage = {
        stage: {name: sections[name][stage] for name in sorted(names) if stage in sections[name]} for stage in SECTIONS
    }
    return Classes.model_validate(by_stage)


def _texts(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        for key, entry in item.items():
            yield from _texts(key)
            yield from _texts(entry)
    elif isinstance(item, list | tuple):
        for entry in item:
            yield from _texts(entry)
