"""Compiled loops of low flight: the ground under a way, the heights flown over it, and the rows that a path needs."""

import math

from numba import njit

from mamori.records import Bools, Floats, Ints
from mamori.world import kernels as world_kernels

ground_m = world_kernels.ground_m

ROW_GAP_S = 1e-3  # rows of a path stand at least so far apart
HEIGHT_MISS_M = 2.0  # rows are left out where a straight line runs so near to the path ...
GROUND_MISS_M = 30.0  # ... and to the ground
_NEAR_M = 1.0
_STEEPER = 0.02  # by so much a last dive or first climb is steeper than the ground that it must clear
TIME, ALONG, HEIGHT, SLOPE, GROUND = range(5)


@njit(cache=True, nogil=True)
def place_of(start: Floats, ahead: Floats, turned_rad: float) -> tuple[float, float]:
    """Latitude and longitude of the point of a great circle that lies turned_rad on from its start, rad."""
    c, s = math.cos(turned_rad), math.sin(turned_rad)
    x, y, z = start[0] * c + ahead[0] * s, start[1] * c + ahead[1] * s, start[2] * c + ahead[2] * s
    return math.atan2(z, math.sqrt(x * x + y * y)), math.atan2(y, x)


@njit(cache=True, nogil=True)
def between(before: float, after: float) -> float:
    """Share of a step at which a number passes a whole one, 2 if it does not (or jumps round the Earth)."""
    low, high = math.floor(before), math.floor(after)
    if low == high or abs(after - before) > 1.0:
        return 2.0
    return (max(low, high) - before) / (after - before)


@njit(cache=True, nogil=True)
def sample_ground(
    south_rad: float,
    west_rad: float,
    latitude_step_rad: float,
    longitude_step_rad: float,
    height_m: Floats,
    middle: Floats,
    cos_reach: float,
    leg_first: Ints,
    start: Floats,
    ahead: Floats,
    angle_rad: Floats,
    length_m: Floats,
    leg_least_m: Floats,
    is_afloat: Bools,
    spacing_m: float,
    first: Ints,
    n_points: Ints,
    along_m: Floats,
    under_m: Floats,
    least_m: Floats,
    is_corner: Bools,
) -> None:
    """Points of n ways, and the ground there: at even steps, and where the ground bends, at the lines of its grid.

    south_rad to height_m: the terrain; middle: (3,) normal at its middle, beyond whose angle of cosine cos_reach all is
    sea; leg_first: (n + 1,) legs of each way; start, ahead: (S, 3) normals; angle_rad, length_m: (S,) of each leg;
    leg_least_m: (S,) height to be kept at its end; is_afloat: (n,) on the sea, whatever the terrain says
    first: (n + 1,) offsets with room for three points a step; n_points: (n,) written
    along_m, under_m, least_m, is_corner: (P,) written; the ends of legs are corners
    """
    for i in range(is_afloat.size):
        k = first[i]
        begin_m = 0.0
        for leg in range(leg_first[i], leg_first[i + 1]):
            n = max(1, math.ceil(length_m[leg] / spacing_m))
            old_row = old_column = math.nan
            for j in range(0 if leg == leg_first[i] else 1, n + 1):
                turned = angle_rad[leg] * j / n
                c, s = math.cos(turned), math.sin(turned)
                cosine = c * (start[leg, 0] * middle[0] + start[leg, 1] * middle[1] + start[leg, 2] * middle[2])
                cosine += s * (ahead[leg, 0] * middle[0] + ahead[leg, 1] * middle[1] + ahead[leg, 2] * middle[2])
                ground = 0.0
                row = column = math.nan
                if not is_afloat[i] and cosine >= cos_reach:
                    latitude, longitude = place_of(start[leg], ahead[leg], turned)
                    ground = ground_m(
                        south_rad, west_rad, latitude_step_rad, longitude_step_rad, height_m, latitude, longitude
                    )
                    row = (latitude - south_rad) / latitude_step_rad
                    column = ((longitude - west_rad) % (2.0 * math.pi)) / longitude_step_rad
                    if not math.isnan(old_row):
                        f, g = between(old_row, row), between(old_column, column)
                        for cut in (min(f, g), max(f, g)):
                            if 0.0 < cut < 1.0:
                                there = angle_rad[leg] * (j - 1 + cut) / n
                                latitude, longitude = place_of(start[leg], ahead[leg], there)
                                along_m[k] = begin_m + length_m[leg] * (j - 1 + cut) / n
                                under_m[k] = ground_m(
                                    south_rad, west_rad, latitude_step_rad, longitude_step_rad, height_m, latitude,
                                    longitude,
                                )  # fmt: skip
                                least_m[k], is_corner[k] = -math.inf, False
                                k += 1
                along_m[k] = begin_m + length_m[leg] * j / n
                under_m[k] = ground
                is_corner[k] = j == 0 or j == n  # noqa: PLR1714 (compiled)
                least_m[k] = leg_least_m[leg] if j == n else -math.inf
                old_row, old_column = row, column
                k += 1
            begin_m += length_m[leg]
        n_points[i] = k - first[i]


