"""Many forecasts at once: the groups and the rest add up to the whole, to the cent."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from random_lines import Line, lines
from shop import HEADER, Shop, temporary_shop
from tillsight.errors import InvalidInput
from tillsight.forecasting.asked import Asked, Sources, forecast_of
from tillsight.forecasting.batch import Batched, By, Part, batch_of
from tillsight.forecasting.outcome import Forecast, Interval, Span
from tillsight.forecasting.reconcile import reconciled
from tillsight.forecasting.series import Floats
from tillsight.forecasting.words import Grain, Method, Model

TODAY = date(2024, 12, 31)
amounts = st.floats(0, 1e9) | st.just(0.0)
signed = st.floats(-1e6, 1e6)


def forecast(values: Floats) -> Forecast:
    """A forecast between half and twice its values, more or less."""
    around = np.abs(values)
    interval = Interval(80, values - around / 2, values + around)
    total = float(values.sum())
    span = Span(80, total - abs(total) / 2, total + abs(total))
    return Forecast(Method.blend, values, values, (interval,), total, (span,))


def cents(values: Floats | float) -> Floats:
    return np.round(np.asarray(values) * 100)


@given(
    arrays(float, (4, 6), elements=amounts),
    arrays(float, 6, elements=amounts),
    arrays(float, 4, elements=amounts),
)
@example(np.full((4, 6), 2e-313), np.full(6, 8e8), np.array([0.0, 0.0, 0.0, 8e8]))
def test_parts_share_the_whole(parts: Floats, whole: Floats, sizes: Floats) -> None:
    found = reconciled(forecast(whole), [forecast(one) for one in parts], sizes, 0.0)
    check_sums(found.whole, found.parts)
    np.testing.assert_allclose(found.whole.values, whole, atol=0.005001)
    values = np.stack([one.values for one in found.parts])
    sums = parts.sum(axis=0)
    shared = sums > 1e-3
    expected = parts[:, shared] / sums[shared] * whole[shared]
    np.testing.assert_allclose(values[:, shared], expected, rtol=1e-9, atol=0.02)
    assert (values >= 0).all()
    for one in [*found.parts, found.whole]:
        [interval], [span] = one.intervals, one.total_spans
        assert (interval.lower <= one.values).all()
        assert (interval.upper >= one.values).all()
        assert (interval.lower >= 0).all()
        assert span.lower <= one.total <= span.upper


@given(arrays(float, (3, 4), elements=signed), arrays(float, 4, elements=signed))
def test_what_can_be_negative_is_moved(parts: Floats, whole: Floats) -> None:
    sizes = np.array([1.0, 2.0, 5.0])
    found = reconciled(forecast(whole), [forecast(one) for one in parts], sizes, -inf)
    check_sums(found.whole, found.parts)
    difference = (whole - parts.sum(axis=0)) / 8
    values = np.stack([one.values for one in found.parts])
    np.testing.assert_allclose(values, parts + sizes[:, None] * difference, atol=0.02)


def check_sums(whole: Forecast, parts: Sequence[Forecast]) -> None:
    """At each step and in total, in whole cents."""
    np.testing.assert_array_equal(sum(cents(one.values) for one in parts), cents(whole.values))
    assert sum(cents(one.total) for one in parts) == cents(whole.total)


def parts_of(found: Batched) -> list[Part]:
    return [*found.groups, *([found.rest] if found.rest else [])]


@given(lines, st.sampled_from(["revenue", "returns", "net_revenue"]), st.sampled_from(list(By)))
@hypothesis_settings(max_examples=6)
def test_a_shop_adds_up(some: list[Line], measure: str, by: By) -> None:
    with temporary_shop() as shop:
        shop.load_text(HEADER + "".join(line.csv() for line in some))
        for grain in (Grain.day, Grain.week):
            asked = Asked(measure, grain, 3)
            shop.warehouse.catch_up(wait=60)
            found = batch_of(sources(shop), asked, by, top=2)
            whole, parts = found.whole, parts_of(found)
            alone = forecast_of(sources(shop), asked)
            assert (whole.data_version, whole.as_of) == (alone.data_version, alone.as_of)
            if whole.forecast is None or not parts:
                assert alone.forecast is None or not alone.forecast.values.any()
                continue
            assert alone.forecast is not None
            check_sums(whole.forecast, [one.forecast for one in parts])
            np.testing.assert_array_equal(
                cents(alone.forecast.values), cents(whole.forecast.values)
            )


def sources(shop: Shop) -> Sources:
    return Sources(shop.warehouse, shop.database, "", TODAY)


@pytest.fixture
def five(shop: Shop) -> Shop:
    """Five countries of different size over twelve weeks; one is unknown, one has stopped."""
    rows = [
        f"{country}{day},p{size},Thing {size},1,{day} 12:00:00,{size}.{day.day:02},c,{country}\n"
        for size, country in enumerate(["", "Peru", "EIRE", "Chad"], 1)
        for day in (date.fromordinal(date(2024, 1, 1).toordinal() + one) for one in range(84))
        if day.isoweekday() < 7
    ]
    rows += ["X,p9,Old,1,2022-02-01 12:00:00,99999,c,Atlantis\n"]
    shop.load_text(HEADER + "".join(rows))
    shop.warehouse.catch_up(wait=60)
    return shop


def test_the_largest_of_the_last_year_come_first(five: Shop) -> None:
    found = batch_of(sources(five), Asked("revenue", horizon=7), By.country, top=3)
    assert [one.key for one in found.groups] == ["Chad", "EIRE", "Peru"]
    totals = [one.forecast.total for one in found.groups]
    assert all(larger > smaller for larger, smaller in pairwise(totals))
    assert found.rest is not None
    assert (found.rest.key, found.rest.name) == (None, None)
    assert found.rest.steps.values.sum() > 99_999  # what stopped is history of the rest alone


def test_without_others_there_is_no_rest(five: Shop) -> None:
    asked = Asked("revenue", horizon=7, filters={"country": ["EIRE", ""]})
    found = batch_of(sources(five), asked, By.country)
    assert [one.key for one in found.groups] == ["EIRE", None]
    assert found.rest is None


def test_products_have_names(five: Shop) -> None:
    found = batch_of(sources(five), Asked("units", horizon=2), By.product, top=20)
    assert ("p4", "Thing 4") in [(one.key, one.name) for one in found.groups]
    assert batch_of(sources(five), Asked("units", horizon=2), By.product, top=20) is found


def test_nothing_sold_is_nothing_to_share(five: Shop) -> None:
    asked = Asked("revenue", horizon=2, filters={"country": ["Narnia"]})
    found = batch_of(sources(five), asked, By.country)
    assert (found.groups, found.rest) == ((), None)
    assert found.whole.forecast is not None
    assert found.whole.forecast.total == 0


def test_an_empty_shop_has_no_groups(shop: Shop) -> None:
    found = batch_of(sources(shop), Asked("revenue"), By.country)
    assert (found.groups, found.rest, found.whole.forecast) == ((), None, None)


def test_models_that_take_long_are_refused(five: Shop) -> None:
    with pytest.raises(InvalidInput, match=r"blend or seasonal_naive|not installed"):
        batch_of(sources(five), Asked("revenue", model=Model.prophet), By.country)
