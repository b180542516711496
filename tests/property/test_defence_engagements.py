"""What holds for every raid: shots, channels, tracks, order of the file, luck."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.defence.battle import kernels, plan
from mamori.defence.battle.arrays import Engage
from mamori.defence.battle.model import engage, scene
from mamori.defence.model import BatteryTable, DefenceRules, Opportunities, raid_p_kill
from mamori.defence.reasons import Reason, reasons
from mamori.maths.luck import entity_key
from mamori.records import Bools, Engagements, Floats, Ints, Worth

MANY = 1000
RULES = DefenceRules(correlation=np.array([0.4, 0.2, 0.1, 0.1]), track_latency_s=5.0, max_shots_per_threat=6)


@dataclass(frozen=True)
class Raid:
    """What `engage` takes, with windows (T, B, 2) of intercepts (nan where there is none) and fly-outs (T, B)."""

    batteries: BatteryTable
    kind: Ints
    key: Ints
    window_s: Floats
    fly_out_s: Floats
    available_s: Floats
    until_s: Floats
    worth: Floats
    alive_until: Floats
    alone_from: Floats

    def fight(self, rules: DefenceRules = RULES, seed: int = 3, replica: int = 0) -> Engagements:
        p_kill = raid_p_kill(self.batteries, rules.correlation, seed, replica)
        return engage(
            scene(self.opportunities(), self.batteries, self.kind, self.key, Worth(self.worth)),
            self.batteries,
            rules,
            self.available_s,
            self.until_s,
            self.alive_until,
            self.alone_from,
            p_kill,
            seed,
            replica,
        )

    def opportunities(self) -> Opportunities:
        threat_i, battery_i = np.nonzero(~np.isnan(self.window_s[:, :, 0]))
        window_s = self.window_s[threat_i, battery_i]
        return Opportunities(
            battery_i=battery_i,
            threat_i=threat_i,
            pair_first=np.searchsorted(threat_i, np.arange(len(self.key) + 1)).astype(np.int64),
            first=2 * np.arange(len(threat_i) + 1),
            intercept_s=window_s.ravel(),
            launch_by_s=(window_s - self.fly_out_s[threat_i, battery_i, np.newaxis]).ravel(),
            is_joined=np.tile([False, True], len(threat_i)),
        )

    def pick(self, threats: Ints, batteries: Ints) -> "Raid":
        pairs = np.ix_(threats, batteries)
        return Raid(
            batteries=pick_batteries(self.batteries, batteries),
            kind=self.kind[threats],
            key=self.key[threats],
            window_s=self.window_s[pairs].copy(),
            fly_out_s=self.fly_out_s[pairs].copy(),
            available_s=self.available_s[pairs].copy(),
            until_s=self.until_s[pairs].copy(),
            worth=self.worth[threats],
            alive_until=self.alive_until[batteries],
            alone_from=self.alone_from[batteries],
        )


def pick_batteries(table: BatteryTable, rows: Ints) -> BatteryTable:
    names = ("id", "bus", "layer")
    arrays = [field.name for field in fields(table) if field.name not in (*names, "classes")]
    changed = {name: getattr(table, name)[rows].copy() for name in arrays}
    return replace(table, **changed, **{name: tuple(getattr(table, name)[i] for i in rows) for name in names})


def make_raid(luck: int, n_threats: int, n_batteries: int) -> Raid:
    rng = np.random.default_rng(luck)

    def whole(low: int, high: int, shape: int | tuple[int, int]) -> Floats:
        """Multiples of ten, so that many things fall due at the same moment and the ties are tested too."""
        return 10.0 * rng.integers(low, high, shape)

    kind = rng.integers(0, 4, n_threats)
    magazine = rng.integers(0, 6, n_batteries)
    zeros, by_kind = np.zeros(n_batteries), np.zeros((n_batteries, 4))
    batteries = BatteryTable(
        id=tuple(f"battery {i}" for i in range(n_batteries)),
        key=np.array([entity_key(f"battery {i}") for i in range(n_batteries)], np.int64),
        classes=("any",), class_i=np.zeros(n_batteries, np.int64),
        latitude_rad=zeros, longitude_rad=zeros, height_m=zeros,
        engages=np.ones((n_batteries, 4), np.bool_), p_kill=rng.uniform(0, 1, (n_batteries, 4)),
        min_range_m=by_kind, max_range_m=by_kind, min_height_m=by_kind, max_height_m=by_kind,
        needs_line_of_sight=np.zeros(n_batteries, np.bool_), boresight_rad=zeros, sector_rad=zeros,
        fly_out=np.zeros((n_batteries, 2, 2)), climb_m_s=zeros, longest_s=zeros, losses=np.zeros((n_batteries, 3)),
        attempts=np.ones(n_batteries, np.int64), needs_sigma_m=zeros, is_soft=np.zeros(n_batteries, np.bool_),
        bus=("",) * n_batteries, backup_s=zeros, reaction_s=whole(0, 2, n_batteries),
        channels=rng.integers(0, 4, n_batteries), magazine=magazine,
        stock=magazine * rng.integers(1, 3, n_batteries), reload_s=whole(0, 6, n_batteries),
        shots_per_salvo=rng.integers(1, 4, (n_batteries, 4)), assess_s=whole(0, 2, n_batteries),
        returns=rng.uniform(size=n_batteries) < 0.5, turnaround_s=whole(0, 3, n_batteries),
        cost_per_shot_eur=rng.integers(1, 3, n_batteries).astype(float),
        layer=("guns",) * n_batteries, tier=np.zeros(n_batteries, np.int64), is_once=np.zeros(n_batteries, np.bool_),
        leaves_to_lower=np.zeros(n_batteries, np.bool_), reserve=np.zeros(n_batteries, np.int64),
        p_kill_unseen=zeros, p_miss_unseen=zeros,
        needs_radar=np.zeros(n_batteries, np.bool_), own_sensor=np.zeros((n_batteries, 0), np.bool_),
        post_i=np.full(n_batteries, -1),
    )  # fmt: skip
    pairs = (n_threats, n_batteries)
    begin = whole(0, 20, pairs)
    window_s = np.stack([begin, begin + whole(1, 12, pairs)], axis=-1)
    window_s[rng.uniform(size=pairs) < 0.3] = np.nan
    return Raid(
        batteries=batteries,
        kind=kind,
        key=np.array([entity_key(f"threat {i}") for i in range(n_threats)], np.int64),
        window_s=window_s,
        fly_out_s=whole(1, 4, pairs),
        available_s=whole(0, 10, pairs),
        until_s=np.where(rng.uniform(size=pairs) < 0.2, 120.0, np.inf),
        worth=whole(1, 3, n_threats),
        alive_until=np.where(rng.uniform(size=n_batteries) < 0.2, 150.0, np.inf),
        alone_from=np.full(n_batteries, np.inf),
    )


def without_limits(raid: Raid) -> Raid:
    """Channels and magazines for all, nobody lost, tracks from the start."""
    n = len(raid.batteries.id)
    batteries = replace(
        raid.batteries,
        channels=np.full(n, MANY),
        magazine=np.full(n, MANY),
        stock=np.full(n, MANY),
        reaction_s=np.zeros(n),
    )
    available_s = np.full_like(raid.available_s, -100.0)
    return replace(
        raid, batteries=batteries, available_s=available_s, until_s=np.full_like(raid.until_s, np.inf),
        alive_until=np.full(n, np.inf),
    )  # fmt: skip


def as_rows(raid: Raid, fought: Engagements) -> list[tuple[object, ...]]:
    """The engagements with keys in place of indices, in an order that does not depend on the file's."""
    columns = (
        fought.launch_s, raid.batteries.key[fought.battery_i], raid.key[fought.threat_i], fought.intercept_s,
        fought.n_shots, fought.p_kill, fought.is_kill,
    )  # fmt: skip
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def with_doctrine(raid: Raid, luck: int) -> Raid:
    """The same raid with doctrines, tiers, reserves, looks that err, and posts that are lost."""
    rng = np.random.default_rng(luck)
    n = len(raid.batteries.id)
    batteries = replace(
        raid.batteries, tier=rng.integers(0, 3, n), is_once=rng.uniform(size=n) < 0.3,
        leaves_to_lower=rng.uniform(size=n) < 0.5, reserve=rng.integers(0, 3, n),
        p_kill_unseen=rng.uniform(0, 0.5, n), p_miss_unseen=rng.uniform(0, 0.5, n),
    )  # fmt: skip
    alone_from = rng.choice([-np.inf, 100.0, np.inf, np.inf], n)
    return replace(raid, batteries=batteries, alone_from=alone_from)


