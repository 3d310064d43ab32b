"""What holds of every forecast: scale, calendar, bounds, and that no window knows what came."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulated import FAMILIES, shops
from tillsight.forecasting import engine
from tillsight.forecasting.outcome import Forecast, Report
from tillsight.forecasting.series import Floats, Series
from tillsight.forecasting.words import Grain, Method, Model

LEVELS = (1, 50, 80, 95, 99)


@st.composite
def histories(draw: st.DrawFn) -> Series:
    """Shops of every family by days or weeks, some with a day that was not ordinary."""
    family = draw(st.sampled_from(sorted(FAMILIES)))
    horizon = draw(st.sampled_from([1, 7, 30, 100]))
    [(series, _)] = shops(family, 1, horizon * 7, draw(st.integers(0, 10_000)), (30, 500))
    if draw(st.booleans()):
        series = weeks(series)
    series = replace(series, open_days_ahead=series.open_days_ahead[:horizon])
    special = draw(st.lists(st.integers(0, len(series.values) - 1), max_size=3))
    ordinary = series.is_ordinary.copy()
    ordinary[special] = False
    return replace(series, is_ordinary=ordinary)


def weeks(series: Series) -> Series:
    """The same shop by weeks; the first days go where they fill none."""
    whole = len(series.values) // 7 * 7
    return replace(
        series,
        grain=Grain.week,
        values=series.values[-whole:].reshape(-1, 7).sum(axis=1),
        open_days=series.open_days[-whole:].reshape(-1, 7).sum(axis=1),
        is_ordinary=series.is_ordinary[-whole:].reshape(-1, 7).all(axis=1),
        open_days_ahead=series.open_days_ahead.reshape(-1, 7).sum(axis=1),
    )


def days(values: Floats, horizon: int = 7, lowest: float = 0.0) -> Series:
    """A shop that is open every day."""
    n = len(values)
    return Series(
        grain=Grain.day,
        start=date(2023, 3, 1),
        values=np.asarray(values, dtype=float),
        open_days=np.ones(n, dtype=int),
        is_ordinary=np.ones(n, dtype=bool),
        open_days_ahead=np.ones(horizon, dtype=int),
        lowest=lowest,
    )


def numbers(told: Forecast) -> Iterator[Floats]:
    """Every number that a forecast tells in the unit of the measure."""
    yield told.values
    yield told.trend
    yield np.array([told.total])
    for one in told.intervals:
        yield from (one.lower, one.upper)
    for span in told.total_spans:
        yield np.array([span.lower, span.upper])
    for window in reported(told).windows if told.report else ():
        yield from (window.predicted, window.lower, window.upper)


def reported(told: Forecast) -> Report:
    assert told.report is not None
    return told.report


def check(told: Forecast, series: Series) -> None:
    """What holds of every forecast."""
    assert all(np.isfinite(found).all() for found in numbers(told))
    assert len(told.values) == len(told.trend) == series.horizon
    assert told.total == pytest.approx(told.values.sum())
    assert (told.values >= series.lowest).all()
    assert not told.values[series.open_days_ahead == 0].any()
    assert sum(told.weights.values()) in (0, pytest.approx(1))
    slack = 1e-9 * np.abs(told.values)
    for one in told.intervals:
        assert (one.lower >= series.lowest).all()
        assert (one.lower <= told.values + slack).all()
        assert (one.upper >= told.values - slack).all()
    for inner, outer in zip(told.intervals, told.intervals[1:], strict=False):
        assert (outer.lower <= inner.lower).all()
        assert (outer.upper >= inner.upper).all()
    for low, high in zip(told.total_spans, told.total_spans[1:], strict=False):
        assert high.lower <= low.lower <= told.total + 1e-9 * abs(told.total)
        assert high.upper >= low.upper >= told.total - 1e-9 * abs(told.total)
    if told.report is not None:
        scores = (told.report.scores, told.report.naive)
        found = [value for one in scores for value in vars(one).values() if value is not None]
        assert np.isfinite(found).all()


@given(histories())
@settings(max_examples=60)
def test_numbers_are_finite_levels_nest_and_nothing_is_below_zero(series: Series) -> None:
    check(engine.forecast(series, LEVELS), series)
    check(engine.seasonal_naive(series, LEVELS), series)


@given(histories(), st.floats(-6, 9))
@settings(max_examples=40)
def test_scaling_the_history_scales_the_forecast(series: Series, power: float) -> None:
    scale = 10**power
    plain = engine.forecast(series, LEVELS)
    scaled = engine.forecast(replace(series, values=series.values * scale), LEVELS)
    for found, wanted in zip(numbers(scaled), numbers(plain), strict=True):
        np.testing.assert_allclose(
            found, wanted * scale, rtol=1e-5, atol=1e-7 * scale * series.values.max()
        )
    if plain.report is not None:
        wape = reported(scaled).scores.wape
        assert wape == pytest.approx(plain.report.scores.wape, rel=1e-5)


@given(histories(), st.floats(0, 1e6))
@settings(max_examples=30)
def test_what_stands_on_closed_and_special_days_changes_nothing(
    series: Series, constant: float
) -> None:
    opens = series.open_days.copy()
    opens[5::7] = 0
    closed = replace(series, open_days=opens)
    counted = closed.is_open & closed.is_ordinary
    filled = replace(closed, values=np.where(counted, closed.values, constant))
    emptied = replace(closed, values=np.where(counted, closed.values, 0.0))
    both = (engine.forecast(filled, LEVELS), engine.forecast(emptied, LEVELS))
    for found, wanted in zip(*map(numbers, both), strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"intermittent", "counts"}))
@pytest.mark.parametrize("horizon", [7, 30, 120])
def test_no_window_knows_what_came(family: str, horizon: int) -> None:
    [(series, _)] = shops(family, 1, horizon, 3, (600, 601))
    report = reported(engine.forecast(series))
    for window in report.windows:
        values = series.values.copy()
        values[window.origin :] *= np.linspace(3, 0.5, len(values) - window.origin)
        again = reported(engine.forecast(replace(series, values=values)))
        same = next(one for one in again.windows if one.origin == window.origin)
        np.testing.assert_allclose(same.predicted, window.predicted, rtol=1e-9)
        np.testing.assert_allclose(same.upper, window.upper, rtol=1e-9)
        np.testing.assert_allclose(same.lower, window.lower, rtol=1e-9)


@pytest.mark.parametrize("count", [1, 5, 13])
def test_few_days_give_their_average(count: int) -> None:
    values = np.arange(1.0, count + 1)
    series = replace(days(values, 5), open_days_ahead=np.array([1, 1, 0, 1, 1]))
    for told in (engine.forecast(series), engine.seasonal_naive(series)):
        mean = values.sum() / count
        assert told.values.tolist() == pytest.approx([mean, mean, 0, mean, mean])
        assert (told.method, told.intervals, told.total_spans) == (Method.average, (), ())
        assert told.report is None
        [notice] = told.notices
        assert notice.code == "too_little_history"
        assert f"this is the average of {count} day" in notice.text


def test_days_that_are_closed_or_special_do_not_count_as_history() -> None:
    series = days(np.full(30, 9.0))
    closed = replace(series, open_days=(np.arange(30) % 3 > 0).astype(int))
    assert engine.forecast(closed).method is Method.blend
    special = replace(closed, is_ordinary=np.arange(30) >= 12)
    assert engine.forecast(special).method is Method.average
    assert engine.forecast(special).values.tolist() == pytest.approx([9.0] * 7)


def test_an_empty_history_gives_nothing() -> None:
    told = engine.forecast(days(np.zeros(0), 3))
    assert (told.values.tolist(), told.total, told.intervals) == ([0, 0, 0], 0, ())


def codes(told: Forecast) -> list[str]:
    return [notice.code for notice in told.notices]


def test_notices_tell_what_the_history_lacks() -> None:
    rng = np.random.default_rng(0)
    sold = np.exp(rng.normal(5, 0.2, 500))
    assert codes(engine.forecast(days(sold[:30]))) == ["short_history", "no_full_season"]
    assert codes(engine.forecast(days(sold[:394]))) == ["no_full_season"]
    assert codes(engine.forecast(days(sold[:395]))) == []
    sold[::3] = 0
    assert codes(engine.forecast(days(sold))) == ["many_zeros"]


def test_short_histories_have_wider_intervals() -> None:
    rng = np.random.default_rng(4)
    sold = np.exp(rng.normal(5, 0.3, (40, 400)))

    def width(known: Floats) -> float:
        [one] = engine.forecast(days(known), (80,)).intervals
        return float(np.mean(np.log(one.upper / one.lower)))

    short = np.mean([width(one[-28:]) for one in sold])
    long = np.mean([width(one) for one in sold])
    assert short > 1.3 * long


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(200),
        np.full(200, 7.0),
        -np.exp(np.linspace(0, 1, 200)),
        np.where(np.arange(200) == 100, 1e12, 50.0 + np.arange(200) % 7),
        np.where(np.arange(200) == 199, 1e12, 50.0 + np.arange(200) % 7),
        np.where(np.abs(np.arange(200) - 100) < 40, 0.0, 50.0),
        np.where(np.arange(200) < 120, 50.0, 0.0),
        np.eye(1, 200, 150)[0],
        np.exp(np.arange(200) / 10),
        1e-6 * (1 + np.arange(200) % 5),
        1e12 * (1 + np.arange(200) % 5),
        np.tile([3.0, -2.0, 0.0, 1.0, -3.0], 40),
        np.full(5000, 3.0),
    ],
    ids=str,
)
@pytest.mark.parametrize("lowest", [0.0, -np.inf])
def test_odd_histories(values: Floats, lowest: float) -> None:
    for horizon in (1, 365):
        series = days(values, horizon, lowest)
        check(engine.forecast(series, LEVELS), series)
        check(engine.seasonal_naive(series, LEVELS), series)


def test_a_constant_goes_on() -> None:
    told = engine.forecast(days(np.full(100, 7.0)))
    assert told.values.tolist() == pytest.approx([7.0] * 7, rel=1e-6)
    assert engine.forecast(days(np.zeros(100))).total == 0


def test_one_huge_day_moves_the_forecast_little() -> None:
    rng = np.random.default_rng(5)
    sold = np.exp(rng.normal(5, 0.3, 400))
    usual = engine.forecast(days(sold, 30)).total
    for at in (100, 350, 395):
        odd = sold.copy()
        odd[at] = 1e12
        assert engine.forecast(days(odd, 30)).total == pytest.approx(usual, rel=0.15)


def test_what_is_negative_is_forecast_where_it_may_be() -> None:
    rng = np.random.default_rng(6)
    sold = np.exp(rng.normal(5, 0.3, 200))
    gains = engine.forecast(days(sold, 14, -np.inf), LEVELS)
    losses = engine.forecast(days(-sold, 14, -np.inf), LEVELS)
    np.testing.assert_allclose(losses.values, -gains.values)
    assert losses.total_spans[1].lower == pytest.approx(-gains.total_spans[1].upper)
    assert engine.forecast(days(-sold, 14)).total == 0


def test_zeros_beyond_the_tail_put_the_lower_bound_at_zero() -> None:
    rng = np.random.default_rng(8)
    sold = np.where(rng.random(400) < 0.15, 0.0, np.exp(rng.normal(5, 0.2, 400)))
    half, wide = engine.forecast(days(sold, 30), (50, 80)).intervals
    assert (half.lower > 0).all()
    assert not wide.lower.any()


def test_months_are_forecast_by_their_model_and_days_far_ahead_by_both() -> None:
    [(series, _)] = shops("yearly", 1, 200, 1, (800, 801))
    told = engine.forecast(series)
    assert told.method is Method.monthly
    assert told.weights["months"] == 0.5
    assert engine.forecast(replace(series, open_days_ahead=np.ones(90, int))).method is Method.blend
    months = replace(
        days(np.exp(np.random.default_rng(0).normal(5, 0.1, 30)), 12), grain=Grain.month
    )
    many = replace(months, open_days=np.full(30, 26), open_days_ahead=np.full(12, 26))
    assert engine.forecast(many).method is Method.monthly
    naive = engine.seasonal_naive(many)
    np.testing.assert_allclose(naive.values, many.values[18:])


def test_the_verdict_is_of_windows_held_out() -> None:
    [(series, _)] = shops("level", 1, 30, 2, (400, 401))
    report = reported(engine.forecast(series))
    assert len(report.windows) == 8
    assert report.naive.wape is not None
    assert report.scores.wape is not None
    better = round(100 * (1 - report.scores.wape / report.naive.wape))
    assert report.verdict == f"{better} % better than repeating last week"


def test_the_last_fifth_of_trading_days_is_held_out() -> None:
    sold = np.where(np.arange(140) % 7 == 6, 0.0, 10.0 + np.arange(140) % 7)
    series = replace(days(sold), open_days=(sold > 0).astype(int))
    held = engine.hold_out(series)
    trading = np.flatnonzero(sold)
    assert held.first == trading[96]  # 96 of 120 come before
    assert held.actual.tolist() == sold[held.first :].tolist()
    changed = replace(series, values=np.where(np.arange(140) < held.first, sold, 1e6))
    np.testing.assert_array_equal(engine.hold_out(changed).predicted, held.predicted)
    counted = held.actual > 0
    apart = np.abs(held.predicted - held.actual)[counted]
    assert held.mae == pytest.approx(apart.mean())
    assert held.rmse == pytest.approx(np.sqrt((apart**2).mean()))
    assert held.mape == pytest.approx((apart / held.actual[counted]).mean())
    assert held.wape == pytest.approx(apart.sum() / held.actual.sum())
    naive = engine.hold_out(series, model=Model.seasonal_naive)
    assert naive.mape == pytest.approx(0)
    nothing = np.zeros(140 - held.first, dtype=int)
    assert not engine.hold_out(series, expected=nothing).predicted.any()


def test_hold_outs_of_next_to_nothing() -> None:
    for values in (np.zeros(0), np.zeros(40), np.array([3.0]), np.array([3.0, 4.0])):
        held = engine.hold_out(days(values))
        assert len(held.predicted) == len(held.actual) == len(values) - held.first
        assert all(score is None or np.isfinite(score) for score in (held.mae, held.mape))
