"""How given forecasts did: against plain Python, and again when the sales changed."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import update

from given_forecasts import (
    DAY,
    START,
    amounts,
    between,
    file_of,
    give,
    given_on,
    plain_wape,
    score,
    stored,
)
from mail_server import wait_for
from purchases import enter, purchase
from serving import serving
from shop import HEADER, Shop
from tillsight import jobs
from tillsight.forecasting import scoring as scoring_module
from tillsight.forecasting.given import Steps, Total, keep, read_steps
from tillsight.forecasting.models import GivenForecast
from tillsight.forecasting.scoring import LEASE, Actuals, Rounds, score_due
from tillsight.forecasting.scoring import score as score_of
from tillsight.forecasting.trading import around
from tillsight.forecasting.words import Grain
from tillsight.metrics.models import DatedNote
from tillsight.sales.undo import redo, undo
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse

SOLD = amounts(160)
GIVEN = date(2024, 4, 29)
"""A Monday; the forecast begins with the Tuesday after it."""
FIRST = GIVEN + DAY


@pytest.fixture
def trading(shop: Shop) -> Shop:
    shop.load_text(file_of(between(SOLD, START, FIRST)))
    return shop


def sell(shop: Shop, first: date, end: date) -> int:
    """Load the days from one up to, and without, another; the number of the import."""
    return shop.load_text(file_of(between(SOLD, first, end))).loaded.id


def require_scores(row: GivenForecast, sold: dict[date, float], but: tuple[date, ...] = ()) -> None:
    """Scores of daily steps by plain Python."""
    steps = read_steps(row.steps)
    over = [row.first_day + place * DAY for place in range(row.steps_scored)]
    places = [place for place, day in enumerate(over) if day not in but]
    actual = [sold.get(over[place], 0.0) for place in places]
    told, naive = ([one[place] for place in places] for one in (steps.value, steps.naive))
    assert row.wape == pytest.approx(plain_wape(actual, told))
    assert row.naive_wape == pytest.approx(plain_wape(actual, naive))
    inside = [
        steps.lower[place] <= value <= steps.upper[place]
        for place, value in zip(places, actual, strict=True)
        if steps.open[place]
    ]
    assert row.coverage == pytest.approx(sum(inside) / len(inside))
    assert row.forecast_total == pytest.approx(sum(told), abs=0.01)
    assert row.actual_total == pytest.approx(sum(actual), abs=0.01)
    history = [sold.get(START + place * DAY, 0.0) for place in range((FIRST - START).days)]
    seasonal = [
        abs(history[place] - history[place - 7])
        for place in range(7, len(history))
        if (START + place * DAY).weekday() != 6
    ]
    errors = [abs(one - other) for one, other in zip(actual, told, strict=True)]
    mae = sum(errors) / len(errors)
    assert row.mase == pytest.approx(mae / (sum(seasonal) / len(seasonal)))


def test_forecasts_are_scored_as_their_days_come(trading: Shop) -> None:
    give(trading, GIVEN)
    assert score(trading, date(2024, 6, 1)) == 0
    [row] = stored(trading)
    assert (row.steps_scored, row.scored_at, row.wape) == (0, None, None)
    sell(trading, FIRST, FIRST + 4 * DAY)
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    assert (row.steps_scored, row.scored_version) == (4, 2)
    require_scores(row, SOLD)
    sell(trading, FIRST + 4 * DAY, FIRST + 30 * DAY)
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    assert (row.steps_scored, row.scored_version) == (14, 3)
    assert row.scored_at is not None
    require_scores(row, SOLD)
    assert score(trading, date(2024, 6, 1)) == 0


def test_a_score_follows_late_sales_undo_and_redo(trading: Shop) -> None:
    give(trading, GIVEN)
    number = sell(trading, FIRST, FIRST + 20 * DAY)
    score(trading, date(2024, 6, 1))
    before = stored(trading)[0]
    late = {FIRST + 2 * DAY: 500.0}
    trading.load_text(file_of(late, "Chile"))
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    assert row.scored_version == 3
    require_scores(row, SOLD | {FIRST + 2 * DAY: SOLD[FIRST + 2 * DAY] + 500})
    undo(trading.database, number, None)
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    assert (row.steps_scored, row.scored_version) == (3, 4), "up to the late sale"
    require_scores(row, between(SOLD, START, FIRST) | late)
    redo(trading.database, number, None)
    undo(trading.database, 3, None)
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    assert (row.wape, row.coverage, row.actual_total) == (
        before.wape,
        before.coverage,
        before.actual_total,
    )
    assert row.scored_version == 6


def test_undone_days_leave_a_forecast_waiting(trading: Shop) -> None:
    give(trading, GIVEN)
    told = stored(trading)[0].forecast_total
    number = sell(trading, FIRST, FIRST + 3 * DAY)
    score(trading, date(2024, 6, 1))
    undo(trading.database, number, None)
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    assert (row.steps_scored, row.scored_at, row.wape, row.actual_total) == (0, None, None, None)
    assert row.forecast_total == told
    undo(trading.database, 1, None)
    assert score(trading, date(2024, 6, 1)) == 0


def test_what_was_scored_is_told_to_be_from_the_newest_data(trading: Shop) -> None:
    give(trading, GIVEN)
    sell(trading, FIRST, FIRST + 3 * DAY)
    score(trading, date(2024, 6, 1))
    at = stored(trading)[0].scored_at
    trading.load_text(file_of({date(2024, 2, 3): 9.0}, "Chile"))
    assert score(trading, date(2024, 6, 1)) == 0
    [row] = stored(trading)
    assert (row.scored_version, row.scored_at) == (3, at)


def test_days_that_were_not_ordinary_are_left_out(trading: Shop) -> None:
    give(trading, GIVEN)
    sell(trading, FIRST, FIRST + 20 * DAY)
    score(trading, date(2024, 6, 1))
    odd = (FIRST + 3 * DAY, FIRST + 4 * DAY)
    with trading.database.writing() as session:
        session.add(note(*odd))
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    require_scores(row, SOLD, but=odd)
    assert (row.steps_scored, row.scored_version) == (14, 2)
    with trading.database.writing() as session:
        session.execute(
            update(DatedNote).values(first_day=date(2024, 4, 1), last_day=date(2024, 8, 1))
        )
    assert score(trading, date(2024, 6, 1)) == 1
    [row] = stored(trading)
    assert (row.steps_scored, row.wape, row.coverage, row.actual_total) == (14, None, None, None)


def note(first: date, last: date) -> DatedNote:
    at = scoring_module.datetime.now(scoring_module.UTC)
    return DatedNote(
        first_day=first, last_day=last, text="odd", is_ordinary=False, version=1, created_at=at
    )


@pytest.mark.parametrize("grain", [Grain.week, Grain.month])
def test_weeks_and_months_are_scored_when_they_are_over(trading: Shop, grain: Grain) -> None:
    """Filters hold for what happened as well."""
    trading.load_text(file_of(dict.fromkeys(between(SOLD, START, FIRST), 7.0), "Chile"))
    give(trading, GIVEN, grain=grain, horizon=3, filters={"country": ["Peru"]})
    trading.load_text(file_of(dict.fromkeys(between(SOLD, FIRST, FIRST + 45 * DAY), 7.0), "Chile"))
    sell(trading, FIRST, date(2024, 6, 4))
    assert score(trading, date(2024, 7, 1)) == 1
    [row] = stored(trading)
    if grain is Grain.week:
        starts = [date(2024, 4, 29) + place * 7 * DAY for place in range(4)]
    else:
        starts = [date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1), date(2024, 7, 1)]
    over = 3 if grain is Grain.week else 2
    assert (row.first_day, row.last_day + DAY) == (starts[0], starts[-1])
    assert row.steps_scored == over
    actual = [
        sum(between(SOLD, starts[place], starts[place + 1]).values()) for place in range(over)
    ]
    steps = read_steps(row.steps)
    assert row.wape == pytest.approx(plain_wape(actual, steps.value[:over]))
    assert row.naive_wape == pytest.approx(plain_wape(actual, steps.naive[:over]))


def test_the_unfinished_last_day_is_not_scored_nor_days_to_come(trading: Shop) -> None:
    give(trading, GIVEN)
    sell(trading, FIRST, FIRST + 3 * DAY)
    morning = FIRST + 3 * DAY
    trading.load_text(f"{HEADER}m,p,Pen,1,{morning} 09:00:00,3,c,Peru\n")
    score(trading, date(2024, 6, 1))
    assert stored(trading)[0].steps_scored == 3
    trading.load_text(f"{HEADER}e,p,Pen,1,{morning} 17:00:00,90,c,Peru\n")
    score(trading, date(2024, 6, 1))
    [row] = stored(trading)
    assert row.steps_scored == 4
    require_scores(row, SOLD | {morning: 93.0})
    sell(trading, FIRST + 4 * DAY, FIRST + 14 * DAY)
    score(trading, FIRST + 6 * DAY)
    assert stored(trading)[0].steps_scored == 7, "the others are dated after today"


def test_a_closed_day_is_over_when_it_is_over(trading: Shop) -> None:
    """Nothing has to be sold after a Sunday to know that nothing was sold on it."""
    give(trading, GIVEN)
    sell(trading, FIRST, FIRST + 5 * DAY)
    assert (FIRST + 5 * DAY).weekday() == 6
    for today, over in ((FIRST + 5 * DAY, 5), (FIRST + 6 * DAY, 6), (FIRST + 60 * DAY, 6)):
        score(trading, today)
        assert stored(trading)[0].steps_scored == over


def test_nothing_that_was_sold_has_no_error(trading: Shop) -> None:
    give(trading, GIVEN, horizon=2)
    trading.load_text(file_of({FIRST + 2 * DAY: 10.0}))
    score(trading, date(2024, 6, 1))
    [row] = stored(trading)
    assert (row.steps_scored, row.wape, row.naive_wape, row.actual_total) == (2, None, None, 0)
    assert row.mase is not None


def test_closed_steps_are_no_merit_of_the_interval() -> None:
    steps = Steps(
        value=[0, 10, 20],
        lower=[0, 8, 15],
        upper=[0, 12, 25],
        naive=[0, 9, 19],
        open=[False, True, True],
        total=Total(30, 20, 40),
    )
    found = score_of(steps, Actuals([0, 11, 30], [True, True, True]), 4)
    assert found.coverage == 0.5
    assert (found.wape, found.naive_wape) == pytest.approx((11 / 41, 13 / 41))
    assert (found.forecast_total, found.actual_total, found.mase) == (30, 41, 11 / 3 / 4)
    sold_on_sunday = score_of(steps, Actuals([5], [True]), None)
    assert (sold_on_sunday.wape, sold_on_sunday.coverage, sold_on_sunday.mase) == (1, None, None)


def test_a_measure_that_is_gone_stops_no_other(trading: Shop) -> None:
    give(trading, GIVEN)
    give(trading, GIVEN, measure="units")
    with trading.database.writing() as session:
        first = update(GivenForecast).where(GivenForecast.measure == "revenue")
        session.execute(first.values(measure="turnover"))
    sell(trading, FIRST, FIRST + 3 * DAY)
    assert score(trading, date(2024, 6, 1)) == 1
    assert [row.steps_scored for row in stored(trading)] == [0, 3]


def test_two_servers_at_once_keep_and_score_once(
    settings: Settings, open_shop: Callable[[Settings], Shop], url: str
) -> None:
    """The row decides where both come to it; the lease has only one come, as a rule."""
    shop = open_shop(settings.model_copy(update={"database_url": url}))
    other = Warehouse(shop.settings.home, shop.database)
    shop.load_text(file_of(between(SOLD, START, FIRST)))
    given = [given_on(shop, GIVEN, horizon=horizon) for horizon in (7, 14, 21)]
    assert at_once(2, lambda _: sum(keep(shop.database, one) for one in given)) == 3
    sell(shop, FIRST, FIRST + 10 * DAY)
    warehouses = [shop.warehouse, other]
    for warehouse in warehouses:
        warehouse.catch_up(wait=60)
    with shop.database.reading() as session:
        at = around(session, date(2024, 6, 1), "")
    assert at_once(2, lambda one: score_due(shop.database, warehouses[one], at)) == 3
    other.close()
    rows = stored(shop)
    assert [row.steps_scored for row in rows] == [7, 10, 10]
    for row in rows:
        require_scores(row, SOLD)


def at_once(count: int, work: Callable[[int], int]) -> int:
    """Do something several times at once; the sum of what each gives."""
    together = Barrier(count)

    def do(number: int) -> int:
        together.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(do, range(count)))


def test_a_round_is_left_to_whoever_holds_the_lease(trading: Shop) -> None:
    give(trading, GIVEN)
    sell(trading, FIRST, FIRST + 3 * DAY)
    trading.warehouse.catch_up(wait=60)
    assert jobs.lease(trading.database, LEASE, timedelta(hours=1), "another server")
    rounds = Rounds(trading.settings, trading.database, trading.warehouse)
    rounds.start()
    time.sleep(0.2)
    rounds.stop()
    assert stored(trading)[0].steps_scored == 0
    assert jobs.lease(trading.database, LEASE, timedelta(seconds=-1), "another server")
    rounds = Rounds(trading.settings, trading.database, trading.warehouse)
    rounds.start()
    wait_for(lambda: stored(trading)[0].steps_scored > 0, 60)
    rounds.stop()
    assert stored(trading)[0].steps_scored == 3


def test_a_server_scores_what_is_due(trading: Shop) -> None:
    give(trading, GIVEN)
    sell(trading, FIRST, FIRST + 3 * DAY)
    with serving(trading.settings.home):
        wait_for(lambda: stored(trading)[0].steps_scored == 3, 60)


def test_single_purchases_are_followed_from_time_to_time(trading: Shop) -> None:
    shop = trading
    give(shop, GIVEN)
    sell(shop, FIRST, FIRST + 3 * DAY)
    rounds = Rounds(shop.settings, shop.database, shop.warehouse)
    rounds.look()
    enter(shop, purchase("1", when=f"{FIRST}"))
    rounds.look()
    assert stored(shop)[0].scored_version == 2, "not long after the last time"
    rounds._at -= scoring_module.PURCHASES_EVERY
    rounds.look()
    [row] = stored(shop)
    assert row.scored_version == 3
    require_scores(row, SOLD | {FIRST: SOLD[FIRST] + 1})
    enter(shop, purchase("2", when=f"{FIRST}"))
    shop.load_text(file_of({FIRST + DAY: 1.0}, "Chile"))
    rounds.look()
    assert stored(shop)[0].scored_version == 5, "an import, and what came before it"


def test_a_warehouse_that_is_behind_only_delays_it(
    trading: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring_module, "LAID_OUT_WITHIN", 0.05)
    give(trading, GIVEN)
    sell(trading, FIRST, FIRST + 3 * DAY)
    trading.warehouse.catch_up(wait=60)
    with trading.database.writing() as session:
        scoring_module.journal.next_versions(session, 1)  # an entry that is still to come
    rounds = Rounds(trading.settings, trading.database, trading.warehouse)
    rounds.look()
    assert stored(trading)[0].steps_scored == 0
    trading.load_text(file_of({FIRST: 1.0}, "Chile"))
    trading.warehouse.catch_up(wait=60)
    rounds.look()
    assert stored(trading)[0].steps_scored == 3