policies = st.sampled_from(list(Engage))
raids = st.builds(make_raid, st.integers(0, 2**32), st.integers(0, 12), st.integers(0, 5))


@settings(max_examples=60, deadline=None)
@given(raids)
def test_every_engagement_keeps_the_rules(raid: Raid) -> None:
    fought, table = raid.fight(), raid.batteries
    b, t = fought.battery_i, fought.threat_i
    shots = np.bincount(b, weights=fought.n_shots, minlength=len(table.id))
    assert np.array_equal(shots + fought.magazine_left, table.stock)
    assert np.all(fought.magazine_left >= 0)
    assert np.all(fought.n_shots >= 1)
    assert np.all(fought.n_shots <= table.shots_per_salvo[b, raid.kind[t]])
    assert np.all(np.bincount(t, weights=fought.n_shots) <= RULES.max_shots_per_threat)
    assert np.all(np.diff(fought.launch_s) >= 0.0)
    assert np.all(fought.launch_s >= raid.available_s[t, b] + table.reaction_s[b])
    assert np.all(fought.launch_s < np.minimum(raid.until_s[t, b], raid.alive_until[b]))
    assert fought.intercept_s == pytest.approx(fought.launch_s + raid.fly_out_s[t, b])
    assert np.all(fought.intercept_s >= raid.window_s[t, b, 0] - 1e-9)
    assert np.all(fought.intercept_s <= raid.window_s[t, b, 1] + 1e-9)
    assert not np.any(fought.is_kill & (fought.intercept_s > raid.alive_until[b]))
    # Each threat: one salvo after the other, nothing after its end, and the end is that of the last.
    for threat in range(len(raid.key)):
        rows = np.flatnonzero(t == threat)
        assert np.all(fought.launch_s[rows[1:]] >= (fought.intercept_s + table.assess_s[b])[rows[:-1]])
        assert not np.any(fought.is_kill[rows[:-1]])
        is_stopped = bool(rows.size) and bool(fought.is_kill[rows[-1]])
        assert fought.killed_s[threat] == (fought.intercept_s[rows[-1]] if is_stopped else np.inf)


