"""The fight as queues: a second implementation on SimPy, event by event, and Erlang's loss formula."""

import math

import numpy as np
import pytest
import simpy

from mamori.defence.battle.model import engage, scene
from mamori.defence.model import DefenceRules, Opportunities
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.maths.luck import Stage, entity_key, pair_key, uniform
from mamori.records import Engagements, Floats, Ints, Worth

SEED = 5


class Raid:
    """Threats with one window a battery, (T, B, 2) of intercepts, each met `fly_out_s` (T, B) after its launch."""

    def __init__(self, rng, n_threats, n_batteries):
        self.window_s = np.sort(rng.uniform(100.0, 400.0, (n_threats, n_batteries, 2)), axis=2)
        self.fly_out_s = rng.uniform(5.0, 30.0, (n_threats, n_batteries))
        self.is_pair = rng.uniform(size=(n_threats, n_batteries)) < 0.7
        self.seen_s = rng.uniform(0.0, 200.0, n_threats)
        self.worth = rng.uniform(1.0, 100.0, n_threats)
        self.keys = np.array([entity_key(f"t{i}") for i in range(n_threats)])
        sections = {
            f"c{b}": {
                "p_kill": {"drone": rng.uniform(0.1, 0.9)}, "max_range_m": 1.0, "max_height_m": 1.0,
                "interceptor_speed_m_s": 1.0, "reaction_s": rng.uniform(0.0, 20.0), "channels": int(rng.integers(0, 4)),
                "magazine": int(rng.integers(0, 6)), "reloads": int(rng.integers(0, 3)),
                "reload_s": rng.uniform(10.0, 80.0), "shots_per_salvo": int(rng.integers(1, 3)),
                "assess_s": rng.uniform(1.0, 15.0), "returns": bool(rng.integers(0, 2)),
                "turnaround_s": rng.uniform(0.0, 20.0), "cost_per_shot_eur": 0.0,
            }
            for b in range(n_batteries)
        }  # fmt: skip
        part = {
            "batteries": [
                {"id": f"b{b}", "class": f"c{b}", "latitude_deg": 0, "longitude_deg": 0} for b in range(n_batteries)
            ]
        }
        classes = {name: BatteryClass.model_validate(section) for name, section in sections.items()}
        self.table = battery_table(DefencePart.model_validate(part), classes)

    def ours(self, most: int, replica: int) -> Engagements:
        t, b = np.nonzero(self.is_pair)
        window_s = self.window_s[t, b]
        opp = Opportunities(
            battery_i=b, threat_i=t, pair_first=np.searchsorted(t, np.arange(len(self.keys) + 1)).astype(np.int64),
            first=2 * np.arange(len(t) + 1), intercept_s=window_s.ravel(),
            launch_by_s=(window_s - self.fly_out_s[t, b, None]).ravel(), is_joined=np.tile([False, True], len(t)),
        )  # fmt: skip
        n = len(self.table.id)
        seen_s = np.repeat(self.seen_s[:, None], n, axis=1)
        forever = np.full(n, np.inf)
        return engage(
            scene(opp, self.table, np.full(len(self.keys), 2), self.keys, Worth(self.worth)), self.table,
            DefenceRules(np.zeros(4), 0.0, most), seen_s, np.full_like(seen_s, np.inf), forever, forever,
            self.table.p_kill, SEED, replica,
        )  # fmt: skip

    def theirs(self, most: int, replica: int) -> list[tuple[float, int, int, int, bool]]:
        return Commander(self, most, replica).run()


