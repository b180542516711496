"""One file as plain data that remembers where each entry stands: YAML, read safely and without surprises.

The dialect is YAML 1.2's core: `no` and `on` are text, `1e3` is a number, dates stay text until the schema reads them.
Refused: a key twice in one mapping, tags, several documents, more than the limits below (aliases count as what they
stand for, so that a few lines cannot unfold into gigabytes).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say

MAX_BYTES = 20_000_000
MAX_NODES = 1_000_000
MAX_DEPTH = 50

_FILE = say("file")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class UnreadableError(ScenarioError):
    """A file that is not there, may not be read, or is too large: there is nothing to check."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where an entry was written. Line and column count from 1; line 0 is a place without lines, such as `--set`."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{Path(self.file).name}:{self.line}:{self.column}" if self.line else self.file


class Table(dict[str, Any]):
    """A mapping that knows where it and each of its entries were written."""

    def __init__(self, mark: Mark, entries: dict[str, Any] | None = None, marks: dict[str, Mark] | None = None) -> None:
        super().__init__(entries or {})
        self.mark = mark
        self.marks: dict[str, Mark] = dict(marks or {})

    def put(self, key: str, item: Any, mark: Mark) -> None:
        self[key] = item
        self.marks[key] = mark

    def copy(self) -> "Table":
        return Table(self.mark, self, self.marks)


class Entries(list[Any]):
    """A list that knows where it and each of its entries were written."""

    def __init__(self, mark: Mark, items: list[Any] | None = None, marks: list[Mark] | None = None) -> None:
        super().__init__(items or [])
        self.mark = mark
        self.marks: list[Mark] = list(marks or [])

    def add(self, item: Any, mark: Mark) -> None:
        self.append(item)
        self.marks.append(mark)

    def copy(self) -> "Entries":
        return Entries(self.mark, self, self.marks)


