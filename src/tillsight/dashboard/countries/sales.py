"""What the API says about countries, put together for the page: rows in, rows out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tillsight.dashboard.countries import outlines, places

MEASURES = ("revenue", "orders", "customers", "average_order_value")


@dataclass(frozen=True)
class Country:
    """Sales of one country as the shop writes it; empty is unknown.

    `before` is revenue in the days it is compared with, None where there is no comparison.
    """

    name: str
    revenue: float
    orders: int
    customers: int
    average_order_value: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        """Growth since then; None where there was no revenue before."""
        return self.revenue / self.before - 1 if self.before else None


@dataclass(frozen=True)
class Place:
    """A country of the map, with all the names the shop has for it."""

    code: str
    names: Sequence[str]
    revenue: float
    before: float | None

    @property
    def change(self) -> float | None:
        """As of a country."""
        return self.revenue / self.before - 1 if self.before else None


def countries(answer: Mapping[str, Any]) -> list[Country]:
    """All with sales in the chosen days or those they are compared with, most revenue first."""
    comparison = answer["comparison"]
    earlier = {row["country"]: row["revenue"] for row in comparison["rows"]} if comparison else {}
    usual = 0.0 if comparison else None
    found = [
        Country(
            row["country"] or "",
            row["revenue"],
            row["orders"],
            row["customers"],
            row["average_order_value"],
            earlier.get(row["country"], usual),
        )
        for row in answer["rows"]
    ]
    known = {one.name for one in found}
    gone = [
        Country(name or "", 0.0, 0, 0, None, revenue)
        for name, revenue in earlier.items()
        if (name or "") not in known and revenue
    ]
    return sorted([*found, *gone], key=lambda one: (-one.revenue, one.name))


def ordered(rows: Sequence[Country], by: str) -> list[Country]:
    """In the order of a figure, largest first, or by name; those without it come last."""
    if by == "name":
        return sorted(rows, key=lambda one: (not one.name, one.name.casefold()))

    def place(one: Country) -> float:
        figure = getattr(one, by)
        return math.inf if figure is None else -figure

    return sorted(rows, key=place)


def on_the_map(rows: Sequence[Country]) -> tuple[list[Place], list[Country]]:
    """The places that have revenue, most first, and the countries nobody found there."""
    found: dict[str, list[Country]] = {}
    lost = []
    for one in rows:
        if not one.revenue:
            continue
        code = places.code_of(one.name)
        if code is None:
            lost.append(one)
        else:
            found.setdefault(code, []).append(one)
    shown = [_place(code, same) for code, same in found.items()]
    return sorted(shown, key=lambda one: -one.revenue), lost


def _place(code: str, same: Sequence[Country]) -> Place:
    known = [one.before for one in same if one.before is not None]
    return Place(
        code,
        [one.name for one in same],
        math.fsum(one.revenue for one in same),
        math.fsum(known) if known else None,
    )


def usual_focus(shown: Sequence[Place]) -> str:
    """The part of the world with most of the revenue."""
    there = math.fsum(one.revenue for one in shown if in_view(one, outlines.EUROPE))
    whole = math.fsum(one.revenue for one in shown)
    return "europe" if whole > 0 and there > whole / 2 else "world"


def in_view(one: Place, view: outlines.View) -> bool:
    """Whether the middle of a place lies in a part of the map."""
    return view.holds(outlines.middle(one.code))
