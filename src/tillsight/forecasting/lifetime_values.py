"""What the known customers of the shop are expected to buy: all of them, and one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tillsight.forecasting.lifetime import (
    Histories,
    alive,
    chances_of_purchase,
    expected_purchases,
    expected_values,
)
from tillsight.forecasting.lifetime_check import HoldOut, check
from tillsight.forecasting.lifetime_models import (
    Basis,
    Learnt,
    basis_of,
    bought,
    histories,
    learnt_from,
    means_of,
    once,
)
from tillsight.forecasting.outcome import Notice
from tillsight.forecasting.series import Counts, Floats
from tillsight.metrics import value_segments
from tillsight.metrics.customer_groups import SEGMENTS
from tillsight.metrics.rfm import SCORED
from tillsight.metrics.rounding import MONEY, RATIO
from tillsight.warehouse import Snapshot, Warehouse

WEEKS = 52
"""How far ahead is looked unless asked for otherwise."""
FAR_OFF, TOGETHER = 0.25, 0.3
"""Error of the check, and correlation of frequency and value, that are said in words."""
VALUE_SEGMENTS = tuple(one.name for one in value_segments.SEGMENTS)

Ids = NDArray[Any]


@dataclass(frozen=True)
class SegmentLifetime:
    """The customers of a segment together; what is expected is None where history is too short.

    `expected_customers` are those who are expected to buy at least once.
    """

    segment: str
    customers: int
    expected_purchases: float | None
    expected_value: float | None
    mean_alive: float | None
    expected_customers: float | None
    historic_value: float


@dataclass(frozen=True)
class Fit:
    """The parameters of both models, their log-likelihoods, and of how many customers they are."""

    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    gamma: float
    log_likelihood: float
    log_likelihood_of_values: float
    customers: int
    repeat_customers: int


@dataclass(frozen=True)
class Report:
    """What customers are expected to buy in the weeks after `as_of`, by segment, and how sure."""

    weeks: int
    as_of: date | None
    value_segments: list[SegmentLifetime]
    rfm_segments: list[SegmentLifetime]
    total: SegmentLifetime
    fit: Fit | None
    hold_out: HoldOut | None
    correlation: float | None
    notices: list[Notice]
    fallback: Notice | None
    data_version: int


@dataclass(frozen=True)
class OwnLifetime:
    """What one customer is expected to buy in the weeks after `as_of`."""

    weeks: int
    as_of: date
    alive: float
    chance_of_purchase: float
    expected_purchases: float
    value_per_purchase: float
    expected_value: float


@dataclass(frozen=True)
class Expected:
    """What is expected of each customer in so many weeks; their values are revenue."""

    weeks: int
    alive: Floats
    chance: Floats
    purchases: Floats
    each: Floats
    value: Floats


@dataclass
class Customers:
    """All known customers with a sale, by id; segments are places among their names.

    `spent` is the mean value of repeat purchases, `revenue` of all their sales. What is expected in
    the weeks that were asked for last is kept, for pages ask for it again.
    """

    ids: Ids
    histories: Histories
    spent: Floats
    revenue: Floats
    segment: Counts
    value_segment: Counts
    asked_last: list[Expected] = field(default_factory=list)


def lifetime_report(warehouse: Warehouse, weeks: int, today: date) -> Report:
    """What the known customers are expected to buy in the next weeks, 1 or more."""
    with warehouse.snapshot() as at:
        basis = basis_of(at, today)
        return once(at, ("report", basis.until, weeks), lambda: _report(at, basis, weeks))


def lifetime_of(
    warehouse: Warehouse, customer_id: str, today: date, weeks: int = WEEKS
) -> OwnLifetime | None:
    """What one customer is expected to buy; None where that cannot be said."""
    with warehouse.snapshot() as at:
        basis = basis_of(at, today)
        if basis.fallback:
            return None
        found = at.columns(bought("customer_id = ?"), [*[basis.until] * 2, customer_id])
        if not len(found["repeats"]):
            return None
        learnt = learnt_from(at, basis)
    history = histories(found)
    [purchases] = expected_purchases(learnt.purchases, history, weeks)
    [each] = expected_values(learnt.values, history.repeats, means_of(found))
    [lives] = alive(learnt.purchases, history)
    [chance] = chances_of_purchase(learnt.purchases, history, weeks)
    return OwnLifetime(
        weeks,
        basis.until,
        round(float(lives), RATIO),
        round(float(chance), RATIO),
        round(float(purchases), MONEY),
        round(float(each), MONEY),
        round(float(purchases * each), MONEY),
    )


def known_customers(at: Snapshot, basis: Basis) -> Customers:
    return once(at, ("customers", basis.until), lambda: _customers(at, basis))


def _customers(at: Snapshot, basis: Basis) -> Customers:
    segments = ", ".join(f"'{name}'" for name in SEGMENTS)
    cuts = " ".join(
        f"WHEN revenue > {one.above} THEN {place}"
        for place, one in enumerate(value_segments.SEGMENTS)
        if one.above is not None
    )
    found = at.columns(
        f"""{SCORED}, bought AS ({bought()})
        SELECT customer_id, repeats, last, bought.age AS age, spent,
               CAST(revenue AS DOUBLE) AS revenue,
               list_position([{segments}], segment) - 1 AS segment,
               CASE {cuts} ELSE {len(VALUE_SEGMENTS) - 1} END AS value_segment
        FROM bought JOIN scored USING (customer_id) ORDER BY customer_id
        """,
        [basis.until] * 2,
    )
    return Customers(
        found["customer_id"].astype(np.dtypes.StringDType()),  # a third of the space of objects
        histories(found),
        means_of(found),
        found["revenue"],
        found["segment"].astype(np.int64),
        found["value_segment"].astype(np.int64),
    )


def expected_of(at: Snapshot, known: Customers, basis: Basis, weeks: int) -> Expected | None:
    """What is expected of each customer; None where that cannot be said."""
    if basis.fallback:
        return None
    for one in known.asked_last:
        if one.weeks == weeks:
            return one
    learnt, history = learnt_from(at, basis), known.histories
    purchases = expected_purchases(learnt.purchases, history, weeks)
    each = expected_values(learnt.values, history.repeats, known.spent)
    found = Expected(
        weeks,
        alive(learnt.purchases, history),
        chances_of_purchase(learnt.purchases, history, weeks),
        purchases,
        each,
        purchases * each,
    )
    known.asked_last[:] = [found]
    return found


def _report(at: Snapshot, basis: Basis, weeks: int) -> Report:
    known = known_customers(at, basis)
    expected = expected_of(at, known, basis, weeks)
    learnt = None if basis.fallback else learnt_from(at, basis)
    hold_out = once(at, ("check", basis.until), lambda: check(at, basis, learnt))
    return Report(
        weeks,
        basis.until if basis.first else None,
        _segments(VALUE_SEGMENTS, known.value_segment, known, expected),
        _segments(tuple(SEGMENTS), known.segment, known, expected),
        _segments(("all",), np.zeros_like(known.segment), known, expected)[0],
        _fit(learnt) if learnt else None,
        hold_out,
        _rounded(learnt.correlation, RATIO) if learnt else None,
        _notices(basis, learnt, hold_out),
        basis.fallback,
        at.version,
    )


def _segments(
    names: Sequence[str], places: Counts, known: Customers, expected: Expected | None
) -> list[SegmentLifetime]:
    def sums(values: Floats | None) -> list[float | None]:
        if values is None:
            return [None] * len(names)
        return [float(one) for one in np.bincount(places, values, minlength=len(names))]

    counts = np.bincount(places, minlength=len(names))
    columns = zip(
        names,
        counts,
        sums(expected.purchases if expected else None),
        sums(expected.value if expected else None),
        sums(expected.alive if expected else None),
        sums(expected.chance if expected else None),
        sums(known.revenue),
        strict=True,
    )
    return [
        SegmentLifetime(
            name,
            int(count),
            _rounded(purchases, MONEY),
            _rounded(value, MONEY),
            _rounded(lives / count, RATIO) if count and lives is not None else None,
            _rounded(buying, MONEY),
            round(revenue or 0.0, MONEY),
        )
        for name, count, purchases, value, lives, buying, revenue in columns
    ]


def _fit(learnt: Learnt) -> Fit:
    purchases, values = learnt.purchases, learnt.values
    return Fit(
        r=_digits(purchases.r),
        alpha=_digits(purchases.alpha),
        a=_digits(purchases.a),
        b=_digits(purchases.b),
        p=_digits(values.p),
        q=_digits(values.q),
        gamma=_digits(values.gamma),
        log_likelihood=round(purchases.log_likelihood, MONEY),
        log_likelihood_of_values=round(values.log_likelihood, MONEY),
        customers=purchases.customers,
        repeat_customers=values.customers,
    )


def _digits(parameter: float) -> float:
    return float(f"{parameter:.6g}")


def _notices(basis: Basis, learnt: Learnt | None, hold_out: HoldOut | None) -> list[Notice]:
    found = []
    if basis.has_future:
        text = f"Sales after {basis.until} lie in the future and are left out."
        found.append(Notice("future_dates", text))
    if learnt and learnt.every > 1:
        text = f"The model was fitted to one in {learnt.every} customers; all are forecast by it."
        found.append(Notice("sampled", text))
    if learnt and abs(learnt.correlation or 0) >= TOGETHER:
        more = "more" if (learnt.correlation or 0) > 0 else "less"
        text = (
            f"Customers who buy often spend {more} at a time. The model takes the two for"
            " independent, so that values of single customers are rougher than they look."
        )
        found.append(Notice("correlated", text))
    if hold_out and abs(hold_out.error or 0) > FAR_OFF:
        text = "The check on days kept apart was far off. Take the figures as a rough order."
        found.append(Notice("far_off", text))
    return found


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)