def read_text(path: Path, what: str = _FILE) -> str:
    """The file's text.

    Raises UnreadableError if it is missing, may not be read or is larger than MAX_BYTES; ScenarioError if not UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            rule = say("a {what} may be at most {most:g} MB", what=what, most=MAX_BYTES / 1e6)
            raise UnreadableError(
                Fault(str(path), f"{size / 1e6:.1f} MB", rule, say("Put tables into CSV files of their own."))
            )
        raw = path.read_bytes()
    except OSError as error:
        remedy = _remedy(error)
        raise UnreadableError(
            Fault(
                str(path),
                "",
                say("this {what} cannot be read ({reason})", what=what, reason=error.strerror),
                remedy,
            )
        ) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        rule = say("byte {n} is not UTF-8 text", n=error.start + 1)
        raise ScenarioError(
            Fault(str(Mark(str(path), line, 1)), "", rule, say("Save the file as UTF-8 text."))
        ) from error


def _remedy(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return say("Look at the spelling and at the folder that you are in.")
    if isinstance(error, PermissionError):
        return say("Ask for the right to read it, or copy it to a folder of your own.")
    if isinstance(error, IsADirectoryError):
        return say("Name the scenario file in the folder.")
    return ""


def read(path: Path) -> Table:
    """The mapping that a YAML file holds. Raises ScenarioError with file, line and column of what is wrong."""
    text = read_text(path, say("scenario file"))
    data = parse(text, str(path))
    if isinstance(data, Table):
        return data
    remedy = say("Start it with `schema_version: 1`; `mamori init FILE` writes one to begin with.")
    raise ScenarioError(
        Fault(
            str(path),
            "",
            say("a scenario file holds a mapping of names to values; this one holds {found}", found=_found(data)),
            remedy,
        )
    )


def _found(data: Any) -> str:
    if data is None:
        return say("nothing")
    return say("a list") if isinstance(data, list) else say("only {value}", value=repr(data)[:55])


def parse(text: str, file: str) -> Any:
    """The data of one YAML document: Table, Entries, text, numbers, truth values, None."""
    builder = _Builder(file)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(file, at.line + 1, at.column + 1) if at else Mark(file)
        lines = text.split("\n")
        written = lines[min(at.line, len(lines) - 1)] if at else ""
        has_tab = "\t" in written[: len(written) - len(written.lstrip())]
        remedy = (
            say("Indent with spaces, not tabs.")
            if has_tab
            else say("Look just above for a bracket, quote or colon that is off.")
        )
        raise ScenarioError(
            Fault(str(mark), "", say("this is not YAML ({reason})", reason=error.problem or error.context), remedy)
        ) from error
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        at_line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        rule = say("this is not YAML ({reason})", reason=getattr(error, "reason", say("not text")))
        raise ScenarioError(Fault(str(Mark(file, at_line, 1)), "", rule, say("Is it a text file?"))) from error
    if builder.faults:
        raise ScenarioError(builder.faults)
    return builder.root


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=_LOADER)


@dataclass
class _Open:
    """A collection whose end has not been read yet."""

    value: Table | Entries
    anchor: str | None
    size: int = 1
    key: tuple[str, Mark] | None = None
    is_merge: bool = False
    merged: list[Table] = field(default_factory=list)


class _Builder:
    """Builds the data from the parser's events, without recursion, counting what aliases unfold to."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Any = None
        self.faults: list[Fault] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._n_documents = 0

    def take(self, event: Any) -> None:
        mark = Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self._n_documents += 1
            if self._n_documents > 1:
                self._stop(
                    mark, say("a file holds one document; a second one starts here"), say("Remove the line `---`.")
                )
        elif isinstance(event, yaml.AliasEvent):
            name = event.anchor or ""
            if name not in self._anchors:
                self._stop(
                    mark,
                    say("*{name} stands for nothing that was named above", name=name),
                    say("Name it with &{name}.", name=name),
                )
            value, size = self._anchors[name]
            self._put(value, size, mark)
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event, mark)
            value = _scalar(event.value) if event.implicit[0] else event.value
            if event.anchor:
                self._anchors[event.anchor] = (value, 1)
            self._put(value, 1, mark, event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._refuse_tag(event, mark)
            value = Table(mark) if isinstance(event, yaml.MappingStartEvent) else Entries(mark)
            self._open.append(_Open(value, event.anchor))
            if len(self._open) > MAX_DEPTH:
                self._stop(mark, say("entries may stand inside each other at most {most} deep", most=MAX_DEPTH), "")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    def _close(self) -> None:
        done = self._open.pop()
        if isinstance(done.value, Table):
            for other in done.merged:
                for key in other.keys() - done.value.keys():
                    done.value.put(key, other[key], other.marks[key])
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.size)
        self._put(done.value, done.size, done.value.mark)

    def _put(self, value: Any, size: int, mark: Mark, scalar: Any = None) -> None:
        if not self._open:
            self.root = value
            return
        parent = self._open[-1]
        parent.size += size
        if parent.size > MAX_NODES:
            remedy = say(
                "Put tables into CSV files of their own, and look for aliases (*name) that stand for one another."
            )
            self._stop(mark, say("the file unfolds to more than {most:,} entries", most=MAX_NODES), remedy)
        if isinstance(parent.value, Entries):
            parent.value.add(value, mark)
        elif parent.key is None:
            if isinstance(value, Table | Entries):
                self._stop(
                    mark,
                    say("the name of an entry must be text, not a mapping or a list"),
                    say("Put braces or brackets in quotes."),
                )
            parent.key = (str(value) if scalar is None else scalar.value, mark)
            parent.is_merge = scalar is not None and scalar.value == "<<" and scalar.implicit[0]
        else:
            self._put_entry(parent, parent.value, value)

    def _put_entry(self, parent: _Open, table: Table, value: Any) -> None:
        key, mark = parent.key or ("", table.mark)
        parent.key = None
        if parent.is_merge:
            others = value if isinstance(value, Entries) else [value]
            if not all(isinstance(other, Table) for other in others):
                self._stop(mark, say("`<<` takes a mapping or a list of mappings"), say("Write `<<: *name`."))
            parent.merged.extend(others)
        elif key in table:
            first = table.marks[key].line
            rule = say("this name already stands in line {first} of the same mapping", first=first)
            self.faults.append(Fault(str(mark), repr(key), rule, say("Keep one of the two.")))
        else:
            table.put(key, value, mark)

    def _refuse_tag(self, event: Any, mark: Mark) -> None:
        if event.tag is not None and event.tag != "!":
            self._stop(
                mark, say("tags such as {tag} are not used in a scenario", tag=event.tag), say("Leave the tag out.")
            )

    def _stop(self, mark: Mark, rule: str, remedy: str) -> None:
        raise ScenarioError([*self.faults, Fault(str(mark), "", rule, remedy)])


def _scalar(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) < 1000 else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return float(text.lower().replace(".", ""))
    return text


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes text so that `parse` reads it back as the same text."""


def _text_node(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None if isinstance(_scalar(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


def to_yaml(data: Any) -> str:
    """Plain data as YAML that `parse` reads back as the same data."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text
