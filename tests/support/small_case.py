"""Little power-flow cases, written down bus by bus, for tests of the grid."""

from collections.abc import Sequence
from pathlib import Path

from mamori.grid.cases.matpower import read_power
from mamori.grid.cases.power import PowerCase


def small_case(
    folder: Path,
    loads: Sequence[float],
    units: Sequence[tuple[int, float, float, str]],
    branches: Sequence[tuple[int, int, float, float]],
    more: str = "",
    shunts: Sequence[float] = (),
    name: str = "small",
) -> PowerCase:
    """The case as its file says it.

    loads: MW of buses 1, 2, …; units: bus, least and most MW, row of costs from MODEL on
    branches: from, to, x, rating; more: further text of the file; shunts: MW of the buses
    """
    shunts = [*shunts, *[0.0] * (len(loads) - len(shunts))]
    bus = [f"{i} {3 if i == 1 else 2} {mw} 0 {shunts[i - 1]} 0 1 1 0 230 1 1.1 0.9" for i, mw in enumerate(loads, 1)]
    gen = [f"{at} 0 0 900 -900 1 100 1 {most} {least}" for at, least, most, _ in units]
    branch = [f"{a} {b} 0 {x} 0 {mw} 0 0 0 0 1 -360 360" for a, b, x, mw in branches]
    wide = max((len(row.split()) for *_, row in units), default=0)
    cost = [row + " 0" * (wide - len(row.split())) for *_, row in units]
    text = ["function mpc = small", "mpc.version = '2';", "mpc.baseMVA = 100;"]
    for field, rows in (("bus", bus), ("gen", gen), ("branch", branch), ("gencost", cost)):
        text += [f"mpc.{field} = [", *(f"{row};" for row in rows), "];"]
    path = folder / f"{name}.m"
    path.write_text("\n".join([*text, more]))
    return read_power(path)


def line(usd_per_mwh: float) -> str:
    """Row of costs of a straight line."""
    return f"2 0 0 2 {usd_per_mwh} 0"
