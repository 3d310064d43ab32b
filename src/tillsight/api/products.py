"""Products."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.metrics.abc_classes import abc_classes
from tillsight.metrics.affinity import affinity
from tillsight.metrics.products import list_products, one_product
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.warehouse import Warehouse

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


class AbcClass(BaseModel):
    """A, B or C; `share` is the fraction of the revenue its products make."""

    class_name: str = Field(serialization_alias="class")
    products: int
    revenue: float
    share: float | None


class AbcProduct(BaseModel):
    """A product; `cumulated` is the fraction of the revenue it and all bigger ones make."""

    product: str
    product_name: str | None
    class_name: str = Field(serialization_alias="class")
    revenue: float
    share: float | None
    cumulated: float | None


class Abc(BaseModel):
    """The three classes and every product with a sale, biggest first."""

    classes: list[AbcClass]
    products: list[AbcProduct]
    data_version: int
    requested_by: str


class ProductPair(BaseModel):
    """Two products that stand in the same orders; `product` has the smaller id.

    `support` is the fraction of orders with both, `confidence` the fraction of the orders with
    `product` that hold `other`, `lift` how many times more often that is than by chance.
    """

    product: str
    product_name: str | None
    other: str
    other_name: str | None
    orders: int
    support: float
    confidence: float
    lift: float


class ProductPairs(BaseModel):
    """Products bought together."""

    pairs: list[ProductPair]
    count: int
    requested_by: str


class ProductEntry(BaseModel):
    """A product over all sales; its name is the description used most often."""

    product_id: str
    product_name: str | None
    category: str | None
    revenue: float
    units: float
    orders: int


class Products(BaseModel):
    """Products by id; ask on with `after` = `next` until it is null."""

    products: list[ProductEntry]
    count: int
    next: str | None
    data_version: int
    requested_by: str


class ProductCountry(BaseModel):
    """What was sold of the product in a country."""

    country: str
    revenue: float
    units: float
    orders: int


class ProductMonth(BaseModel):
    """One month, such as 2024-05."""

    month: str
    revenue: float
    orders: int


class ProductDetail(ProductEntry):
    """A product with when and where it was sold; months go from the first sale to the last."""

    first_day: date
    last_day: date
    top_countries: list[ProductCountry]
    revenue_by_month: list[ProductMonth]
    data_version: int
    requested_by: str


@router.get("")
def products(
    person: PersonDep,
    warehouse: WarehouseDep,
    category: Annotated[
        list[str],
        Query(
            default_factory=list,
            description="Only these categories; repeat it for several, empty for unknown.",
        ),
    ],
    id: Annotated[str | None, Query(description="Only this one, with all that is known.")] = None,
    after: Annotated[str, Query(description="Only ids that follow this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Products | ProductDetail:
    """The products with a sale, by id; with `id` one of them, whatever the id looks like.

    Figures are over all sales.
    """
    if id is not None:
        return _detail(warehouse, id, person.login)
    page = list_products(warehouse, category, after, limit)
    answered = vars(page) | {"count": len(page.products), "requested_by": person.login}
    return Products.model_validate(answered, from_attributes=True)


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


@router.get("/abc")
def abc(person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep) -> Abc:
    """Products by revenue: A make the first 80 %, B the next 15 %, C the rest.

    The product that crosses a border belongs to the class before it.
    """
    found = abc_classes(warehouse, period, filters)
    answered = vars(found) | {"requested_by": person.login}
    return Abc.model_validate(answered, from_attributes=True)


@router.get("/affinity")
def bought_together(
    person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    filters: FiltersDep,
    min_orders: Annotated[int, Query(ge=1, description="Only pairs in so many orders.")] = 10,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ProductPairs:
    """Pairs of products in the same orders, the most frequent first."""
    found = [
        ProductPair.model_validate(one, from_attributes=True)
        for one in affinity(warehouse, period, filters, min_orders, limit)
    ]
    return ProductPairs(pairs=found, count=len(found), requested_by=person.login)


# After the fixed routes, which it would take for ids. A product named like one of them is reached
# by ?id= alone.
@router.get("/{product_id:path}")
def product(person: PersonDep, warehouse: WarehouseDep, product_id: str) -> ProductDetail:
    """One product with a sale; an id that is also the name of a route is asked for by `?id=`."""
    return _detail(warehouse, product_id, person.login)


def _detail(warehouse: Warehouse, product_id: str, login: str) -> ProductDetail:
    found = one_product(warehouse, product_id)
    answered = vars(found) | vars(found.product)
    answered |= {"revenue_by_month": found.months, "requested_by": login}
    return ProductDetail.model_validate(answered, from_attributes=True)
