"""Months ahead: what is told of histories of every length and kind, and that it holds."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tillsight.forecasting import monthly
from tillsight.forecasting.outcome import Forecast
from tillsight.forecasting.series import Floats, Series
from tillsight.forecasting.words import Grain, Method

SEASON = np.array([0.2, 0.1, 0.0, -0.1, -0.1, 0.0, -0.3, -0.4, 0.0, 0.1, 0.2, 0.3])


def of(values: Floats, horizon: int = 12, days: int = 25, lowest: float = 0.0) -> Series:
    months = len(values)
    return Series(
        Grain.month,
        date(2018, 1, 1),
        np.asarray(values, dtype=float),
        np.full(months, days),
        np.ones(months, dtype=bool),
        np.full(horizon, days),
        lowest,
    )


def shop(seed: int, months: int, noise: float = 0.08, growth: float = 0.05) -> Floats:
    """A year's season, growth and noise, as sales have them."""
    chance = np.random.default_rng(seed)
    steps = np.arange(months)
    logs = 9 + SEASON[steps % 12] + growth * steps / 12 + noise * chance.normal(size=months)
    return np.exp(logs)


def told(forecast: Forecast) -> list[Floats]:
    """All numbers of a forecast that are in the unit of the measure."""
    bounds = [bound for one in forecast.intervals for bound in (one.lower, one.upper)]
    spans = [np.array([one.lower, one.upper]) for one in forecast.total_spans]
    return [forecast.values, forecast.trend, np.array([forecast.total]), *bounds, *spans]


def test_season_and_growth_without_noise_are_found() -> None:
    values = shop(1, 60, noise=0.0)
    forecast = monthly.forecast(of(values[:48]))
    assert forecast.method is Method.monthly
    np.testing.assert_allclose(forecast.values, values[48:], rtol=0.03)
    assert forecast.report is not None
    assert forecast.report.scores.wape is not None
    assert forecast.report.scores.wape < 0.02
    assert forecast.report.verdict.endswith("% better than repeating last year")
    assert sum(forecast.weights.values()) == pytest.approx(1)


def test_totals_of_a_year_are_closer_than_repeating_last_year() -> None:
    ours, naive = [], []
    for seed in range(40):
        values = shop(seed, 48, noise=0.1, growth=0.08)
        actual = values[36:].sum()
        ours.append(abs(np.log(monthly.forecast(of(values[:36])).total / actual)))
        naive.append(abs(np.log(monthly.seasonal_naive(values[:36], 12).sum() / actual)))
    assert np.mean(ours) < 0.8 * np.mean(naive)


def test_four_of_five_months_and_totals_lie_in_the_interval_of_80_percent() -> None:
    months, totals = [], []
    for seed in range(60):
        values = shop(seed, 48, noise=0.15)
        forecast = monthly.forecast(of(values[:36]))
        interval, span = forecast.intervals[0], forecast.total_spans[0]
        months.append((interval.lower <= values[36:]) & (values[36:] <= interval.upper))
        totals.append(span.lower <= values[36:].sum() <= span.upper)
    assert 0.75 <= np.mean(months) <= 0.92
    assert 0.7 <= np.mean(totals) <= 0.97


def test_reported_scores_are_those_of_the_reported_windows() -> None:
    values = shop(3, 60)
    forecast = monthly.forecast(of(values, horizon=6))
    report = forecast.report
    assert report is not None
    assert [window.origin for window in report.windows] == [30, 36, 42, 48, 54]
    actual = np.concatenate([values[w.origin : w.origin + 6] for w in report.windows])
    said = np.concatenate([w.predicted for w in report.windows])
    naive = np.concatenate([values[w.origin - 12 : w.origin - 6] for w in report.windows])
    assert report.scores.wape == pytest.approx(abs(actual - said).sum() / actual.sum())
    assert report.scores.mae == pytest.approx(abs(actual - said).mean())
    assert report.scores.rmse == pytest.approx(np.sqrt(((actual - said) ** 2).mean()))
    assert report.naive.wape == pytest.approx(abs(actual - naive).sum() / actual.sum())


