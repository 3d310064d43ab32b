"""Revenue over time."""

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.metrics.periods import Period
from tillsight.metrics.query import Filters, Question, answer
from tillsight.warehouse import Warehouse

router = APIRouter(prefix="/api/revenue", tags=["Revenue"])


class DayRevenue(BaseModel):
    """One day with sales."""

    date: str
    revenue: float


class DailyTrend(BaseModel):
    """Revenue by day."""

    daily_revenue: list[DayRevenue]
    count: int
    requested_by: str


class MonthRevenue(BaseModel):
    """One month, such as 2024-05."""

    month: str
    revenue: float
    orders: int


class Months(BaseModel):
    """Revenue by month."""

    monthly_revenue: list[MonthRevenue]
    count: int
    requested_by: str


@router.get("/daily-trend")
def daily_trend(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> DailyTrend:
    """Revenue of each day with sales, oldest first."""
    asked = Question(("revenue", "lines"), ("day",), period, filters)
    days = [
        DayRevenue.model_validate({"date": row["day"], "revenue": row["revenue"]})
        for row in answer(warehouse, asked).rows
        if row["lines"]
    ]
    return DailyTrend(daily_revenue=days, count=len(days), requested_by=person.login)


@router.get("/monthly")
def monthly(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> Months:
    """Revenue and orders of each month from the first to the last with sales."""
    rows = months(warehouse, period, filters)
    return Months(monthly_revenue=rows, count=len(rows), requested_by=person.login)


def months(warehouse: Warehouse, period: Period, filters: Filters) -> list[MonthRevenue]:
    """Revenue and orders by month, oldest first."""
    asked = Question(("revenue", "orders"), ("month",), period, filters)
    return [MonthRevenue.model_validate(row) for row in answer(warehouse, asked).rows]
