"""The known customers one by one with what they are expected to buy, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tillsight.errors import UnknownName
from tillsight.forecasting.lifetime_models import basis_of
from tillsight.forecasting.lifetime_values import (
    VALUE_SEGMENTS,
    WEEKS,
    Customers,
    Expected,
    expected_of,
    known_customers,
)
from tillsight.forecasting.outcome import Notice
from tillsight.forecasting.series import Counts, Floats
from tillsight.metrics.customer_groups import SEGMENTS
from tillsight.metrics.paging import no_cursor
from tillsight.metrics.rounding import MONEY, RATIO
from tillsight.warehouse import Snapshot, Warehouse

CHUNK = 5000
"""Customers told of at a time where all are wanted."""


@dataclass(frozen=True)
class CustomerLifetime:
    """A customer of the list; what is expected is None where history is too short."""

    customer_id: str
    customer_name: str | None
    segment: str
    value_segment: str
    first_day: date
    last_day: date
    orders: int
    purchase_days: int
    historic_value: float
    alive: float | None
    chance_of_purchase: float | None
    expected_purchases: float | None
    value_per_purchase: float | None
    expected_value: float | None


EXPECTED = (
    "expected_value",
    "expected_purchases",
    "value_per_purchase",
    "alive",
    "chance_of_purchase",
)
SORTS = (*EXPECTED, "historic_value", "customer_id")
"""Columns the list goes by."""


@dataclass(frozen=True)
class Wanted:
    """Which customers, and by which column of `SORTS`, with `-` for descending; equals go by id.

    `text` is a part of the id or the name, in any case; empty for all.
    """

    weeks: int = WEEKS
    segment: str | None = None
    value_segment: str | None = None
    sort: str = "-expected_value"
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse names that there are not."""
        for kind, name, known in [
            ("segment", self.segment, SEGMENTS),
            ("value segment", self.value_segment, VALUE_SEGMENTS),
            ("column to order by", self.sort.removeprefix("-"), SORTS),
        ]:
            if name is not None and name not in known:
                raise UnknownName(kind, name[:40], known)


@dataclass(frozen=True)
class Page:
    """Some of the `total` customers; `next` is where the following ones begin."""

    customers: list[CustomerLifetime]
    total: int
    next: str | None
    fallback: Notice | None
    data_version: int


def list_lifetimes(
    warehouse: Warehouse, wanted: Wanted, after: str, limit: int, today: date
) -> Page:
    """Up to `limit` of the wanted customers that follow the one with the id `after`.

    Where nothing can be expected yet, the list goes by what they spent so far instead.

    Raises:
        InvalidInput: the customer `after` is not among the wanted ones.
    """
    with warehouse.snapshot() as at:
        basis = basis_of(at, today)
        known = known_customers(at, basis)
        expected = expected_of(at, known, basis, wanted.weeks)
        order = _order(at, known, expected, wanted)
        begin = _place_after(known, order, after)
        shown = _rows(at, known, expected, order[begin : begin + limit])
        following = shown[-1].customer_id if begin + limit < len(order) else None
        return Page(shown, len(order), following, basis.fallback, at.version)


def all_lifetimes(
    warehouse: Warehouse, wanted: Wanted, today: date
) -> Iterator[list[CustomerLifetime]]:
    """All of the wanted customers, some at a time."""
    with warehouse.snapshot() as at:
        basis = basis_of(at, today)
        known = known_customers(at, basis)
        expected = expected_of(at, known, basis, wanted.weeks)
        order = _order(at, known, expected, wanted)
        for begin in range(0, len(order), CHUNK):
            yield _rows(at, known, expected, order[begin : begin + CHUNK])


def _order(at: Snapshot, known: Customers, expected: Expected | None, wanted: Wanted) -> Counts:
    """Places of the wanted customers, the one to be shown first in front."""
    chosen = np.ones(len(known.ids), dtype=bool)
    if wanted.segment is not None:
        chosen &= known.segment == list(SEGMENTS).index(wanted.segment)
    if wanted.value_segment is not None:
        chosen &= known.value_segment == VALUE_SEGMENTS.index(wanted.value_segment)
    if wanted.text:
        chosen &= _named(at, known, wanted.text)
    places = np.flatnonzero(chosen)  # by id, as all customers are
    column, falls = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    if column == "customer_id":
        return places[::-1] if falls else places
    values = known.revenue
    if expected is not None and column in EXPECTED:
        values = {
            "expected_value": expected.value,
            "expected_purchases": expected.purchases,
            "value_per_purchase": expected.each,
            "alive": expected.alive,
            "chance_of_purchase": expected.chance,
        }[column]
    keys = -values[places] if falls else values[places]
    return places[np.argsort(keys, kind="stable")]


def _named(at: Snapshot, known: Customers, text: str) -> NDArray[np.bool_]:
    """For each of the customers, whether the text is in their id or name."""
    rows = at.rows(
        "SELECT customer_id FROM customers WHERE contains(lower(customer_id), lower($1))"
        " OR contains(lower(customer_name), lower($1))",
        [text],
    )
    found = np.array([one for (one,) in rows], dtype=known.ids.dtype)
    places = np.searchsorted(known.ids, found)  # all are in order, so this is quick
    inside = places < len(known.ids)  # who only brought back is not among them
    places, found = places[inside], found[inside]
    chosen = np.zeros(len(known.ids), dtype=bool)
    chosen[places[known.ids[places] == found]] = True
    return chosen


def _place_after(known: Customers, order: Counts, after: str) -> int:
    if not after:
        return 0
    place = int(np.searchsorted(known.ids, after))
    if place == len(known.ids) or known.ids[place] != after:
        raise no_cursor(after)
    found = np.flatnonzero(order == place)
    if not len(found):
        raise no_cursor(after)
    return int(found[0]) + 1


def _rows(
    at: Snapshot, known: Customers, expected: Expected | None, places: Counts
) -> list[CustomerLifetime]:
    ids = [str(one) for one in known.ids[places]]
    told = {
        customer: rest
        for customer, *rest in at.rows(
            "SELECT customer_id, customer_name, first_day, last_day, whole_orders FROM customers"
            " WHERE customer_id IN (SELECT unnest(?))",
            [ids],
        )
    }
    segments = list(SEGMENTS)

    def number(values: Floats, place: int, decimals: int) -> float:
        return round(float(values[place]), decimals)

    rows = []
    for one, place in zip(ids, places, strict=True):
        name, first_day, last_day, orders = told[one]
        rows.append(
            CustomerLifetime(
                one,
                name,
                segments[known.segment[place]],
                VALUE_SEGMENTS[known.value_segment[place]],
                first_day,
                last_day,
                orders,
                int(known.histories.repeats[place]) + 1,
                number(known.revenue, place, MONEY),
                number(expected.alive, place, RATIO) if expected else None,
                number(expected.chance, place, RATIO) if expected else None,
                number(expected.purchases, place, MONEY) if expected else None,
                number(expected.each, place, MONEY) if expected else None,
                number(expected.value, place, MONEY) if expected else None,
            )
        )
    return rows