def test_what_is_reported_of_a_window_knows_nothing_of_it() -> None:
    values = shop(4, 48)
    changed = values.copy()
    changed[42:] *= 1.3
    first, second = (monthly.forecast(of(these, horizon=6)).report for these in (values, changed))
    assert first is not None
    assert second is not None
    for one, other in zip(first.windows, second.windows, strict=True):
        np.testing.assert_allclose(one.predicted, other.predicted)
        np.testing.assert_allclose(one.upper, other.upper)


@pytest.mark.parametrize("months", [6, 7, 9, 12, 13, 15, 19, 24, 25, 37, 120])
@pytest.mark.parametrize("horizon", [1, 5, 12, 36])
def test_every_length_of_history_and_horizon_is_answered_in_order(
    months: int, horizon: int
) -> None:
    forecast = monthly.forecast(of(shop(months, months), horizon), (50, 80, 95, 99))
    assert all(np.isfinite(numbers).all() for numbers in told(forecast))
    assert all((numbers >= 0).all() for numbers in told(forecast))
    assert len(forecast.values) == len(forecast.trend) == horizon
    assert forecast.total == pytest.approx(forecast.values.sum())
    inside = forecast.values, forecast.values
    for interval in forecast.intervals:
        assert (interval.lower <= inside[0]).all()
        assert (interval.upper >= inside[1]).all()
        inside = interval.lower, interval.upper
    ends = forecast.total, forecast.total
    for span in forecast.total_spans:
        assert span.lower <= ends[0]
        assert span.upper >= ends[1]
        ends = span.lower, span.upper
    codes = [notice.code for notice in forecast.notices]
    assert codes == (["no_full_season"] if months < 13 else [])
    assert forecast.report is not None
    assert forecast.report.scores.coverage is not None


@pytest.mark.parametrize("months", [9, 18, 40])
def test_scaling_values_scales_everything_told(months: int) -> None:
    values = shop(5, months)
    values[2] = 0
    small, large = (monthly.forecast(of(values * by)) for by in (1.0, 250.0))
    for one, other in zip(told(small), told(large), strict=True):
        np.testing.assert_allclose(one * 250, other, rtol=1e-9)
    assert small.report is not None
    assert large.report is not None
    assert small.report.scores.wape == pytest.approx(large.report.scores.wape)


def test_what_is_mostly_negative_is_the_mirror_of_what_is_positive() -> None:
    values = shop(6, 40)
    plus, minus = (monthly.forecast(of(by * values, lowest=-np.inf)) for by in (1.0, -1.0))
    np.testing.assert_allclose(minus.values, -plus.values)
    np.testing.assert_allclose(minus.intervals[0].lower, -plus.intervals[0].upper)
    assert minus.total_spans[0].lower == pytest.approx(-plus.total_spans[0].upper)


def test_a_net_month_below_zero_is_no_obstacle() -> None:
    values = shop(7, 40)
    values[17] = -500.0
    forecast = monthly.forecast(of(values, lowest=-np.inf))
    assert forecast.method is Method.monthly
    assert all(np.isfinite(numbers).all() for numbers in told(forecast))


@pytest.mark.parametrize(("months", "words"), [(1, "1 month."), (5, "5 months.")])
def test_under_six_months_the_average_is_told_without_interval(months: int, words: str) -> None:
    values = np.arange(1.0, months + 1) * 100
    forecast = monthly.forecast(of(values, horizon=3))
    assert forecast.method is Method.average
    np.testing.assert_allclose(forecast.values, values.mean())
    assert (forecast.intervals, forecast.total_spans, forecast.report) == ((), (), None)
    assert forecast.notices[0].code == "too_little_history"
    assert forecast.notices[0].text.endswith(f"the average of {words}")


