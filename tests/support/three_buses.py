"""A MATPOWER case of a plant and two towns, and the places of its buses, as texts of files."""

CASE = """\
function mpc = two
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 0 0 0 0 1 1 0 220 1 1.1 0.9;
2 1 80 0 0 0 1 1 0 220 1 1.1 0.9;
3 1 40 0 0 0 1 1 0 220 1 1.1 0.9;
];
mpc.gen = [
1 0 0 0 0 1 100 1 200 0;
];
mpc.branch = [
1 2 0.01 0.1 0 100 0 0 0 0 1 -360 360;
2 3 0.01 0.1 0 100 0 0 0 0 1 -360 360;
];
"""
SITES = "bus,name,latitude,longitude\n1,Plant,34.0,166.0\n2,Town,34.2,166.2\n3,Cape,34.4,166.4\n"
