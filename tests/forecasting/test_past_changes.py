"""Levels and ratios: as it went from earlier points on, and no surer than that."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.forecasting.past_changes import Paths, paths, record
from tillsight.forecasting.reaching import Record

MONTHS = 12
histories = st.lists(st.floats(-1e6, 1e6).map(lambda one: round(one, 3)), min_size=6, max_size=70)
spans = st.integers(1, 30)


def at_end(rows: np.ndarray) -> np.ndarray:
    return rows[:, -1]


def test_paths_are_what_followed_from_where_it_stood() -> None:
    """Of a level that wanders, where it stands is its last value, and each path is a past one."""
    values = np.random.default_rng(1).standard_normal(20).cumsum()
    found = paths(values, 1, 3)
    expected = [
        values[-1] + values[start + 1 : start + 4] - values[start] for start in range(16, -1, -1)
    ]
    assert found.values == pytest.approx(np.array(expected))
    assert found.count == pytest.approx(17 / (0.75 * 3))


def test_what_comes_back_to_its_mean_stands_there() -> None:
    """The mean of three was always right; so after one high value it is that mean."""
    values = np.array([100.0, 120, 80] * 12)
    values[-1] = 300
    assert np.median(at_end(paths(values, 1, 2).values)) == pytest.approx((100 + 120 + 300) / 3)


def test_spans_longer_than_half_the_history_go_on_from_there_ever_wider() -> None:
    values = np.array([10.0, 14, 9, 12, 8, 15, 11, 13])
    found = paths(values, 1, 16)
    assert found.values.shape == (4, 16)
    stands = found.values[0, 3] - (found.values[0, 15] - found.values[0, 3])
    assert found.values[:, 15] - stands == pytest.approx(2 * (found.values[:, 3] - stands))


def test_a_season_is_taken_out_and_put_back() -> None:
    season = np.tile([0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50], 4)
    values = 100 + season + np.random.default_rng(2).normal(0, 1, 48)
    found = paths(values[:40], MONTHS, 8)  # April is known, December to come
    assert np.median(found.values[:, :7]) == pytest.approx(100, abs=3)
    assert np.median(found.values[:, 7]) == pytest.approx(150, abs=5)


def test_noise_is_not_taken_for_a_season() -> None:
    values = 100 + np.random.default_rng(5).normal(0, 10, 36)
    ends = np.median(paths(values, MONTHS, 12).values, axis=0)
    assert ends.std() < 10


@given(values=histories, span=spans, season=st.sampled_from([1, 4, 12, 52]))
def test_a_higher_target_is_never_more_likely(values: list[float], span: int, season: int) -> None:
    found = paths(np.array(values), season, span)
    assert found.values.shape[1] == span
    assert np.isfinite(found.values).all()
    ends = at_end(found.values)
    asked = np.linspace(ends.min() - 1, ends.max() + 1, 9)
    up = [found.probability(ends - target) for target in asked]
    down = [found.probability(target - ends) for target in asked]
    assert up == sorted(up, reverse=True)
    assert all(0 <= one <= 1 for one in up)
    if ends.std() > 1e-6:
        assert np.add(up, down) == pytest.approx(np.ones(9))
    low, middle, high = found.quantiles(ends, (0.1, 0.5, 0.9))
    assert low <= middle <= high


@given(values=histories, factor=st.sampled_from([0.5, 4.0, -2.0]))
def test_the_unit_changes_nothing(values: list[float], factor: float) -> None:
    one, other = (paths(np.array(some), MONTHS, 4) for some in (values, np.array(values) * factor))
    assert other.values == pytest.approx(factor * one.values, rel=1e-6, abs=1e-6)


def test_few_paths_are_never_sure() -> None:
    margins = np.array([3.0, 4, 5, 6])
    few, many = (Paths(np.empty((4, 1)), count) for count in (1.3, 60))
    assert 0.7 < few.probability(margins) < many.probability(margins) < 1
    assert few.probability(np.array([2.0, 2, 2])) == 1
    wide, narrow = (one.quantiles(margins, (0.1, 0.9)) for one in (few, many))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_record_is_made_of_what_was_known_then() -> None:
    values = np.random.default_rng(8).normal(0, 5, 40).cumsum()
    held = 0
    for after in range(6, 38):
        low, high = (found := paths(values[:after], 1, 3)).quantiles(
            at_end(found.values), (0.1, 0.9)
        )
        held += bool(low <= values[after + 2] <= high)
    assert record(values, 1, 3, at_end) == Record(held, 32)
    assert record(values[:8], 1, 3, at_end) == Record(0, 0)