def test_nothing_at_all_and_nothing_but_zeros_are_zero() -> None:
    for values in (np.zeros(0), np.zeros(4), np.zeros(30)):
        forecast = monthly.forecast(of(values, horizon=3))
        assert forecast.method is Method.average
        assert all((numbers == 0).all() for numbers in told(forecast))


def test_constant_months_stay_what_they_are() -> None:
    forecast = monthly.forecast(of(np.full(30, 70.0)))
    for numbers in (forecast.values, forecast.trend, *vars(forecast.intervals[1]).values()):
        if isinstance(numbers, np.ndarray):
            np.testing.assert_allclose(numbers, 70)


def test_months_that_come_in_lumps_are_averaged() -> None:
    values = np.where(np.arange(30) % 3 == 0, 300.0, 0.0)
    forecast = monthly.forecast(of(values, horizon=6))
    assert forecast.method is Method.average
    assert [notice.code for notice in forecast.notices] == ["many_zeros"]
    np.testing.assert_allclose(forecast.values, 100)
    assert (forecast.intervals[0].lower == 0).all()
    assert (forecast.intervals[0].upper == 300).all()
    assert 0 <= forecast.total_spans[0].lower < 600 < forecast.total_spans[0].upper


def test_months_with_fewer_open_days_bring_less() -> None:
    chance = np.random.default_rng(8)
    days = chance.integers(18, 27, size=42)
    values = days * 100.0 * np.exp(0.01 * chance.normal(size=42))
    series = replace(of(values[:36], 6), open_days=days[:36], open_days_ahead=days[36:])
    np.testing.assert_allclose(monthly.forecast(series).values, values[36:], rtol=0.04)


def test_open_days_are_left_aside_where_they_only_add_noise() -> None:
    days = np.random.default_rng(9).integers(15, 28, size=42)
    series = replace(of(np.full(36, 5.0), 6), open_days=days[:36], open_days_ahead=days[36:])
    np.testing.assert_allclose(monthly.forecast(series).values, 5.0)


def test_a_closed_month_ahead_is_nothing_and_one_behind_is_no_low() -> None:
    values = shop(10, 36, noise=0.02, growth=0.0)
    open_days, ahead = np.full(36, 25), np.full(12, 25)
    values[[7, 19, 31]], open_days[[7, 19, 31]], ahead[7] = 0, 0, 0
    forecast = monthly.forecast(replace(of(values), open_days=open_days, open_days_ahead=ahead))
    assert forecast.values[7] == forecast.intervals[1].upper[7] == 0
    np.testing.assert_allclose(forecast.values[8], values[32], rtol=0.06)


def test_a_month_that_was_not_ordinary_changes_nothing() -> None:
    values = shop(11, 36)
    ordinary = np.ones(36, dtype=bool)
    ordinary[30] = False
    told_of = []
    for value in (values[30], values[30] * 40):
        values[30] = value
        told_of.append(monthly.forecast(replace(of(values), is_ordinary=ordinary)))
    np.testing.assert_allclose(told_of[0].values, told_of[1].values)
    np.testing.assert_allclose(told_of[0].intervals[0].upper, told_of[1].intervals[0].upper)
    assert told_of[0].report is not None
    assert told_of[1].report is not None
    assert told_of[0].report.scores.wape == pytest.approx(told_of[1].report.scores.wape)


def test_a_huge_month_leaves_finite_numbers() -> None:
    values = shop(12, 40)
    values[38] *= 1e9
    assert all(np.isfinite(numbers).all() for numbers in told(monthly.forecast(of(values, 36))))


def test_seasonal_naive_repeats_the_last_year_or_the_last_month() -> None:
    values = np.arange(15.0)
    np.testing.assert_array_equal(monthly.seasonal_naive(values, 14), [*values[3:], 3, 4])
    np.testing.assert_array_equal(monthly.seasonal_naive(values[:12], 2), [11, 11])
