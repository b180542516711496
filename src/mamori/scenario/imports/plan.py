"""What a table holds and which of its columns gives what: from the mapping, from its words, or from the user."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from mamori.errors import Fault
from mamori.language.message import Message, say
from mamori.scenario.fields import some
from mamori.scenario.imports.cells import Decimal
from mamori.scenario.imports.mapping import FILE_NAME, TableMap, wrong_unit
from mamori.scenario.imports.parts import ANGLES, KINDS, Kind
from mamori.scenario.imports.sheet import Sheet
from mamori.scenario.imports.words import factor, header, parts_named, plain, service_class, units, words

Ask = Callable[[Message, Sequence[str]], str]
"""Asks the user: a question and the answers that it may have; "" for none of them."""

_PHYSICAL = ("m", "m2", "s", "h", "km/h", "MW")
"""Units in which a column may not be taken if it names one that is not known."""


@dataclass
class Plan:
    """How one table is read.

    columns: header by field; units: name of the unit by field, where it is another than ours
    constants, values, decimal, crs: as `TableMap` has them; is_mapped: the mapping says what the table holds
    missing: fields that are needed and that nothing gives, which is already among the faults
    """

    sheet: Sheet
    kind: Kind
    columns: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str | float] = field(default_factory=dict)
    values: dict[str, dict[str, str | float]] = field(default_factory=dict)
    decimal: Decimal | None = None
    crs: str | None = None
    is_mapped: bool = False
    missing: list[str] = field(default_factory=list)

    @property
    def unused(self) -> list[str]:
        return [name for name in self.sheet.header if name not in self.columns.values()]

    def as_table(self) -> TableMap:
        """The plan as an entry of a mapping file."""
        return TableMap(
            file=self.sheet.file.name,
            sheet=self.sheet.name or None,
            part=self.kind.name,
            columns=dict(self.columns),
            units=dict(self.units),
            constants=dict(self.constants),
            values=dict(self.values),
            decimal=self.decimal,
            crs=self.crs,
        )


def plan_of(
    sheet: Sheet, table: TableMap | None, elsewhere: Collection[str], ask: Ask | None, faults: list[Fault]
) -> Plan | None:
    """How a table is read; None if it is not to be, or if nobody can tell.

    table: what the mapping says of it; elsewhere: fields that no column needs to give, as `part.field`
    ask: asks the user, None where nobody can be asked
    """
    name = table.part if table is not None and table.part else _part(sheet, ask, faults)
    if not name or name == "none":
        return None
    plan = Plan(sheet, KINDS[name], is_mapped=table is not None and table.part is not None)
    if table is not None:
        plan.constants, plan.values = dict(table.constants), dict(table.values)
        plan.decimal, plan.crs = table.decimal, table.crs
        _mapped(plan, table, faults)
    _guessed(plan, skip=[] if table is None else table.columns)
    if name == "services" and "class" not in plan.columns and "class" not in plan.constants:
        told = service_class(sheet.name) or service_class(sheet.file.stem)
        if told:
            plan.constants["class"] = told
    _units(plan, {} if table is None else table.units, faults)
    _missing(plan, elsewhere, ask, faults)
    return plan


def _part(sheet: Sheet, ask: Ask | None, faults: list[Fault]) -> str:
    """Name of the part that the table holds, "" with a fault if it does not tell."""
    for title in (sheet.name, sheet.file.stem):
        named = [name for name in parts_named(title) if name in KINDS]
        if not named and service_class(title):
            named = ["services"]
        if len(named) == 1:
            return named[0]
    known = named or list(KINDS)
    used = {name: _n_used(sheet, KINDS[name]) for name in known if sheet.header}
    most = max(used.values(), default=0)
    fitting = [name for name, n in used.items() if n]
    best = [name for name in fitting if used[name] == most]
    if len(best) == 1:
        return best[0]
    if ask is not None:
        question = say("What does {table} hold?", table=sheet.title)
        return ask(question, [*(fitting or known), "none"])
    entry = f"{{file: {sheet.file.name}{', sheet: ' + sheet.name if sheet.name else ''}, part: ...}}"
    rule = say("neither its name nor its columns tell what it holds")
    remedy = say(
        "Write into {file}, under `tables:`, `- {entry}`, with one of {parts}.",
        file=FILE_NAME, entry=entry, parts=", ".join([*KINDS, "none"]),
    )  # fmt: skip
    faults.append(Fault(sheet.title, some(sheet.header, 8), rule, remedy))
    return ""


def _n_used(sheet: Sheet, kind: Kind) -> int:
    """How many columns the kind would take; 0 if it lacks any that it needs."""
    plan = Plan(sheet, kind)
    _guessed(plan, skip=[])
    return 0 if _needed(plan, ()) else len(plan.columns)


def _mapped(plan: Plan, table: TableMap, faults: list[Fault]) -> None:
    for name, column in table.columns.items():
        if column is None:
            continue
        if column in plan.sheet.header:
            plan.columns[name] = column
        elif plan.sheet.header:
            near = get_close_matches(column, plan.sheet.header, n=1)
            remedy = (
                say("Did you mean `{name}`?", name=near[0])
                if near
                else say("Its columns: {columns}.", columns=some(plan.sheet.header, 20))
            )
            rule = say("the mapping names this column for {field}, and the table has none", field=name)
            faults.append(Fault(plan.sheet.title, repr(column), rule, remedy))
            plan.sheet.has_gaps = True


def _guessed(plan: Plan, skip: Collection[str]) -> None:
    """Give each field without a column the first header that says its name or one of its words."""
    taken = set(plan.columns.values())
    free = [name for name in plan.sheet.header if name not in taken]
    for name in plan.kind.columns:
        if name not in plan.columns and name not in skip and name in free:
            plan.columns[name] = name
            free.remove(name)
    for name in plan.kind.columns:
        if name in plan.columns or name in skip:
            continue
        known = _words(name, plan.kind)
        if name == "id" and "name" not in plan.kind.spots and not any(header(title).words in known for title in free):
            known = _words("name", plan.kind)  # what has no name of its own goes by its id
        told = next((title for title in free if header(title).words in known or plain(title) in known), None)
        if told is not None:
            plan.columns[name] = told
            free.remove(told)


def _words(name: str, kind: Kind) -> set[str]:
    table = words()["headers"]
    own = {plain(word) for word in table.get(name, ())} | {plain(name), header(name).words}
    like = kind.like.get(name)
    return own | ({plain(word) for word in table.get(like, ())} if like else set())


def _units(plan: Plan, given: dict[str, str], faults: list[Fault]) -> None:
    for name, title in plan.columns.items():
        unit, ours = plain(given.get(name, "")) or header(title).unit, plan.kind.unit(name)
        if name in ANGLES and plan.crs:
            continue
        is_plain = header(name).unit == unit and title == name
        if not unit or is_plain or not plan.kind.is_number(name):
            if not unit and ours in _PHYSICAL and (odd := _odd_unit(title)):
                faults.append(wrong_unit(plan.sheet.mark(0, title).place(), name, odd, ours))
                plan.sheet.has_gaps = True
            continue
        if factor(unit, ours) is None:
            faults.append(wrong_unit(plan.sheet.mark(0, title).place(), name, unit, ours))
            plan.sheet.has_gaps = True
        elif factor(unit, ours) != 1.0:
            plan.units[name] = unit


def _odd_unit(title: str) -> str:
    """What stands in brackets at the end of a header and is no unit that is known, "" for nothing."""
    begin, bracket, inside = title.rstrip(")]").rpartition("(" if "(" in title else "[")
    return inside if begin and bracket and inside.isalpha() and plain(inside) not in units() else ""


def _needed(plan: Plan, elsewhere: Collection[str]) -> list[str]:
    """Fields that nothing gives yet."""
    kind, there = plan.kind, {*plan.columns, *plan.constants}
    given = {name.split(".")[0] for name in there}
    if plan.sheet.has_shapes or "coordinates" in there:
        given |= {"latitude_deg", "longitude_deg"}
    if plan.sheet.has_shapes or "area_m2" in there:
        given.add("radius_m")
    if "density_km2" in there:
        given.add("people")
    return [name for name in kind.needed if name not in given and f"{kind.name}.{name}" not in elsewhere]


def _missing(plan: Plan, elsewhere: Collection[str], ask: Ask | None, faults: list[Fault]) -> None:
    if not plan.sheet.rows and plan.sheet.has_gaps:
        return  # what is wrong with the table as a whole comes first
    for name in _needed(plan, elsewhere):
        about = plan.kind.about(name)
        if ask is not None and plan.unused:
            question = say(
                "Which column of {table} gives `{field}` ({about})?", table=plan.sheet.title, field=name, about=about
            )
            answer = ask(question, plan.unused)
            if answer:
                plan.columns[name] = answer
                continue
        near = [
            title
            for title in plan.unused
            if get_close_matches(header(title).words, list(_words(name, plan.kind)), n=1, cutoff=0.75)
        ]
        title = near[0] if near else "COLUMN"
        entry = f"{{file: {plan.sheet.file.name}, part: {plan.kind.name}, columns: {{{name}: {title}}}}}"
        rule = say("no column gives `{field}` ({about})", field=name, about=about)
        unused = some(plan.unused, 12) or say("none")
        remedy = (
            say(
                "Say --nearest-bus, or write into {file}, under `tables:`, `- {entry}`. Columns not used: {unused}.",
                file=FILE_NAME, entry=entry, unused=unused,
            )
            if name == "bus" and plan.kind.is_place
            else say(
                "Write into {file}, under `tables:`, `- {entry}`, or one value for all rows under `constants`. "
                "Columns not used: {unused}.",
                file=FILE_NAME, entry=entry, unused=unused,
            )
        )  # fmt: skip
        faults.append(Fault(plan.sheet.title, "", rule, remedy))
        plan.missing.append(name)
