% One line alone feeds two buses.
% Numbers of PowerModelsRestoration.jl, test/data/case3_mld_lc.m (Los Alamos National Laboratory, BSD licence), written anew.
function mpc = case3_mld_lc
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
	1	3	0	0	0	0	1	1	0	240	1	1.1	0.9;
	2	1	100	50	0	0	1	1	0	240	1	1.1	0.9;
	3	1	100	50	0	0	1	1	0	240	1	1.1	0.9;
];
mpc.gen = [
	1	0	0	1000	-1000	1	100	1	100	0;
];
mpc.branch = [
	1	3	0.065	0.62	0	30	0	0	0	0	0	-30	30;
	3	2	0.025	0.75	1.5	30	0	0	0	0	1	-30	30;
	1	2	0.042	0.9	0	60	0	0	0	0	1	-30	30;
];
