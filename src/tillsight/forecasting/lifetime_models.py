"""What is known of the customers' purchases at a version of the data, and the models of it.

A purchase is a day with a sale, its value the revenue of that day. Days after today are no history.
Models are fitted once for a version of the data, by one request at a time; who comes second waits.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tillsight.forecasting.lifetime import (
    Histories,
    PurchaseModel,
    ValueModel,
    correlation,
    fit_purchases,
    fit_values,
)
from tillsight.forecasting.outcome import Notice
from tillsight.forecasting.series import Floats
from tillsight.metrics.periods import DAY, add_months
from tillsight.warehouse import Snapshot

ENOUGH_REPEATING = 500
"""Customers who came again, below which the models are not asked."""
ENOUGH_MONTHS = 18
"""Months of sales below which they are not: after one season, purchases come out far too high."""
FITTED_AT_MOST = 200_000
"""Customers the models are fitted to at the most; of more, every second or every tenth."""

Answer = TypeVar("Answer")
_alone = threading.RLock()


@dataclass(frozen=True)
class Basis:
    """What there is to learn from, up to the day `until`, which is the last one that counts."""

    first: date | None
    until: date
    customers: int
    repeat_customers: int
    has_future: bool

    @property
    def fallback(self) -> Notice | None:
        """Why the historic value is shown instead, if it is."""
        if self.first is None:
            return Notice("no_data", "No customer has bought anything yet.")
        if add_months(self.first, ENOUGH_MONTHS) > self.until + DAY:
            months = round((self.until + DAY - self.first).days / 30.44)
            known = "1 month" if months == 1 else f"{months} months"
            return Notice(
                "too_short",
                f"The sales cover {known}; what customers will buy can be said from"
                f" {ENOUGH_MONTHS} months on, once a season has come round."
                " This is what they spent so far.",
            )
        if self.repeat_customers < ENOUGH_REPEATING:
            one = self.repeat_customers == 1
            known = "1 customer has" if one else f"{self.repeat_customers} customers have"
            return Notice(
                "too_few_customers",
                f"{known} bought on more than one day; what customers will buy can be said from"
                f" about {ENOUGH_REPEATING} on. This is what they spent so far.",
            )
        return None


@dataclass(frozen=True)
class Learnt:
    """Both models, from one in `every` customers."""

    purchases: PurchaseModel
    values: ValueModel
    correlation: float | None
    every: int


def once(at: Snapshot, key: Hashable, compute: Callable[[], Answer]) -> Answer:
    """The kept answer, or what `compute` gives: for one request, and the others wait for it."""

    def alone() -> Answer:
        with _alone:
            return at.once(("lifetime, alone", key), compute)

    return at.once(("lifetime", key), alone)


def basis_of(at: Snapshot, today: date) -> Basis:
    return at.once(("lifetime basis", today), lambda: _looked_up(at, today))


def _looked_up(at: Snapshot, today: date) -> Basis:
    [(newest,)] = at.rows("SELECT max(day) FROM daily_sales")
    until = min(newest or today, today)
    # A customer's purchases after today do not count, so that their last one may be another.
    [(first, customers, repeating)] = at.rows(
        "SELECT min(first_day), count(*), count(*) FILTER (least(last_day, ?) > first_day)"
        " FROM customers WHERE first_day <= ?",
        [until, until],
    )
    return Basis(first, until, customers, repeating, newest is not None and newest > today)


def bought(condition: str = "TRUE") -> str:
    """SQL for the history of each customer up to a day, which is its first two values.

    A part of an order begins a new day of the customer where the part before lies on another one.
    """
    return f"""
        SELECT customer_id, count(*) FILTER (last_seen < day) - 1 AS repeats,
               max(day) - min(day) AS last, ? - min(day) AS age,
               CAST(coalesce(sum(revenue) FILTER (day > first_day), 0) AS DOUBLE) AS spent
        FROM order_parts
        WHERE lines > 0 AND customer_id IS NOT NULL AND day <= ? AND {condition}
        GROUP BY customer_id
    """


def sample(every: int) -> str:
    return f"hash(customer_id) % {every} = 0" if every > 1 else "TRUE"


def histories(columns: dict[str, NDArray[Any]]) -> Histories:
    last, age = columns["last"] / 7, columns["age"] / 7
    return Histories(columns["repeats"].astype(np.int64), last, age)


def means_of(columns: dict[str, NDArray[Any]]) -> Floats:
    means: Floats = columns["spent"] / np.maximum(columns["repeats"], 1)
    return means


def learnt_from(at: Snapshot, basis: Basis) -> Learnt:
    return once(at, ("models", basis.until), lambda: _learn(at, basis))


def _learn(at: Snapshot, basis: Basis) -> Learnt:
    every = -(-basis.customers // FITTED_AT_MOST)
    found = at.columns(bought(sample(every)), [basis.until] * 2)
    history, means = histories(found), means_of(found)
    return Learnt(
        fit_purchases(history),
        fit_values(history.repeats, means),
        correlation(history.repeats, means),
        every,
    )
