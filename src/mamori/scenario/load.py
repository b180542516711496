"""From a file to a scenario, with every fault at once: read, extend, set, look classes up, check; and back again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mamori.errors import Fault, ScenarioError
from mamori.grid.case import RTS_GMLC
from mamori.scenario.builtin import builtin_file, builtin_names
from mamori.scenario.catalogue import classes_used, with_own_classes
from mamori.scenario.document import Table, UnreadableError, read, to_yaml
from mamori.scenario.faults import faults_of
from mamori.scenario.fields import nearest, spot
from mamori.scenario.merge import merge
from mamori.scenario.overrides import set_values
from mamori.scenario.schema import Scenario, ScenarioFile
from mamori.scenario.tables import with_files

_TOP = spot(ScenarioFile)


def load(source: str | Path, overrides: Sequence[str] = (), *, is_checked: bool = True) -> Scenario:
    """A scenario from a file, or a built-in one by its name.

    source: path of a YAML file, or a name that `mamori scenarios` lists
    overrides: values laid over the file's, each `path=value`: `run.seed=7`, `defence.batteries.north.magazine=12`
    is_checked: also look at what no field shows alone (classes, ids that stand for others); False leaves it to `check`
    Raises ScenarioError with every fault; UnreadableError (one of them) if a file cannot be read at all.
    """
    faults: list[Fault] = []
    scenario = _build(set_values(_read(source), overrides, _TOP, faults), faults)
    if is_checked:
        from mamori.scenario.check import check

        faults.extend(check(scenario).errors)
        if faults:
            raise ScenarioError(faults, f"{source}: {_count(faults)}")
    return scenario


def _count(faults: Sequence[Fault]) -> str:
    return "1 fault" if len(faults) == 1 else f"{len(faults)} faults"


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
    remedy = (
        remedy or "Look at the spelling and at the folder that you are in; `mamori scenarios` lists the built-in ones."
    )
    raise UnreadableError(Fault(text, "", "there is no such file and no built-in scenario of this name", remedy))


def _read(source: str | Path, beside: Path | None = None, chain: tuple[Path, ...] = ()) -> Table:
    """A file with everything that it extends merged below it, data files read, `extends` turned into `built_on`."""
    path = find(source, beside).resolve()
    if path in chain:
        names = " → ".join(file.parent.name if file.name == "scenario.yaml" else file.name for file in (*chain, path))
        rule = f"the files extend each other in a circle: {names}"
        raise ScenarioError(
            Fault(f"extends ({chain[-1].name})", str(source), rule, "Take `extends` out of one of them.")
        )
    data = read(path)
    faults: list[Fault] = []
    data = with_files(data, _TOP, path.parent, faults)
    _settle_case(data, path.parent)
    extends = data.get("extends")
    if "extends" in data:
        del data["extends"]
    if extends is not None:
        data = _extend(data, extends, path, chain, faults)
    if faults:
        raise ScenarioError(faults, f"{source}: {_count(faults)}")
    return data


def _extend(data: Table, extends: Any, path: Path, chain: tuple[Path, ...], faults: list[Fault]) -> Table:
    where = f"extends ({data.marks['extends']})"
    if not isinstance(extends, str):
        raise ScenarioError(Fault(where, str(extends)[:60], "must be a file or the name of a built-in scenario"))
    try:
        base = _read(extends, path.parent, (*chain, path))
    except UnreadableError as error:
        through = " → ".join(file.name for file in (*chain, path))
        missing = [Fault(f"{where}, by way of {through}", extends, f.rule, f.remedy) for f in error.faults]
        raise ScenarioError([*faults, *missing]) from error
    further = base.get("built_on") or []
    merged: Table = merge(base, data, faults)
    merged.put("built_on", [extends, *further], data.marks["extends"])
    return merged


def _settle_case(data: Table, folder: Path) -> None:
    grid = data.get("grid")
    if isinstance(grid, Table) and isinstance(grid.get("case"), str) and grid["case"] != RTS_GMLC:
        data["grid"] = grid.copy()
        data["grid"]["case"] = str((folder / Path(grid["case"]).expanduser()).resolve())


def _build(data: Table, faults: list[Fault]) -> Scenario:
    """The scenario that the data make; raises ScenarioError with `faults` and every further one."""
    data = with_files(data, _TOP, Path.cwd(), faults)
    _settle_case(data, Path.cwd())
    own = data.pop("catalogue", None)
    scenario: Scenario | None = None
    if "classes" in data:
        rule = "this name is not known here"
        faults.append(Fault(f"classes ({data.marks['classes']})", "", rule, "Did you mean `catalogue`?"))
        del data["classes"]
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        faults.extend(faults_of(error, data, _TOP))
    sections = with_own_classes(own, faults)
    if faults or scenario is None:
        name = data.mark.file
        raise ScenarioError(faults, f"{name}: {_count(faults)}")
    return scenario.model_copy(update={"classes": classes_used(scenario, sections, own)})


def dump(scenario: Scenario) -> str:
    """The scenario as a YAML file that stands alone, defaults and classes written out; `load` gives an equal one."""
    data = scenario.model_dump(mode="json", by_alias=True, exclude={"classes"}, exclude_none=True)
    catalogue: dict[str, dict[str, Any]] = {}
    for stage, sections in scenario.classes.model_dump(mode="json", by_alias=True, exclude_none=True).items():
        for name, section in sections.items():
            catalogue.setdefault(name, {})[stage] = section
    data["catalogue"] = {name: catalogue[name] for name in sorted(catalogue)}
    return to_yaml(data)
