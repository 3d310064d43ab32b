"""Lifetime values of a shop against plain Python over its lines."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from random_lines import Line, lines
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import InvalidInput, UnknownName
from tillsight.forecasting.lifetime import (
    Histories,
    alive,
    chances_of_purchase,
    correlation,
    expected_purchases,
    expected_values,
    fit_purchases,
    fit_values,
)
from tillsight.forecasting.lifetime_list import EXPECTED, Wanted, all_lifetimes, list_lifetimes
from tillsight.forecasting.lifetime_models import basis_of, bought
from tillsight.forecasting.lifetime_values import lifetime_of, lifetime_report
from tillsight.metrics.customer_groups import SEGMENT_OF
from two_years import DAYS, FIRST, sold

TODAY = date(2030, 1, 1)


def plain_histories(some: list[Line], until: date) -> dict[str, tuple]:
    """Repeats, weeks to the last one, weeks to the end and value of repeats, by the definition."""
    spent: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in some:
        day = line.time.date()
        if line.quantity > 0 and line.price > 0 and line.customer and day <= until:
            spent[line.customer][day] += line.quantity * line.price
    return {
        one: (
            len(days) - 1,
            (max(days) - min(days)).days,
            (until - min(days)).days,
            float(sum(days.values()) - days[min(days)]),
        )
        for one, days in spent.items()
    }


@given(lines=lines)
@hypothesis_settings(max_examples=8)
def test_histories_are_those_of_the_lines(lines: list[Line]) -> None:
    """Orders over midnight, two orders of a day, returns, and days after today."""
    today = FIRST_OF_LINES + timedelta(days=25)
    with temporary_shop() as shop:
        shop.load_text(HEADER + "".join(line.csv() for line in lines))
        shop.warehouse.catch_up(wait=60)
        with shop.warehouse.snapshot() as at:
            basis = basis_of(at, today)
            rows = at.rows(bought(), [basis.until] * 2)
    counted = [line for line in lines if line.quantity and line.price > 0]
    newest = max((line.time.date() for line in counted), default=today)
    assert basis.until == min(newest, today)
    wanted = plain_histories(lines, basis.until)
    assert {one: (repeats, *rest) for one, repeats, *rest in rows} == wanted
    assert basis.customers == len(wanted)
    assert basis.has_future == (newest > today)


FIRST_OF_LINES = date(2024, 1, 29)


@pytest.fixture(scope="module")
def some_lines() -> list[Line]:
    return sold()


@pytest.fixture(scope="module")
def known(some_lines: list[Line]):
    with temporary_shop() as shop:
        shop.load_text(HEADER + "".join(line.csv() for line in some_lines))
        shop.warehouse.catch_up(wait=60)
        yield shop


def modelled(some: dict[str, tuple]) -> tuple:
    repeats, last, age, spent = (np.array(one, float) for one in zip(*some.values(), strict=True))
    history = Histories(repeats.astype(int), last / 7, age / 7)
    means = spent / np.maximum(repeats, 1)
    return history, means, fit_purchases(history), fit_values(history.repeats, means)


def test_what_is_told_of_each_customer_and_of_all(known: Shop, some_lines: list[Line]) -> None:
    until = max(line.time.date() for line in some_lines)
    wanted = plain_histories(some_lines, until)
    history, means, purchases, values = modelled(wanted)
    bought_then = expected_purchases(purchases, history, 26)
    each = expected_values(values, history.repeats, means)
    chances = alive(purchases, history)

    report = lifetime_report(known.warehouse, 26, TODAY)
    assert report.fallback is None
    assert report.as_of == until
    assert report.total.customers == len(wanted)
    assert report.total.expected_purchases == pytest.approx(bought_then.sum(), rel=1e-3)
    assert report.total.expected_value == pytest.approx((bought_then * each).sum(), rel=1e-3)
    assert report.total.mean_alive == pytest.approx(chances.mean(), rel=1e-3)
    spent = sum(line.price for line in some_lines)
    assert report.total.historic_value == pytest.approx(float(spent))
    buying = chances_of_purchase(purchases, history, 26)
    assert report.total.expected_customers == pytest.approx(buying.sum(), rel=1e-3)
    assert report.correlation == pytest.approx(correlation(history.repeats, means), abs=1e-6)
    assert report.fit.customers == len(wanted)
    assert report.fit.repeat_customers == (history.repeats > 0).sum()
    assert report.fit.log_likelihood == pytest.approx(purchases.log_likelihood, rel=1e-6)
    for parts in (report.value_segments, report.rfm_segments):
        assert sum(one.customers for one in parts) == report.total.customers
        for name in ("expected_purchases", "expected_value", "historic_value"):
            summed = sum(getattr(one, name) for one in parts)
            assert summed == pytest.approx(getattr(report.total, name), abs=0.1)

    listed = {one.customer_id: one for part in whole(known, weeks=26) for one in part}
    assert set(listed) == set(wanted)
    for place, customer in enumerate(wanted):
        one = listed[customer]
        assert one.purchase_days == history.repeats[place] + 1
        assert one.alive == pytest.approx(chances[place], abs=2e-4)
        assert one.chance_of_purchase == pytest.approx(buying[place], abs=2e-4)
        assert one.expected_purchases == pytest.approx(bought_then[place], rel=1e-3, abs=0.01)
        assert one.value_per_purchase == pytest.approx(each[place], rel=1e-3, abs=0.01)
    some = listed["c0003"]
    alone = lifetime_of(known.warehouse, "c0003", TODAY, 26)
    for name in ("alive", "chance_of_purchase", *EXPECTED[:3]):
        assert getattr(alone, name) == getattr(some, name)
    assert lifetime_of(known.warehouse, "nobody", TODAY) is None


def whole(shop: Shop, **wanted):
    return all_lifetimes(shop.warehouse, Wanted(**wanted), TODAY)


def test_the_check_looks_at_days_the_model_has_not_seen(
    known: Shop, some_lines: list[Line]
) -> None:
    found = lifetime_report(known.warehouse, 52, TODAY).hold_out
    split = found.start - timedelta(days=1)
    before = plain_histories(some_lines, split)
    history, means, purchases, values = modelled(before)
    weeks = (found.end - found.start).days / 7
    expected = expected_purchases(purchases, history, weeks)
    each = expected_values(values, history.repeats, means)
    later: dict[str, set] = defaultdict(set)
    spent = Decimal(0)
    for line in some_lines:
        if line.time.date() > split and line.customer in before:
            later[line.customer].add(line.time.date())
            spent += line.price
    made = np.array([len(later[one]) for one in before])
    assert (found.end - found.start).days == (DAYS - 1) // 4
    assert found.customers == len(before)
    assert found.purchases_made == made.sum()
    assert found.purchases_predicted == pytest.approx(expected.sum(), rel=1e-3)
    assert found.value_predicted == pytest.approx((expected * each).sum(), rel=1e-3)
    assert found.value_made == pytest.approx(float(spent))
    pace = (history.repeats / np.maximum(history.age, 1 / 7)).sum() * weeks
    assert found.at_their_pace == pytest.approx(pace, abs=0.01)
    # These customers are made by the model, so it has to do well, and better than mere pace.
    assert abs(found.error) < 0.12
    assert abs(found.error) < abs(found.at_their_pace / found.purchases_made - 1)
    assert sum(one.customers for one in found.tenths) == found.customers
    assert sum(one.made for one in found.tenths) == found.purchases_made
    assert sum(one.predicted for one in found.tenths) == pytest.approx(
        found.purchases_predicted, abs=0.1
    )
    best_first = [one.predicted for one in found.tenths]
    assert best_first == sorted(best_first, reverse=True)
    assert "kept apart" in found.verdict


def test_pages_add_up_in_every_order(known: Shop) -> None:
    for sort in ("-expected_value", "alive", "customer_id", "-customer_id", "-historic_value"):
        wanted = Wanted(sort=sort)
        pages, after = [], ""
        while after is not None:
            page = list_lifetimes(known.warehouse, wanted, after, 333, TODAY)
            pages += page.customers
            after = page.next
        assert pages == [
            one for part in all_lifetimes(known.warehouse, wanted, TODAY) for one in part
        ]
        assert len(pages) == page.total
        column, falls = sort.removeprefix("-"), sort.startswith("-")
        values = [getattr(one, column) for one in pages]
        assert values == sorted(values, reverse=falls)


def test_a_segment_holds_its_own_customers(known: Shop) -> None:
    report = lifetime_report(known.warehouse, 52, TODAY)
    for segment in report.rfm_segments:
        mine = [one for part in whole(known, segment=segment.segment) for one in part]
        assert len(mine) == segment.customers
        assert {one.segment for one in mine} <= {segment.segment}
    for segment in report.value_segments:
        mine = [one for part in whole(known, value_segment=segment.segment) for one in part]
        assert len(mine) == segment.customers
    assert set(SEGMENT_OF.values()) == {one.segment for one in report.rfm_segments}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"segment": "Champion"}, "Did you mean “Champions”"),
        ({"value_segment": "vip"}, "There is no value segment"),
        ({"sort": "-alife"}, "There is no column to order by"),
    ],
)
def test_unknown_names_are_refused(wanted: dict, said: str) -> None:
    with pytest.raises(UnknownName, match=said):
        Wanted(**wanted)


def test_a_place_that_is_not_in_the_list_is_refused(known: Shop) -> None:
    found = list_lifetimes(known.warehouse, Wanted(), "", 1, TODAY).customers[0]
    other = next(name for name in SEGMENT_OF.values() if name != found.segment)
    for wanted, after in ((Wanted(), "nobody"), (Wanted(segment=other), found.customer_id)):
        with pytest.raises(InvalidInput, match="no place in this list"):
            list_lifetimes(known.warehouse, wanted, after, 10, TODAY)


def test_little_history_shows_what_was_spent_and_says_so(shop: Shop) -> None:
    empty = lifetime_report(shop.warehouse, 52, TODAY)
    assert (empty.fallback.code, empty.total.customers, empty.as_of) == ("no_data", 0, None)
    assert list_lifetimes(shop.warehouse, Wanted(), "", 10, TODAY).customers == []
    shop.load_text(
        HEADER + "1,p,,1,2022-01-05,10,c1,\n2,p,,1,2022-02-05,30,c1,\n3,p,,1,2022-02-07,90,c2,\n"
    )
    shop.warehouse.catch_up(wait=60)
    short = lifetime_report(shop.warehouse, 52, TODAY)
    assert (short.fallback.code, short.fit, short.hold_out) == ("too_short", None, None)
    assert "cover 1 month;" in short.fallback.text
    assert short.total.expected_value is None
    assert short.total.historic_value == 130.0
    page = list_lifetimes(shop.warehouse, Wanted(), "", 10, TODAY)
    assert [(one.customer_id, one.expected_value) for one in page.customers] == [
        ("c2", None),
        ("c1", None),
    ]
    assert lifetime_of(shop.warehouse, "c1", TODAY) is None
    shop.load_text(HEADER + "4,p,,1,2024-01-05,10,c3,\n")
    shop.warehouse.catch_up(wait=60)
    few = lifetime_report(shop.warehouse, 52, TODAY)
    assert few.fallback.code == "too_few_customers"
    assert few.fallback.text.startswith("1 customer has bought on more than one day;")


def test_days_after_today_are_no_history(known: Shop, some_lines: list[Line]) -> None:
    today = FIRST + timedelta(days=600)
    report = lifetime_report(known.warehouse, 52, today)
    assert report.as_of == today
    assert report.total.customers == len(plain_histories(some_lines, today))
    assert [one.code for one in report.notices] == ["future_dates"]
