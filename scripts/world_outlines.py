# /// script
# dependencies = ["shapely>=2.1"]
# ///
"""Makes the outlines of the map of countries, from Natural Earth 1:50m (in the public domain).

`npm pack world-atlas@2.0.2` brings `countries-50m.json`, in which two countries share the line
between them. Each line is simplified once, so that neighbours still meet; Europe, which the page
also shows by itself, keeps more. Run with `uv run scripts/world_outlines.py countries-50m.json`.
"""

import json
import sys
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from pathlib import Path

from shapely import Polygon, make_valid, unary_union
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

COUNTRIES = Path(__file__).parent.parent / "src" / "tillsight" / "dashboard" / "countries"
EUROPE = (-26, 33, 46, 72)
"""West, south, east and north, in degrees."""
FINE, COARSE = 0.012, 0.12
"""Square degrees of a triangle too small to keep its middle point, in Europe and elsewhere."""
SMALLEST_FINE, SMALLEST_COARSE = 0.03, 0.25
"""Square degrees of an island that is too small to be drawn, unless it is its country's largest."""
SEAM = -169
"""Degrees of longitude where the map ends: in the Bering Strait, which cuts no country."""
SCALE = 100
"""Steps of a degree."""
LEFT_OUT = {"010", "260", "334", "239", "086"}
"""Nobody buys there."""
BY_NAME = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}
"""Those without a number of their own."""

Point = tuple[float, float]


def main(source: str) -> None:
    """Write `outlines.json`: for each code rings of steps of a degree, x and y by turns."""
    world = json.loads(Path(source).read_text(encoding="utf-8"))
    codes = _codes()
    lines = [_simplified(_line(arc, world["transform"])) for arc in world["arcs"]]
    found: dict[str, list[Polygon]] = {}
    for one in world["objects"]["countries"]["geometries"]:
        code = codes.get(one.get("id")) or BY_NAME.get(one["properties"]["name"])
        if code and one.get("id") not in LEFT_OUT:
            nested = [one["arcs"]] if one["type"] == "Polygon" else one["arcs"]
            found.setdefault(code, []).extend(
                _polygon([_ring(ring, lines) for ring in polygon]) for polygon in nested
            )
    drawn = {code: _rings(polygons) for code, polygons in sorted(found.items())}
    outlines = {code: rings for code, rings in drawn.items() if rings}
    text = ",\n".join(
        f"{json.dumps(code)}: {json.dumps(rings, separators=(',', ':'))}"
        for code, rings in outlines.items()
    )
    (COUNTRIES / "outlines.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    points = sum(len(ring) // 2 for rings in outlines.values() for ring in rings)
    print(f"{len(outlines)} countries, {points} points, {len(text)} bytes")


def _codes() -> dict[str, str]:
    """Codes of two letters by the number of three digits."""
    rows = (COUNTRIES / "names.txt").read_text(encoding="utf-8").splitlines()
    fields = [row.split("|") for row in rows if not row.startswith("#")]
    return {one[2]: one[0] for one in fields if one[2]}


def _line(arc: list[list[int]], transform: dict[str, list[float]]) -> list[Point]:
    (x_scale, y_scale), (x_first, y_first) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for x_step, y_step in arc:
        x, y = x + x_step, y + y_step
        points.append((x * x_scale + x_first, y * y_scale + y_first))
    return _unwrapped(points)


def _unwrapped(points: list[Point]) -> list[Point]:
    """The same without the jump where a line goes over 180° East."""
    found = points[:1]
    for x, y in points[1:]:
        turns = round((found[-1][0] - x) / 360)
        found.append((x + 360 * turns, y))
    return found


def _in_europe(point: Point) -> bool:
    west, south, east, north = EUROPE
    return west < point[0] < east and south < point[1] < north


def _simplified(line: list[Point]) -> list[Point]:
    """Without the points that make the smallest triangles (Visvalingam and Whyatt)."""
    limit = FINE if any(map(_in_europe, line)) else COARSE
    before, after = list(range(-1, len(line) - 1)), list(range(1, len(line) + 1))
    waiting = [(_area(line, i - 1, i, i + 1), i) for i in range(1, len(line) - 1)]
    heapify(waiting)
    current = {i: area for area, i in waiting}
    while waiting:
        area, i = heappop(waiting)
        if current.get(i) != area:
            continue
        if area > limit or (line[0] == line[-1] and len(current) <= 2):  # an island stays one
            break
        del current[i]
        left, right = before[i], after[i]
        after[left], before[right] = right, left
        for near in (left, right):
            if near in current:
                current[near] = max(area, _area(line, before[near], near, after[near]))
                heappush(waiting, (current[near], near))
    return [point for i, point in enumerate(line) if i in {0, len(line) - 1} or i in current]


def _area(line: list[Point], a: int, b: int, c: int) -> float:
    (x0, y0), (x1, y1), (x2, y2) = line[a], line[b], line[c]
    return abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) / 2


def _ring(arcs: list[int], lines: list[list[Point]]) -> list[Point]:
    points: list[Point] = []
    for arc in arcs:
        line = lines[arc] if arc >= 0 else lines[~arc][::-1]
        points += line[1:] if points else line
    return _unwrapped(points)


def _polygon(rings: list[list[Point]]) -> Polygon:
    mean = sum(x for x, _ in rings[0]) / len(rings[0])
    turns = (mean < SEAM) - (mean > SEAM + 360)
    moved = [[(x + 360 * turns, y) for x, y in ring] for ring in rings]
    outer, *holes = [ring for ring in moved if len(ring) >= 4] or [[(mean, 0)] * 4]
    return Polygon(outer, holes)


def _rings(polygons: Iterable[Polygon]) -> list[list[int]]:
    """All outer and inner rings, the largest polygon first."""
    parts = _parts(unary_union([make_valid(one) for one in polygons]))
    parts.sort(key=lambda one: -one.area)
    kept = [one for place, one in enumerate(parts) if place == 0 or one.area > _smallest(one)]
    rings = []
    for one in kept:
        holes = [hole for hole in one.interiors if Polygon(hole).area > _smallest(one)]
        rings += [_steps(ring.coords) for ring in (one.exterior, *holes)]
    return rings


def _parts(whole: BaseGeometry) -> list[Polygon]:
    if isinstance(whole, Polygon):
        # Holes turn the other way, or they would be filled.
        return [orient(whole)] if whole.area else []
    return [part for one in getattr(whole, "geoms", ()) for part in _parts(one)]


def _smallest(part: Polygon) -> float:
    return SMALLEST_FINE if _in_europe(part.representative_point().coords[0]) else SMALLEST_COARSE


def _steps(points: Iterable[Point]) -> list[int]:
    return [round(value * SCALE) for point in points for value in point]


if __name__ == "__main__":
    main(sys.argv[1])
