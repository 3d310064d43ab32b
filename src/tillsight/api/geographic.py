"""Countries."""

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.api.products import UnitsSold
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question

router = APIRouter(prefix="/api/geographic", tags=["Countries"])
SHOWN_COUNTRIES = 10  # as the contract has it
SHOWN_PERFORMANCES = 15


class CountryRevenue(BaseModel):
    """Revenue of one country."""

    country: str
    revenue: float


class RevenueByCountry(BaseModel):
    """The countries with the highest revenue."""

    revenue_by_country: list[CountryRevenue]
    count: int
    requested_by: str


class CountryPerformance(BaseModel):
    """Sales to one country; `avg_transaction` is revenue per order."""

    country: str
    orders: int
    customers: int
    revenue: float
    avg_transaction: float
    units_sold: UnitsSold


class CountryPerformances(BaseModel):
    """How the biggest countries do."""

    country_performance: list[CountryPerformance]
    count: int
    requested_by: str


@router.get("/revenue-by-country")
def revenue_by_country(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> RevenueByCountry:
    """The ten countries with the highest revenue; sales without one count as “Unknown”."""
    asked = Question(
        ("revenue", "lines"), ("country",), period, filters, order="-revenue", limit=SHOWN_COUNTRIES
    )
    found = [
        CountryRevenue.model_validate(
            {"country": row["country"] or "Unknown", "revenue": row["revenue"]}
        )
        for row in answer(warehouse, asked).rows
        if row["lines"]
    ]
    return RevenueByCountry(revenue_by_country=found, count=len(found), requested_by=person.login)


@router.get("/country-performance")
def country_performance(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> CountryPerformances:
    """The fifteen countries with the highest revenue; sales without one count as “Unknown”."""
    asked = Question(
        ("orders", "customers", "revenue", "average_order_value", "units"),
        ("country",),
        period,
        filters,
        order="-revenue",
        limit=SHOWN_PERFORMANCES,
    )
    found = [
        CountryPerformance.model_validate(
            {
                **row,
                "country": row["country"] or "Unknown",
                "avg_transaction": row["average_order_value"],
                "units_sold": row["units"],
            }
        )
        for row in answer(warehouse, asked).rows
        if row["orders"]
    ]
    return CountryPerformances(
        country_performance=found, count=len(found), requested_by=person.login
    )
