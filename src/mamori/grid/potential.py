"""What mending each part of the grid alone might bring: a cheap ranking of repairs before the best few are solved.

One solve of the state gives the price of a megawatt at every bus. From it follow first-order gains, cut by what the
ratings let through and by what is missing. They are no bounds: a line may also relieve others (too low), and a price
holds for the first megawatt only (too high). Assumption: no published rule; how well it ranks is tested.
"""

from dataclasses import dataclass

import numpy as np

from mamori.grid import kernels
from mamori.grid.model import Network
from mamori.records import Floats, GridState, Ints


@dataclass(frozen=True)
class Potential:
    """Estimated gain of mending one thing in full, all else as it is, in class-weighted MW; 0 for what is whole.

    bus: (N,) the switchyard; feeder: (N,) the rest of its customers; generator: (G,); branch: (L,)
    """

    bus: Floats
    feeder: Floats
    generator: Floats
    branch: Floats


def potential(network: Network, state: GridState, hour: int, class_weight: Floats) -> Potential:
    """Estimates what mending each part of the grid alone would bring at one hour.

    class_weight: (C,) worth of a megawatt of each load class, the first in priority first
    """
    served, _, generation, price, _ = network.solve(state, np.array([hour], np.int64))
    start, end, limit = network.branch_from_i, network.branch_to_i, network.high_mw
    n = state.bus.size
    label, members, first = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n + 1, np.int64)
    n_islands = kernels.find_islands(state.bus, state.branch, start, end, label, members, first)
    live = label >= 0
    demand = network.demand_mw[hour]
    reached = demand * state.feeder[:, None]
    at_price = np.append(network.slope[0], network.price[1:])  # below the first no load is shed for want of power
    value = np.interp(price[0], at_price, np.append(0.0, class_weight[::-1]))  # (N,) of one more megawatt
    shed = np.where(live[:, None], reached - served[0], 0.0)
    is_member = (label == np.arange(n_islands)[:, None]).astype(np.float64)
    island_shed: Floats = is_member @ shed
    plant = np.zeros(n)
    np.add.at(plant, network.generator_bus_i, network.available_mw[hour] * state.generator)
    spare: Floats = is_member @ (plant - generation[0])

    missing_mw = network.available_mw[hour] * (1.0 - state.generator)
    at = network.generator_bus_i
    generator = np.zeros(missing_mw.size)
    is_live = live[at]
    generator[is_live] = np.minimum(
        _filled(missing_mw[is_live], island_shed[label[at[is_live]]], class_weight), (value[at] * missing_mw)[is_live]
    )

    own, transit = _bus(state, reached, plant, value, start, end, limit, class_weight)
    feeder = (demand - reached) * np.maximum(class_weight - value[:, None], 0.0)
    return Potential(
        bus=np.minimum(transit, (island_shed @ class_weight).sum()) + own,
        feeder=np.where(live, feeder.sum(axis=1), 0.0),
        generator=generator,
        branch=_branch(state, label, value, island_shed, spare, start, end, limit, class_weight),
    )


def _filled(power_mw: Floats, shed_mw: Floats, class_weight: Floats) -> Floats:
    """(K,) worth of (K,) power that serves (K, C) shed load in order of priority."""
    before = np.cumsum(shed_mw, axis=1) - shed_mw
    filled: Floats = np.clip(power_mw[:, None] - before, 0.0, shed_mw) @ class_weight
    return filled


def _branch(
    state: GridState, label: Ints, value: Floats, island_shed: Floats, spare: Floats, start: Ints, end: Ints,
    limit: Floats, class_weight: Floats,
) -> Floats:  # fmt: skip
    """(L,) between two live buses: power moves from where it is worth less, as far as the line bears it."""
    gain = np.zeros(limit.size)
    out = np.flatnonzero(~state.branch & (label[start] >= 0) & (label[end] >= 0))
    if out.size == 0:
        return gain
    is_up = value[start[out]] >= value[end[out]]
    to, source = np.where(is_up, start[out], end[out]), np.where(is_up, end[out], start[out])
    between = label[to] != label[source]
    power = np.where(between, np.minimum(limit[out], spare[label[source]]), limit[out])
    # between islands short of plant alike nothing spare moves, but a more valued class can still take from the other
    power = np.where(between & (power <= 0.0) & (value[to] > value[source]), limit[out], power)
    most = _filled(power, island_shed[label[to]], class_weight)
    gain[out] = np.minimum(most, power * (value[to] - value[source]))
    return gain


def _bus(
    state: GridState, reached: Floats, plant: Floats, value: Floats, start: Ints, end: Ints, limit: Floats,
    class_weight: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """(N,) of dead buses: their own load at the price of the cheapest live neighbour; plant to spare or transit."""
    low, high, ties = np.full(state.bus.size, np.inf), np.zeros(state.bus.size), np.zeros(state.bus.size)
    for bus, other in ((start, end), (end, start)):
        near = state.branch & ~state.bus[bus] & state.bus[other]
        np.minimum.at(low, bus[near], value[other[near]])
        np.maximum.at(high, bus[near], value[other[near]])
        np.add.at(ties, bus[near], limit[near])
    low[ties == 0.0] = 0.0
    alone = _filled(plant, reached, class_weight)
    bought: Floats = reached * np.maximum(class_weight - low[:, None], 0.0)
    fed = np.minimum(bought.sum(axis=1), _filled(plant + ties, reached, class_weight))
    out = np.minimum(ties, np.maximum(plant - reached.sum(axis=1), 0.0)) * high
    own = np.where(state.bus, 0.0, np.maximum(alone, fed))
    return own, np.where(state.bus, 0.0, np.maximum(out, 0.5 * ties * (high - low)))
