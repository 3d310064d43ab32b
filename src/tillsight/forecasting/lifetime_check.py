"""How lifetime values do on days kept apart: fitted to those before, and held against what came."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tillsight.forecasting.lifetime import (
    expected_purchases,
    expected_values,
    fit_purchases,
    fit_values,
)
from tillsight.forecasting.lifetime_models import Basis, Learnt, histories, means_of, sample
from tillsight.metrics.periods import DAY
from tillsight.metrics.rounding import MONEY, RATIO
from tillsight.warehouse import Snapshot

HELD_OUT = 4
"""One in so many days of history is kept apart."""
TENTHS = 10


@dataclass(frozen=True)
class Tenth:
    """A tenth of the customers, the one most was expected of first; purchases of all of them."""

    number: int
    customers: int
    predicted: float
    made: int


@dataclass(frozen=True)
class HoldOut:
    """What a model that knew only the days before `start` expected of the days up to `end`.

    `at_their_pace` is what it would have been if each had gone on buying as often as before.
    `end` is the day after the last. The verdict says it in words.
    """

    start: date
    end: date
    customers: int
    purchases_predicted: float
    purchases_made: int
    at_their_pace: float
    value_predicted: float
    value_made: float
    tenths: list[Tenth]

    @property
    def error(self) -> float | None:
        """How far off the number of purchases was, as a fraction of those made."""
        if not self.purchases_made:
            return None
        return round(self.purchases_predicted / self.purchases_made - 1, RATIO)

    @property
    def verdict(self) -> str:
        """How the model did, in words."""
        expected, made = _count(self.purchases_predicted), _count(self.purchases_made)
        text = (
            f"In {(self.end - self.start).days} days kept apart, {expected} purchases were"
            f" expected of {_count(self.customers)} customers and {made} made"
        )
        if self.error is None:
            return f"{text}."
        share = f"{abs(self.error):.0%}"
        off = f"{share} too many" if self.error > 0 else f"{share} too few"
        off = "as expected" if round(self.error, 2) == 0 else off
        best = self.tenths[0].made / self.purchases_made
        return f"{text}: {off}. The tenth that most was expected of made {best:.0%} of them."


def check(at: Snapshot, basis: Basis, learnt: Learnt | None) -> HoldOut | None:
    """Fit to the first days and look at the last ones; None without enough before."""
    if learnt is None or basis.first is None:
        return None
    held_out = (basis.until - basis.first).days // HELD_OUT
    known_until = basis.until - timedelta(days=held_out)
    found = at.columns(_split(learnt.every), [known_until, basis.until])
    history, means = histories(found), means_of(found)
    if not (means > 0).any():
        return None
    weeks = held_out / 7
    purchases = expected_purchases(fit_purchases(history), history, weeks)
    value = purchases * expected_values(fit_values(history.repeats, means), history.repeats, means)
    pace = history.repeats / np.maximum(history.age, 1 / 7)
    best_first = np.argsort(-purchases, kind="stable")
    return HoldOut(
        known_until + DAY,
        basis.until + DAY,
        len(history),
        round(float(purchases.sum()), MONEY),
        int(found["later"].sum()),
        round(float(pace.sum()) * weeks, MONEY),
        round(float(value.sum()), MONEY),
        round(float(found["later_spent"].sum()), MONEY),
        [
            Tenth(
                number,
                len(places),
                round(float(purchases[places].sum()), MONEY),
                int(found["later"][places].sum()),
            )
            for number, places in enumerate(np.array_split(best_first, TENTHS), 1)
        ],
    )


def _split(every: int) -> str:
    """SQL for the history of each customer up to a day, and what they bought from then on."""
    return f"""
        WITH parts AS (
            SELECT *, day <= known_until AS known
            FROM order_parts, (SELECT CAST(? AS DATE) AS known_until)
            WHERE lines > 0 AND customer_id IS NOT NULL AND day <= ? AND first_day <= known_until
                  AND {sample(every)}
        )
        SELECT count(*) FILTER (known AND last_seen < day) - 1 AS repeats,
               max(day) FILTER (known) - min(day) AS last, any_value(known_until) - min(day) AS age,
               CAST(coalesce(sum(revenue) FILTER (known AND day > first_day), 0) AS DOUBLE)
                   AS spent,
               count(*) FILTER (NOT known AND last_seen < day) AS later,
               CAST(coalesce(sum(revenue) FILTER (NOT known), 0) AS DOUBLE) AS later_spent
        FROM parts GROUP BY customer_id ORDER BY customer_id
    """


def _count(value: float) -> str:
    return f"{round(value):,}".replace(",", "\u202f")
