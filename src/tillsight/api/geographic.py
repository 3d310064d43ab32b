"""Countries."""

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.metrics.query import Question, answer

router = APIRouter(prefix="/api/geographic", tags=["Countries"])
SHOWN_COUNTRIES = 10  # as the contract has it


class CountryRevenue(BaseModel):
    """Revenue of one country."""

    country: str
    revenue: float


class RevenueByCountry(BaseModel):
    """The countries with the highest revenue."""

    revenue_by_country: list[CountryRevenue]
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
