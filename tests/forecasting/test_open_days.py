"""The calendar of open days: what is learnt from sales, and what people say instead."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tillsight.forecasting.open_days import Because, Corrections, learn

MONDAY = date(2024, 1, 8)


def traded(first: date, days: int, opens: Callable[[date], bool]) -> np.ndarray:
    return np.array([opens(first + timedelta(days=i)) for i in range(days)], dtype=bool)


def weekdays_only(day: date) -> bool:
    return day.isoweekday() <= 5


def test_a_weekday_is_open_from_half_of_its_last_eight_on() -> None:
    flags = np.ones(7 * 12, dtype=bool)
    flags[6::7] = [True] * 4 + [True, False] * 4  # Sundays: four of the last eight
    flags[5::7] = [True] * 4 + [False] * 5 + [True] * 3  # Saturdays: three of them
    calendar = learn(MONDAY, flags, {}, Corrections())
    assert [one.is_open for one in calendar.weekdays] == [True] * 5 + [False, True]
    assert [one.traded for one in calendar.weekdays] == [8] * 5 + [3, 4]
    assert [one.occurrences for one in calendar.weekdays] == [8] * 7
    assert calendar.flags(calendar.end, 7).tolist() == [True] * 5 + [False, True]


def test_weekdays_not_seen_yet_are_open() -> None:
    calendar = learn(MONDAY, np.array([True, True, False]), {}, Corrections())
    assert [one.is_open for one in calendar.weekdays] == [True, True, False, *[True] * 4]


def test_what_was_is_told_as_it_was() -> None:
    flags = traded(MONDAY, 70, weekdays_only)
    flags[[8, 12]] = [False, True]  # a Tuesday without a sale, a Saturday with one
    calendar = learn(MONDAY, flags, {}, Corrections())
    assert calendar.flags(MONDAY, 70).tolist() == flags.tolist()
    said = calendar.explain(MONDAY + timedelta(days=8), 5)
    assert [one.because for one in said] == [Because.traded] * 5
    assert calendar.explained(MONDAY + timedelta(days=5)).because is Because.weekday


def test_a_long_closure_says_nothing_of_weekdays() -> None:
    flags = traded(MONDAY, 200, weekdays_only)
    flags[140:190] = False
    calendar = learn(MONDAY, flags, {}, Corrections())
    assert [one.is_open for one in calendar.weekdays] == [True] * 5 + [False] * 2


def test_a_holiday_behaves_as_it_did() -> None:
    first = date(2022, 1, 10)
    holidays = {
        date(year, month, day): name
        for year in (2022, 2023, 2024)
        for month, day, name in ((5, 3, "Open Day"), (8, 15, "Closed Day"), (11, 1, "Other"))
    }
    shut = [day for day, name in holidays.items() if name != "Open Day"]
    flags = traded(first, 600, lambda day: weekdays_only(day) and day not in shut)
    calendar = learn(first, flags, holidays, Corrections())
    assert calendar.end < date(2023, 11, 1)
    assert calendar.is_open(date(2024, 5, 3))
    assert calendar.explained(date(2024, 5, 3)).because is Because.holiday
    assert not calendar.is_open(date(2024, 8, 15))
    assert not calendar.is_open(date(2023, 11, 1))
    assert calendar.explained(date(2024, 8, 15)).holiday == "Closed Day"


def test_a_holiday_never_seen_behaves_as_most_others() -> None:
    holidays = {date(2024, 5, 1): "May", date(2024, 5, 9): "Ascension", date(2024, 10, 3): "Unity"}
    shut = (date(2024, 5, 1), date(2024, 5, 9))
    flags = traded(MONDAY, 200, lambda day: weekdays_only(day) and day not in shut)
    assert not learn(MONDAY, flags, holidays, Corrections()).is_open(date(2024, 10, 3))
    flags = traded(MONDAY, 200, weekdays_only)
    assert learn(MONDAY, flags, holidays, Corrections()).is_open(date(2024, 10, 3))


def test_the_turn_of_the_year_is_closed_where_it_was() -> None:
    first = date(2023, 9, 4)
    shut = (date(2023, 12, 22), date(2024, 1, 2))
    flags = traded(first, 300, lambda day: weekdays_only(day) and not shut[0] <= day <= shut[1])
    calendar = learn(first, flags, {}, Corrections())
    told = {one.day: one for one in calendar.explain(date(2024, 12, 19), 20)}
    closed = [day.day for day, one in told.items() if one.because is Because.year_end]
    assert closed == [23, 24, 25, 26, 27, 30, 31, 1, 2]  # a year before, some were a weekend
    assert told[date(2024, 12, 20)].is_open
    assert told[date(2025, 1, 3)].is_open


def test_corrections_win_a_day_over_a_holiday_over_a_weekday() -> None:
    flags = traded(MONDAY, 100, weekdays_only)
    holiday, special = date(2024, 5, 1), date(2024, 5, 4)
    corrections = Corrections(
        days={holiday + timedelta(days=365): True, special: False, MONDAY: False},
        weekdays={6: True, 3: False},
        holidays={"May": True},
    )
    holidays = {holiday: "May", date(2025, 5, 1): "May"}
    calendar = learn(MONDAY, flags, holidays, corrections)
    assert calendar.is_open(holiday)  # a Wednesday, closed from now on
    assert not calendar.is_open(holiday + timedelta(days=7))
    assert not calendar.is_open(special)  # a Saturday, open from now on
    assert calendar.is_open(special + timedelta(days=7))
    assert not calendar.is_open(MONDAY)  # although it sold something
    told = (holiday, special, MONDAY, holiday + timedelta(days=7))
    assert {calendar.explained(day).because for day in told} == {Because.corrected}
    assert [one.weekday for one in calendar.weekdays if one.corrected] == [3, 6]
    assert calendar.flags(MONDAY, 100).tolist()[1:] == flags.tolist()[1:]  # what was stays


def test_a_shop_that_sells_seldom_is_open_and_sells_nothing() -> None:
    rng = np.random.default_rng(7)
    flags = rng.random(400) < 0.6
    flags[300:330] = False
    calendar = learn(MONDAY, flags, {}, Corrections())
    assert all(one.is_open for one in calendar.weekdays)
    was_open = calendar.flags(MONDAY, 400)
    assert not was_open[305:325].any()
    assert was_open[:290].mean() > 0.95
    assert calendar.flags(calendar.end, 7).all()


def test_a_shop_that_sells_on_any_one_day_a_week_is_open_on_all() -> None:
    rng = np.random.default_rng(1)
    flags = np.zeros(700, dtype=bool)
    flags[np.arange(100) * 7 + rng.integers(0, 7, 100)] = True
    calendar = learn(MONDAY, flags, {}, Corrections())
    assert sum(one.is_open for one in calendar.weekdays) >= 5


@given(
    st.lists(st.booleans(), max_size=500),
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.dictionaries(st.integers(0, 800), st.sampled_from(["a", "b", "c"]), max_size=20),
)
def test_every_day_has_an_answer(flags: list[bool], first: date, holidays: dict[int, str]) -> None:
    named = {first + timedelta(days=i): name for i, name in holidays.items()}
    calendar = learn(first, np.array(flags, dtype=bool), named, Corrections())
    told = calendar.explain(first - timedelta(days=400), len(flags) + 800)
    assert [one.is_open for one in told] == calendar.flags(told[0].day, len(told)).tolist()
    assert all(told[400 + i].is_open for i, flag in enumerate(flags) if flag)
    if not any(flags):
        assert not any(one.is_open for one in told)
