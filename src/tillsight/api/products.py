"""Products."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.metrics.query import Question, answer

router = APIRouter(prefix="/api/products", tags=["Products"])


class TopProduct(BaseModel):
    """A product by revenue; `product` is the description used most often, else its id."""

    product: str
    product_id: str
    revenue: float
    units_sold: float
    orders: int


class TopProducts(BaseModel):
    """The best sellers."""

    top_products: list[TopProduct]
    count: int
    requested_by: str


@router.get("/top")
def top(
    person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    filters: FiltersDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> TopProducts:
    """The products with the highest revenue, best first; grouped by product id."""
    asked = Question(
        ("revenue", "units", "orders"),
        ("product",),
        period,
        filters,
        order="-revenue",
        limit=limit + 1,  # sales without a product are one group, and no product
    )
    found = [
        TopProduct.model_validate(
            {
                "product": row["product_name"] or row["product"],
                "product_id": row["product"],
                "revenue": row["revenue"],
                "units_sold": row["units"],
                "orders": row["orders"],
            }
        )
        for row in answer(warehouse, asked).rows
        if row["product"] is not None and row["orders"]
    ][:limit]
    return TopProducts(top_products=found, count=len(found), requested_by=person.login)
