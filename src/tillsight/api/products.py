"""Products."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from tillsight.api.deps import (
    DatabaseDep,
    FiltersDep,
    OriginDep,
    PeriodDep,
    PersonDep,
    SettingsDep,
    WarehouseDep,
)
from tillsight.api.downloads import FILES, Format, download
from tillsight.errors import InvalidInput
from tillsight.metrics import assortment
from tillsight.metrics.abc_classes import abc_classes
from tillsight.metrics.affinity import affinity
from tillsight.metrics.assortment import Wanted, all_products, list_products
from tillsight.metrics.product_changes import (
    Editor,
    add_product,
    change_product,
    delete_product,
)
from tillsight.metrics.products import one_product
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.sales.edits import ProductRow
from tillsight.sales.folders import Folders
from tillsight.warehouse import Warehouse

router = APIRouter(prefix="/api/products", tags=["Products"])


def _whole(units: float) -> float:
    return int(units) if units.is_integer() else units


UnitsSold = Annotated[
    float, PlainSerializer(_whole, return_type=Any), WithJsonSchema({"type": "number"})
]
"""Units as `sales-analytics` wrote them: 3, not 3.0, which clients that expect integers refuse."""


class TopProduct(BaseModel):
    """A product by revenue; `product` is the description used most often, else its id."""

    product: str
    product_id: str
    revenue: float
    units_sold: UnitsSold
    orders: int


class TopProducts(BaseModel):
    """The best sellers."""

    top_products: list[TopProduct]
    count: int
    requested_by: str


class ClassName(StrEnum):
    """The classes of products by revenue."""

    A = "A"
    B = "B"
    C = "C"


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
    """Two products that stand in the same orders; `product` is that of `of`, or has the smaller id.

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
    """A product. Name and category are those of the latest products file or edit, else those of its
    sales; price, quantity sold, rating and reviews are what such a file tells, the other figures
    are of its sales over all time.
    """

    product_id: str
    product_name: str | None
    category: str | None
    price: float | None
    quantity_sold: int | None
    rating: float | None
    review_count: int | None
    revenue: float
    units: float
    orders: int


class Products(BaseModel):
    """Some products of `total`; ask on with `after` = `next` until it is null."""

    products: list[ProductEntry]
    count: int
    total: int
    next: str | None
    data_version: int
    requested_by: str


class ProductCategory(BaseModel):
    """A category of the catalogue; `total_revenue` is price × quantity sold as products files tell
    them, the top product the one with the highest quantity sold.
    """

    category: str | None
    total_revenue: float
    top_product: str | None
    top_product_quantity_sold: int | None
    top_product_id: str | None
    products: int


class ProductSummary(BaseModel):
    """The categories of the catalogue, the most revenue first; null is unknown."""

    categories: list[ProductCategory]
    count: int
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
    """A product with when and where it was sold; months go from the first sale to the last.

    A `deleted` one left the catalogue, and its sales stay.
    """

    deleted: bool
    first_day: date | None
    last_day: date | None
    top_countries: list[ProductCountry]
    revenue_by_month: list[ProductMonth]
    data_version: int
    requested_by: str


def _no_text(value: object) -> object:
    # JSON has numbers; a text or a truth value among them is a mistake of whoever sends it.
    if isinstance(value, str | bool):
        raise ValueError("must be a number")  # noqa: TRY004  what pydantic understands
    return value


Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"
    ),
]
Price = Annotated[
    Decimal,
    BeforeValidator(_no_text),
    Field(ge=0, max_digits=18, decimal_places=4),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
Count = Annotated[
    int,
    BeforeValidator(_no_text),
    Field(ge=0, lt=10**15),
    WithJsonSchema({"type": "integer", "minimum": 0, "exclusiveMaximum": 10**15}),
]
Rating = Annotated[
    Decimal,
    BeforeValidator(_no_text),
    Field(ge=0, le=5, decimal_places=4),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 5}),
]


class ProductFigures(BaseModel):
    """What may be told of a product; null is unknown."""

    model_config = ConfigDict(extra="forbid")

    category: Text | None = None
    price: Price | None = None
    quantity_sold: Count | None = None
    rating: Rating | None = None
    review_count: Count | None = None


class NewProduct(ProductFigures):
    """A product to be put into the catalogue."""

    product_id: Text
    product_name: Text


class ProductChange(ProductFigures):
    """What to change; what is left out stays. Null makes it unknown, or what the sales say."""

    product_name: Text | None = None


class ChangedProduct(BaseModel):
    """The product as it is now, null once deleted, and the import that the change is: undo it to
    take the change back. It is null where nothing was changed.
    """

    product_id: str
    product: ProductEntry | None
    import_id: int | None


def _wanted(
    category: Annotated[
        list[str],
        Query(
            default_factory=list,
            description="Only these categories; repeat it for several, empty for unknown.",
        ),
    ],
    text: Annotated[str, Query(max_length=200, description="Part of id or name.")] = "",
    order: Annotated[
        str,
        Query(
            description="A column to order by, with - for descending; equals go by id.",
            json_schema_extra={
                "enum": [f"{sign}{name}" for name in assortment.COLUMNS for sign in ("", "-")]
            },
        ),
    ] = "product_id",
) -> Wanted:
    return Wanted(category, text.strip(), order)


