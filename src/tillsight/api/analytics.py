"""The key figures of the shop."""

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.api.revenue import MonthRevenue, months
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question

router = APIRouter(prefix="/api/analytics", tags=["Analytics"])


class Kpis(BaseModel):
    """Sales of the asked period; `transactions` are sale lines."""

    revenue: float
    orders: int
    customers: int
    avg_order: float
    transactions: int
    products: int
    countries: int


class KpisAnswer(BaseModel):
    """Key figures and who asked."""

    kpis: Kpis
    requested_by: str


class AnalyticsMonths(BaseModel):
    """Revenue by month."""

    monthly_revenue: list[MonthRevenue]
    requested_by: str


@router.get("/kpis")
def kpis(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> KpisAnswer:
    """Revenue, orders, customers, average order value and counts; zeros where nothing was sold."""
    names = (
        "revenue",
        "orders",
        "customers",
        "average_order_value",
        "lines",
        "products",
        "countries",
    )
    totals = answer(warehouse, Question(names, period=period, filters=filters)).totals
    figures = {
        **totals,
        "avg_order": totals["average_order_value"] or 0,
        "transactions": totals["lines"],
    }
    return KpisAnswer(kpis=Kpis.model_validate(figures), requested_by=person.login)


@router.get("/revenue/monthly")
def monthly(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> AnalyticsMonths:
    """Revenue and orders of each month from the first to the last with sales."""
    return AnalyticsMonths(
        monthly_revenue=months(warehouse, period, filters), requested_by=person.login
    )
