function mpc = small_island
% A notional grid of six buses on an island in the open ocean: MATPOWER case format, version 2.
mpc.version = '2';
mpc.baseMVA = 100;

%% bus_i type Pd Qd Gs Bs area Vm Va baseKV zone Vmax Vmin
mpc.bus = [
	1	3	0	0	0	0	1	1	0	220	1	1.1	0.9;
	2	1	120	40	0	0	1	1	0	110	1	1.1	0.9;
	3	1	90	30	0	0	1	1	0	110	1	1.1	0.9;
	4	2	0	0	0	0	1	1	0	220	1	1.1	0.9;
	5	1	70	20	0	0	1	1	0	110	1	1.1	0.9;
	6	1	60	20	0	0	1	1	0	110	1	1.1	0.9;
];

%% bus Pg Qg Qmax Qmin Vg mBase status Pmax Pmin
mpc.gen = [
	1	180	0	100	-100	1	100	1	260	40;
	4	140	0	80	-80	1	100	1	180	20;
	6	20	0	10	-10	1	100	1	40	0;
];

%% fbus tbus r x b rateA rateB rateC ratio angle status angmin angmax
mpc.branch = [
	1	2	0.002	0.05	0	250	275	300	1	0	1	-360	360;
	4	5	0.002	0.05	0	250	275	300	1	0	1	-360	360;
	1	4	0.005	0.06	0	200	220	240	0	0	1	-360	360;
	2	3	0.010	0.08	0	120	132	144	0	0	1	-360	360;
	3	5	0.010	0.09	0	120	132	144	0	0	1	-360	360;
	5	6	0.012	0.10	0	90	99	108	0	0	1	-360	360;
	3	6	0.012	0.11	0	90	99	108	0	0	1	-360	360;
];

mpc.gencost = [
	2	0	0	3	0.01	20	0;
	2	0	0	3	0.01	25	0;
	2	0	0	3	0.01	5	0;
];

mpc.genfuel = {'gas'; 'coal'; 'wind'};
