"""From a file to a scenario, with every fault at once: read, extend, set, look classes up, check; and back again."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mamori.errors import Fault, ScenarioError
from mamori.grid.case import RTS_GMLC
from mamori.language.message import say, say_n
from mamori.scenario.builtin import builtin_file, builtin_names
from mamori.scenario.catalogue import classes_used, with_own_classes
from mamori.scenario.document import Mark, Table, UnreadableError, read, to_yaml
from mamori.scenario.faults import GAP, faults_of, in_file_order, located
from mamori.scenario.faults import Path as FieldPath
from mamori.scenario.fields import Spot, nearest, spot
from mamori.scenario.mend import Touched, mended
from mamori.scenario.merge import merge
from mamori.scenario.overrides import set_values
from mamori.scenario.schema import Scenario, ScenarioFile
from mamori.scenario.tables import with_files

if TYPE_CHECKING:
    from mamori.scenario.check import Findings

_TOP = spot(ScenarioFile)


def load(source: str | Path, overrides: Sequence[str] = (), *, is_checked: bool = True) -> Scenario:
    """A scenario from a file, or a built-in one by its name.

    source: path of a YAML file, or a name that `mamori scenarios` lists
    overrides: values laid over the file's, each `path=value`: `run.seed=7`, `defence.batteries.north.magazine=12`
    is_checked: also look at what no field shows alone (classes, ids that stand for others); False leaves it to `check`
    as long as the fields are sound
    Raises ScenarioError with every fault; UnreadableError (one of them) if a file cannot be read at all.
    """
    scenario, data, reading = _taken(source, overrides)
    faults = reading.faults
    if scenario is not None and (is_checked or faults):
        faults = [*faults, *_between(scenario, data, reading.touched).errors]
    if scenario is not None and is_checked and not faults:
        faults = _of_measures(scenario, data)[0]
    if faults or scenario is None:
        faults = in_file_order(faults, find(source).name)
        raise ScenarioError(faults, say("{source}: {count}", source=source, count=_count(faults)))
    return scenario


def examine(source: str | Path, overrides: Sequence[str] = ()) -> "tuple[Scenario | None, Findings]":
    """The scenario, None if its fields are not sound, and all that is wrong with it or perhaps not as meant.

    source, overrides: as `load` takes them
    Raises UnreadableError if a file cannot be read at all, ScenarioError if there is nothing in it to look at.
    """
    from mamori.scenario.check import Findings

    scenario, data, reading = _taken(source, overrides)
    found = Findings([], []) if scenario is None else _between(scenario, data, reading.touched)
    if scenario is not None and not (reading.faults or found.errors):
        errors, warnings = _of_measures(scenario, data)
        found = Findings(errors, [*found.warnings, *warnings])
    errors = in_file_order([*reading.faults, *found.errors], find(source).name)
    return None if reading.faults else scenario, Findings(errors, found.warnings)


def examine_data(data: Table, folder: Path, gaps: Collection[FieldPath]) -> "tuple[Scenario | None, Findings]":
    """The same of a scenario that stands in no file yet.

    data: what the file would hold, each entry marked with where it came from; folder: what its paths start from
    gaps: places where something else is already known to be wrong, so that nothing more is said of them; (list, GAP)
    is a list that lacks rows
    """
    reading = _Reading()
    for place in gaps:
        reading.touched.add(place)
    return _examined(_whole(reading.with_files(data, folder), folder / "scenario.yaml", (), reading), reading)


def examine_whole(data: Table) -> "tuple[Scenario | None, Findings]":
    """The same of data that stand alone, their files read; see `as_data`."""
    return _examined(data.copy(), _Reading())


def _examined(data: Table, reading: "_Reading") -> "tuple[Scenario | None, Findings]":
    from mamori.scenario.check import Findings

    own = data.pop("catalogue", None)
    scenario = _classed(_validated(data, reading), own, reading)
    found = Findings([], []) if scenario is None else _between(scenario, data, reading.touched)
    return None if reading.faults else scenario, Findings([*reading.faults, *found.errors], found.warnings)


def _taken(source: str | Path, overrides: Sequence[str]) -> "tuple[Scenario | None, Table, _Reading]":
    """The scenario, mended where it had to be (None if it cannot be), its data, and what was wrong with them."""
    reading = _Reading()
    data = set_values(_read(source, reading), overrides, _TOP, reading.faults)
    data = reading.with_files(data, Path.cwd())
    own = data.pop("catalogue", None)
    return _classed(_validated(data, reading), own, reading), data, reading


def _count(faults: Sequence[Fault]) -> str:
    return say_n(len(faults), "{n} fault", "{n} faults")


def find(source: str | Path, beside: Path | None = None) -> Path:
    """The file that a path or the name of a built-in scenario stands for.

    beside: folder that a relative path starts from, None for the current one
    """
    text = str(source)
    if text in builtin_names():
        return builtin_file(text)
    path = (beside or Path()) / Path(text).expanduser()
    if path.exists():
        return path / "scenario.yaml" if path.is_dir() else path
    remedy = nearest(text, builtin_names()) if "/" not in text and not text.endswith((".yaml", ".yml")) else ""
    remedy = remedy or say(
        "Look at the spelling and at the folder that you are in; `mamori scenarios` lists the built-in ones."
    )
    raise UnreadableError(Fault(text, "", say("there is no such file and no built-in scenario of this name"), remedy))


class _Reading:
    """What was wrong so far, and what of the scenario is not as written because of it."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.touched = Touched()

    def with_files(self, data: Table, folder: Path) -> Table:
        """The data with the files that they name; folder: what their paths start from."""
        gaps: set[tuple[str, ...]] = set()
        data = with_files(data, _TOP, folder, self.faults, gaps)
        for place in gaps:
            self.touched.add((*place, GAP))
        grid = data.get("grid")
        if isinstance(grid, Table) and isinstance(grid.get("case"), str) and grid["case"] != RTS_GMLC:
            data["grid"] = grid.copy()
            data["grid"]["case"] = str((folder / Path(grid["case"]).expanduser()).resolve())
        return data


