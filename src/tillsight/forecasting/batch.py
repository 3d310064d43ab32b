"""Forecasts of the largest groups and of all others together, adding up to that of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from tillsight.errors import InvalidInput
from tillsight.forecasting import others
from tillsight.forecasting.asked import OURS, Asked, Sources, Told, check, told_at, wanted_of
from tillsight.forecasting.outcome import Forecast
from tillsight.forecasting.reconcile import reconciled
from tillsight.forecasting.series import Floats
from tillsight.forecasting.steps import Stepped, stepped
from tillsight.forecasting.trading import Around, Trading, by_day
from tillsight.metrics.catalogue import dimensions
from tillsight.metrics.periods import DAY, Period
from tillsight.metrics.query import compute
from tillsight.metrics.question import Question
from tillsight.warehouse import Snapshot

MOST_GROUPS = 20
RECENT_DAYS = 365
"""Days up to the last one whose sales say which groups are the largest."""


class By(StrEnum):
    """What groups are of."""

    country = "country"
    product = "product"
    category = "category"
    channel = "channel"


@dataclass(frozen=True)
class Part:
    """A group with its steps and forecast; `key` is None for sales of which it is unknown."""

    key: str | None
    name: str | None
    steps: Stepped
    forecast: Forecast


@dataclass(frozen=True)
class Batched:
    """The largest groups, the largest first, all others as one, and the whole as it is told.

    The groups and `rest` sum to `whole` at each step and in total. There is no rest where the
    groups are all there are, and nothing at all where nothing was sold.
    """

    by: By
    whole: Told
    groups: Sequence[Part] = ()
    rest: Part | None = None


def batch_of(sources: Sources, asked: Asked, by: By, top: int = MOST_GROUPS) -> Batched:
    """The forecasts of the `top` largest groups of the last year, from one version of the sales.

    Raises:
        UnknownName, InvalidInput, Unavailable: as `forecast_of`; or a model that takes long.
    """
    check(asked)
    if asked.model not in OURS:
        raise InvalidInput(
            f"Many forecasts at once are made by {' or '.join(sorted(OURS))}. Ask for a group by"
            " itself to have another model."
        )
    given = sources.around()
    key = ("batch", given.key(), asked.key(), by, top)
    with sources.warehouse.snapshot() as at:
        return at.once(key, lambda: _batched(at, given, asked, by, top))


def _batched(at: Snapshot, given: Around, asked: Asked, by: By, top: int) -> Batched:
    whole = told_at(at, given, asked)
    if whole.ground is None or whole.forecast is None:
        return Batched(by, whole)
    trading = whole.ground.trading
    names = _largest(at, asked, by, top, trading)
    sold = _by_day(at, asked, by, list(names), trading)
    left = by_day(at, asked.measure, asked.filters, trading.period) - sum(sold.values())
    left = np.round(left, 4) + 0.0  # what is left of floats is nothing
    columns = [*sold.values(), *([left] if left.any() else [])]
    if not columns:
        return Batched(by, whole)
    wanted = wanted_of(asked)
    steps = [stepped(trading, values, wanted) for values in columns]
    found = reconciled(
        whole.forecast,
        [others.forecast(asked.model, one.series, asked.levels) for one in steps],
        np.array([values[-RECENT_DAYS:].sum() for values in columns]),
        wanted.lowest,
    )
    parts = [
        Part(key, names.get(key), each, forecast)
        for key, each, forecast in zip([*names, None], steps, found.parts, strict=False)
    ]
    rest = replace(parts.pop(), name=None) if len(columns) > len(names) else None
    return Batched(by, replace(whole, forecast=found.whole), parts, rest)


def _largest(
    at: Snapshot, asked: Asked, by: By, top: int, trading: Trading
) -> Mapping[str | None, str | None]:
    """The keys of the largest groups, the largest first, with their names."""
    start = max(trading.first, trading.last - timedelta(days=RECENT_DAYS - 1))
    question = Question(
        [asked.measure],
        [by],
        Period(start, trading.last + DAY),
        asked.filters,
        order=f"-{asked.measure}",
        limit=top,
    )
    [dimension] = dimensions([by])
    label = dimension.label_name if dimension.label_sql else dimension.name
    return {row[by]: row[label] for row in compute(at, question).rows}


def _by_day(
    at: Snapshot, asked: Asked, by: By, keys: Sequence[str | None], trading: Trading
) -> dict[str | None, Floats]:
    """What each group sold on each day of the history, (n,)."""
    sold = {key: np.zeros(len(trading.is_open)) for key in keys}
    filters = {**asked.filters, by: [key or "" for key in keys]}
    # Ordered, so that days without sales are not filled in.
    question = Question([asked.measure], [by, "day"], trading.period, filters, order="day")
    for row in compute(at, question).rows if keys else ():
        day = date.fromisoformat(row["day"])
        sold[row[by]][(day - trading.first).days] = row[asked.measure]
    return sold
