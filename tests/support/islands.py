"""A scenario on a grid of four buses in two islands, in files, with next to nothing else; and what a run of it left."""

import json

AREA = "launch_latitude_deg: 33, launch_longitude_deg: 164"
GROUP = f"{{id: g, class: drone-notional, count: 5, {AREA}, aims: {{substation: 1, power_plant: 1}}}}"
GUN = "{id: b, class: gun-post-notional, latitude_deg: 34, longitude_deg: 166"
SCENARIO = f"""\
schema_version: 1
name: islands
run: {{seed: 5, replicas: 6, worlds: 2}}
recovery:
  days: 2
  crews: [{{id: crew, latitude_deg: 34, longitude_deg: 166}}]
grid: {{case: grid}}
raid:
  aim_draws: 2
  variants:
    - {{id: a, groups: [{GROUP}]}}
"""
BUSES = """\
Bus ID,Bus Name,BaseKV,MW Load,Area,lat,lng
1,A,138,100,1,34,166
2,B,138,50,1,34.1,166.2
3,C,138,80,1,34.5,166.4
4,D,138,30,1,34.6,166.5
"""
BRANCHES = """\
UID,From Bus,To Bus,R,X,Tr Ratio,Cont Rating,LTE Rating,STE Rating
l1,1,2,0.01,0.1,0,100,100,100
l2,3,4,0.01,0.1,0,100,100,100
"""
PLANTS = "GEN UID,Bus ID,Category,PMax MW\ng1,1,Gas CT,170\ng2,4,Gas CT,90\n"


def hashes(folder):
    """Hash of each table of a finished run."""
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    return {name: table["sha256"] for name, table in manifest["tables"].items()}