def _read(source: str | Path, reading: _Reading, beside: Path | None = None, chain: tuple[Path, ...] = ()) -> Table:
    """A file with everything that it extends merged below it, data files read, `extends` turned into `built_on`."""
    path = find(source, beside).resolve()
    if path in chain:
        names = " → ".join(file.parent.name if file.name == "scenario.yaml" else file.name for file in (*chain, path))
        rule = say("the files extend each other in a circle: {names}", names=names)
        raise ScenarioError(
            Fault(f"extends ({chain[-1].name})", str(source), rule, say("Take `extends` out of one of them."))
        )
    return _whole(reading.with_files(read(path), path.parent), path, chain, reading)


def _whole(data: Table, path: Path, chain: tuple[Path, ...], reading: _Reading) -> Table:
    """The data with what they extend below them."""
    extends, replaces = data.get("extends"), data.get("replaces")
    for name in ("extends", "replaces"):
        if name in data:
            del data[name]
    return data if extends is None else _extend(data, extends, replaces, path, chain, reading)


def _extend(data: Table, extends: Any, replaces: Any, path: Path, chain: tuple[Path, ...], reading: _Reading) -> Table:
    where = f"extends ({data.marks['extends']})"
    if not isinstance(extends, str):
        fault = Fault(where, str(extends)[:60], say("must be a file or the name of a built-in scenario"))
        raise ScenarioError([*reading.faults, fault])
    try:
        base = _read(extends, reading, path.parent, (*chain, path))
    except UnreadableError as error:
        through = " → ".join(file.name for file in (*chain, path))
        missing = [
            Fault(say("{place}, by way of {files}", place=where, files=through), extends, f.rule, f.remedy)
            for f in error.faults
        ]
        raise ScenarioError([*reading.faults, *missing]) from error
    further = base.get("built_on") or []
    if replaces is not None:
        base = _kept(base, replaces, data.marks["replaces"], reading.faults)
    # what cannot be removed may stand in a row that could not be read
    merged: Table = merge(base, data, [] if reading.touched else reading.faults)
    merged.put("built_on", [extends, *further], data.marks["extends"])
    return merged


