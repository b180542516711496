"""Follow a few replicas of the built-in scenario, change one thing, and compare what it does to the lights.

    python examples/first_run.py

The two plans share their luck, so a few replicas already say something; for an answer take a thousand.
"""

import mamori

REPLICAS = 10


def energy_mwh(scenario: mamori.Scenario) -> float:
    """Mean energy not served over the replicas, MWh."""
    run = mamori.run(scenario, replicas=REPLICAS)
    print(f"{scenario.name}: {run.tables['impacts'].num_rows} impacts in {REPLICAS} replicas")
    mean: float = run.summary()["energy_not_served_mwh"]["mean"]
    return mean


as_planned = energy_mwh(mamori.load("night-raid"))
more_crews = energy_mwh(mamori.load("night-raid", ["name=night-raid-two-weeks", "recovery.days=3"]))
print(f"energy not served: {as_planned:,.0f} MWh in seven days, {more_crews:,.0f} MWh of it in the first three")
