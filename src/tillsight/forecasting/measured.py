"""How good forecasts are: models side by side, and the last fifth of the trading days held out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from tillsight.forecasting import engine, others
from tillsight.forecasting.asked import (
    OURS,
    Asked,
    Ground,
    Sources,
    Told,
    check,
    untold_at,
    wanted_of,
)
from tillsight.forecasting.compare import Compared, compare
from tillsight.forecasting.engine import HoldOut
from tillsight.forecasting.open_days import learn
from tillsight.forecasting.series import Counts, Series
from tillsight.forecasting.steps import falls_on
from tillsight.forecasting.words import Method, Model

SHARE = 0.2


def measured(sources: Sources, told: Told) -> HoldOut | None:
    """The hold-out of a forecast by day; None where there is too little history for one.

    Which days would be open is what the calendar expected before them, not what came.

    Raises:
        Unavailable: the model takes long; ask again.
    """
    if told.ground is None or told.forecast is None or told.forecast.method is Method.average:
        return None
    model, key = told.asked.model, ("hold-out", told.key)
    series = told.ground.steps.series
    expected = _expected(told.ground, told)
    if model not in OURS:
        return sources.worked_out(key, held_out, model, series, expected)
    with sources.warehouse.snapshot() as at:  # only to keep it: the key says of which sales it is
        return at.once(key, lambda: held_out(model, series, expected))


def compared(
    sources: Sources, asked: Asked, models: Sequence[Model]
) -> tuple[Told, list[Compared]]:
    """Models scored on the same windows of what is asked, and what was asked without a forecast.

    Raises:
        UnknownName, InvalidInput, Unavailable: as `forecast_of`.
    """
    check(asked)
    given, key = sources.around(), tuple(models)
    with sources.warehouse.snapshot() as at:
        told = untold_at(at, given, asked)
        if told.ground is None:
            return told, []
        series = told.ground.steps.series
        if all(one in OURS or not others.installed(one) for one in models):
            kept = ("compared", told.key, key)
            return told, at.once(kept, lambda: compare(series, models))
    return told, sources.worked_out(("compared", told.key, key), compare, series, models)


def held_out(model: Model, series: Series, expected: Counts) -> HoldOut:
    """The last fifth of the trading days by any model; `expected` are their open days, (k,)."""
    if model in OURS:
        return engine.hold_out(series, SHARE, model, expected)
    first = engine.first_held_out(series, SHARE)
    as_expected = replace(series, open_days=np.concatenate((series.open_days[:first], expected)))
    predicted = others.window(model, as_expected, first, len(expected)).predicted
    return HoldOut.scored(series, first, predicted)


def _expected(ground: Ground, told: Told) -> Counts:
    """Open days of the days held out, as the calendar expected them before they came."""
    series, calendar = ground.steps.series, ground.trading.calendar
    first = engine.first_held_out(series, SHARE)
    begin = series.start + timedelta(days=first)
    before = (begin - calendar.first).days
    learnt = learn(
        calendar.first, calendar.traded[:before], calendar.holidays, calendar.corrections
    )
    days = len(series.values) - first
    is_open = learnt.flags(begin, days) & falls_on(begin, days, wanted_of(told.asked).weekdays)
    return is_open.astype(np.int64)