@settings(max_examples=60, deadline=None)
@given(raids)
def test_never_more_engagements_at_once_than_channels(raid: Raid) -> None:
    fought, table = raid.fight(), raid.batteries
    fly_out_s = fought.intercept_s - fought.launch_s
    busy_s = table.assess_s[fought.battery_i]
    back_s = np.maximum(busy_s, fly_out_s + table.turnaround_s[fought.battery_i])
    end_s = fought.intercept_s + np.where(table.returns[fought.battery_i], back_s, busy_s)
    for battery in range(len(table.id)):
        own = fought.battery_i == battery
        for launch in fought.launch_s[own]:
            # A hair before the end, because a channel may be taken again at the very moment that it is free.
            assert np.sum((fought.launch_s[own] <= launch) & (end_s[own] > launch + 1e-9)) <= table.channels[battery]


@settings(max_examples=60, deadline=None)
@given(raids)
def test_a_load_is_spent_before_the_next_is_brought_up(raid: Raid) -> None:
    fought, table = raid.fight(), raid.batteries
    for battery in range(len(table.id)):
        own = fought.battery_i == battery
        spent = np.cumsum(fought.n_shots[own])
        for last, shots, following in zip(fought.launch_s[own][:-1], spent[:-1], fought.launch_s[own][1:], strict=True):
            if shots % table.magazine[battery] == 0:
                assert following >= last + table.reload_s[battery]


