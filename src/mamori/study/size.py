"""How much memory a run takes, roughly, so that one far too large is refused before it starts."""

import os

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.raid.pipeline import MOST_WORLDS_KEPT
from mamori.scenario.schema import Scenario

PROCESS_BYTES = 250e6
KEPT_PATH_BYTES, KEPT_SENSOR_BYTES = 50e3, 2e3
WORK_PATH_BYTES, WORK_SENSOR_BYTES = 150e3, 5e3
"""What a threat takes, and each sensor beside it, as long as its world is kept and while its geometry is computed
(measured on night-raid with 300 to 2,000 threats of each class; slow threats and far ones take more)."""


def memory_bytes(scenario: Scenario, workers: int) -> float:
    """Memory of all processes of a run together, to a factor of about two."""
    raid, run = scenario.raid, scenario.run
    counts = [sum(group.count for group in variant.groups) for variant in raid.variants]
    n_sensors = len(scenario.sensing.sensors)
    a_world = min(raid.aim_draws, -(-run.replicas // run.worlds)) * sum(counts)  # threats of all raids drawn in it
    worlds = min(MOST_WORLDS_KEPT, run.worlds)
    large = max(counts) * max((1.0, *run.raid_sizes))  # the raid at its largest, of which one is kept
    kept = (worlds * a_world + large * bool(run.raid_sizes)) * (KEPT_PATH_BYTES + KEPT_SENSOR_BYTES * n_sensors)
    work = large * (WORK_PATH_BYTES + WORK_SENSOR_BYTES * n_sensors)
    return workers * (PROCESS_BYTES + kept + work)


def refuse_too_large(scenario: Scenario, workers: int) -> None:
    """Raises ScenarioError if a run would take more memory than the machine has."""
    needed, there = memory_bytes(scenario, workers), machine_bytes()
    if needed <= there:
        return
    raid = scenario.raid
    largest = max(sum(group.count for group in variant.groups) for variant in raid.variants)
    value = say(
        "{threats:,} threats in the largest variant, variants: {variants:,}, aim_draws: {aim_draws:,}, "
        "sensors: {sensors:,}, workers: {workers:,}",
        threats=largest, variants=len(raid.variants), aim_draws=raid.aim_draws,
        sensors=len(scenario.sensing.sensors), workers=workers,
    )  # fmt: skip
    rule = say(
        "would take about {needed_gb:,.0f} GB of memory, and this machine has {there_gb:,.1f} GB",
        needed_gb=needed / 1e9,
        there_gb=there / 1e9,
    )
    remedy = say("Ask for fewer workers, a smaller raid.aim_draws or fewer threats, or take a larger machine.")
    raise ScenarioError(Fault("raid", value, rule, remedy))


def machine_bytes() -> float:
    """Memory of this machine."""
    return float(os.sysconf("SC_PHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
