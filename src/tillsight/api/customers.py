"""Customers."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.metrics.query import Question, answer

router = APIRouter(prefix="/api/customers", tags=["Customers"])


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
