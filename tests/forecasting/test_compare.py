"""Models side by side: the same windows for all, scored as they are scored alone."""

from datetime import date

import numpy as np
import pytest

from tillsight.forecasting import engine, others
from tillsight.forecasting.compare import Compared, compare
from tillsight.forecasting.series import Series
from tillsight.forecasting.words import Grain, Model

STATISTICAL = (Model.autoets, Model.autotheta)


def shop(days: int, level: float = 500.0) -> Series:
    steps = np.arange(days + 7)
    chance = np.random.default_rng(5)
    profile = np.array([1.0, 1.1, 1.2, 0.9, 1.5, 0.0, 0.6])[steps % 7]
    open_days = (profile > 0).astype(np.int64)
    values = level * profile * np.exp(0.2 * chance.normal(size=len(steps)))
    ordinary = np.ones(days, dtype=bool)
    return Series(
        Grain.day, date(2024, 1, 1), values[:days], open_days[:days], ordinary, open_days[days:]
    )


def by_model(found: list[Compared]) -> dict[Model, Compared]:
    return {one.model: one for one in found}


def test_blend_and_seasonal_naive_are_scored_as_in_the_report() -> None:
    series = shop(150)
    report = engine.forecast(series, (80,)).report
    assert report is not None
    found = by_model(compare(series, [Model.blend, Model.seasonal_naive]))
    blend, naive = found[Model.blend], found[Model.seasonal_naive]
    assert blend.windows == naive.windows == len(report.windows)
    assert blend.window_steps == 7
    assert blend.scores is not None
    assert naive.scores is not None
    assert blend.scores.wape == pytest.approx(report.scores.wape)
    assert blend.scores.coverage == pytest.approx(report.scores.coverage)
    assert naive.scores.wape == pytest.approx(report.naive.wape)
    assert naive.naive_ratio == pytest.approx(1)
    assert blend.naive_ratio == pytest.approx(report.scores.wape / report.naive.wape)
    assert (blend.is_best, naive.is_best) == (True, False)
    assert blend.seconds is not None
    assert blend.seconds > 0


def test_models_come_as_asked_each_once_and_absent_ones_without_scores() -> None:
    asked = [Model.seasonal_naive, Model.autotheta, Model.blend, Model.seasonal_naive]
    found = compare(shop(60), asked)
    assert [one.model for one in found] == asked[:3]
    theta = by_model(found)[Model.autotheta]
    if others.installed(Model.autotheta):
        assert theta.scores is not None
    else:
        assert (theta.scores, theta.seconds, theta.naive_ratio, theta.is_best) == (
            None,
            None,
            None,
            False,
        )


def test_the_ratio_is_known_where_seasonal_naive_was_not_asked_for() -> None:
    [alone] = compare(shop(100), [Model.blend])
    both = by_model(compare(shop(100), [Model.blend, Model.seasonal_naive]))
    assert alone.naive_ratio == pytest.approx(both[Model.blend].naive_ratio)


@pytest.mark.parametrize(
    "models", [(Model.prophet,), STATISTICAL], ids=["prophet", "statsforecast"]
)
def test_extras_are_scored_on_the_same_windows(models: tuple[Model, ...]) -> None:
    if not others.installed(models[0]):
        pytest.skip(
            f"{models[0]} is not here: make test has Prophet, make test-extras statsforecast"
        )
    series = shop(100)
    found = by_model(compare(series, [Model.blend, *models]))
    for model in models:
        report = others.forecast(model, series, (80,)).report
        one = found[model]
        assert report is not None
        assert one.scores is not None
        assert one.scores.wape == pytest.approx(report.scores.wape)
        assert one.naive_ratio == pytest.approx(report.scores.wape / report.naive.wape)
        assert one.windows == found[Model.blend].windows == len(report.windows)
        assert one.seconds is not None
        assert one.seconds > 0
    assert sum(one.is_best for one in found.values()) == 1


@pytest.mark.skipif(
    not others.installed(Model.autoarima), reason="make test-extras has statsforecast"
)
def test_all_are_scored_on_the_few_windows_of_a_slow_model() -> None:
    series = shop(100)
    found = compare(series, [Model.blend, Model.autoarima])
    most = others.MOST_WINDOWS[Model.autoarima]
    assert [one.windows for one in found] == [most, most]
    report = engine.forecast(series, (80,)).report
    assert report is not None
    last = report.windows[-most:]
    off = sum(
        np.abs(series.values[one.origin : one.origin + 7] - one.predicted).sum() for one in last
    )
    total = sum(series.values[one.origin : one.origin + 7].sum() for one in last)
    assert found[0].scores is not None
    assert found[0].scores.wape == pytest.approx(off / total)


def test_too_little_history_is_scored_for_nobody() -> None:
    for found in compare(shop(10), [Model.blend, Model.seasonal_naive, Model.prophet]):
        assert (found.scores, found.naive_ratio, found.windows) == (None, None, 0)
        assert not found.is_best


def test_nothing_is_compared_with_nothing() -> None:
    assert compare(shop(60), []) == []
    for found in compare(shop(60, level=0.0), [Model.blend, Model.seasonal_naive]):
        assert found.naive_ratio is None