class Commander:
    """A commander who looks up whenever a threat falls due, a channel falls free or a load is up; in SimPy's terms."""

    def __init__(self, raid: Raid, most: int, replica: int) -> None:
        self.raid, self.most, self.replica = raid, most, replica
        self.env, table = simpy.Environment(), raid.table
        self.channels = [simpy.Resource(self.env, int(c)) if c else None for c in table.channels]
        self.loaded = [
            simpy.Container(self.env, init=min(int(m), int(s)))
            for m, s in zip(table.magazine, table.stock, strict=True)
        ]
        self.store = [int(s) - int(c.level) for s, c in zip(table.stock, self.loaded, strict=True)]
        self.waiting: set[int] = set()
        self.shots = dict.fromkeys(range(len(raid.keys)), 0)
        self.luck: dict[tuple[int, int], int] = {}
        self.log: list[tuple[float, int, int, int, bool]] = []

    def run(self):
        for t in range(len(self.raid.keys)):
            self.waiting.add(t)
            for b in range(len(self.raid.table.id)):
                begin = max(self.raid.seen_s[t] + self.raid.table.reaction_s[b], self._span(t, b)[0])
                self.env.process(self._remind(begin))
        self.env.run()
        return self.log

    def _span(self, t, b):
        return self.raid.window_s[t, b] - self.raid.fly_out_s[t, b]

    def _remind(self, at):
        yield self.env.timeout(max(0.0, at - self.env.now))
        self._look_last()

    def _look_last(self):
        """Look once all that happens at this moment has happened."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: self._look(self.env.now))
        self.env.schedule(event, priority=2)

    def _look(self, now):
        raid, table = self.raid, self.raid.table
        for t in sorted(self.waiting, key=lambda t: (-raid.worth[t], raid.keys[t])):
            able = []
            for b in range(len(table.id)):
                first, last = self._span(t, b)
                is_due = max(first, raid.seen_s[t] + table.reaction_s[b]) <= now <= last
                is_free = self.channels[b] is not None and self.channels[b].count < self.channels[b].capacity
                if (
                    raid.is_pair[t, b]
                    and is_due
                    and is_free
                    and self.loaded[b].level >= 1
                    and self.shots[t] < self.most
                ):
                    able.append((raid.fly_out_s[t, b], b))
            if able:
                self._fire(now, t, min(able)[1])

    def _fire(self, now, t, b):
        table = self.raid.table
        n = int(min(table.shots_per_salvo[b, 2], self.loaded[b].level, self.most - self.shots[t]))
        key = pair_key(int(table.key[b]), int(self.raid.keys[t]))
        first = self.luck.get((t, b), 0)
        draws = [uniform(SEED, self.replica, int(Stage.DEFENCE), key, first + i) for i in range(n)]
        is_kill = min(draws) < table.p_kill[b, 2]
        self.luck[t, b] = first + n
        self.shots[t] += n
        self.waiting.remove(t)
        self.loaded[b].get(n)
        if self.loaded[b].level == 0 and self.store[b] > 0:
            load = min(self.store[b], int(table.magazine[b]))
            self.store[b] -= load
            self.env.process(self._reload(b, load, now + table.reload_s[b]))
        self.log.append((now, b, t, n, bool(is_kill)))
        meets = now + self.raid.fly_out_s[t, b]
        request = self.channels[b].request()
        back = meets + table.assess_s[b]
        if table.returns[b]:
            back = max(back, meets + self.raid.fly_out_s[t, b] + table.turnaround_s[b])
        self.env.process(self._release(b, request, back))
        if not is_kill:
            self.env.process(self._again(t, meets + table.assess_s[b]))

    def _reload(self, b, load, at):
        yield self.env.timeout(at - self.env.now)
        self.loaded[b].put(load)
        self._look_last()

    def _release(self, b, request, at):
        yield self.env.timeout(at - self.env.now)
        self.channels[b].release(request)
        self._look_last()

    def _again(self, t, at):
        yield self.env.timeout(at - self.env.now)
        self.waiting.add(t)
        self._look_last()


def test_two_hundred_random_raids_event_by_event():
    n_salvoes = 0
    for luck in range(200):
        rng = np.random.default_rng(luck)
        raid = Raid(rng, int(rng.integers(1, 13)), int(rng.integers(1, 5)))
        ours, theirs = raid.ours(5, luck), raid.theirs(5, luck)
        n_salvoes += len(theirs)
        assert ours.battery_i.tolist() == [b for _, b, _, _, _ in theirs], luck
        assert ours.threat_i.tolist() == [t for _, _, t, _, _ in theirs], luck
        assert ours.n_shots.tolist() == [n for _, _, _, n, _ in theirs], luck
        assert ours.is_kill.tolist() == [kill for *_, kill in theirs], luck
        # Both add the same few numbers of some hundred seconds, in different orders.
        assert ours.launch_s == pytest.approx([at for at, *_ in theirs], abs=1e-9)
    assert n_salvoes > 1000


def one_battery(n_threats: int, launch_s: Floats, **change: object) -> tuple[Opportunities, object, Ints]:
    section = {
        "p_kill": {"drone": 1.0}, "max_range_m": 1.0, "max_height_m": 1.0, "interceptor_speed_m_s": 1.0,
        "reaction_s": 0.0, "channels": 3, "magazine": 1_000_000, "assess_s": 0.0, "cost_per_shot_eur": 0.0, **change,
    }  # fmt: skip
    part = {"batteries": [{"id": "b", "class": "c", "latitude_deg": 0, "longitude_deg": 0}]}
    table = battery_table(DefencePart.model_validate(part), {"c": BatteryClass.model_validate(section)})
    none = np.zeros(n_threats, np.int64)
    opp = Opportunities(
        battery_i=none, threat_i=np.arange(n_threats), pair_first=np.arange(n_threats + 1),
        first=np.arange(n_threats + 1), intercept_s=launch_s + 10.0, launch_by_s=launch_s,
        is_joined=np.zeros(n_threats, np.bool_),
    )  # fmt: skip
    return opp, table, np.arange(n_threats)


def fought(opp, table, key, p_kill, most=1, replica=0):
    n = len(key)
    return engage(
        scene(opp, table, np.full(n, 2), key, Worth(np.ones(n))), table, DefenceRules(np.zeros(4), 0.0, most),
        np.full((n, 1), -1.0), np.full((n, 1), np.inf), np.full(1, np.inf), np.full(1, np.inf), p_kill, SEED, replica,
    )  # fmt: skip


@pytest.mark.parametrize(("channels", "load"), [(1, 0.5), (3, 2.0), (6, 5.0)])
def test_blocking_is_erlangs(channels, load):
    """Poisson arrivals that cannot wait, held 10 s each: blocked share B = (a^c / c!) / sum(a^k / k!) (Erlang 1917)."""
    n, batches = 4000, 20
    blocked = []
    for batch in range(batches):
        rng = np.random.default_rng([channels, batch])
        opp, table, key = one_battery(n, np.cumsum(rng.exponential(10.0 / load, n)), channels=channels)
        blocked.append(1.0 - len(fought(opp, table, key, table.p_kill).launch_s) / n)
    terms = [load**k / math.factorial(k) for k in range(channels + 1)]
    sigma = np.std(blocked, ddof=1) / math.sqrt(batches)
    # 3.88 is the two-sided 99.9 % quantile of Student's t with 19 degrees of freedom.
    assert np.mean(blocked) == pytest.approx(terms[-1] / sum(terms), abs=3.88 * sigma)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_shots_a_kill_without_limits_are_the_inverse_of_p(p):
    n = 3000
    opp, table, key = one_battery(n, np.zeros(n), channels=min(n, 1000), p_kill={"drone": p})
    wide = Opportunities(
        **{
            **vars(opp), "first": 2 * np.arange(n + 1), "intercept_s": np.tile([10.0, 1e7 + 10.0], n),
            "launch_by_s": np.tile([0.0, 1e7], n), "is_joined": np.tile([False, True], n),
        }
    )  # fmt: skip
    found = fought(wide, table, key, table.p_kill, most=1000)
    assert np.all(np.isfinite(found.killed_s))
    # The number of shots at one threat is geometric: mean 1/p, variance (1 - p) / p^2; 3.29 sigma is 99.9 %.
    assert found.n_shots.sum() / n == pytest.approx(1.0 / p, abs=3.29 * math.sqrt((1.0 - p) / p**2 / n))


@pytest.mark.parametrize(("p", "n_shots", "p_seen"), [(0.5, 2, 0.9), (0.3, 4, 0.6)])
def test_a_salvo_at_what_is_seen(p, n_shots, p_seen):
    """P (1 - (1 - p)^n): seen at all, and hit by at least one of n."""
    n = 8000
    opp, table, key = one_battery(n, 100.0 * np.arange(n), p_kill={"drone": p}, shots_per_salvo=n_shots)
    is_seen = np.random.default_rng(1).uniform(size=(n, 1)) < p_seen
    found = engage(
        scene(opp, table, np.full(n, 2), key, Worth(np.ones(n))), table, DefenceRules(np.zeros(4), 0.0, n_shots),
        np.where(is_seen, -1.0, np.inf), np.full((n, 1), np.inf), np.full(1, np.inf), np.full(1, np.inf),
        table.p_kill, SEED, 0,
    )  # fmt: skip
    assert not np.any(np.isfinite(found.killed_s[~is_seen[:, 0]]))
    expected = p_seen * (1.0 - (1.0 - p) ** n_shots)
    sigma = math.sqrt(expected * (1.0 - expected) / n)
    assert np.isfinite(found.killed_s).mean() == pytest.approx(expected, abs=3.29 * sigma)


def test_ten_thousand_threats_in_the_same_second():
    n = 10_000
    opp, table, key = one_battery(n, np.full(n, 100.0), channels=7, magazine=5, reloads=1, reload_s=60.0)
    found = fought(opp, table, key, table.p_kill)
    assert len(found.launch_s) == 5
    assert found.magazine_left.tolist() == [5]
