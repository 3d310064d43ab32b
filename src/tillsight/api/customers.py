"""Customers."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from tillsight.api.deps import Day, FiltersDep, PeriodDep, PersonDep, TodayDep, WarehouseDep
from tillsight.api.described import SEGMENT
from tillsight.api.downloads import FILES, Format, download
from tillsight.errors import InvalidInput
from tillsight.forecasting.lifetime_values import lifetime_of
from tillsight.metrics.cohorts import cohorts
from tillsight.metrics.customers import Wanted, list_customers, one_customer
from tillsight.metrics.periods import Period
from tillsight.metrics.query import answer
from tillsight.metrics.question import Filters, Question
from tillsight.metrics.rfm import rfm_customers, rfm_segments
from tillsight.metrics.top_spenders import Span, Spenders, top_spenders
from tillsight.metrics.value_segments import value_segments
from tillsight.warehouse import Warehouse

router = APIRouter(prefix="/api/customers", tags=["Customers"])

MOST_CUSTOMERS, MOST_SPENDERS = 10, 5
"""How many are listed unless asked for: of all time, and of a span that ends with a day."""

Segment = Annotated[str, Field(json_schema_extra=SEGMENT)]
"""Name of an RFM segment."""


class TopCustomer(BaseModel):
    """A customer by what they spent; `avg_transaction` is spent per order."""

    customer_id: str
    customer_name: str | None
    total_spent: float
    orders: int
    avg_transaction: float


class TopCustomers(BaseModel):
    """The biggest spenders."""

    top_customers: list[TopCustomer]
    count: int
    requested_by: str


class TopSpender(TopCustomer):
    """A customer with the known category they spent most on; of equals the first by name."""

    most_purchased_category: str | None


class SpenderDays(BaseModel):
    """First day and the day after the last one; an open begin is null."""

    start: date | None = Field(serialization_alias="from")
    end: date | None = Field(serialization_alias="to")


class TopSpenders(BaseModel):
    """The biggest spenders of the span that ends with a day."""

    top_customers: list[TopSpender]
    count: int
    period: SpenderDays
    requested_by: str


class With(StrEnum):
    """What is told of the biggest spenders besides."""

    category = "category"


class ValueSegmentCount(BaseModel):
    """Customers whose spending lies between two amounts."""

    segment: str
    customers: int


class ValueSegments(BaseModel):
    """Customers by what they spent."""

    segments: list[ValueSegmentCount]
    total_segments: int
    requested_by: str


class RfmSegment(BaseModel):
    """A named segment of RFM scores; `share` is its fraction of the revenue of all."""

    segment: str
    customers: int
    revenue: float
    share: float | None


class RfmScores(BaseModel):
    """The customers who have the same scores; `code` is those of recency, frequency and monetary
    value, 1 to 5 each.
    """

    code: str
    segment: str
    customers: int
    revenue: float


class RfmSegments(BaseModel):
    """The eleven segments, best first, the scores that somebody has, and the customers in all."""

    segments: list[RfmSegment]
    scores: list[RfmScores]
    customers: int
    data_version: int
    requested_by: str


class RfmCustomer(BaseModel):
    """A customer; `code` is the scores of recency, frequency and monetary value, 1 to 5 each."""

    customer_id: str
    customer_name: str | None
    recency_days: int
    orders: int
    revenue: float
    code: str


class RfmCustomers(BaseModel):
    """Customers of one segment by id; ask on with `after` = `next` until it is null."""

    segment: str
    rows: list[RfmCustomer]
    next: str | None
    data_version: int
    requested_by: str


class CohortMonth(BaseModel):
    """A cohort, such as 2024-05, so many months after its first sales.

    `retention` is the fraction of the cohort that bought; not yet `complete` months are still on.
    """

    cohort: str
    month: int
    customers: int
    retention: float | None
    complete: bool


class Cohorts(BaseModel):
    """Who came again, by the month of the first sale."""

    rows: list[CohortMonth]
    data_version: int
    requested_by: str


class CustomerEntry(BaseModel):
    """A customer over all sales; `code` is the scores of recency, frequency and monetary value."""

    customer_id: str
    customer_name: str | None
    first_day: date
    last_day: date
    orders: int
    revenue: float
    gender: str | None
    age: int | None
    segment: str
    code: str


class Customers(BaseModel):
    """Customers by id; ask on with `after` = `next` until it is null."""

    customers: list[CustomerEntry]
    count: int
    next: str | None
    data_version: int
    requested_by: str


class BoughtProduct(BaseModel):
    """What the customer bought of a product."""

    product_id: str
    product_name: str | None
    category: str | None
    revenue: float
    units: float
    orders: int


class CustomerMonth(BaseModel):
    """One month, such as 2024-05."""

    month: str
    revenue: float
    orders: int


class CustomerLifetime(BaseModel):
    """What a customer is expected to buy in the weeks after `as_of`: the probability that they have
    not stopped buying, and that of at least one purchase.
    """

    weeks: int
    as_of: date
    alive: float
    chance_of_purchase: float
    expected_purchases: float
    value_per_purchase: float
    expected_value: float


class CustomerDetail(CustomerEntry):
    """A customer with what they bought, where and when, and what they are expected to buy.

    `countries` are those of sales, the latest first, null for unknown; the favourite category has
    the most revenue; months go from the first sale to the last. `lifetime` is null where the shop
    has too little history to tell.
    """

    average_order_value: float | None
    countries: list[str | None]
    favourite_category: str | None
    top_products: list[BoughtProduct]
    revenue_by_month: list[CustomerMonth]
    lifetime: CustomerLifetime | None
    data_version: int
    requested_by: str


class GenderCount(BaseModel):
    """Customers of a gender; null is unknown."""

    gender: str | None
    customers: int


class Genders(BaseModel):
    """Customers with a sale by gender, most first, unknown last."""

    genders: list[GenderCount]
    requested_by: str


@router.get("")
def customers(
    person: PersonDep,
    warehouse: WarehouseDep,
    today: TodayDep,
    segment: Annotated[
        list[Segment],
        Query(default_factory=list, description="Only these RFM segments; repeat it for several."),
    ],
    gender: Annotated[
        list[str],
        Query(
            default_factory=list,
            description="Only these genders; repeat it for several, empty for unknown.",
        ),
    ],
    country: Annotated[
        list[str],
        Query(
            default_factory=list,
            description="Only who bought there; repeat it for several, empty for unknown.",
        ),
    ],
    age_from: Annotated[int | None, Query(ge=0, le=150, description="Youngest age.")] = None,
    age_to: Annotated[int | None, Query(ge=0, le=150, description="Oldest age.")] = None,
    id: Annotated[str | None, Query(description="Only this one, with all that is known.")] = None,
    after: Annotated[str, Query(description="Only ids that follow this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Customers | CustomerDetail:
    """The known customers with a sale, by id; with `id` one of them, whatever the id looks like.

    Figures and segments are over all sales, wherever they were.
    """
    if id is not None:
        return _detail(warehouse, id, today, person.login)
    wanted = Wanted(segment, gender, country, age_from, age_to)
    page = list_customers(warehouse, wanted, after, limit)
    answered = vars(page) | {"count": len(page.customers), "requested_by": person.login}
    return Customers.model_validate(answered, from_attributes=True)


@router.get("/top", response_model=TopCustomers | TopSpenders)
def top(
    person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    filters: FiltersDep,
    as_of: Annotated[
        Day | None, Query(description="Last day of the span; the last day with data unless given.")
    ] = None,
    within: Annotated[
        str | None,
        Query(
            pattern="^[1-9][0-9]{0,4}[dmy]$",
            description="How long the span is: 90d, 6m or 1y; from the first sale unless given.",
        ),
    ] = None,
    also: Annotated[
        With | None,
        Query(alias="with", description="Also the category each of them spent most on."),
    ] = None,
    limit: Annotated[
        int | None,
        Query(ge=1, le=100, description="10 unless given, and 5 of a span."),
    ] = None,
) -> TopCustomers | TopSpenders:
    """The known customers with the highest revenue, biggest first; equals go by id.

    With `as_of`, `within` or `with` those of the span that ends with a day, so that the answer does
    not depend on when it is asked. Such a question has no `from` and `to`.
    """
    if as_of or within or also:
        if period != Period():
            raise InvalidInput("Ask by from and to, or by as_of and within, not by both.")
        span = Span.read(within) if within else None
        found = top_spenders(warehouse, as_of, span, filters, limit or MOST_SPENDERS)
        return _spenders(found, also, person.login)
    biggest = _biggest(warehouse, period, filters, limit or MOST_CUSTOMERS)
    return TopCustomers(top_customers=biggest, count=len(biggest), requested_by=person.login)


def _spenders(found: Spenders, also: With | None, login: str) -> TopCustomers | TopSpenders:
    if also is None:
        plain = [TopCustomer.model_validate(one, from_attributes=True) for one in found.spenders]
        return TopCustomers(top_customers=plain, count=len(plain), requested_by=login)
    with_category = [TopSpender.model_validate(one, from_attributes=True) for one in found.spenders]
    return TopSpenders(
        top_customers=with_category,
        count=len(with_category),
        period=SpenderDays.model_validate(found.period, from_attributes=True),
        requested_by=login,
    )


def _biggest(
    warehouse: Warehouse, period: Period, filters: Filters, limit: int
) -> list[TopCustomer]:
    asked = Question(
        ("revenue", "orders", "average_order_value"),
        ("customer",),
        period,
        filters,
        order="-revenue",
        limit=limit + 1,  # sales without a customer are one group, and no customer
    )
    return [
        TopCustomer.model_validate(
            {
                "customer_id": row["customer"],
                "customer_name": row["customer_name"],
                "total_spent": row["revenue"],
                "orders": row["orders"],
                "avg_transaction": row["average_order_value"],
            }
        )
        for row in answer(warehouse, asked).rows
        if row["customer"] is not None and row["orders"]
    ][:limit]


@router.get("/segments")
def segments(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> ValueSegments:
    """Known customers by what they spent: more than 5000, 2000 and 500, or less."""
    found = [
        ValueSegmentCount(segment=one.segment.label, customers=one.customers)
        for one in value_segments(warehouse, period, filters)
    ]
    return ValueSegments(segments=found, total_segments=len(found), requested_by=person.login)


@router.get("/rfm")
def rfm(
    person: PersonDep,
    warehouse: WarehouseDep,
    segment: Annotated[
        Segment | None, Query(description="List the customers of this segment instead.")
    ] = None,
    after: Annotated[str, Query(description="Only ids that follow this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> RfmSegments | RfmCustomers:
    """Customers with a sale, scored by recency, frequency and revenue: segments, or one's list.

    Scores are over all sales, whatever is filtered elsewhere.
    """
    who = {"requested_by": person.login}
    if segment is None:
        sizes = vars(rfm_segments(warehouse)) | who
        return RfmSegments.model_validate(sizes, from_attributes=True)
    members = vars(rfm_customers(warehouse, segment, after, limit)) | who
    return RfmCustomers.model_validate(members, from_attributes=True)


@router.get("/cohorts", response_model=Cohorts, responses=FILES)
def retention(
    person: PersonDep,
    warehouse: WarehouseDep,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> Cohorts | StreamingResponse:
    """Customers by the month of their first sale, and how many of them bought in each month after.

    Cohorts are over all sales, whatever is filtered elsewhere.
    """
    found = cohorts(warehouse)
    if format is not Format.json:
        names = list(CohortMonth.model_fields)
        cells = [[getattr(one, name) for name in names] for one in found.rows]
        return download(format, names, [cells], "cohorts")
    answered = vars(found) | {"requested_by": person.login}
    return Cohorts.model_validate(answered, from_attributes=True)


@router.get("/genders")
def genders(person: PersonDep, warehouse: WarehouseDep) -> Genders:
    """How many of the known customers with a sale are of each gender that files tell."""
    rows = answer(warehouse, Question(("customers",), ("gender",), order="-customers")).rows
    found = [GenderCount(**row) for row in rows if row["customers"]]
    found.sort(key=lambda one: one.gender is None)
    return Genders(genders=found, requested_by=person.login)


# After the fixed routes, which it would take for ids. A customer named like one of them is reached
# by ?id= alone.
@router.get("/{customer_id:path}")
def customer(
    person: PersonDep, warehouse: WarehouseDep, today: TodayDep, customer_id: str
) -> CustomerDetail:
    """One customer with a sale; an id that is also the name of a route is asked for by `?id=`."""
    return _detail(warehouse, customer_id, today, person.login)


def _detail(warehouse: Warehouse, customer_id: str, today: date, login: str) -> CustomerDetail:
    found = one_customer(warehouse, customer_id)
    answered = vars(found) | vars(found.customer)
    answered |= {"revenue_by_month": found.months, "requested_by": login}
    answered["lifetime"] = lifetime_of(warehouse, customer_id, today)
    return CustomerDetail.model_validate(answered, from_attributes=True)
