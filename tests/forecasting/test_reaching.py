"""The probability of reaching a sum: the formula by other means, and what always holds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tillsight.forecasting.reaching import (
    Ahead,
    Lumps,
    Record,
    Word,
    look_ahead,
    record,
    told,
    word,
)
from tillsight.forecasting.totals import FEWEST, totals

MONTHS = 12


def known(values: np.ndarray) -> np.ndarray:
    return np.ones(len(values), dtype=bool)


def ahead_of(values: list[float], season: int = MONTHS, span: int = 4) -> Ahead | Lumps:
    numbers = np.array(values, dtype=float)
    return look_ahead(numbers, known(numbers), season, span)


def series(seed: int, count: int) -> np.ndarray:
    """Months with a season, growth and noise."""
    rng = np.random.default_rng(seed)
    places = np.arange(count)
    season = 1 + 0.4 * np.sin(places * np.pi / 6)
    return 1000 * season * 1.005**places * np.exp(0.1 * rng.standard_normal(count))


histories = st.lists(
    st.floats(0.01, 1e6, allow_nan=False).map(lambda value: round(value, 4)),
    min_size=6,
    max_size=40,
)
spans = st.integers(1, 12)


@pytest.mark.parametrize(("count", "span"), [(40, 3), (40, 11), (20, 5), (9, 4), (13, 12)])
def test_scale_and_freedom_are_those_of_the_formula(count: int, span: int) -> None:
    """Forecasts are made again at every point from what was known there alone."""
    values = series(1, count)
    points = range(FEWEST, count - span + 1)
    forecasts = [
        totals(values[:one], known(values[:one]), MONTHS, span).forecast[-1] for one in points
    ]
    came = [values[one : one + span].sum() for one in points]
    errors = np.log(np.array(came) / np.array(forecasts))
    if sum(one > MONTHS for one in points) >= FEWEST:
        errors = errors[[one > MONTHS for one in points]]
    noise = stats.median_abs_deviation(np.diff(np.log(values)))
    a, b = (0.05, 1.5) if count > MONTHS else (0.20, 1.2)
    usual = np.hypot(a, b * noise / np.sqrt(span))
    n = len(errors) / (0.75 * span)
    squares = np.mean(errors**2) if len(errors) else 0
    found = look_ahead(values, known(values), MONTHS, span)
    assert found.freedom == pytest.approx(2.1 + n)
    assert found.scale == pytest.approx(np.sqrt((2.1 * usual**2 + n * squares) / (2.1 + n)))
    for needed in (0.7, 1.0, 1.2):
        expected = stats.t.sf(np.log(needed) / found.scale, found.freedom)
        assert found.probability(needed * found.forecast) == pytest.approx(expected)


def test_the_distribution_is_students_by_integration() -> None:
    ahead = Ahead(forecast=500.0, scale=0.2, freedom=4.6)
    grid = np.linspace(-300, 300, 600_001)
    density = (1 + grid**2 / 4.6) ** (-(4.6 + 1) / 2)
    above = grid >= np.log(430 / 500) / 0.2
    share = np.trapezoid(density[above], grid[above]) / np.trapezoid(density, grid)
    assert ahead.probability(430) == pytest.approx(share, abs=1e-3)
    low, middle, high = ahead.quantiles((0.1, 0.5, 0.9))
    assert middle == pytest.approx(500)
    assert ahead.probability(low) == pytest.approx(0.9)
    assert ahead.probability(high) == pytest.approx(0.1)


def test_what_is_reached_is_certain_and_nothing_is_said_without_a_forecast() -> None:
    ahead = ahead_of([10.0] * 8)
    assert [ahead.probability(needed) for needed in (0, -5)] == [1, 1]
    for forecast in (0.0, -3.0):
        nothing = replace(ahead, forecast=forecast)
        assert nothing.probability(10) is None
        assert nothing.probability(0) == 1


@given(values=histories, span=spans, season=st.sampled_from([1, 4, 12, 52]))
def test_a_higher_target_is_never_more_likely(values: list[float], span: int, season: int) -> None:
    ahead = ahead_of(values, season, span)
    assert ahead.forecast > 0
    asked = ahead.forecast * np.array([0.01, 0.3, 0.8, 0.99, 1, 1.01, 1.3, 3, 100])
    said = [ahead.probability(one) for one in asked]
    assert said == sorted(said, reverse=True)
    assert all(0 <= one <= 1 for one in said)
    assert said[4] == pytest.approx(0.5)


@given(values=histories, span=spans, factor=st.sampled_from([0.01, 3.0, 1000.0]))
def test_the_unit_changes_nothing(values: list[float], span: int, factor: float) -> None:
    one, other = ahead_of(values, span=span), ahead_of([factor * v for v in values], span=span)
    assert other.forecast == pytest.approx(factor * one.forecast, rel=1e-6)
    for needed in (0.5, 0.9, 1.2):
        assert other.probability(needed * other.forecast) == pytest.approx(
            one.probability(needed * one.forecast), abs=1e-6
        )


@given(
    values=st.lists(st.sampled_from([0.0, -5.0, 1e-4, 3.0, 1e13]), min_size=6, max_size=40),
    span=spans,
    season=st.sampled_from([1, 4, 12, 52]),
)
def test_whatever_the_values_the_answer_is_a_number_or_none(
    values: list[float], span: int, season: int
) -> None:
    ahead = ahead_of(values, season, span)
    assert np.isfinite(ahead.forecast)
    if ahead.forecast > 0:
        assert np.isfinite(ahead.quantiles((0.1, 0.5, 0.9))).all()
    said = ahead.probability(50)
    assert (said is None) == (ahead.forecast <= 0)
    assert said is None or 0 <= said <= 1


def test_what_is_still_to_come_is_not_looked_at() -> None:
    """Forecasts at earlier points are what they would have been without the values since."""
    values = series(3, 50)
    every = totals(values, known(values), MONTHS, 5)
    for place, after in enumerate(every.after):
        alone = totals(values[:after], known(values[:after]), MONTHS, 5)
        assert alone.forecast[-1] == pytest.approx(every.forecast[place], rel=1e-12)


def test_a_season_and_growth_are_seen() -> None:
    values = series(7, 60)
    for span in (3, 6, 11):
        level = 1000 * 1.005 ** np.arange(60, 60 + span)
        truth = (level * (1 + 0.4 * np.sin(np.arange(60, 60 + span) * np.pi / 6))).sum()
        assert look_ahead(values, known(values), MONTHS, span).forecast == pytest.approx(
            truth, rel=0.12
        )


def test_what_comes_in_lumps_is_normal_around_its_mean() -> None:
    values = np.array([0.0, 0, 40, 0, 25, 0, 0, 60, 10, 0, 0, 35] * 2)
    found = ahead_of(list(values), span=5)
    assert isinstance(found, Lumps)
    assert found.forecast == pytest.approx(5 * values.mean())
    spread = values.std(ddof=1) * np.sqrt(5 * (1 + 5 / 24))
    for needed in (20, 70, 150):
        expected = stats.t.sf((needed - 5 * values.mean()) / spread, 23)
        assert found.probability(needed) == pytest.approx(expected)
    low, middle, high = found.quantiles((0.1, 0.5, 0.9))
    assert (low + high) / 2 == pytest.approx(middle) == pytest.approx(found.forecast)
    assert isinstance(ahead_of([0.0, 4, 5, 6, 4, 5]), Ahead)  # one of six
    assert isinstance(ahead_of([0.0] * 40 + [7.0] * 36), Ahead)  # of late there are no lumps
    assert ahead_of([0.0] * 8).probability(1) is None


def test_totals_with_a_gap_are_not_counted_as_errors() -> None:
    values = series(4, 30)
    is_known = known(values)
    whole = totals(values, is_known, MONTHS, 3)
    is_known[20] = False
    values[20] = 9e9  # whatever was put there
    gap = totals(values, is_known, MONTHS, 3)
    assert len(whole.errors) - len(gap.errors) == 3
    assert np.abs(gap.errors[: 20 - MONTHS - 3]).max() < 1


def test_probabilities_are_told_in_steps_and_words() -> None:
    said = [told(one) for one in (0, 0.01, 0.04, 0.12, 0.13, 0.5, 0.974, 0.98, 1)]
    assert said == [0.03, 0.03, 0.05, 0.1, 0.15, 0.5, 0.95, 0.97, 0.97]
    for one in np.linspace(0, 1, 201):
        assert told(one) + told(1 - one) == pytest.approx(1, abs=0.0501)
    words = [word(one) for one in (0.03, 0.35, 0.4, 0.6, 0.65, 0.97)]
    assert words == [Word.unlikely] * 2 + [Word.open] * 2 + [Word.likely] * 2


def test_the_record_tells_how_often_the_range_held() -> None:
    values = series(9, 60)
    found = record(values, known(values), MONTHS, 4)
    held = 0
    for after in range(60 - 4 - 35, 60 - 4 + 1):
        low, high = ahead_of(list(values[:after])).quantiles((0.1, 0.9))
        held += low <= values[after : after + 4].sum() <= high
    assert found == Record(held, 36)
    assert record(values[:9], known(values[:9]), MONTHS, 4) == Record(0, 0)
    gap = known(values)
    gap[58] = False
    assert record(values, gap, MONTHS, 4).of == 34
