"""What customers are worth: what they spent so far, and what they are expected to buy."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, TodayDep, WarehouseDep
from tillsight.api.described import SEGMENT
from tillsight.api.downloads import FILES, Format, download
from tillsight.errors import InvalidInput
from tillsight.forecasting.lifetime_list import (
    SORTS,
    CustomerLifetime,
    Wanted,
    all_lifetimes,
    list_lifetimes,
)
from tillsight.forecasting.lifetime_values import VALUE_SEGMENTS, WEEKS, lifetime_report
from tillsight.metrics.periods import Period
from tillsight.metrics.value_segments import value_segments

router = APIRouter(prefix="/api/customers", tags=["Customers"])

Weeks = Annotated[int, Query(ge=1, le=260, description="Weeks to look ahead.")]


class ValueModel(StrEnum):
    """Whether what customers spent is told, or what they are expected to spend."""

    historic = "historic"
    predictive = "predictive"


class LifetimeValue(BaseModel):
    """What the customers of a value segment are worth; averages have 2 decimals."""

    segment: str
    customer_count: int
    avg_clv: float
    avg_orders: float
    avg_order_value: float


class LifetimeValues(BaseModel):
    """The value segments with what their customers spend."""

    lifetime_value: list[LifetimeValue]
    requested_by: str


class SegmentLifetime(BaseModel):
    """The customers of a segment together: purchases and value of the weeks ahead, the mean
    probability that they have not stopped buying, how many buy at least once, and the revenue so
    far. What is expected is null where history is too short.
    """

    segment: str
    customers: int
    expected_purchases: float | None
    expected_value: float | None
    mean_alive: float | None
    expected_customers: float | None
    historic_value: float


class LifetimeFit(BaseModel):
    """Parameters of BG/NBD (r, alpha in weeks, a, b) and Gamma-Gamma (p, q, gamma in money), and
    the customers both are fitted to.
    """

    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    gamma: float
    log_likelihood: float
    log_likelihood_of_values: float
    customers: int
    repeat_customers: int


class LifetimeTenth(BaseModel):
    """A tenth of the customers of the check; number 1 is the one most was expected of."""

    number: int
    customers: int
    predicted: float
    made: int


class LifetimeHoldOut(BaseModel):
    """A fit to the days before `from`, and what it expected of those up to, and without, `to`.

    `at_their_pace` are the purchases if each customer had gone on as before; `error` is a fraction
    of those made.
    """

    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    customers: int
    purchases_predicted: float
    purchases_made: int
    at_their_pace: float
    value_predicted: float
    value_made: float
    error: float | None
    tenths: list[LifetimeTenth]
    verdict: str


class LifetimeNotice(BaseModel):
    """Something to know about the figures, as a code and in words."""

    code: str
    text: str


class PredictedLifetimeValues(BaseModel):
    """What the known customers are expected to buy in the weeks after `as_of`.

    With a `fallback` nothing can be expected yet, and only what they spent is told.
    """

    model: ValueModel
    weeks: int
    as_of: date | None
    value_segments: list[SegmentLifetime]
    rfm_segments: list[SegmentLifetime]
    total: SegmentLifetime
    fit: LifetimeFit | None
    hold_out: LifetimeHoldOut | None
    correlation: float | None
    notices: list[LifetimeNotice]
    fallback: LifetimeNotice | None
    data_version: int
    requested_by: str


class LifetimeCustomer(BaseModel):
    """A customer with the revenue so far, and what is expected of the weeks ahead if that can be
    said: the probability that they have not stopped buying, and that of at least one purchase.
    """

    customer_id: str
    customer_name: str | None
    segment: str
    value_segment: str
    first_day: date
    last_day: date
    orders: int
    purchase_days: int
    historic_value: float
    alive: float | None
    chance_of_purchase: float | None
    expected_purchases: float | None
    value_per_purchase: float | None
    expected_value: float | None


class LifetimeCustomers(BaseModel):
    """Some customers of `total`; ask on with `after` = `next` until it is null."""

    weeks: int
    customers: list[LifetimeCustomer]
    count: int
    total: int
    next: str | None
    fallback: LifetimeNotice | None
    data_version: int
    requested_by: str


@router.get("/lifetime-value", response_model=LifetimeValues | PredictedLifetimeValues)
def lifetime_value(
    person: PersonDep,
    warehouse: WarehouseDep,
    today: TodayDep,
    period: PeriodDep,
    filters: FiltersDep,
    model: Annotated[
        ValueModel,
        Query(description="historic: what was spent; predictive: what is expected to be."),
    ] = ValueModel.historic,
    weeks: Weeks = WEEKS,
) -> LifetimeValues | PredictedLifetimeValues:
    """What a customer of each value segment spent and ordered on average, highest value first.

    With `model=predictive` what the customers of each value and RFM segment are expected to buy in
    the next weeks, from all their sales: such a question has no period and no filters.
    """
    if model is ValueModel.predictive:
        if filters or period != Period():
            raise InvalidInput(
                "What customers will buy is worked out from all their sales."
                " Leave out period and filters."
            )
        found = lifetime_report(warehouse, weeks, today)
        answered = vars(found) | {"model": model, "requested_by": person.login}
        return PredictedLifetimeValues.model_validate(answered, from_attributes=True)
    historic = [
        LifetimeValue.model_validate(
            {
                "segment": one.segment.name,
                "customer_count": one.customers,
                "avg_clv": one.revenue_per_customer,
                "avg_orders": one.orders_per_customer,
                "avg_order_value": one.average_order_value,
            }
        )
        for one in value_segments(warehouse, period, filters)
    ]
    return LifetimeValues(lifetime_value=historic, requested_by=person.login)


@router.get("/lifetime-value/customers", response_model=LifetimeCustomers, responses=FILES)
def lifetime_customers(
    person: PersonDep,
    warehouse: WarehouseDep,
    today: TodayDep,
    weeks: Weeks = WEEKS,
    segment: Annotated[
        str | None, Query(description="Only this RFM segment.", json_schema_extra=SEGMENT)
    ] = None,
    value_segment: Annotated[
        str | None,
        Query(
            description="Only this value segment.",
            json_schema_extra={"enum": list(VALUE_SEGMENTS)},
        ),
    ] = None,
    sort: Annotated[
        str,
        Query(
            description="A column to order by, with - for descending; equals go by id.",
            json_schema_extra={"enum": [f"{sign}{name}" for name in SORTS for sign in ("", "-")]},
        ),
    ] = "-expected_value",
    text: Annotated[str, Query(max_length=200, description="Part of id or name.")] = "",
    after: Annotated[str, Query(description="Only those that follow the one of this id.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> LifetimeCustomers | StreamingResponse:
    """The known customers with what each is expected to buy in the next weeks.

    Where that cannot be said yet the list goes by what they spent so far instead.
    """
    wanted = Wanted(weeks, segment, value_segment, sort, text.strip())
    if format is not Format.json:
        names = list(LifetimeCustomer.model_fields)
        parts = (_cells(found, names) for found in all_lifetimes(warehouse, wanted, today))
        return download(format, names, parts, "lifetime-values")
    page = list_lifetimes(warehouse, wanted, after, limit, today)
    answered = vars(page) | {
        "weeks": weeks,
        "count": len(page.customers),
        "requested_by": person.login,
    }
    return LifetimeCustomers.model_validate(answered, from_attributes=True)


def _cells(found: Iterable[CustomerLifetime], names: Iterable[str]) -> list[list[object]]:
    return [[getattr(one, name) for name in names] for one in found]