@settings(max_examples=100, deadline=None)
@given(raids, st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_nothing(raid: Raid, random: object) -> None:
    threats, batteries = list(range(len(raid.key))), list(range(len(raid.batteries.id)))
    random.shuffle(threats)
    random.shuffle(batteries)
    other = raid.pick(np.array(threats, np.int64), np.array(batteries, np.int64))
    before, after = raid.fight(), other.fight()
    assert as_rows(raid, before) == as_rows(other, after)
    assert np.array_equal(before.killed_s[threats], after.killed_s)
    assert np.array_equal(before.magazine_left[batteries], after.magazine_left)


@settings(max_examples=100, deadline=None)
@given(raids, st.integers(0, 1000), policies, st.randoms(use_true_random=False))
def test_nor_does_it_with_any_doctrine(raid: Raid, luck: int, engage_by: Engage, random: object) -> None:
    raid, rules = with_doctrine(raid, luck), replace(RULES, engage=engage_by, horizon_s=60.0)
    threats, batteries = list(range(len(raid.key))), list(range(len(raid.batteries.id)))
    random.shuffle(threats)
    random.shuffle(batteries)
    other = raid.pick(np.array(threats, np.int64), np.array(batteries, np.int64))
    before, after = raid.fight(rules), other.fight(rules)
    assert as_rows(raid, before) == as_rows(other, after)
    assert np.array_equal(before.killed_s[threats], after.killed_s)
    assert np.array_equal(before.is_held[threats], after.is_held)


@settings(max_examples=100, deadline=None)
@given(raids, st.integers(0, 1000), policies)
def test_every_engagement_keeps_the_doctrine(raid: Raid, luck: int, engage_by: Engage) -> None:
    raid = with_doctrine(raid, luck)
    fought, table = raid.fight(replace(RULES, engage=engage_by, horizon_s=60.0)), raid.batteries
    b, t = fought.battery_i, fought.threat_i
    shots = np.bincount(b, weights=fought.n_shots, minlength=len(table.id))
    assert np.array_equal(shots + fought.magazine_left, table.stock)
    others = np.bincount(b[raid.kind[t] > 0], fought.n_shots[raid.kind[t] > 0], minlength=len(table.id))
    assert np.all(others <= np.maximum(table.stock - table.reserve, 0))
    assert np.all(fought.launch_s >= raid.available_s[t, b] + table.reaction_s[b])
    assert np.all(fought.launch_s < np.minimum(raid.until_s[t, b], raid.alive_until[b]))
    assert np.all(np.diff(fought.launch_s) >= 0.0)
    for threat in range(len(raid.key)):
        own = np.flatnonzero(t == threat)
        together = own[fought.launch_s[own] < raid.alone_from[b[own]]]
        known_s = fought.intercept_s + table.assess_s[b]
        assert np.all(fought.launch_s[together[1:]] >= known_s[together[:-1]])
        assert np.sum(fought.is_kill[own]) == np.isfinite(fought.killed_s[threat])
        assert np.all(np.bincount(b[own])[table.is_once[: b[own].max(initial=-1) + 1]] <= 1)


@settings(max_examples=15, deadline=None)
@given(raids, st.integers(0, 1000))
def test_the_plan_compiled_and_plain_python_agree(raid: Raid, luck: int) -> None:
    raid, rules = with_doctrine(raid, luck), replace(RULES, engage=Engage.ROLLING, horizon_s=60.0)
    compiled = raid.fight(rules)
    patch = pytest.MonkeyPatch()
    with patch.context() as patched, np.errstate(over="ignore"):
        patched.setattr(kernels, "fight", kernels.fight.py_func)
        for name in ("plan", "assign", "_waiting"):
            patched.setattr(plan, name, getattr(plan, name).py_func)
        patched.setattr(kernels, "plan", plan.plan)
        plain = raid.fight(rules)
    for field in fields(Engagements):
        assert np.array_equal(getattr(compiled, field.name), getattr(plain, field.name)), field.name


@settings(max_examples=60, deadline=None)
@given(raids)
def test_each_threat_is_first_shot_at_by_who_can_first(raid: Raid) -> None:
    free = without_limits(raid)
    free = replace(
        free, available_s=raid.available_s, batteries=replace(free.batteries, reaction_s=raid.batteries.reaction_s)
    )
    launch_by = raid.window_s - raid.fly_out_s[:, :, np.newaxis]
    launch_s = np.maximum(raid.available_s + raid.batteries.reaction_s, launch_by[:, :, 0])
    launch_s = np.where(launch_s <= launch_by[:, :, 1], launch_s, np.inf)
    fought = free.fight()
    for threat in range(len(raid.key)):
        rows = np.flatnonzero(fought.threat_i == threat)
        first_s = launch_s[threat].min(initial=np.inf)
        assert bool(rows.size) == bool(np.isfinite(first_s))
        if rows.size:
            able = np.flatnonzero(launch_s[threat] == first_s)
            order = (raid.batteries.key[able], raid.batteries.cost_per_shot_eur[able], raid.fly_out_s[threat, able])
            assert fought.launch_s[rows[0]] == first_s
            assert fought.battery_i[rows[0]] == able[np.lexsort(order)[0]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 8), st.integers(1, 5))
def test_a_battery_that_reaches_nothing_leaves_all_draws(luck: int, n_threats: int, n_batteries: int) -> None:
    larger = make_raid(luck, n_threats, n_batteries)
    larger.window_s[:, 0] = np.nan
    smaller = larger.pick(np.arange(n_threats), np.arange(1, n_batteries))
    assert as_rows(larger, larger.fight()) == as_rows(smaller, smaller.fight())


