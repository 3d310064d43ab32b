"""Weekdays and hours, months over years, and a year of days, as functions."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.dashboard.revenue import patterns, tables, texts
from tillsight.dashboard.revenue.patterns import Days, Hours, Years

CELLS = [
    {"weekday": 1, "hour": 9, "revenue": 90.0, "orders": 3},
    {"weekday": 7, "hour": 11, "revenue": 50.0, "orders": 2},
    {"weekday": 7, "hour": None, "revenue": 8.0, "orders": 1},
]
THREE_MONDAYS = {1: 3, **dict.fromkeys(range(2, 8), 2)}
DAY = timedelta(days=1)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 500))
def test_weekdays_are_counted(start: date, days: int) -> None:
    counted = patterns.such_days(start, start + DAY * days)
    all_days = [(start + DAY * one).isoweekday() for one in range(days)]
    assert counted == {weekday: all_days.count(weekday) for weekday in range(1, 8)}


def test_a_field_is_the_average_of_such_days_and_leads_to_its_orders() -> None:
    told = Hours.of(CELLS, "revenue", THREE_MONDAYS)
    links = {
        (day, hour): f"/orders?weekday={day}&hour={hour}"
        for day in range(1, 8)
        for hour in told.hours
    }
    [field] = patterns.heat(told, links, "EUR").data
    assert list(field.x) == [9, 10, 11]
    assert list(field.y) == [1, 2, 3, 4, 5, 6, 7]
    assert field.z[0][0] == 30.0
    assert field.z[6][2] == 25.0
    assert field.z[3][1] == 0
    said, address = field.customdata[0][0]
    assert said == "Monday, 9–10 h: <b>€30.00</b><br>€90.00 on 3 such days"
    assert address == "/orders?weekday=1&hour=9"
    assert told.best == (1, 9)
    table = tables.hours(told, links, "EUR")
    assert '<a href="/orders?weekday=7&amp;hour=11" target="_self">€25.00</a>' in table


def test_orders_have_one_decimal_and_a_single_week_is_not_said_to_be_an_average() -> None:
    told = Hours.of(CELLS, "orders", THREE_MONDAYS | {7: 3})
    assert told.written(told.average((7, 11)), "EUR") == "0.7"
    once = Hours.of(CELLS, "orders", dict.fromkeys(range(1, 8), 1))
    links = {(day, hour): "/" for day in range(1, 8) for hour in once.hours}
    assert "such days" not in patterns.heat(once, links, "EUR").data[0].customdata[0][0][0]


def test_without_hours_there_are_no_fields() -> None:
    assert Hours.of(CELLS[2:], "revenue", THREE_MONDAYS).hours == []


def test_weekdays_against_the_period_before() -> None:
    this = Hours.of([{"weekday": 1, "hour": 0, "revenue": 90.0}], "revenue", THREE_MONDAYS)
    before = Hours.of([{"weekday": 2, "hour": 0, "revenue": 40.0}], "revenue", THREE_MONDAYS)
    bars, strokes = patterns.weekdays(this, before, "CHF").data
    assert list(bars.y) == [30.0, 0, 0, 0, 0, 0, 0]
    assert list(strokes.y) == [0, 20.0, 0, 0, 0, 0, 0]
    assert bars.customdata[0] == "Monday: <b>CHF\u00a030.00</b>, 3 such days"
    figure = patterns.weekdays(this, None, "CHF")
    assert len(figure.data) == 1
    assert figure.layout.yaxis.title.text == "Average revenue (CHF)"
    assert figure.layout.xaxis.ticktext[0] == "Mo"


def months(first: tuple[int, int], count: int) -> list[dict[str, object]]:
    places = [first[0] * 12 + first[1] - 1 + one for one in range(count)]
    return [{"month": f"{at // 12}-{at % 12 + 1:02}", "revenue": float(at)} for at in places]


def test_years_lie_over_each_other_and_months_that_are_not_whole_are_hollow() -> None:
    told = Years.of(months((2022, 11), 16), date(2022, 11, 10), date(2024, 2, 28))
    newest, middle, oldest = patterns.seasons(told, "EUR").data
    assert (newest.name, middle.name, oldest.name) == ("2024", "2023", "2022")
    assert list(middle.x) == list(range(1, 13))
    assert list(oldest.x) == [11, 12]
    assert list(oldest.marker.symbol) == ["circle-open", "circle"]
    assert list(newest.marker.symbol) == ["circle", "circle-open"], "29 February is missing"
    assert newest.line.width > middle.line.width
    assert oldest.customdata[0].startswith("November 2022, 10 – 30 November 2022: <b>€")
    assert told.twice == 2, "December and January"
    table = tables.seasons(told, "EUR")
    assert re.findall(r'scope="col">(\d+)', table) == ["2024", "2023", "2022"]


@pytest.mark.parametrize(("count", "twice"), [(12, 0), (13, 1), (24, 12), (30, 12)])
def test_how_many_months_came_twice(count: int, twice: int) -> None:
    last = date(2020 + (count - 1) // 12, (count - 1) % 12 + 1, 28)
    end = (last + 5 * DAY).replace(day=1) - DAY
    assert Years.of(months((2020, 1), count), date(2020, 1, 1), end).twice == twice


def test_the_last_six_years_are_drawn() -> None:
    told = Years.of(months((2010, 1), 96), date(2010, 1, 1), date(2017, 12, 31))
    assert list(told.values) == [2012, 2013, 2014, 2015, 2016, 2017]
    assert len(patterns.seasons(told, "EUR").data) == patterns.MOST_YEARS


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_days_of_a_year_stand_in_weeks(day: date) -> None:
    week, weekday = patterns.place(day)
    assert weekday == day.isoweekday()
    assert 0 <= week <= 53
    if day.timetuple().tm_yday > 7:
        assert patterns.place(day - 7 * DAY) == (week - 1, weekday)


def year(values: dict[date, float], notes: dict[date, list[str]]) -> Days:
    rows = {day: {"revenue": value, "orders": 1 if value else 0} for day, value in values.items()}
    return Days(2024, "revenue", rows, notes)


def test_a_calendar_has_every_day_its_link_and_its_notes() -> None:
    told = year(
        {date(2024, 1, 1): 10.0, date(2024, 1, 2): 0.0}, {date(2024, 1, 2): ["Closed (Ann)"]}
    )
    links = {day: f"/orders?since={day}" for day in told.rows}
    ground, days, notes = patterns.calendar(told, links, "EUR").data
    assert sum(one == 0 for row in ground.z for one in row) == 366
    assert days.z[0][0] == 10.0
    assert days.z[1][0] == 0.0
    assert days.z[2][0] is None, "there are no data of that day"
    said, address = days.customdata[0][0]
    assert said == "Mon 1 January 2024: <b>€10.00</b>, 1 order"
    assert address == "/orders?since=2024-01-01"
    assert days.customdata[1][0][0].endswith("0 orders<br>Closed (Ann)")
    assert (list(notes.x), list(notes.y)) == ([0], [2])
    table = tables.calendar(told, links, "EUR")
    assert table.count("<a ") == 1
    assert texts.WEEK in table


def test_a_few_days_far_beyond_the_others_do_not_take_all_the_colour() -> None:
    first = date(2024, 1, 1)
    usual = {first + DAY * one: 100.0 + one for one in range(100)}
    assert year(usual, {}).top == 199.0
    assert year(usual | {first + 200 * DAY: 9000.0}, {}).top < 200.0
