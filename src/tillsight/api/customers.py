"""Customers."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.api.described import SEGMENT
from tillsight.metrics.cohorts import cohorts
from tillsight.metrics.customers import list_customers, one_customer
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.metrics.rfm import rfm_customers, rfm_segments
from tillsight.metrics.value_segments import value_segments
from tillsight.warehouse import Warehouse

router = APIRouter(prefix="/api/customers", tags=["Customers"])

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


class ValueSegmentCount(BaseModel):
    """Customers whose spending lies between two amounts."""

    segment: str
    customers: int


class ValueSegments(BaseModel):
    """Customers by what they spent."""

    segments: list[ValueSegmentCount]
    total_segments: int
    requested_by: str


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


class RfmSegment(BaseModel):
    """A named segment of RFM scores; `share` is its fraction of the revenue of all."""

    segment: str
    customers: int
    revenue: float
    share: float | None


class RfmSegments(BaseModel):
    """The eleven segments, best first, and the customers in all of them."""

    segments: list[RfmSegment]
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


class CustomerDetail(CustomerEntry):
    """A customer with what they bought, where and when.

    `countries` are those of sales, the latest first, null for unknown; the favourite category has
    the most revenue; months go from the first sale to the last.
    """

    average_order_value: float | None
    countries: list[str | None]
    favourite_category: str | None
    top_products: list[BoughtProduct]
    revenue_by_month: list[CustomerMonth]
    data_version: int
    requested_by: str


class Genders(BaseModel):
    """Customers by gender."""

    genders: list[str]


@router.get("")
def customers(
    person: PersonDep,
    warehouse: WarehouseDep,
    segment: Annotated[
        list[Segment],
        Query(default_factory=list, description="Only these RFM segments; repeat it for several."),
    ],
    country: Annotated[
        list[str],
        Query(
            default_factory=list,
            description="Only who bought there; repeat it for several, empty for unknown.",
        ),
    ],
    id: Annotated[str | None, Query(description="Only this one, with all that is known.")] = None,
    after: Annotated[str, Query(description="Only ids that follow this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Customers | CustomerDetail:
    """The known customers with a sale, by id; with `id` one of them, whatever the id looks like.

    Figures and segments are over all sales, wherever they were.
    """
    if id is not None:
        return _detail(warehouse, id, person.login)
    page = list_customers(warehouse, segment, country, after, limit)
    answered = vars(page) | {"count": len(page.customers), "requested_by": person.login}
    return Customers.model_validate(answered, from_attributes=True)


@router.get("/top")
def top(
    person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    filters: FiltersDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> TopCustomers:
    """The known customers with the highest revenue, biggest first."""
    asked = Question(
        ("revenue", "orders", "average_order_value"),
        ("customer",),
        period,
        filters,
        order="-revenue",
        limit=limit + 1,  # sales without a customer are one group, and no customer
    )
    found = [
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
    return TopCustomers(top_customers=found, count=len(found), requested_by=person.login)


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


@router.get("/lifetime-value")
def lifetime_value(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> LifetimeValues:
    """What a customer of each value segment spent and ordered on average, highest value first."""
    found = [
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
    return LifetimeValues(lifetime_value=found, requested_by=person.login)


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


@router.get("/cohorts")
def retention(person: PersonDep, warehouse: WarehouseDep) -> Cohorts:
    """Customers by the month of their first sale, and how many of them bought in each month after.

    Cohorts are over all sales, whatever is filtered elsewhere.
    """
    answered = vars(cohorts(warehouse)) | {"requested_by": person.login}
    return Cohorts.model_validate(answered, from_attributes=True)


@router.get("/genders")
def genders(_person: PersonDep) -> Genders:
    """Customers by gender: an empty list, for no file that can be loaded yet tells genders."""
    return Genders(genders=[])


# After the fixed routes, which it would take for ids. A customer named like one of them is reached
# by ?id= alone.
@router.get("/{customer_id:path}")
def customer(person: PersonDep, warehouse: WarehouseDep, customer_id: str) -> CustomerDetail:
    """One customer with a sale; an id that is also the name of a route is asked for by `?id=`."""
    return _detail(warehouse, customer_id, person.login)


def _detail(warehouse: Warehouse, customer_id: str, login: str) -> CustomerDetail:
    found = one_customer(warehouse, customer_id)
    answered = vars(found) | vars(found.customer)
    answered |= {"revenue_by_month": found.months, "requested_by": login}
    return CustomerDetail.model_validate(answered, from_attributes=True)
