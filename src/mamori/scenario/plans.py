"""A scenario with one of its protective measures: the same raid on a country that was made ready in another way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import Entries, Mark, Table
from mamori.scenario.fields import spot
from mamori.scenario.load import as_data, examine_whole
from mamori.scenario.overrides import AbsentError, set_value
from mamori.scenario.schema import ProtectiveMeasure, Scenario, ScenarioFile

FIXED = (
    "raid", "run", "start", "schema_version", "name", "title", "description", "built_on", "extends", "replaces",
    "catalogue", "protective_measures",
)  # fmt: skip
"""What no measure changes: the raid and its luck, or plans could not be held against each other in pairs; and classes,
which attackers and defenders share."""

_TOP = spot(ScenarioFile)


@dataclass(frozen=True)
class Plan:
    """A protective measure and the scenario with it.

    scenario: None where there is none, and then `faults` say why; is_wrong: because the measure itself is wrong, rather
    than that the scenario has nothing that it could change
    """

    measure: ProtectiveMeasure
    scenario: Scenario | None
    faults: tuple[Fault, ...] = ()
    is_wrong: bool = False


def plans(scenario: Scenario, places: Sequence[str] = ()) -> list[Plan]:
    """The scenario with each of its protective measures alone.

    places: where each is written, for its faults
    """
    if not scenario.protective_measures:
        return []
    data = _marked(as_data(scenario), Mark(scenario.name))
    del data["protective_measures"]
    named = places or [f"protective_measures[{measure.id}]" for measure in scenario.protective_measures]
    return [
        _plan(scenario, measure, data, place)
        for measure, place in zip(scenario.protective_measures, named, strict=True)
    ]


def _plan(scenario: Scenario, measure: ProtectiveMeasure, data: Table, place: str) -> Plan:
    faults: list[Fault] = []
    is_wrong = False
    for path, value in measure.changes.items():
        at = f"{place}.set[{path}]"
        try:
            _refuse_fixed(path, at)
            data = set_value(data, path, _marked(value, Mark(at)), _TOP, at)
        except ScenarioError as error:
            faults.extend(error.faults)
            is_wrong = is_wrong or not isinstance(error, AbsentError)
    if faults:
        return Plan(measure, None, tuple(faults), is_wrong)
    found, findings = examine_whole(data)
    if findings.errors or found is None:
        return Plan(measure, None, tuple(findings.errors), is_wrong=found is None)
    # The very same raid, so that nothing of it is read in another way.
    return Plan(measure, found.model_copy(update={"raid": scenario.raid, "built_on": scenario.built_on}))


def _refuse_fixed(path: str, place: str) -> None:
    if path.partition(".")[0].partition("[")[0] in FIXED or path == "recovery.days":
        rule = say("a protective measure changes neither the raid, nor the run, its days or the catalogue")
        raise ScenarioError(Fault(place, "", rule, say("Change what stands in the country, such as defence.")))


def measure_faults(scenario: Scenario, places: Sequence[str]) -> tuple[list[Fault], list[Fault]]:
    """What is wrong with the scenario's protective measures, and which of them find nothing to change.

    places: where each is written
    """
    errors: list[Fault] = []
    warnings: list[Fault] = []
    ids = [measure.id.casefold() for measure in scenario.protective_measures]
    for i, (plan, place) in enumerate(zip(plans(scenario, places), places, strict=True)):
        if ids[i] in ids[:i]:
            errors.append(Fault(place, plan.measure.id, say("this id stands twice"), say("Give each measure its own.")))
        if plan.is_wrong:
            errors.extend(plan.faults)
        elif plan.faults:
            remedy = say("The measure is left out of the ranking; change or remove it.")
            warnings.extend(replace(fault, remedy=remedy) for fault in plan.faults)
    return errors, warnings


def _marked(item: Any, mark: Mark) -> Any:
    """Plain data as the loader takes it."""
    if isinstance(item, dict):
        return Table(mark, {name: _marked(entry, mark) for name, entry in item.items()}, dict.fromkeys(item, mark))
    if isinstance(item, list):
        return Entries(mark, [_marked(entry, mark) for entry in item], [mark] * len(item))
    return item
