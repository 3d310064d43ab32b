"""Growth of months and quarters, against a recomputation from the lines in plain Python."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest

from random_lines import Line
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import UnknownName
from tillsight.metrics.growth import BucketGrowth, Grain, bucket_growth
from tillsight.metrics.periods import Period

FIRST, LAST = date(2022, 1, 20), date(2024, 4, 17)
EMPTY = (2023, 7)
DAY = timedelta(days=1)


def lines() -> list[Line]:
    """Sales on most days of 28 months, the first and the last not whole, one in between empty."""
    numbers = np.random.default_rng(5)
    days = [FIRST + DAY * one for one in range((LAST - FIRST).days + 1)]
    return [
        Line(
            f"o{place}",
            "p1",
            1,
            datetime.combine(day, time(10)),
            Decimal(int(numbers.integers(100, 9000))) / 100,
            "c1",
            "France" if place % 3 else "EIRE",
        )
        for place, day in enumerate(days)
        if (day.year, day.month) != EMPTY and (numbers.random() < 0.8 or day in {FIRST, LAST})
    ]


SOLD = lines()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with temporary_shop() as opened:
        opened.load_text(HEADER + "".join(line.csv() for line in SOLD))
        opened.warehouse.catch_up(wait=60)
        yield opened


def months_before(day: date, months: int) -> date:
    """The day so many months before, none of whose days is beyond the 28th."""
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, day.day)


def summed(chosen: Callable[[date], bool], country: str = "") -> float:
    return float(
        sum(
            line.price
            for line in SOLD
            if chosen(line.time.date()) and (not country or line.country == country)
        )
    )


def expected(start: date, months: int, country: str = "") -> tuple[float | None, ...]:
    """Revenue of the bucket of so many months, and of the two before it, and their growth."""
    after = months_before(start, -months)
    last = min(after - DAY, LAST)
    value = summed(lambda day: start <= day < after, country)
    told: list[float | None] = [value]
    for back in (months, 12):
        before = months_before(start, back)
        end = months_before(after, back) - DAY
        if last < after - DAY:  # not over: as many days
            end = months_before(last, back)
        if end < FIRST:
            told += [None, None]
            continue
        was = summed(lambda day, before=before, end=end: before <= day <= end, country)
        is_whole = before >= FIRST
        told += [was, round(100 * (value - was) / was, 2) if was and is_whole else None]
    return tuple(told)


def found(one: BucketGrowth) -> tuple[float | None, ...]:
    return (one.value, one.before, one.growth, one.year_before, one.year_growth)


@pytest.mark.parametrize(("grain", "months"), [(Grain.month, 1), (Grain.quarter, 3)])
@pytest.mark.parametrize("country", ["", "EIRE"])
def test_growth_is_that_of_the_lines(shop: Shop, grain: Grain, months: int, country: str) -> None:
    filters = {"country": [country]} if country else {}
    told = bucket_growth(shop.warehouse, "revenue", grain, Period(), filters).rows
    starts = [months_before(date(2022, 1, 1), -months * place) for place in range(len(told))]

    assert len(told) == (28 if months == 1 else 10)
    for start, one in zip(starts, told, strict=True):
        wanted = expected(start, months, country)
        assert found(one) == pytest.approx(wanted, abs=0.006), one
        assert one.first_day == max(start, FIRST)
        assert one.last_day == min(months_before(start, -months) - DAY, LAST)
    assert told[0].growth is told[0].before is None
    assert any(one.year_growth is None and one.year_before for one in told), (
        "the first is not whole"
    )
    assert told[-1].growth is not None


def test_whole_buckets_however_the_period_cuts_them(shop: Shop) -> None:
    period = Period(date(2023, 5, 31), date(2023, 8, 2))
    told = bucket_growth(shop.warehouse, "revenue", Grain.month, period, {}).rows
    assert [one.bucket for one in told] == ["2023-05", "2023-06", "2023-07", "2023-08"]
    assert told[2].value == 0
    assert told[2].growth == -100
    assert told[3].growth is None, "from nothing"
    assert told[0] in bucket_growth(shop.warehouse, "revenue", Grain.month, Period(), {}).rows
    beyond = Period(date(2030, 1, 1), date(2031, 1, 1))
    assert bucket_growth(shop.warehouse, "revenue", Grain.month, beyond, {}).rows == []


def test_a_month_whose_first_days_the_shop_was_closed_is_whole() -> None:
    with temporary_shop() as shop:
        days = ("2024-01-03", "2024-02-05", "2024-03-04")
        shop.load_text(
            HEADER
            + "".join(f"{day},p,,1,{day} 10:00:00,{10 + at},,\n" for at, day in enumerate(days))
        )
        shop.warehouse.catch_up(wait=60)
        told = bucket_growth(shop.warehouse, "orders", Grain.month, Period(), {}).rows
        assert [one.growth for one in told] == [None, 0.0, None]


def test_an_empty_store_and_names_that_are_not_there() -> None:
    with temporary_shop() as shop:
        assert bucket_growth(shop.warehouse, "revenue", Grain.month, Period(), {}).rows == []
        with pytest.raises(UnknownName, match="revenue"):
            bucket_growth(shop.warehouse, "revenues", Grain.month, Period(), {})