@njit(cache=True, nogil=True)
def steepest(along_m: Floats, under_m: Floats, a: int, b: int, end: int) -> float:
    """Steepest slope from the point `end` (a or b) to the ground at the points a to b; next to it rounding alone has
    slopes."""
    worst = -math.inf
    for k in range(a, b + 1):
        away = abs(along_m[k] - along_m[end])
        if away > _NEAR_M:
            worst = max(worst, (under_m[k] - under_m[end]) / away)
    return worst


@njit(cache=True, nogil=True)
def fill_heights(
    first: Ints,
    n_points: Ints,
    along_m: Floats,
    under_m: Floats,
    is_corner: Bools,
    least_m: Floats,
    above_m: Floats,
    climb: Floats,
    dive: Floats,
    knot_first: Ints,
    knots: Floats,
    knot_is_corner: Bools,
    n_knots: Ints,
    path_m: Floats,
    top_m: Floats,
) -> None:
    """Heights flown over n ways: as near to the wanted height above the ground as the slopes of the class let them.

    first, n_points, along_m, under_m, is_corner, least_m: as `sample_ground` writes them
    above_m: (n,) height wanted above the ground
    climb, dive: (n,) greatest slope on the way and of the last dive; both are steeper where the ground asks for it
    knot_first: (n + 1,) offsets into knots, with room for three more than points; n_knots: (n,) written
    knots: (K, 3) written: along, height and ground of the corners of the profile; knot_is_corner: (K,) where a row is
    needed; path_m: (n,) written, length through the air; top_m: (P,) scratch
    """
    for i in range(above_m.size):
        a, b = first[i], first[i] + n_points[i] - 1
        k_climb = climb[i]
        for k in range(a, b + 1):
            top_m[k] = max(under_m[k] + above_m[i], least_m[k])
            if k > a:
                top_m[k] = max(top_m[k], top_m[k - 1] - k_climb * (along_m[k] - along_m[k - 1]))
        for k in range(b - 1, a - 1, -1):
            top_m[k] = max(top_m[k], top_m[k + 1] - k_climb * (along_m[k + 1] - along_m[k]))
        rise, fall = k_climb, dive[i]
        worst = steepest(along_m, under_m, a, b, a)
        if worst >= rise:
            rise = worst + _STEEPER
        worst = steepest(along_m, under_m, a, b, b)
        if worst >= fall:
            fall = worst + _STEEPER
        length_m = along_m[b]
        # Where climb and dive meet, if nothing else holds the path down before.
        meet_m = min(max((under_m[b] - under_m[a] + fall * length_m) / (rise + fall), 0.0), length_m)
        r = knot_first[i]
        path_m[i] = 0.0
        for k in range(a, b + 1):
            up_m = under_m[a] + rise * along_m[k]
            down_m = under_m[b] + fall * (length_m - along_m[k])
            if k > a:
                # Corners between the last point and this one, where one of the three lines takes over from another.
                s, t = along_m[k - 1], along_m[k]
                up_s = crossing(s, t, under_m[a] + rise * s - top_m[k - 1], up_m - top_m[k])
                down_s = crossing(s, t, top_m[k - 1] - under_m[b] - fall * (length_m - s), top_m[k] - down_m)
                for cut in (min(up_s, down_s), meet_m, max(up_s, down_s)):
                    if not s < cut < t or cut <= knots[r - 1, 0]:
                        continue
                    f = (cut - s) / (t - s)
                    line_m = top_m[k - 1] + f * (top_m[k] - top_m[k - 1])
                    lines_m = min(under_m[a] + rise * cut, under_m[b] + fall * (length_m - cut))
                    if cut == meet_m and lines_m > line_m:
                        continue
                    knots[r, 0], knots[r, 1] = cut, min(line_m, lines_m)
                    knots[r, 2] = under_m[k - 1] + f * (under_m[k] - under_m[k - 1])
                    knot_is_corner[r] = True
                    path_m[i] += math.hypot(cut - knots[r - 1, 0], knots[r, 1] - knots[r - 1, 1])
                    r += 1
            knots[r, 0], knots[r, 1], knots[r, 2] = along_m[k], min(top_m[k], up_m, down_m), under_m[k]
            knot_is_corner[r] = is_corner[k]
            if k > a:
                path_m[i] += math.hypot(knots[r, 0] - knots[r - 1, 0], knots[r, 1] - knots[r - 1, 1])
            r += 1
        n_knots[i] = r - knot_first[i]


