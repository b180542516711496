"""One replica followed again, by its number: a replica is a function of scenario, seed and number alone, so what a run
does not keep (paths, every hour of every district) is there again within seconds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from mamori.errors import Fault, ScenarioError, StoreError
from mamori.language.message import say
from mamori.raid.outcome import Outcome
from mamori.raid.pipeline import Raid
from mamori.raid.world import World
from mamori.records import Trajectories
from mamori.scenario.load import load
from mamori.scenario.schema import MOST_REPLICAS, Scenario
from mamori.store.events import Event, Gazetteer, events
from mamori.study.rows import tables_of
from mamori.study.run import Run
from mamori.study.size import refuse_too_large


@dataclass(frozen=True)
class Replay:
    """One replica: the world that it was drawn in, and all that happened."""

    raid: Raid
    world: World
    outcome: Outcome

    @cached_property
    def rows(self) -> dict[str, pa.Table]:
        """The tables that a run would keep of it."""
        return tables_of(self.raid, [self.outcome])

    @cached_property
    def where(self) -> Gazetteer:
        """Places and names."""
        return Gazetteer.of(self.world)

    @cached_property
    def events(self) -> list[Event]:
        """All that happened, in order of time."""
        return events(self.rows, self.where)

    @property
    def trajectories(self) -> Trajectories:
        """The paths, each to where it would end if nobody stopped it."""
        return self.world.geometry(self.outcome.variant_i, self.outcome.aim_draw).trajectories


def replay(scenario: Scenario, replica: int, *, is_defended: bool = True) -> Replay:
    """Follow one replica of a scenario.

    Raises ScenarioError if there is no such replica, or memory is short.
    """
    if not 0 <= replica < MOST_REPLICAS:
        rule = say("must be at least 0 and below {high}", high=MOST_REPLICAS)
        raise ScenarioError(Fault("replica", str(replica), rule, say("Replicas are counted from 0.")))
    refuse_too_large(scenario, 1)
    raid = Raid(scenario, is_defended=is_defended)
    with threadpool_limits(1):  # the same bytes as in a run
        outcome = raid.play(replica)
    return Replay(raid, raid.world(replica), outcome)


def replay_of_run(run: Run, replica: int) -> Replay:
    """Follow one replica of a run again.

    Raises ScenarioError if the run has no such replica or its scenario cannot be read, StoreError if what happens now
    is not what happened then.
    """
    most = int(run.manifest["replicas"]) - 1
    if not 0 <= replica <= most:
        rule = say("this run has the replicas 0 to {most}", most=most)
        raise ScenarioError(Fault("--replica", str(replica), rule, say("Give one of them, or leave it out.")))
    found = replay(scenario_of(run), replica, is_defended=is_defended(run))
    before = _energy_mwh(run, replica)
    now = float(found.rows["replicas"]["energy_not_served_mwh"][0].as_py())
    if not np.isclose(before, now, rtol=1e-6, atol=1e-6):
        raise StoreError(
            say(
                "{run}: replica {replica} followed again does not serve what it did in the run ({now:,.1f} MWh not "
                "served, {before:,.1f} then): the run was made by another mamori or another data file. Run the "
                "scenario again into a new folder.",
                run=run.path,
                replica=replica,
                now=now,
                before=before,
            )
        )
    return found


def scenario_of(run: Run) -> Scenario:
    """The scenario that ran, not checked again: a run stays readable once a file that it only names is gone."""
    return load(run.path / "scenario.yaml", is_checked=False)


def is_defended(run: Run) -> bool:
    """False for a baseline: the same raid with every battery silent."""
    return not str(run.manifest["scenario"]).endswith(WITHOUT_DEFENCE)


def bad_night(run: Run) -> int:
    """The first replica whose energy not served is nearest the 95th percentile."""
    rows = run.tables["replicas"]
    energy = rows["energy_not_served_mwh"].to_numpy(zero_copy_only=False)
    return int(rows["replica"][int(np.nanargmin(np.abs(energy - np.nanquantile(energy, 0.95))))].as_py())


def _energy_mwh(run: Run, replica: int) -> float:
    rows = run.tables["replicas"]
    at = np.flatnonzero(rows["replica"].to_numpy() == replica)
    return float(rows["energy_not_served_mwh"][int(at[0])].as_py())


WITHOUT_DEFENCE = " without defence"
"""What a run ends the scenario's name in when every battery is silent."""
