"""Spans of days, and how buckets of time are written."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.errors import InvalidInput
from tillsight.metrics.periods import BUCKETS, Compare, Period, add_months, before, read_bucket

days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("start", "end", "compare", "wanted"),
    [
        # whole months, a quarter, a year: as many such units before
        ("2024-03-01", "2024-04-01", "previous_period", ("2024-02-01", "2024-03-01")),
        ("2024-01-01", "2024-04-01", "previous_period", ("2023-10-01", "2024-01-01")),
        ("2024-01-01", "2025-01-01", "previous_period", ("2023-01-01", "2024-01-01")),
        # any other span: as many days before
        ("2024-03-04", "2024-03-11", "previous_period", ("2024-02-26", "2024-03-04")),
        ("2024-03-01", "2024-03-31", "previous_period", ("2024-01-31", "2024-03-01")),
        # a year earlier; 29 February becomes 28 February
        ("2024-02-29", "2024-03-15", "previous_year", ("2023-02-28", "2023-03-15")),
        ("2025-02-01", "2025-03-01", "previous_year", ("2024-02-01", "2024-03-01")),
    ],
)
def test_what_a_period_is_compared_with(
    start: str, end: str, compare: str, wanted: tuple[str, str]
) -> None:
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    windows = before(period, Compare(compare), date(2030, 1, 1))
    assert windows == (period, Period(*map(date.fromisoformat, wanted)))


def test_nothing_to_compare() -> None:
    last = date(2024, 5, 7)
    assert before(Period(None, last), Compare.previous_period, last) is None
    assert before(Period(date(2024, 6, 1), None), Compare.previous_period, last) is None
    assert before(Period(last, None), Compare.previous_period, None) is None


@pytest.mark.parametrize("compare", Compare)
@pytest.mark.parametrize("start", [date(1, 1, 1), date(1, 2, 3), date(647, 1, 30)])
def test_before_the_year_1_there_is_nothing(start: date, compare: Compare) -> None:
    period = Period(start, date(2024, 1, 1))
    compared = before(period, compare, date(2023, 12, 31))
    assert (compared is None) == (start.year == 1 or compare is Compare.previous_period)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="ends"):
        Period(date(2024, 5, 7), date(2024, 5, 6))


@given(day=days, months=st.integers(-240, 240))
def test_months_added_stay_in_the_month_meant(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved + timedelta(1)).day == 1


@given(day=days, grain=st.sampled_from(sorted(BUCKETS)))
def test_a_bucket_is_read_as_it_is_written(day: date, grain: str) -> None:
    bucket = BUCKETS[grain]
    start = bucket.start(day)
    assert start <= day < bucket.following(start)
    assert read_bucket(grain, bucket.write(day)) == start


@pytest.mark.parametrize(
    ("grain", "text"),
    [
        ("day", "2024-5-7"),
        ("day", "07.05.2024"),
        ("week", "2024-W60"),
        ("month", "2024-13"),
        ("quarter", "2024-Q5"),
        ("year", "24"),
        ("month", "x' OR 1=1"),
    ],
)
def test_what_is_no_bucket_is_refused_with_an_example(grain: str, text: str) -> None:
    with pytest.raises(InvalidInput, match=f"is not a {grain} such as 2024"):
        read_bucket(grain, text)


def test_how_buckets_are_written() -> None:
    day = date(2024, 5, 7)
    written = {grain: bucket.write(day) for grain, bucket in BUCKETS.items()}
    assert written == {
        "day": "2024-05-07",
        "week": "2024-W19",
        "month": "2024-05",
        "quarter": "2024-Q2",
        "year": "2024",
    }
