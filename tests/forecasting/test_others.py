"""Models of other projects behind our door: what they are fitted to, and how they are scored.

Those of statsforecast are locked apart: `make test-extras` installs and runs them.
"""

import importlib.util
import logging
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from tillsight.errors import ModelFailed, ModelNotInstalled
from tillsight.forecasting import engine, extra_fits, others
from tillsight.forecasting.outcome import Forecast
from tillsight.forecasting.series import Floats, Series
from tillsight.forecasting.words import Grain, Method, Model

MONDAY = date(2024, 1, 1)
WEEK = np.array([0.0, 0.1, 0.2, 0.1, 0.3, 0.0, -0.2])
EXTRAS = (Model.prophet, Model.autoets, Model.autoarima, Model.autotheta)


def present(model: Model) -> None:
    if not others.installed(model):
        pytest.skip(f"{model} is not here: make test has Prophet, make test-extras statsforecast")


def shop(days: int = 90, horizon: int = 14, noise: float = 0.1, lowest: float = 0.0) -> Series:
    """A shop closed on Saturdays and on one more day, with a weekday profile."""
    steps = np.arange(days + horizon)
    open_days = (steps % 7 != 5).astype(np.int64)
    open_days[60] = 0
    chance = np.random.default_rng(3)
    values = np.exp(6 + WEEK[steps % 7] + noise * chance.normal(size=len(steps))) * open_days
    ordinary = np.ones(days, dtype=bool)
    return Series(
        Grain.day, MONDAY, values[:days], open_days[:days], ordinary, open_days[days:], lowest
    )


def months(count: int = 72) -> Series:
    steps = np.arange(count + 12)
    noise = 0.05 * np.random.default_rng(4).normal(size=count + 12)
    values = np.exp(9 + 0.3 * np.sin(2 * np.pi * steps / 12) + noise) * 25.0
    full = np.full(count + 12, 25)
    return Series(
        Grain.month,
        date(2020, 1, 1),
        values[:count],
        full[:count],
        np.ones(count, bool),
        full[count:],
    )


def actual() -> Floats:
    """What the shop without noise does in the two weeks after its 90 days."""
    steps = np.arange(90, 104)
    return np.exp(6 + WEEK[steps % 7]) * (steps % 7 != 5)


@cache
def told_by(model: Model) -> Forecast:
    return others.forecast(model, shop(), (50, 95, 80))


@pytest.mark.parametrize("model", EXTRAS)
def test_a_model_gives_all_that_ours_gives(model: Model) -> None:
    present(model)
    series, told = shop(), told_by(model)
    assert told.method is Method(model.value)
    np.testing.assert_allclose(told.values, actual(), rtol=0.25)
    assert (told.values[series.open_days_ahead == 0] == 0).all()
    assert told.total == pytest.approx(told.values.sum())
    assert [one.level for one in told.intervals] == [50, 95, 80]
    half, most, usual = told.intervals
    for inner, outer in ((half, usual), (usual, most)):
        assert (outer.lower <= inner.lower).all()
        assert (inner.upper <= outer.upper).all()
    assert ((half.lower <= told.values) & (told.values <= half.upper)).all()
    spans = {one.level: one for one in told.total_spans}
    assert spans[95].lower <= spans[80].lower <= told.total <= spans[80].upper <= spans[95].upper
    assert (told.trend > 0).all()
    assert len(told.trend) == 14
    assert (most.lower >= 0).all()


def alone(model: Model, series: Series) -> Forecast:
    """The forecast without its windows, which take most of the time."""
    return others._told(model, series, (80, 95), others.ask(model, series, (80, 95)), None)


@pytest.mark.parametrize("model", EXTRAS)
def test_a_model_is_scored_on_the_windows_of_ours(model: Model) -> None:
    present(model)
    series = shop()
    ours, theirs = engine.forecast(series).report, told_by(model).report
    assert ours is not None
    assert theirs is not None
    places = [(one.origin, len(one.predicted)) for one in ours.windows]
    most = others.MOST_WINDOWS.get(model, len(places))
    assert [(one.origin, len(one.predicted)) for one in theirs.windows] == places[-most:]
    steps = np.concatenate([one.origin + np.arange(len(one.predicted)) for one in theirs.windows])
    said = np.concatenate([one.predicted for one in theirs.windows])
    off = np.abs(series.values[steps] - said)
    assert theirs.scores.wape == pytest.approx(off.sum() / series.values[steps].sum())
    assert theirs.scores.mae == pytest.approx(off[series.is_open[steps]].mean())
    assert theirs.scores.coverage is not None
    assert theirs.naive.wape is not None
    assert "repeating last week" in theirs.verdict


@pytest.mark.parametrize("model", EXTRAS)
def test_a_window_knows_nothing_of_what_comes(model: Model) -> None:
    present(model)
    series = shop()
    changed = series.values.copy()
    changed[76:] *= 3
    first = others.window(model, series, 76, 14)
    second = others.window(model, replace(series, values=changed), 76, 14)
    np.testing.assert_allclose(first.predicted, second.predicted)
    np.testing.assert_allclose(first.upper, second.upper)


@pytest.mark.parametrize("model", EXTRAS)
def test_the_same_question_has_the_same_answer(model: Model) -> None:
    present(model)
    series = shop()
    first, second = (others.ask(model, series, [80]) for _ in range(2))
    np.testing.assert_array_equal(first.rates, second.rates)
    np.testing.assert_array_equal(first.bounds[0][1], second.bounds[0][1])
    np.testing.assert_array_equal(first.paths, second.paths)


