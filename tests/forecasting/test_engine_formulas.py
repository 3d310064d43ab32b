"""The formulas of the engine, computed again in plain Python."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from simulated import shops
from tillsight.forecasting import engine, ridge
from tillsight.forecasting.blend import decided
from tillsight.forecasting.candidates import damped_trend, smoothed, weekday_mean
from tillsight.forecasting.fit import PROFILE_DRAWN, PROFILE_HALF_LIFE, Fit
from tillsight.forecasting.intervals import Spread, bounds, conformal, student
from tillsight.forecasting.prepared import prepare, trailing_median
from tillsight.forecasting.scores import mape, scores, seasonal_error, wape
from tillsight.forecasting.series import Series
from tillsight.forecasting.windows import roll

ORIGIN = 140
AMOUNTS = st.just(0.0) | st.floats(0.01, 1e6)


@pytest.fixture(scope="module")
def series() -> Series:
    [(found, _)] = shops("closed", 1, 14, 5, (200, 201))
    return found


@pytest.fixture(scope="module")
def fit(series: Series) -> Fit:
    """Seen from two origins, the first of which is looked at."""
    origins = np.array([ORIGIN, 200])
    return Fit(prepare(series), origins, origins[:, None] + np.arange(14))


def weekday(step: int, series: Series) -> int:
    return (series.start + timedelta(days=step)).weekday()


def usable(series: Series, before: int = ORIGIN) -> list[int]:
    return [i for i in range(before) if series.open_days[i]]


def profile(fit: Fit, series: Series) -> dict[int, float]:
    """Weighted means of logarithms by weekday, beside the mean of all, drawn to it."""
    steps = usable(series)
    logs = [math.log(fit.prepared.fitted[i]) for i in steps]
    weights = [0.5 ** ((len(steps) - 1 - k) / PROFILE_HALF_LIFE) for k in range(len(steps))]
    mean = sum(w * y for w, y in zip(weights, logs, strict=True)) / sum(weights)
    effects, shares = {}, {}
    for day in range(7):
        own = [k for k, i in enumerate(steps) if weekday(i, series) == day]
        weight = sum(weights[k] for k in own)
        apart = sum(weights[k] * (logs[k] - mean) for k in own)
        effects[day] = apart / (weight + PROFILE_DRAWN)
        shares[day] = weight / sum(weights)
    middle = sum(effects[day] * shares[day] for day in range(7))
    return {day: effect - middle for day, effect in effects.items()}


def test_seasonal_naive(series: Series) -> None:
    told = engine.seasonal_naive(series).values
    for step in range(14):
        last = (
            max(i for i in usable(series, 200) if weekday(i, series) == weekday(200 + step, series))
            if any(weekday(i, series) == weekday(200 + step, series) for i in usable(series, 200))
            else 0
        )
        wanted = series.values[last] * series.open_days_ahead[step]
        assert told[step] == pytest.approx(wanted)


def test_the_mean_of_eight_weeks(fit: Fit, series: Series) -> None:
    found = np.exp(weekday_mean(fit)[0])
    for step in range(14):
        day = weekday(ORIGIN + step, series)
        last = [i for i in usable(series) if weekday(i, series) == day][-8:]
        if last:
            assert found[step] == pytest.approx(sum(fit.prepared.fitted[last]) / len(last))


def test_simple_exponential_smoothing_by_its_recursion(fit: Fit, series: Series) -> None:
    """Level and its weight by the recursion, not by the sum: l = (1 - a) l + a x."""
    effects, alpha = profile(fit, series), 0.15
    level = weight = 0.0
    for i in usable(series):
        x = fit.prepared.fitted[i] / math.exp(effects[weekday(i, series)])
        level = (1 - alpha) * level + alpha * x
        weight = (1 - alpha) * weight + alpha
    found = np.exp(smoothed(alpha, 0.5)(fit)[0])
    for step in range(14):
        effect = math.exp(effects[weekday(ORIGIN + step, series)])
        assert found[step] == pytest.approx(level / weight * effect)


def test_the_damped_trend(fit: Fit, series: Series) -> None:
    """Weighted least squares of a line, by its normal equations; phi 0.98."""
    effects, steps = profile(fit, series), usable(series)
    rows = []
    for k, i in enumerate(steps):
        y = math.log(fit.prepared.fitted[i]) - effects[weekday(i, series)]
        rows.append((0.5 ** ((len(steps) - 1 - k) / 20), i - ORIGIN + 1, y))
    total = sum(w for w, _, _ in rows)
    mean_t = sum(w * t for w, t, _ in rows) / total
    mean_y = sum(w * y for w, _, y in rows) / total
    slope = sum(w * (t - mean_t) * y for w, t, y in rows) / sum(
        w * (t - mean_t) ** 2 for w, t, _ in rows
    )
    slope *= 0.4 * total / (total + 7)
    found = damped_trend(fit)[0]
    for step in range(14):
        grown = sum(0.98**j for j in range(1, step + 2))
        wanted = mean_y - slope * mean_t + slope * grown
        assert found[step] == pytest.approx(wanted + effects[weekday(ORIGIN + step, series)])


def test_the_regression_by_least_squares_of_more_rows(fit: Fit, series: Series) -> None:
    """A ridge penalty is so many rows of zeros more (Hoerl and Kennard); solved without it."""
    stiffness, steps = ridge.FREE, usable(series)
    x, y = ridge.features(fit.prepared), np.log(fit.prepared.fitted[steps])
    weights = np.array(
        [0.5 ** ((len(steps) - 1 - k) / stiffness.half_life) for k in range(len(steps))]
    )
    kept = [0, 1, *range(2, 9), 9, 10]  # no waves: the history is short
    penalty = [1e-9, stiffness.trend, *[stiffness.weekday] * 7, stiffness.edge, stiffness.edge]
    rows = np.vstack((x[steps][:, kept] * np.sqrt(weights)[:, None], np.diag(np.sqrt(penalty))))
    right = np.concatenate((y * np.sqrt(weights), np.zeros(len(kept))))
    beta = np.linalg.lstsq(rows, right, rcond=None)[0]
    residuals = y - x[steps][:, kept] @ beta
    smearing = math.log((weights * np.exp(residuals)).sum() / weights.sum())
    newest = 0.9 ** np.arange(len(steps))[::-1]
    local = (newest * residuals).sum() / (newest.sum() + 3)
    found = ridge.regression(stiffness)(fit)[0]
    for step in range(14):
        line = x[ORIGIN + step, kept] @ beta
        assert found[step] == pytest.approx(line + smearing + local * 0.5 ** (step / 20), abs=1e-6)


def test_features_know_weekdays_and_edges_of_months(series: Series) -> None:
    x = ridge.features(prepare(series))
    for step in (0, 27, 28, 30, 31, 100, 213):
        day = series.start + timedelta(days=step)
        assert x[step, 2:9].argmax() == (day - date(2022, 1, 3)).days % 7
        assert x[step, 9] == (day.day <= 3)
        assert x[step, 10] == ((day + timedelta(days=3)).month != day.month)


def test_the_median_looks_back_alone() -> None:
    values = np.random.default_rng(0).normal(size=60)
    found = trailing_median(values, 29)
    for i in range(28, 60):
        assert found[i] == sorted(values[i - 28 : i + 1])[14]
    assert trailing_median(values[:40], 29).tolist() == found[:40].tolist()


def test_extremes_are_bounded_for_fitting_alone() -> None:
    values = np.full(100, 10.0)
    values[[50, 60, 70]] = [1000.0, 0.0, -5.0]
    series = Series(
        *(engine.Grain.day, date(2024, 1, 1), values, np.ones(100, int), np.ones(100, bool)),
        np.ones(7, int),
    )
    ready = prepare(series)
    assert ready.fitted[[49, 50, 60, 70]].tolist() == [10.0, 60.0, 0.5, 0.5]
    assert ready.rates.tolist() == values.tolist()


def test_windows_are_back_to_back_from_the_end(series: Series) -> None:
    [(long, _)] = shops("level", 1, 30, 5, (400, 401))
    windows = roll(prepare(long), 30)
    assert windows.origins.tolist() == [*range(40, 371, 30), 400]
    assert windows.before(-1) == list(range(12))
    assert windows.before(3) == [0, 1, 2]
    overlapping = roll(prepare(series), 30)
    assert overlapping.spacing < 30
    assert all(overlapping.origins[i] + 30 <= 200 for i in overlapping.before(-1))


@given(st.lists(st.floats(0.001, 1e9), min_size=1, max_size=9))
def test_weights(errors: list[float]) -> None:
    raw = [math.exp(-min(12 * (error / min(errors) - 1), 700)) for error in errors]
    np.testing.assert_allclose(decided(np.array(errors)), raw, rtol=1e-9)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.integers(1, 99))
def test_conformal_quantiles(errors: list[float], level: int) -> None:
    low, high = conformal(np.array(errors), level)
    count = len(errors)
    rank = min(count, math.ceil((count + 1) * (100 + level) / 200 - 1e-9))
    assert high == sorted(errors)[rank - 1]
    assert low == sorted(errors, reverse=True)[rank - 1]


def test_conformal_intervals_hold_what_they_say() -> None:
    """Of exchangeable errors the next one is inside at least as often as the level says."""
    rng = np.random.default_rng(1)
    errors = rng.standard_t(3, (4000, 40))
    inside = 0
    for row in errors:
        low, high = conformal(row[:-1], 80)
        inside += low <= row[-1] <= high
    assert 0.79 < inside / len(errors) < 0.84


def test_bounds_widen_with_few_windows_and_with_steps() -> None:
    rng = np.random.default_rng(2)
    steps = np.linspace(0.5, 1.5, 20)
    errors = rng.normal(0, 1, (8, 20)) * steps
    spread = Spread(errors, np.ones((8, 20), dtype=bool), 1.1, 8.0)
    [(low, high)] = bounds(spread, [80], 40)
    assert (np.diff(high) > 0).all()
    assert (np.diff(low) < 0).all()
    [(_, wider)] = bounds(Spread(errors, spread.counted, 1.8, 1.0), [80], 40)
    np.testing.assert_allclose(wider, high * 1.8 / 1.1)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 8, 16, 100])
@pytest.mark.parametrize("level", [1, 50, 80, 95, 99])
def test_student(freedom: int, level: int) -> None:
    wanted = stdtrit(freedom, 0.5 + level / 200)
    assert student(level, freedom) == pytest.approx(wanted, rel=0.05 if freedom == 3 else 0.02)


@given(
    st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=40),
    st.floats(0.1, 1e3),
)
def test_scores(pairs: list[tuple[float, float]], season: float) -> None:
    actual, predicted = (np.array(column) for column in zip(*pairs, strict=True))
    apart = [abs(a - p) for a, p in pairs]
    total = sum(a for a, _ in pairs)
    found = scores(actual, predicted, actual > predicted, season)
    assert found.mae == pytest.approx(sum(apart) / len(pairs))
    assert found.rmse == pytest.approx(math.sqrt(sum(e * e for e in apart) / len(pairs)))
    assert found.mase == pytest.approx(sum(apart) / len(pairs) / season)
    assert found.coverage == pytest.approx(sum(a > p for a, p in pairs) / len(pairs))
    assert found.wape == wape(actual, predicted)
    assert found.wape == (pytest.approx(sum(apart) / total) if total > 0 else None)
    traded = [abs(a - p) / a for a, p in pairs if a]
    wanted = sum(traded) / len(traded) if traded else None
    assert mape(actual, predicted) == (wanted if wanted is None else pytest.approx(wanted))


def test_the_seasonal_error_is_of_steps_that_count() -> None:
    values = [5.0, 3.0, 8.0, 1.0, 9.0, 4.0]
    counted = [True, True, False, True, True, True]
    both = [(i - 2, i) for i in range(2, 6) if counted[i] and counted[i - 2]]
    wanted = sum(abs(values[i] - values[j]) for i, j in both) / len(both)
    assert seasonal_error(np.array(values), np.array(counted), 2) == pytest.approx(wanted)
    assert seasonal_error(np.ones(9), np.ones(9, dtype=bool), 7) is None
    assert seasonal_error(np.ones(3), np.ones(3, dtype=bool), 7) is None