@settings(max_examples=40, deadline=None)
@given(raids)
def test_kill_probability_0_stops_nothing_and_1_all_that_can_be_reached(raid: Raid) -> None:
    never = replace(raid, batteries=replace(raid.batteries, p_kill=np.zeros_like(raid.batteries.p_kill)))
    assert not np.any(np.isfinite(never.fight().killed_s))
    free = without_limits(raid)
    always = replace(free, batteries=replace(free.batteries, p_kill=np.ones_like(free.batteries.p_kill)))
    is_reached = np.any(~np.isnan(raid.window_s[:, :, 0]), axis=1)
    fought = always.fight()
    assert np.array_equal(np.isfinite(fought.killed_s), is_reached)
    assert np.all(np.bincount(fought.threat_i, minlength=len(raid.key)) <= 1)


@settings(max_examples=60, deadline=None)
@given(raids, st.integers(0, 1000))
def test_without_limits_more_shots_never_hurt(raid: Raid, replica: int) -> None:
    free = without_limits(raid)
    many = replace(RULES, max_shots_per_threat=1000)
    larger = replace(free.batteries, shots_per_salvo=free.batteries.shots_per_salvo + 1)
    for fewer, more in (
        (free.fight(many, replica=replica), replace(free, batteries=larger).fight(many, replica=replica)),
        (free.fight(RULES, replica=replica), free.fight(many, replica=replica)),
    ):
        assert np.all(more.killed_s <= fewer.killed_s)


@settings(max_examples=100, deadline=None)
@given(raids)
def test_every_leaker_has_one_reason_and_more_shots_would_tell_which(raid: Raid) -> None:
    """Against the fight itself, with shots and channels for all, and with nothing lost."""
    rng = np.random.default_rng(len(raid.key))
    unharmed_s = raid.available_s
    raid = replace(raid, available_s=np.where(rng.uniform(size=unharmed_s.shape) < 0.2, np.inf, unharmed_s))
    fought = raid.fight()
    leaks = ~np.isfinite(fought.killed_s)
    is_tracked = rng.uniform(size=len(raid.key)) < 0.9
    is_tracked[fought.threat_i] = True
    reason = reasons(
        raid.opportunities(), raid.batteries, RULES, fought, leaks, is_tracked, raid.available_s, raid.until_s,
        unharmed_s, np.full_like(unharmed_s, np.inf), raid.alive_until,
    )  # fmt: skip
    free = without_limits(raid)
    free = replace(free, batteries=replace(free.batteries, reaction_s=raid.batteries.reaction_s))
    whole = replace(free, available_s=unharmed_s)
    harmed = replace(free, available_s=raid.available_s, until_s=raid.until_s, alive_until=raid.alive_until)

    def engaged(fought: Engagements) -> Bools:
        return np.bincount(fought.threat_i, minlength=len(raid.key)) > 0

    is_missed = leaks & engaged(fought)
    is_crowded_out = leaks & ~engaged(fought) & is_tracked & engaged(harmed.fight())
    is_silenced = leaks & is_tracked & ~engaged(harmed.fight()) & engaged(whole.fight())
    is_in_reach = np.any(~np.isnan(raid.window_s[:, :, 0]), axis=1)
    assert np.array_equal(reason >= 0, leaks)
    assert np.array_equal(reason == Reason.MISSED, is_missed)
    assert np.array_equal(reason == Reason.NOT_SEEN, leaks & ~is_tracked)
    assert np.array_equal(reason == Reason.OUT_OF_REACH, leaks & is_tracked & ~is_in_reach)
    assert np.array_equal(np.isin(reason, (Reason.NO_SHOT, Reason.NO_CHANNEL)), is_crowded_out)
    assert np.array_equal(reason == Reason.SILENCED, is_silenced)


@settings(max_examples=15, deadline=None)
@given(raids)
def test_compiled_and_plain_python_agree(raid: Raid) -> None:
    compiled = raid.fight()
    patch = pytest.MonkeyPatch()
    with patch.context() as patched, np.errstate(over="ignore"):
        for module, names in ((kernels, ("fight", "launch", "begin", "lower_until", "_occupy", "sink", "order")),):
            for name in names:
                patched.setattr(module, name, getattr(module, name).py_func)
        plain = raid.fight()
    for field in fields(Engagements):
        assert np.array_equal(getattr(compiled, field.name), getattr(plain, field.name)), field.name


@settings(max_examples=20, deadline=None)
@given(raids)
def test_nothing_can_be_fired_without_shots_or_channels(raid: Raid) -> None:
    none = np.zeros(len(raid.batteries.id), np.int64)
    for table in (replace(raid.batteries, magazine=none, stock=none), replace(raid.batteries, channels=none)):
        fought = replace(raid, batteries=table).fight()
        assert fought.battery_i.size == 0
        assert not np.any(np.isfinite(fought.killed_s))
