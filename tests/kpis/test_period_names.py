"""Periods by their names, right across years, and which values lie in a period."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.errors import InvalidInput, UnknownName
from tillsight.kpis.period_names import PeriodName, as_of, asked_period, named_period, starts_within
from tillsight.kpis.spans import bucket_of, end_of
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import Period

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "today", "start", "end"),
    [
        ("this_month", "2026-12-31", "2026-12-01", "2027-01-01"),
        ("last_month", "2026-01-01", "2025-12-01", "2026-01-01"),
        ("last_month", "2024-03-31", "2024-02-01", "2024-03-01"),
        ("this_quarter", "2026-11-30", "2026-10-01", "2027-01-01"),
        ("last_quarter", "2026-03-31", "2025-10-01", "2026-01-01"),
        ("last_quarter", "2026-04-01", "2026-01-01", "2026-04-01"),
        ("this_year", "2024-02-29", "2024-01-01", "2025-01-01"),
        ("last_year", "2024-02-29", "2023-01-01", "2024-01-01"),
    ],
)
def test_names_across_months_quarters_and_years(
    name: str, today: str, start: str, end: str
) -> None:
    wanted = Period(date.fromisoformat(start), date.fromisoformat(end))
    assert asked_period(name, Period(), date.fromisoformat(today)) == wanted


@given(st.sampled_from(["month", "quarter", "year"]), st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_last_ends_where_this_begins_and_this_holds_today(grain: str, today: date) -> None:
    this = named_period(PeriodName(f"this_{grain}"), today)
    last = named_period(PeriodName(f"last_{grain}"), today)
    assert last.end == this.start <= today < this.end
    assert last == named_period(PeriodName(f"this_{grain}"), this.start - DAY)


def test_what_is_no_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean “last_month”"):
        asked_period("lastmonth", Period(), date(2026, 1, 1))
    with pytest.raises(UnknownName, match="Known: last_month, last_quarter"):
        asked_period("?", Period(), date(2026, 1, 1))
    with pytest.raises(InvalidInput, match="not by both"):
        asked_period("this_year", Period(date(2026, 1, 1)), date(2026, 1, 1))


def test_figures_are_of_the_last_day_or_of_today() -> None:
    today = date(2026, 5, 7)
    assert as_of(Period(), today) == as_of(Period(date(2026, 1, 1)), today) == today
    assert as_of(Period(None, date(2026, 5, 8)), today) == today
    assert as_of(Period(None, date(2026, 5, 7)), today) == date(2026, 5, 6)
    assert as_of(Period(date(2030, 1, 1), date(2031, 1, 1)), today) == today
    for end in (date.min, date(1900, 1, 1)):
        with pytest.raises(InvalidInput, match="1900"):
            as_of(Period(None, end), today)
    with pytest.raises(InvalidInput, match="no day"):
        as_of(Period(today, today), today)


@given(
    st.sampled_from(list(Periodicity)),
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.integers(0, 900),
    st.dates(date(1988, 1, 1), date(2053, 1, 1)),
)
def test_a_value_lies_where_its_period_ends(
    periodicity: Periodicity, first: date, days: int, day: date
) -> None:
    period = Period(first, first + timedelta(days=days))
    start = bucket_of(periodicity).start(day)
    ends_inside = period.start <= end_of(periodicity, start) - DAY < period.end
    within = starts_within(periodicity, period)
    assert (within.start <= start < within.end) is ends_inside
    assert starts_within(periodicity, Period()) == Period()
