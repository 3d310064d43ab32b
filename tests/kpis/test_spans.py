"""Periods of KPIs: reading undoes writing, and every day lies in exactly one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.errors import InvalidInput
from tillsight.kpis.spans import (
    end_of,
    has_begun,
    is_over,
    periods_within,
    read_period,
    read_year_and_month,
    write_period,
    year_and_month,
    year_of,
)
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import Period

DAY = timedelta(days=1)
days = st.dates(date(1901, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("periodicity", "text", "start", "end"),
    [
        ("yearly", "2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("quarterly", "2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("monthly", "2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("weekly", "2026-W12", date(2026, 3, 16), date(2026, 3, 23)),
        ("weekly", "2026-W01", date(2025, 12, 29), date(2026, 1, 5)),
        ("daily", "2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
    ],
)
def test_periods_as_they_are_written(periodicity: str, text: str, start: date, end: date) -> None:
    kind = Periodicity(periodicity)
    assert read_period(kind, text) == start
    assert end_of(kind, start) == end
    assert write_period(kind, start) == text


@pytest.mark.parametrize("periodicity", Periodicity)
@given(day=days)
def test_every_day_lies_in_one_period_that_reads_back(periodicity: Periodicity, day: date) -> None:
    [start] = periods_within(periodicity, Period(day, day + DAY))
    end = end_of(periodicity, start)
    assert start <= day < end
    assert read_period(periodicity, write_period(periodicity, start)) == start
    assert has_begun(start, day)
    assert not is_over(periodicity, start, end - DAY)
    assert is_over(periodicity, start, end)
    assert not has_begun(start, start - DAY)


@given(day=days)
def test_year_and_month_name_the_period_they_came_from(day: date) -> None:
    for periodicity in (Periodicity.monthly, Periodicity.quarterly, Periodicity.yearly):
        [start] = periods_within(periodicity, Period(day, day + DAY))
        year, month = year_and_month(periodicity, start)
        assert read_year_and_month(periodicity, year, month) == start
        assert year_of(periodicity, start) == year == day.year


@pytest.mark.parametrize(
    ("periodicity", "year", "month"),
    [
        ("yearly", 2026, 11),
        ("quarterly", 2026, 4),
        ("monthly", 2026, 13),
        ("monthly", 2026, 0),
        ("monthly", 1899, 12),
        ("weekly", 2026, 3),
        ("daily", 2026, 3),
    ],
)
def test_what_is_no_period_of_a_kpi_is_refused(periodicity: str, year: int, month: int) -> None:
    with pytest.raises(InvalidInput):
        read_year_and_month(Periodicity(periodicity), year, month)


@pytest.mark.parametrize(
    ("periodicity", "text"),
    [
        ("monthly", "2026-13"),
        ("monthly", "2026"),
        ("quarterly", "2026-Q5"),
        ("weekly", "2025-W53"),
        ("daily", "2026-02-29"),
        ("yearly", "1800"),
        ("yearly", "٢٠٢٦"),
    ],
)
def test_what_is_not_written_as_a_period_is_refused(periodicity: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        read_period(Periodicity(periodicity), text)


def test_the_year_of_a_week_is_that_of_its_number() -> None:
    assert year_of(Periodicity.weekly, date(2025, 12, 29)) == 2026
    assert year_of(Periodicity.weekly, date(2026, 12, 28)) == 2026
    assert year_and_month(Periodicity.weekly, date(2025, 12, 29)) == (2026, 1)