@pytest.mark.parametrize("model", EXTRAS)
def test_days_that_were_not_ordinary_or_closed_change_nothing(model: Model) -> None:
    present(model)
    series = shop()
    series.is_ordinary[[30, 80]] = False
    changed = series.values.copy()
    changed[[30, 80]] *= 50
    first, second = (
        others.ask(model, replace(series, values=values), [80])
        for values in (series.values, changed)
    )
    np.testing.assert_allclose(first.rates, second.rates, rtol=1e-3)


@pytest.mark.parametrize("model", EXTRAS)
@pytest.mark.parametrize("grain", [Grain.week, Grain.month])
def test_weeks_and_months_are_forecast_too(model: Model, grain: Grain) -> None:
    present(model)
    series = replace(months(), grain=grain)
    told = alone(model, series)
    assert np.isfinite(told.values).all()
    expected = 25 * np.exp(9 + 0.3 * np.sin(2 * np.pi * np.arange(72, 84) / 12))
    if grain is Grain.month:
        np.testing.assert_allclose(told.values, expected, rtol=0.2)


@pytest.mark.parametrize("model", EXTRAS)
def test_constant_and_short_histories_are_answered_as_by_ours(model: Model) -> None:
    present(model)
    series = shop()
    flat = alone(model, replace(series, values=np.where(series.is_open, 70.0, 0.0)))
    np.testing.assert_allclose(flat.values, 70 * series.open_days_ahead)
    short = replace(
        series,
        values=series.values[:9],
        open_days=series.open_days[:9],
        is_ordinary=series.is_ordinary[:9],
    )
    told = others.forecast(model, short)
    assert told.method is Method.average
    assert told.notices[0].code == "too_little_history"


@pytest.mark.parametrize("model", EXTRAS)
def test_nothing_that_cannot_be_negative_is(model: Model) -> None:
    present(model)
    series = shop(noise=0.1)
    falling = np.maximum(np.linspace(900, -10, 90), 0) * series.is_open
    told = alone(model, replace(series, values=falling))
    assert (told.values >= 0).all()
    assert all((one.lower >= 0).all() for one in told.intervals)
    assert all(one.lower >= 0 for one in told.total_spans)
    net = alone(model, replace(series, values=-series.values, lowest=-np.inf))
    assert net.total < 0


@pytest.mark.parametrize("model", [Model.blend, Model.seasonal_naive])
def test_our_own_models_are_behind_the_same_door(model: Model) -> None:
    own = {Model.blend: engine.forecast, Model.seasonal_naive: engine.seasonal_naive}[model]
    assert others.installed(model)
    assert others.install_command(model) is None
    np.testing.assert_array_equal(others.forecast(model, shop()).values, own(shop()).values)


@pytest.mark.parametrize("model", EXTRAS)
def test_a_model_that_is_not_there_is_refused_with_the_way_to_get_it(model: Model) -> None:
    if others.installed(model):
        assert importlib.util.find_spec(others.EXTRAS[model]) is not None
        return
    with pytest.raises(ModelNotInstalled) as refused:
        others.forecast(model, shop())
    assert refused.value.status == 422
    assert refused.value.code == "model_not_installed"
    command = f"pip install 'tillsight[{others.EXTRAS[model]}]'"
    assert command in refused.value.message
    assert refused.value.details["install"] == command == others.install_command(model)


@pytest.mark.parametrize("model", EXTRAS)
def test_a_model_that_finds_no_fit_is_refused_in_words(model: Model) -> None:
    present(model)
    values = shop().values.copy()
    values[50] = np.inf
    with pytest.raises(ModelFailed, match=r"finds no fit for this series. Take another model\."):
        others.ask(model, replace(shop(), values=values), [80])


def test_prophet_has_a_yearly_season_only_from_a_year_on(monkeypatch: pytest.MonkeyPatch) -> None:
    present(Model.prophet)
    import prophet

    yearly = []

    class Seen(prophet.Prophet):  # what the library was asked for, not what we say we asked
        def fit(self, *given: object, **named: object) -> object:
            fitted = super().fit(*given, **named)
            yearly.append("yearly" in self.seasonalities)
            return fitted

    monkeypatch.setattr(prophet, "Prophet", Seen)
    for days in (365, 367):
        others.ask(Model.prophet, shop(days), [80])
    assert yearly == [False, True]


def test_prophet_is_silent_and_leaves_shared_random_numbers_alone(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    present(Model.prophet)
    state = np.random.get_state()[1].copy()
    with caplog.at_level(logging.DEBUG):
        others.ask(Model.prophet, shop(), [80])
    assert (np.random.get_state()[1] == state).all()
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_regular_steps_keep_the_season_where_days_are_missing() -> None:
    steps = np.arange(90 + 14)
    series = shop(noise=0.0)
    regular = extra_fits._regular(series)
    assert regular.season == 6
    kept = steps[:90][steps[:90] % 7 != 5]
    np.testing.assert_allclose(regular.rates, np.exp(6 + WEEK[kept % 7]))
    open_ahead = np.flatnonzero(series.open_days_ahead)
    assert regular.positions[open_ahead].tolist() == list(range(12))
