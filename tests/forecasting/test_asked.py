"""From sales to a forecast: the series against plain Python, what counts, and what is kept."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from random_lines import Line, lines, passes, recomputed
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import InvalidInput, UnknownName
from tillsight.forecasting.asked import FORECASTABLE, Asked, Sources, Told, forecast_of
from tillsight.forecasting.corrections import Kind, Stated, set_correction
from tillsight.forecasting.words import Grain, Method, Model
from tillsight.metrics.notes import New, create_note
from tillsight.metrics.periods import BUCKETS, DAY

TODAY = date(2024, 12, 31)
MONDAY = date(2024, 1, 1)


def text_of(some: Iterable[Line]) -> str:
    return HEADER + "".join(line.csv() for line in some)


def sources(shop: Shop, today: date = TODAY) -> Sources:
    shop.warehouse.catch_up(wait=60)
    return Sources(shop.warehouse, shop.database, "", today)


def told_by(shop: Shop, today: date = TODAY, **asked: object) -> Told:
    return forecast_of(sources(shop, today), Asked(**{"measure": "revenue", **asked}))


def sold_on(days: Iterable[tuple[date, float]], hour: int = 17, country: str = "France") -> str:
    """A file with one sale on each of the days."""
    rows = [
        f"{day}{country},p1,Pen,1,{day} {hour}:00:00,{price},c1,{country}\n" for day, price in days
    ]
    return HEADER + "".join(rows)


def every_day(count: int, first: date = MONDAY, weekdays: range = range(1, 7)) -> list[date]:
    """So many days in a row but those the shop is closed on; Sundays, unless said otherwise."""
    days = (first + timedelta(days=one) for one in range(count))
    return [day for day in days if day.isoweekday() in weekdays]


def codes(told: Told) -> list[str]:
    return [one.code for one in told.notices]


@given(
    lines,
    st.sampled_from(["revenue", "returns", "net_revenue", "units", "lines"]),
    st.sampled_from(
        [{}, {"country": ["EIRE"]}, {"product": ["p1", "p2"]}, {"customer": ["", "c1"]}]
    ),
)
@hypothesis_settings(max_examples=12)
def test_the_series_is_that_of_plain_python(some: list[Line], measure: str, filters: dict) -> None:
    moved = [line for line in some if line.quantity and line.price > 0]
    with temporary_shop() as shop:
        shop.load_text(text_of(some))
        for grain in Grain:
            told = told_by(shop, measure=measure, grain=grain, filters=filters, horizon=2)
            if not any(line.quantity > 0 for line in moved):
                assert (told.ground, told.forecast, codes(told)) == (None, None, ["no_data"])
                continue
            chosen = [line for line in moved if passes(line, filters, {})]
            check_steps(
                told, moved, {day: value_of(chosen, day, measure) for day in days_of(moved)}
            )


def days_of(moved: list[Line]) -> list[date]:
    first, last = (pick(line.time.date() for line in moved) for pick in (min, max))
    return [first + timedelta(days=one) for one in range((last - first).days + 1)]


def value_of(chosen: list[Line], day: date, measure: str) -> float:
    return float(
        recomputed([line for line in chosen if line.time.date() == day], [], None)[measure]
    )


def check_steps(told: Told, moved: list[Line], values: dict[date, float]) -> None:
    """Steps hold their days, none is missing, and those to come follow the last finished one."""
    ground, bucket = told.ground, BUCKETS[told.asked.grain]
    assert ground is not None
    steps, calendar = ground.steps, ground.trading.calendar
    traded = {line.time.date() for line in moved if line.quantity > 0}
    assert {day for day, flag in zip(values, calendar.traded, strict=True) if flag} == traded
    every = [*steps.starts, *steps.ahead, steps.end]
    assert all(following == bucket.following(start) for start, following in pairwise(every))
    for start, value in zip(steps.starts, steps.values, strict=True):
        held = [one for day, one in values.items() if start <= day < bucket.following(start)]
        assert value == pytest.approx(sum(held), abs=1e-6)
    last = max(values)
    if told.asked.grain is Grain.day:
        assert steps.ahead[0] == last + DAY
        return
    begun = bucket.start(ground.trading.as_of)
    left = [ground.trading.as_of + timedelta(days=one) for one in range(1, 32)]
    is_open = [calendar.is_open(day) for day in left if day < bucket.following(begun)]
    assert steps.ahead[0] == (begun if any(is_open) else bucket.following(begun))


@given(lines, st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=6)
def test_the_order_of_rows_changes_nothing(some: list[Line], chance: random.Random) -> None:
    def answer(rows: list[Line]) -> tuple:
        with temporary_shop() as shop:
            shop.load_text(text_of(rows))
            told = told_by(shop)
            return told.as_of, None if told.forecast is None else list(told.forecast.values)

    assert answer(some) == answer(chance.sample(some, len(some)))


def test_days_without_sales_are_closed_or_zero(shop: Shop) -> None:
    days = [day for day in every_day(70) if day != date(2024, 2, 7)]
    shop.load_text(sold_on((day, 10) for day in days))
    told = told_by(shop, horizon=14)
    assert told.steps is not None
    series = told.steps.series
    sundays = np.array([day.isoweekday() == 7 for day in told.steps.starts])
    assert not series.is_open[sundays].any()
    assert series.values.tolist() == [10 if day in days else 0 for day in told.steps.starts]
    assert [one.isoweekday() for one in told.steps.ahead if not one.isoweekday() < 7] == [7, 7]
    assert list(series.open_days_ahead) == [int(day.isoweekday() < 7) for day in told.steps.ahead]


def test_a_part_has_the_calendar_of_the_whole(shop: Shop) -> None:
    """A country that buys on Mondays alone has zeros on the other open days."""
    shop.load_text(sold_on((day, 10) for day in every_day(84)))
    mondays = [day for day in every_day(84) if day.isoweekday() == 1][3:]
    shop.load_text(sold_on(((day, 5) for day in mondays), country="EIRE"))
    whole, part = told_by(shop), told_by(shop, filters={"country": ["EIRE"]})
    assert whole.steps is not None
    assert part.steps is not None
    assert part.steps.starts[0] == mondays[0]  # before its first sale it says nothing
    assert part.steps.series.is_open.tolist() == whole.steps.series.is_open[21:].tolist()
    assert part.steps.values.sum() == 5 * len(mondays)


def test_weeks_and_months_begin_and_end_whole(shop: Shop) -> None:
    """From Wednesday 3 January to Thursday 14 March, Sundays closed."""
    shop.load_text(sold_on((day, 10) for day in every_day(72, date(2024, 1, 3))))
    weeks, months = told_by(shop, grain="week"), told_by(shop, grain=Grain.month, horizon=2)
    assert weeks.steps is not None
    assert months.steps is not None
    assert (weeks.steps.starts[0], weeks.steps.ahead[0]) == (date(2024, 1, 8), date(2024, 3, 11))
    assert set(weeks.steps.values) == {60.0}
    assert months.steps.starts == [date(2024, 2, 1)]
    assert months.steps.ahead == [date(2024, 3, 1), date(2024, 4, 1)]
    assert months.as_of == date(2024, 2, 29)
    assert (codes(weeks)[0], codes(months)[0]) == ("unfinished_step", "unfinished_step")


def test_a_week_that_ends_on_a_closed_day_is_finished(shop: Shop) -> None:
    days = every_day(69)  # to Saturday 9 March
    shop.load_text(sold_on((day, 10) for day in days))
    told = told_by(shop, grain=Grain.week)
    assert told.steps is not None
    assert (told.steps.starts[-1], told.as_of) == (date(2024, 3, 4), date(2024, 3, 10))
    assert "unfinished_step" not in codes(told)


def test_a_last_day_that_ends_early_does_not_count(shop: Shop) -> None:
    *days, last = every_day(66)
    shop.load_text(sold_on((day, 10) for day in days))
    shop.load_text(sold_on([(last, 900)], hour=11))
    told = told_by(shop)
    assert (told.as_of, codes(told)[0]) == (days[-1], "unfinished_last_day")
    assert told.steps is not None
    assert told.forecast is not None
    assert told.steps.ahead[0] == last + DAY
    assert max(told.forecast.values) < 11


def test_without_times_of_day_no_day_is_unfinished(shop: Shop) -> None:
    *days, last = every_day(66)
    header = "customer_name,country,purchase_date,amount\n"
    shop.load_text(header + "".join(f"Ada,Peru,{day},10\n" for day in days))
    shop.load_text(f"{header}Ada,Peru,{last},1\n")
    assert told_by(shop).as_of == last


def test_days_after_today_never_count(shop: Shop) -> None:
    days = every_day(60)
    shop.load_text(sold_on((day, 10) for day in days))
    shop.load_text(sold_on([(date(2099, 1, 1), 500)]))
    told = told_by(shop, today=date(2024, 2, 10))
    assert (told.as_of, codes(told)[0]) == (date(2024, 2, 10), "future_dates")
    assert told.steps is not None
    assert told.steps.values.max() == 10


def test_history_is_ten_years_at_most(shop: Shop) -> None:
    shop.load_text(sold_on([(date(1999, 5, 5), 7), *((day, 10) for day in every_day(60))]))
    told = told_by(shop)
    assert codes(told)[0] == "older_left_out"
    assert told.steps is not None
    assert told.steps.starts[0] == MONDAY


@pytest.mark.parametrize("days", [1, 5, 13])
@pytest.mark.parametrize("grain", list(Grain))
def test_few_days_give_their_average(shop: Shop, days: int, grain: Grain) -> None:
    shop.load_text(sold_on((day, 10) for day in every_day(days, date(2024, 1, 2), range(1, 8))))
    told = told_by(shop, grain=grain, horizon=3)
    assert told.forecast is not None
    assert told.steps is not None
    assert (told.forecast.method, told.forecast.intervals) == (Method.average, ())
    assert list(told.forecast.values) == pytest.approx(10 * told.steps.series.open_days_ahead)
    [notice] = [one for one in told.notices if one.code == "too_little_history"]
    assert notice.text.endswith(f"the average of {days} day{'s' if days > 1 else ''}.")


def test_one_day_is_repeated_on_every_day(shop: Shop) -> None:
    shop.load_text(sold_on([(MONDAY, 10)]))
    told = told_by(shop, horizon=10)
    assert told.forecast is not None
    assert list(told.forecast.values) == [10.0] * 10


def test_what_was_never_sold_is_zero(shop: Shop) -> None:
    shop.load_text(sold_on((day, 10) for day in every_day(60)))
    told = told_by(shop, filters={"country": ["Narnia"]})
    assert told.forecast is not None
    assert (told.forecast.total, "no_sales" in codes(told)) == (0, True)


def test_a_weekday_alone_closes_the_others(shop: Shop) -> None:
    shop.load_text(sold_on((day, 10.0 * day.isoweekday()) for day in every_day(84)))
    told = told_by(shop, filters={"weekday": ["2"]}, horizon=14)
    assert told.steps is not None
    assert told.forecast is not None
    expected = [20.0 if day.isoweekday() == 2 else 0.0 for day in told.steps.ahead]
    assert list(told.forecast.values) == pytest.approx(expected, rel=1e-6)


def write_note(shop: Shop, first: date, last: date, **more: object) -> None:
    with shop.database.writing() as session:
        create_note(
            session, None, New(first, last + DAY, "A fair", **{"is_ordinary": False, **more})
        )


def test_days_that_were_not_ordinary_are_left_out(shop: Shop) -> None:
    days = every_day(84)
    fair = days[40]
    shop.load_text(sold_on((day, 5000 if day == fair else 10) for day in days))
    before = told_by(shop, horizon=7)
    write_note(shop, fair, fair)
    write_note(shop, days[10], days[10], is_ordinary=True)
    after = told_by(shop, horizon=7)
    assert before.steps is not None
    assert after.steps is not None
    assert after.forecast is not None
    assert (before.one_offs, [one.text for one in after.one_offs]) == ([], ["A fair"])
    assert after.steps.starts[int(np.argmin(after.steps.series.is_ordinary))] == fair
    assert (before.steps.series.is_ordinary.all(), after.steps.values.max()) == (True, 5000)
    assert list(after.forecast.values) == pytest.approx(10 * after.steps.series.open_days_ahead)


def test_a_week_stands_for_its_ordinary_days(shop: Shop) -> None:
    days = every_day(84)
    shop.load_text(sold_on((day, 5000 if day == days[20] else 10) for day in days))
    write_note(shop, days[20], days[20])
    write_note(shop, days[31], days[35])  # most of a week: it is left out as a whole
    steps = told_by(shop, grain=Grain.week).steps
    assert steps is not None
    third, fifth = 3, 5
    assert (steps.values[third], steps.series.values[third]) == (5050, 50)
    assert steps.series.open_days[[third, fifth]].tolist() == [5, 6]
    assert steps.series.is_ordinary.tolist() == [one != fifth for one in range(len(steps.starts))]


def test_corrections_hold_for_days_to_come(shop: Shop) -> None:
    shop.load_text(sold_on((day, 10) for day in every_day(60)))
    before = told_by(shop, horizon=7)
    with shop.database.writing() as session:
        set_correction(session, None, Stated(Kind.weekday, "1", is_open=False), "", TODAY)
    after = told_by(shop, horizon=7)
    assert before.forecast is not None
    assert after.forecast is not None
    assert (np.count_nonzero(before.forecast.values), before.corrected) == (6, 0)
    assert (np.count_nonzero(after.forecast.values), after.corrected) == (5, 1)


def test_an_answer_is_kept_until_the_sales_change(shop: Shop) -> None:
    shop.load_text(sold_on((day, 10) for day in every_day(60)))
    first, again = told_by(shop), told_by(shop)
    assert again is first
    assert told_by(shop, levels=(50,)) is not first
    assert told_by(shop, levels=(50,)).ground is first.ground
    shop.load_text(sold_on([(date(2024, 3, 1), 99)]))
    newer = told_by(shop)
    assert (first.data_version, newer.data_version) == (1, 2)
    assert newer.as_of == date(2024, 3, 1)


def test_an_empty_shop_has_nothing_to_tell(shop: Shop) -> None:
    told = told_by(shop)
    assert (told.ground, told.forecast, told.as_of, told.days) == (None, None, None, ())
    assert codes(told) == ["no_data"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"measure": "orders"}, "Orders cannot be forecast"),
        ({"measure": "return_rate"}, "These can: revenue, returns"),
        ({"horizon": 0}, "1 to 365 days ahead"),
        ({"horizon": 10_000}, "1 to 365 days ahead"),
        ({"horizon": 105, "grain": Grain.week}, "1 to 104 weeks ahead"),
        ({"horizon": 37, "grain": Grain.month}, "1 to 36 months ahead"),
        ({"levels": (0,)}, "1 to 99 percent"),
        ({"levels": (100,)}, "1 to 99 percent"),
        ({"levels": (1, 2, 3, 4, 5, 6)}, "5 at most"),
        ({"filters": {"month": ["2024-01"]}}, "not filtered by month"),
        ({"filters": {"weekday": ["8"]}}, "no weekday"),
    ],
)
def test_what_cannot_be_forecast_is_refused(shop: Shop, wrong: dict, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        told_by(shop, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"measure": "revenu"}, {"filters": {"contry": ["x"]}}, {"filters": {"segment": ["x"]}}],
)
def test_names_that_are_none_are_told(shop: Shop, wrong: dict) -> None:
    with pytest.raises(UnknownName):
        told_by(shop, **wrong)


@pytest.mark.parametrize("measure", FORECASTABLE)
@pytest.mark.parametrize("kind", ["constant", "zeros", "huge", "gap", "negative"])
def test_hard_series_have_sound_forecasts(shop: Shop, measure: str, kind: str) -> None:
    days = every_day(120)
    prices = {
        "constant": [10.0] * len(days),
        "zeros": [0.01 if one == 0 else 10.0 for one in range(len(days))],
        "huge": [1e9 if one == 70 else 10.0 for one in range(len(days))],
        "gap": [10.0] * len(days),
        "negative": [10.0] * len(days),
    }[kind]
    kept = [one for one in range(len(days)) if kind != "gap" or not 20 < one < 90]
    text = sold_on((days[one], prices[one]) for one in kept)
    if kind == "negative":
        text += "".join(f"C{day},p1,Pen,-9,{day} 12:00:00,10,c1,France\n" for day in days)
    filters = {"country": ["EIRE"]} if kind == "zeros" else {}
    shop.load_text(text)
    for grain, model in ((Grain.day, Model.blend), (Grain.week, Model.seasonal_naive)):
        told = told_by(shop, measure=measure, filters=filters, grain=grain, model=model)
        assert told.forecast is not None
        found = told.forecast
        parts = [
            found.values,
            found.trend,
            *(b for i in found.intervals for b in (i.lower, i.upper)),
        ]
        assert all(np.isfinite(one).all() for one in parts)
        assert measure == "net_revenue" or all(
            (one >= 0).all() for one in (found.values, *parts[2:])
        )
        assert all((i.lower <= i.upper).all() for i in found.intervals)