def _kept(base: Table, replaces: Any, mark: Mark, faults: list[Fault]) -> Table:
    """What is extended, without the parts of it that the file replaces as a whole."""
    for name in replaces if isinstance(replaces, list) else [replaces]:
        place: Spot | None = _TOP
        for step in str(name).split("."):
            known, place = (place.names(), place.below(step)) if place else ([], None)
            if place is None:
                rule = say("this name is not known here")
                faults.append(Fault(f"replaces ({mark})", str(name), rule, nearest(step, known)))
                break
        else:
            base = _without(base, str(name).split("."))
    return base


def _without(base: Table, path: list[str]) -> Table:
    changed = base.copy()
    first, *inner = path
    if inner and isinstance(base.get(first), Table):
        changed[first] = _without(base[first], inner)
    else:
        changed.pop(first, None)
    return changed


def _validated(data: Table, reading: _Reading) -> Scenario | None:
    """The scenario that the data make, mended where they are at fault; None if it cannot be mended."""
    if "classes" in data:
        rule = say("this name is not known here")
        reading.faults.append(Fault(f"classes ({data.marks['classes']})", "", rule, say("Did you mean `catalogue`?")))
        reading.touched.add(("catalogue",))
        del data["classes"]
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        reading.faults.extend(faults_of(error, data, _TOP))
        return mended(Scenario, data, error, _TOP, reading.touched)


def _classed(scenario: Scenario | None, own: Any, reading: _Reading) -> Scenario | None:
    """The scenario with the classes that it uses; None if there is none, or the catalogue itself cannot be read."""
    try:
        sections = with_own_classes(own, reading.faults)
    except ScenarioError as error:
        reading.faults.extend(error.faults)
        return None
    if own is not None and not isinstance(own, Table):
        reading.touched.add(("catalogue",))
        own = None
    for name, stages in (own or {}).items():
        if not isinstance(stages, Table) or stages.keys() - sections[name].keys():
            reading.touched.add(("catalogue", name))
    return scenario and scenario.model_copy(update={"classes": classes_used(scenario, sections, own)})


def _between(scenario: Scenario, data: Table, touched: Touched) -> "Findings":
    """What is wrong between the parts, with file and line, without what follows from a place that was mended."""
    from mamori.scenario.check import Findings, find_all

    found = Findings([], [])
    for finding in find_all(scenario):
        if not touched.holds_in(finding.path) and not any(map(touched.holds, finding.rests_on)):
            place = located(finding.path, data)
            if finding.is_in_file:
                place = say("{place}, named in {file}", place=finding.fault.place, file=place)
            fault = replace(finding.fault, place=place)
            (found.errors if finding.is_error else found.warnings).append(fault)
    return Findings(found.errors, [] if touched else found.warnings)


def _of_measures(scenario: Scenario, data: Table) -> tuple[list[Fault], list[Fault]]:
    """What is wrong with the protective measures, and which of them find nothing to change."""
    if not scenario.protective_measures:
        return [], []
    from mamori.scenario.plans import measure_faults

    n_measures = len(scenario.protective_measures)
    return measure_faults(scenario, [located(("protective_measures", i), data) for i in range(n_measures)])


def as_data(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain data that stand alone, as they would stand in a file."""
    data = scenario.model_dump(mode="json", by_alias=True, exclude={"classes"}, exclude_none=True)
    catalogue: dict[str, dict[str, Any]] = {}
    for stage, sections in scenario.classes.model_dump(mode="json", by_alias=True, exclude_none=True).items():
        for name, section in sections.items():
            catalogue.setdefault(name, {})[stage] = section
    data["catalogue"] = {name: catalogue[name] for name in sorted(catalogue)}
    return data


def dump(scenario: Scenario) -> str:
    """The scenario as a YAML file that stands alone, defaults and classes written out; `load` gives an equal one."""
    return to_yaml(as_data(scenario))