@njit(cache=True, nogil=True)
def crossing(s: float, t: float, before: float, after: float) -> float:
    """Where a difference that runs straight from `before` at s to `after` at t rises through 0; inf if it does not."""
    if before < 0.0 < after:
        return s + (t - s) * before / (before - after)
    return math.inf


@njit(cache=True, nogil=True)
def put_row(rows: Floats, n: int, time_s: float, along_m: float, height_m: float, slope: float, under_m: float) -> int:
    """Write the n-th row of a path, or the one before it if that is too near; how many there are then."""
    if n > 0 and time_s - rows[n - 1, TIME] < ROW_GAP_S:
        n -= 1
    rows[n, TIME], rows[n, ALONG], rows[n, HEIGHT], rows[n, SLOPE] = time_s, along_m, height_m, slope
    rows[n, GROUND] = under_m
    return n + 1


@njit(cache=True, nogil=True)
def fill_rows(
    knot_first: Ints,
    knots: Floats,
    is_corner: Bools,
    n_knots: Ints,
    speed_m_s: Floats,
    step_s: Floats,
    row_first: Ints,
    rows: Floats,
    n_rows: Ints,
) -> None:
    """Rows of n paths: at corners, at even steps of time, and where a straight line would leave path or ground.

    row_first: (n + 1,) offsets into rows (R, 5), with room for every knot and every step; n_rows: (n,) written
    A row's slope is that of the piece that it begins; the last row ends the path.
    Source: the swing filter (an intersection of cones), a textbook way to thin a polyline within a tolerance.
    """
    for i in range(n_rows.size):
        base = knot_first[i]
        out = rows[row_first[i] : row_first[i + 1]]
        n = 0
        time_s = 0.0
        next_s = step_s[i]
        from_m, from_h, from_g = knots[base, 0], knots[base, 1], knots[base, 2]
        low_h, high_h, low_g, high_g = -math.inf, math.inf, -math.inf, math.inf
        slope = 0.0
        for j in range(base + 1, base + n_knots[i]):
            s, h, g = knots[j - 1, 0], knots[j - 1, 1], knots[j - 1, 2]
            piece_m = knots[j, 0] - s
            if piece_m <= 0.0:
                continue
            slope, ground_slope = (knots[j, 1] - h) / piece_m, (knots[j, 2] - g) / piece_m
            end_s = time_s + piece_m * math.sqrt(1.0 + slope * slope) / speed_m_s[i]
            away = knots[j, 0] - from_m
            cone_h, cone_g = (knots[j, 1] - from_h) / away, (knots[j, 2] - from_g) / away
            if is_corner[j - 1] or not low_h <= cone_h <= high_h or not low_g <= cone_g <= high_g:
                n = put_row(out, n, time_s, s, h, slope, g)
                from_m, from_h, from_g = s, h, g
                low_h, high_h, low_g, high_g = -math.inf, math.inf, -math.inf, math.inf
            while next_s < end_s:
                if time_s + ROW_GAP_S < next_s < end_s - ROW_GAP_S:
                    f = (next_s - time_s) / (end_s - time_s)
                    from_m, from_h, from_g = s + f * piece_m, h + f * piece_m * slope, g + f * piece_m * ground_slope
                    n = put_row(out, n, next_s, from_m, from_h, slope, from_g)
                    low_h, high_h, low_g, high_g = -math.inf, math.inf, -math.inf, math.inf
                next_s += step_s[i]
            time_s = end_s
            away = knots[j, 0] - from_m
            low_h = max(low_h, (knots[j, 1] - HEIGHT_MISS_M - from_h) / away)
            high_h = min(high_h, (knots[j, 1] + HEIGHT_MISS_M - from_h) / away)
            low_g = max(low_g, (knots[j, 2] - GROUND_MISS_M - from_g) / away)
            high_g = min(high_g, (knots[j, 2] + GROUND_MISS_M - from_g) / away)
        last = base + n_knots[i] - 1
        n_rows[i] = put_row(out, n, time_s, knots[last, 0], knots[last, 1], slope, knots[last, 2])
