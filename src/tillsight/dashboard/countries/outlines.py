"""The outlines of countries on the flat map.

The projection is Natural Earth by Tom Patterson, with the polynomials of B. Šavrič, B. Jenny,
T. Patterson, D. Petrovič and L. Hurni, “A polynomial equation for the Natural Earth projection”,
Cartography and Geographic Information Science 38 (2011), pages 363-372. Its middle is 11° East, so
that its edge lies in the Bering Strait and cuts no country in two.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tillsight.dashboard.countries import places

OUTLINES = Path(__file__).parent / "outlines.json"
MIDDLE = 11
"""Degrees East."""
STEPS = 100
"""Of a degree, in the file."""
UNITS = 1000
"""Of the map, to a radian at its middle."""

Point = tuple[float, float]
Ring = Sequence[Point]


@dataclass(frozen=True)
class View:
    """A part of the map, in its units; `stretch` is by how much its height is drawn larger.

    The projection shows regions far from the equator flatter than they are.
    """

    west: float
    south: float
    east: float
    north: float
    stretch: float = 1.0

    @property
    def width(self) -> float:
        """From west to east."""
        return self.east - self.west

    def holds(self, point: Point) -> bool:
        """Whether a point lies in it."""
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north


def projected(east: float, north: float) -> Point:
    """Where a place of so many degrees East and North lies on the map."""
    across, up = math.radians(east - MIDDLE), math.radians(north)
    two = up * up
    four = two * two
    six = two * four
    x = 0.8707 - 0.131979 * two + four * (-0.013791 + six * (0.003971 - 0.001529 * two))
    y = 1.007226 + two * (0.015085 + four * (-0.044475 + 0.028874 * two - 0.005916 * four))
    return round(UNITS * across * x, 1), round(UNITS * up * y, 1)


@lru_cache(maxsize=1)
def shapes() -> Mapping[str, Sequence[Ring]]:
    """The rings of each country by its code, the one around its largest part first."""
    found = json.loads(OUTLINES.read_text(encoding="utf-8"))
    return {
        code: [
            [projected(x / STEPS, y / STEPS) for x, y in zip(ring[::2], ring[1::2], strict=True)]
            for ring in rings
        ]
        for code, rings in found.items()
    }


def middle(code: str) -> Point:
    """Where the dot of a country stands."""
    if code in places.positions():
        return projected(*places.positions()[code])
    west, south, east, north = _box(code)
    return (west + east) / 2, (south + north) / 2


def extent(code: str) -> float:
    """The longer side of a country's largest part; 0 of one without outline."""
    if code not in shapes():
        return 0.0
    west, south, east, north = _box(code)
    return max(east - west, north - south)


def _box(code: str) -> tuple[float, float, float, float]:
    ring = shapes()[code][0]
    across, up = [x for x, _ in ring], [y for _, y in ring]
    return min(across), min(up), max(across), max(up)


def _view(south: Point, north: Point, stretch: float = 1.0) -> View:
    """Between two corners, South-West and North-East, in degrees."""
    low, high = projected(*south), projected(*north)
    return View(low[0], low[1], high[0], high[1], stretch)


WORLD = View(
    projected(-169, 0)[0], projected(0, -56)[1], projected(191, 0)[0], projected(0, 83.7)[1]
)
EUROPE = _view((-21, 34.5), (47, 71.3), 1.35)
