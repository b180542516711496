"""Follow a few replicas of the built-in scenario, change one thing, and see what it does to the lights.

    python examples/first_run.py

The two plans share their luck replica by replica, so a few already say something; for an answer take a thousand.
"""

import mamori

REPLICAS = 10
CONCRETE = "damage.protection[*].level=concrete-notional"

as_planned = mamori.run("night-raid", replicas=REPLICAS, protection=False)
changed = mamori.load("night-raid", ["name=night-raid-concrete", CONCRETE])
with_concrete = mamori.run(changed, replicas=REPLICAS, protection=False)

for run in (as_planned, with_concrete):
    energy = run.summary()["energy_not_served_mwh"]
    print(
        f"{run.manifest['scenario']}: {energy['mean']:,.0f} MWh not served, {energy['p5']:,.0f} to {energy['p95']:,.0f}"
    )

pairs = zip(
    as_planned.tables["replicas"]["energy_not_served_mwh"].to_pylist(),
    with_concrete.tables["replicas"]["energy_not_served_mwh"].to_pylist(),
    strict=True,
)
print(f"better with concrete at every substation in {sum(b < a for a, b in pairs)} of {REPLICAS} replicas")
