"""Keeping the forecasts that were given."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from given_forecasts import amounts, between, file_of, give, given_on, stored
from mail_server import wait_for
from shop import Shop
from tillsight.forecasting import given as given_module
from tillsight.forecasting import keeping as keeping_module
from tillsight.forecasting.asked import Asked, Sources, forecast_of
from tillsight.forecasting.given import Given, keep, read_steps, remove_oldest
from tillsight.forecasting.keeping import Keeping
from tillsight.forecasting.words import Grain, Model

SOLD = amounts(120)
TODAY = date(2024, 4, 29)


@pytest.fixture
def trading(shop: Shop) -> Shop:
    shop.load_text(file_of(SOLD))
    return shop


def test_what_was_told_is_kept_with_what_it_was_made_from(trading: Shop) -> None:
    given = give(trading, TODAY, filters={"country": ["Peru"]}, levels=[80, 95])
    [row] = stored(trading)
    assert (row.measure, row.grain, row.model) == ("revenue", "day", "blend")
    assert (row.method, json.loads(row.filters)) == (given.forecast.method, {"country": ["Peru"]})
    assert (row.as_of, row.first_day, row.last_day) == (
        date(2024, 4, 29),
        date(2024, 4, 30),
        date(2024, 5, 13),
    )
    assert (row.horizon, row.data_version, row.steps_scored, row.scored_at) == (14, 1, 0, None)
    steps = read_steps(row.steps)
    assert steps.value == pytest.approx(list(given.forecast.values), abs=0.005)
    [eighty, _] = given.forecast.intervals
    assert steps.lower == pytest.approx(list(eighty.lower), abs=0.005)
    assert steps.upper == pytest.approx(list(eighty.upper), abs=0.005)
    assert row.forecast_total == steps.total.value == round(sum(steps.value), 2)
    assert (steps.total.lower, steps.total.upper) == pytest.approx(
        (given.forecast.total_spans[0].lower, given.forecast.total_spans[0].upper), abs=0.005
    )
    assert [place for place, is_open in enumerate(steps.open) if not is_open] == [5, 12], "Sundays"


def test_seasonal_naive_stands_beside_it(trading: Shop) -> None:
    give(trading, TODAY)
    naive = read_steps(stored(trading)[0].steps).naive
    last_week = [SOLD.get(date(2024, 4, 23 + place), 0.0) for place in range(7)]
    assert naive == pytest.approx(last_week * 2)


def test_the_80_percent_interval_is_kept_whatever_was_asked(trading: Shop) -> None:
    give(trading, TODAY, levels=[80])
    give(trading, TODAY, levels=[95], horizon=14, filters={"country": ["Peru"]})
    [one, other] = [read_steps(row.steps) for row in stored(trading)]
    assert (other.lower, other.upper, other.total) == (one.lower, one.upper, one.total)


def test_the_first_of_a_question_horizon_and_last_day_is_kept(trading: Shop) -> None:
    shop, database = trading, trading.database
    countries = {"country": ["Peru", "Chile"]}
    assert keep(database, given_on(shop, TODAY, filters=countries))
    same = {"country": ["Chile", "Peru", "Peru"]}
    assert not keep(database, given_on(shop, TODAY, filters=same, levels=[95]))
    shop.load_text(file_of({date(2024, 4, 12): 5.0}, "Chile"))
    assert not keep(database, given_on(shop, TODAY, filters=countries)), "the last day is the same"
    shop.load_text(file_of({date(2024, 4, 30): 50.0}))
    assert keep(database, given_on(shop, date(2024, 4, 30), filters=countries))
    others = [
        {"measure": "units"},
        {"horizon": 15},
        {"grain": Grain.week},
        {"model": Model.seasonal_naive},
        {"filters": {"country": ["Chile"]}},
    ]
    for other in others:
        assert keep(database, given_on(shop, TODAY, **{"filters": countries, **other})), other
    assert [row.data_version for row in stored(shop)[:3]] == [1, 3, 3]


def test_too_little_history_is_kept_without_bounds(shop: Shop) -> None:
    shop.load_text(file_of(between(SOLD, date(2024, 1, 1), date(2024, 1, 6))))
    give(shop, date(2024, 1, 5))
    [row] = stored(shop)
    steps = read_steps(row.steps)
    assert (row.method, steps.lower, steps.upper) == ("average", [], [])
    assert (steps.total.lower, steps.total.upper, row.scale) == (None, None, None)
    assert len(steps.value) == len(steps.naive) == 14


def test_an_empty_shop_gives_nothing_to_keep(shop: Shop) -> None:
    told = forecast_of(Sources(shop.warehouse, shop.database, "", TODAY), Asked("revenue"))
    assert Given.of(told) is None


def test_the_oldest_go_first(trading: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_module, "MOST_KEPT", 3)
    for horizon in range(1, 6):
        give(trading, TODAY, horizon=horizon)
    with trading.database.writing() as session:
        remove_oldest(session)
    assert [row.horizon for row in stored(trading)] == [3, 4, 5]


def test_a_flood_of_questions_leaves_the_others(
    trading: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given_module, "MOST_A_DAY", 3)
    for horizon in range(1, 6):
        keep(trading.database, given_on(trading, TODAY, horizon=horizon))
    assert [row.horizon for row in stored(trading)] == [1, 2, 3]
    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    assert keep(trading.database, given_on(trading, TODAY, horizon=9), tomorrow)


def test_answers_do_not_wait_for_a_database_that_is_away(trading: Shop) -> None:
    keeping = Keeping(trading.database)
    given = given_on(trading, TODAY)
    rename(trading, "given_forecasts", "away")
    keeping.put(given)
    keeping.stop()
    rename(trading, "away", "given_forecasts")
    assert stored(trading) == []
    keeping.put(given)
    keeping.stop()
    assert len(stored(trading)) == 1, "asked again, it is kept"


def test_what_is_known_to_be_kept_is_not_written_again(trading: Shop) -> None:
    keeping = Keeping(trading.database)
    given = given_on(trading, TODAY)
    for _ in range(3):
        keeping.put(given)
        keeping.stop()
    with trading.database.writing() as session:
        session.execute(text("DELETE FROM given_forecasts"))
    keeping.put(given)
    keeping.stop()
    assert stored(trading) == []


def test_no_more_wait_than_there_is_room_for(
    trading: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_module, "MOST_WAITING", 2)
    keeping = Keeping(trading.database)
    all_given = [given_on(trading, TODAY, horizon=horizon) for horizon in range(1, 7)]
    with trading.database.writing() as session:
        session.connection()  # from here on nobody else writes
        keeping.put(all_given[0])
        wait_for(lambda: not keeping._waiting)
        for given in all_given[1:]:
            keeping.put(given)
    keeping.stop()
    assert [row.horizon for row in stored(trading)] == [1, 2, 3]


def rename(shop: Shop, old: str, new: str) -> None:
    with shop.database.writing() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
