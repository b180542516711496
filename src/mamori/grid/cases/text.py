"""The text of a MATPOWER case file, version 2, as named matrices: every number with the line on which it stands.

Source: MATPOWER User's Manual, appendix B (data file format): columns of mpc.bus, mpc.gen, mpc.branch, mpc.gencost,
mpc.dcline; the documentation of PowerModels.jl for mpc.storage, which MATPOWER does not have.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.records import Floats, Ints

MAX_BYTES = 100_000_000

_COLUMNS = {
    "bus": ("BUS_I", "BUS_TYPE", "PD", "QD", "GS", "BS", "BUS_AREA", "VM", "VA", "BASE_KV", "ZONE", "VMAX", "VMIN"),
    "gen": ("GEN_BUS", "PG", "QG", "QMAX", "QMIN", "VG", "MBASE", "GEN_STATUS", "PMAX", "PMIN"),
    "branch": ("F_BUS", "T_BUS", "BR_R", "BR_X", "BR_B", "RATE_A", "RATE_B", "RATE_C", "TAP", "SHIFT", "BR_STATUS"),
    "gencost": ("MODEL", "STARTUP", "SHUTDOWN", "NCOST"),
    "dcline": (
        "F_BUS", "T_BUS", "BR_STATUS", "PF", "PT", "QF", "QT", "VF", "VT", "PMIN", "PMAX", "QMINF", "QMAXF", "QMINT",
        "QMAXT", "LOSS0", "LOSS1",
    ),
    "dclinecost": ("MODEL", "STARTUP", "SHUTDOWN", "NCOST"),
    "storage": (
        "STORAGE_BUS", "PS", "QS", "ENERGY", "ENERGY_RATING", "CHARGE_RATING", "DISCHARGE_RATING", "CHARGE_EFFICIENCY",
        "DISCHARGE_EFFICIENCY", "THERMAL_RATING", "QMIN", "QMAX", "R", "X", "P_LOSS", "Q_LOSS", "STATUS",
    ),
}  # fmt: skip
"""The columns that a version-2 matrix has at least, by their names in the manual; more are legal."""

_OPTIONAL = {"branch": ("ANGMIN", "ANGMAX")}
"""Columns after those that a file may leave out."""

_FUNCTION = re.compile(r"\s*function\s+\[?\s*(\w+)\s*\]?\s*=")
_ASSIGNMENT = re.compile(r"\s*(\w+)\s*=\s*([-+\w.]+)\s*;?\s*")
_IF = re.compile(r"\s*if\s+(\w+)\s*[;,]?\s*")
_FRACTION = re.compile(r"\s*([^/\s]+)\s*(?:/\s*([^/\s]+))?\s*")

_REMEDIES = {
    "PD": say("Write what feeds power in as a generator, not as negative demand."),
    "PMAX": say("Give the greatest power of the unit, or 0."),
    "BR_X": say("Give the series reactance; join two buses that nothing lies between into one."),
    "BR_R": say("Give 0 where it is not known."),
}


@dataclass(frozen=True)
class Matrix:
    """Rows of one matrix with the line on which each stands; begin: line of its name."""

    name: str
    rows: list[list[float]]
    line: list[int]
    begin: int


class CaseText:
    """One file and the faults found in it; each method returns an array of the right length even where it has any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self._matrices: dict[str, Matrix] = {}
        self._cells: dict[str, list[str]] = {}
        self._scalars: dict[str, tuple[str, int]] = {}
        try:
            if path.stat().st_size > MAX_BYTES:
                rule = say("a case may be at most {most} MB", most=MAX_BYTES // 1_000_000)
                raise CaseError(Fault(str(path), "", rule, say("Is it a MATPOWER case file?")))
            text = path.read_text(encoding="utf-8-sig", errors="strict")
        except OSError as error:
            rule = say("this case cannot be read ({reason})", reason=error.strerror or error)
            raise CaseError(Fault(str(path), "", rule, say("Look at the spelling and at the folder."))) from error
        except UnicodeDecodeError as error:
            rule = say("byte {byte} is not UTF-8 text", byte=error.start + 1)
            raise CaseError(Fault(str(path), "", rule, say("Is it a MATPOWER case file?"))) from error
        self._parse(text)

    def fault(self, line: int, matrix: str, column: str, value: str, rule: str, remedy: str) -> None:
        """Note a fault at a line of a matrix."""
        place = f"{self.path.name}:{line} mpc.{matrix}"
        self.faults.append(Fault(f"{place}, {column}" if column else place, value, rule, remedy))

    def end(self) -> None:
        """Raise CaseError if there was any fault."""
        if self.faults:
            raise CaseError(self.faults, say("The MATPOWER case {path} cannot be used:", path=self.path))

    def _parse(self, text: str) -> None:
        struct, name, closing, begin = "mpc", "", "", 0
        opening, touched = _fields(struct)
        lines: list[tuple[int, str]] = []
        constants: dict[str, str] = {}
        is_comment = is_skipped = False
        for number, written in enumerate(text.splitlines(), 1):
            if written.strip() in ("%{", "%}"):  # a comment of many lines
                is_comment = written.strip() == "%{"
            if is_comment:
                continue
            line = _without_comment(written)
            if not name:
                if is_skipped:
                    is_skipped = line.strip().rstrip(";,") != "end"
                    continue
                if condition := _IF.fullmatch(line):
                    is_skipped = _number(constants.get(condition[1], "1")) == 0.0
                    continue
                if function := _FUNCTION.match(line):
                    struct = function[1]
                    opening, touched = _fields(struct)
                    continue
                started = opening.fullmatch(line)
                if started is None:
                    if constant := _ASSIGNMENT.fullmatch(line):
                        constants[constant[1]] = constant[2]
                    elif computed := touched.match(line):
                        rule = say("is computed in the file, which mamori does not do")
                        remedy = say("Load it in MATPOWER and write it again with savecase.")
                        self.fault(number, computed[1], "", line.strip()[:60], rule, remedy)
                    continue
                field, rest = started[1], started[2].strip()
                if rest[:1] not in ("[", "{"):
                    self._scalars[field] = (rest.rstrip("; ").strip("'\""), number)
                    continue
                name, closing, begin, line = field, "]" if rest[0] == "[" else "}", number, rest[1:]
            elif opening.fullmatch(line):
                break  # a new field while the last is still open
            body, is_closed = _until(line, closing)
            lines.append((number, body))
            if is_closed:
                self._keep(name, lines, begin, is_matrix=closing == "]")
                name, lines = "", []
        version, line_of_version = self._scalars.get("version", ("2", 0))
        if version != "2":
            remedy = say("Save it with MATPOWER's savecase as version 2.")
            self.fault(line_of_version, "version", "", f"'{version}'", say("must be '2'"), remedy)
        if name:
            remedy = say("The file looks cut off: get it again, whole.")
            rule = say("begins here and has no closing bracket")
            self.fault(begin, name, "", "", rule, remedy)
            self._matrices.setdefault(name, Matrix(name, [], [], begin))
            self.end()

    def _keep(self, name: str, lines: list[tuple[int, str]], begin: int, *, is_matrix: bool) -> None:
        if not is_matrix:
            cells = [cell for _, body in lines for cell in re.findall(r"'((?:[^']|'')*)'", body)]
            self._cells[name] = [cell.replace("''", "'").strip() for cell in cells]
            return
        matrix = Matrix(name, [], [], begin)
        self._matrices[name] = matrix
        if name not in _COLUMNS:
            return
        pending: list[str] = []
        for number, body in lines:
            text, dots, _ = body.partition("...")
            *rows, last = text.split(";")
            for i, row in enumerate([*rows, last]):
                pending += row.replace(",", " ").split()
                is_done = i < len(rows) or not dots
                if pending and is_done:
                    matrix.rows.append(self._numbers(name, number, pending))
                    matrix.line.append(number)
                    pending = []

    def _numbers(self, name: str, line: int, cells: list[str]) -> list[float]:
        columns = _COLUMNS[name]
        try:
            numbers = list(map(float, cells))
        except ValueError:
            numbers = []
            for k, cell in enumerate(cells):
                number = _number(cell)
                if number is None:
                    column = columns[k] if k < len(columns) else str(k + 1)
                    self.fault(line, name, column, cell, say("must be a number"), say("Mend the cell."))
                numbers.append(math.nan if number is None else number)
        if len(cells) < len(columns):
            rule = say("the row has {n} numbers and needs at least {least}", n=len(cells), least=len(columns))
            self.fault(line, name, "", " ".join(cells)[:40], rule, say("Look for a lost number or a row cut short."))
        return numbers + [math.nan] * (len(columns) - len(cells))

    def scalar(self, name: str, default: float) -> float:
        """The number of mpc.name, above 0."""
        text, line = self._scalars.get(name, (str(default), 0))
        number = _number(text)
        if number is None or not 0.0 < number < math.inf:
            self.fault(line, name, "", text, say("must be a number above 0"), say("Mend the number."))
            return default
        return number

    def matrix(self, name: str, *, is_needed: bool = True) -> Matrix:
        """The matrix of the name; an empty one if there is none, with a fault where it is needed."""
        if name not in self._matrices or (name == "bus" and not self._matrices[name].rows):
            if is_needed:
                rule = say("has no rows in mpc.{name}", name=name)
                remedy = say(
                    "Give a MATPOWER case of version 2 with mpc.bus, mpc.gen and mpc.branch; is the file whole?"
                )
                self.faults.append(Fault(self.path.name, "", rule, remedy))
            self._matrices[name] = Matrix(name, [], [], 0)
        return self._matrices[name]

    def column(
        self,
        matrix: Matrix,
        column: str,
        *,
        low: float = -math.inf,
        is_open: bool = False,
        may_be_infinite: bool = False,
        missing: float = math.nan,
    ) -> Floats:
        """(rows,) numbers of a column, at least `low`, or more than it where `is_open`.

        missing: for rows without the column, if it is one that may be left out
        """
        names = _COLUMNS[matrix.name] + _OPTIONAL.get(matrix.name, ())
        k = names.index(column)
        is_optional = k >= len(_COLUMNS[matrix.name])
        numbers = np.array([row[k] if k < len(row) else missing for row in matrix.rows], np.float64)
        is_wrong = (numbers < low) | (is_open & (numbers == low))
        is_wrong |= np.zeros(len(numbers), bool) if may_be_infinite else np.isinf(numbers)
        for i in np.flatnonzero(is_wrong).tolist():
            least = (
                say("must be more than {low}", low=f"{low:g}")
                if is_open
                else say("must be {low} or more", low=f"{low:g}")
            )
            if low == -math.inf:
                least = say("must be a finite number")
            self.fault(matrix.line[i], matrix.name, column, f"{numbers[i]:g}", least, _REMEDIES.get(column, ""))
        if not is_optional:  # a row that is too short has its own fault
            for i in np.flatnonzero(np.isnan(numbers)).tolist():
                if len(matrix.rows[i]) > k and not self.faults:
                    rule, remedy = say("must be a number"), say("Mend the cell.")
                    self.fault(matrix.line[i], matrix.name, column, "NaN", rule, remedy)
        return numbers

    def bus_ids(self, bus: Matrix) -> tuple[str, ...]:
        """Number of each bus; none stands twice."""
        ids = tuple(f"{row[0]:.0f}" for row in bus.rows)
        seen: set[str] = set()
        for i, name in enumerate(ids):
            if bus.rows[i][0] % 1.0 != 0.0 or bus.rows[i][0] < 0.0:
                rule, remedy = say("must be a whole number of 0 or more"), say("Mend the number.")
                self.fault(bus.line[i], "bus", "BUS_I", f"{bus.rows[i][0]:g}", rule, remedy)
            elif name in seen:
                self.fault(bus.line[i], "bus", "BUS_I", name, say("this bus stands twice"), say("Keep one of the two."))
            seen.add(name)
        return ids

    def buses(self, matrix: Matrix, column: str, index: dict[str, int]) -> Ints:
        """(rows,) index of the bus in a column."""
        found = np.zeros(len(matrix.rows), np.int64)
        k = _COLUMNS[matrix.name].index(column)
        for i, row in enumerate(matrix.rows):
            bus = f"{row[k]:.0f}" if row[k] % 1.0 == 0.0 else f"{row[k]:g}"
            if bus in index:
                found[i] = index[bus]
            elif index and not math.isnan(row[k]):
                rule = say("is no bus of mpc.bus")
                self.fault(matrix.line[i], matrix.name, column, bus, rule, say("Mend the number or add the bus."))
        return found

    def check_ends(self, matrix: Matrix, start: Ints, end: Ints, bus_id: Sequence[str]) -> None:
        """The two ends of a branch are two buses."""
        for k in np.flatnonzero(start == end).tolist() if not self.faults else ():
            rule = say("must not be the same as F_BUS")
            remedy = say("Give the bus at the other end.")
            self.fault(matrix.line[k], matrix.name, "T_BUS", bus_id[end[k]], rule, remedy)

    def check_costs(self, n_generators: int) -> Matrix:
        """The costs, one row a generator, or two."""
        costs = self.matrix("gencost", is_needed=False)
        if costs.rows and len(costs.rows) not in (n_generators, 2 * n_generators):
            rule = say("has {n} rows for {generators} generators", n=len(costs.rows), generators=n_generators)
            self.fault(costs.begin, "gencost", "", "", rule, say("Give one row a generator, or leave it out."))
        return costs

    def texts(self, name: str, n: int) -> list[str]:
        """The cell array of the name, one entry a row; empty where the case has none."""
        cells = self._cells.get(name, [])
        if cells and len(cells) != n:
            rule = say("mpc.{name} has {n} entries and needs {rows}", name=name, n=len(cells), rows=n)
            self.faults.append(Fault(self.path.name, "", rule, say("Give one entry a row, or leave it out.")))
        return cells


def _fields(struct: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What sets a field of the struct as a whole, and what changes one that is set."""
    return (
        re.compile(rf"\s*{struct}\.(\w+)\s*=(?!=)\s*(.*)"),
        re.compile(rf"\s*{struct}\.(\w+)\s*\(.*?\)\s*=(?!=)"),
    )


def _number(text: str) -> float | None:
    """A number, or one divided by another."""
    parts = _FRACTION.fullmatch(text)
    try:
        return None if parts is None else float(parts[1]) / float(parts[2] or 1.0)
    except (ValueError, ZeroDivisionError):
        return None


def _until(line: str, closing: str) -> tuple[str, bool]:
    """The line up to the closing bracket, which does not count in quotes, and whether there is one."""
    if closing not in line:
        return line, False
    in_quotes = False
    for i, letter in enumerate(line):
        if letter == "'":
            in_quotes = not in_quotes
        elif letter == closing and not in_quotes:
            return line[:i], True
    return line, False


def _without_comment(line: str) -> str:
    """The line up to its comment; a per cent sign in quotes begins none."""
    if "%" not in line:
        return line
    in_quotes = False
    for i, letter in enumerate(line):
        if letter == "'":
            in_quotes = not in_quotes
        elif letter == "%" and not in_quotes:
            return line[:i]
    return line