def _editor(
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> Editor:
    return Editor(database, Folders.of(settings), warehouse, person.id, origin)


WantedDep = Annotated[Wanted, Depends(_wanted)]
EditorDep = Annotated[Editor, Depends(_editor)]


@router.get("", response_model=Products | ProductDetail, responses=FILES)
def products(
    person: PersonDep,
    warehouse: WarehouseDep,
    wanted: WantedDep,
    id: Annotated[str | None, Query(description="Only this one, with all that is known.")] = None,
    after: Annotated[str, Query(description="Only those that follow the one of this id.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> Products | ProductDetail | StreamingResponse:
    """The catalogue: products with a sale, and those a file or somebody told of, until deleted.

    With `id` one of them, whatever the id looks like. Revenue, units and orders are over all sales.
    """
    if id is not None:
        return _detail(warehouse, id, person.login)
    if format is not Format.json:
        parts = (_rows(found, assortment.COLUMNS) for found in all_products(warehouse, wanted))
        return download(format, assortment.COLUMNS, parts, "products")
    page = list_products(warehouse, wanted, after, limit)
    answered = vars(page) | {"count": len(page.products), "requested_by": person.login}
    return Products.model_validate(answered, from_attributes=True)


@router.post("", status_code=201)
def add(editor: EditorDep, person: PersonDep, new: NewProduct) -> ChangedProduct:
    """Put a product into the catalogue. 409 when it is there already."""
    made = add_product(editor, ProductRow(**new.model_dump()))
    return _changed(editor, new.product_id, made.id, person.login)


@router.get("/summary", response_model=ProductSummary, responses=FILES)
def by_category(
    person: PersonDep,
    warehouse: WarehouseDep,
    format: Annotated[
        Format, Query(description="csv or xlsx: the same as a download.")
    ] = Format.json,
) -> ProductSummary | StreamingResponse:
    """What products files tell of each category: revenue, and the product sold most often."""
    found = assortment.summary(warehouse)
    if format is not Format.json:
        names = list(ProductCategory.model_fields)
        return download(format, names, [_rows(found.categories, names)], "categories")
    answered = vars(found) | {"count": len(found.categories), "requested_by": person.login}
    return ProductSummary.model_validate(answered, from_attributes=True)


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


@router.get("/abc", response_model=Abc, responses=FILES)
def abc(
    person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    filters: FiltersDep,
    only: Annotated[
        ClassName | None, Query(alias="class", description="List only products of this class.")
    ] = None,
    format: Annotated[
        Format, Query(description="csv or xlsx: the products as a download.")
    ] = Format.json,
) -> Abc | StreamingResponse:
    """Products by revenue: A make the first 80 %, B the next 15 %, C the rest.

    The product that crosses a border belongs to the class before it.
    """
    found = abc_classes(warehouse, period, filters)
    listed = [one for one in found.products if only is None or one.class_name == only]
    if format is not Format.json:
        header = ["class" if name == "class_name" else name for name in AbcProduct.model_fields]
        return download(format, header, [_rows(listed, AbcProduct.model_fields)], "abc")
    answered = vars(found) | {"products": listed, "requested_by": person.login}
    return Abc.model_validate(answered, from_attributes=True)


@router.get("/affinity", response_model=ProductPairs, responses=FILES)
def bought_together(
    person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    filters: FiltersDep,
    min_orders: Annotated[int, Query(ge=1, description="Only pairs in so many orders.")] = 10,
    of: Annotated[str | None, Query(description="Only pairs with the product of this id.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    format: Annotated[
        Format, Query(description="csv or xlsx: the same as a download.")
    ] = Format.json,
) -> ProductPairs | StreamingResponse:
    """Pairs of products in the same orders, the most frequent first."""
    pairs = affinity(warehouse, period, filters, min_orders, limit, of)
    if format is not Format.json:
        names = list(ProductPair.model_fields)
        return download(format, names, [_rows(pairs, names)], "bought-together")
    found = [ProductPair.model_validate(one, from_attributes=True) for one in pairs]
    return ProductPairs(pairs=found, count=len(found), requested_by=person.login)


# After the fixed routes, which it would take for ids. A product named like one of them is reached
# by ?id= alone.
@router.get("/{product_id:path}")
def product(person: PersonDep, warehouse: WarehouseDep, product_id: str) -> ProductDetail:
    """One product; an id that is also the name of a route is asked for by `?id=`."""
    return _detail(warehouse, product_id, person.login)


@router.patch("/{product_id:path}")
def change(
    product_id: str, editor: EditorDep, person: PersonDep, wanted: ProductChange
) -> ChangedProduct:
    """Change what is told of a product. It is listed as an import, and can be undone as one."""
    changes = wanted.model_dump(exclude_unset=True)
    if not changes:
        raise InvalidInput("Say what to change, such as the price.")
    made = change_product(editor, product_id, changes)
    return _changed(editor, product_id, made.id if made else None, person.login)


@router.delete("/{product_id:path}")
def delete(product_id: str, editor: EditorDep) -> ChangedProduct:
    """Take a product out of the catalogue; its sales stay. It can be undone as an import.

    A later file or edit that tells of it brings it back.
    """
    made = delete_product(editor, product_id)
    return ChangedProduct(product_id=product_id, product=None, import_id=made.id)


def _changed(editor: Editor, product_id: str, import_id: int | None, login: str) -> ChangedProduct:
    now = _detail(editor.warehouse, product_id, login)
    entry = ProductEntry.model_validate(now, from_attributes=True)
    return ChangedProduct(product_id=product_id, product=entry, import_id=import_id)


def _detail(warehouse: Warehouse, product_id: str, login: str) -> ProductDetail:
    found = one_product(warehouse, product_id)
    answered = vars(found) | vars(found.product)
    answered |= {"revenue_by_month": found.months, "requested_by": login}
    return ProductDetail.model_validate(answered, from_attributes=True)


def _rows(found: Iterable[Any], names: Iterable[str]) -> list[list[object]]:
    return [[getattr(one, name) for name in names] for one in found]
