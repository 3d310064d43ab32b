"""What is behind a number: orders and lines."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, WithJsonSchema

from tillsight.accounts.audit import Action, record
from tillsight.api.deps import (
    DatabaseDep,
    FiltersDep,
    OriginDep,
    PeriodDep,
    PersonDep,
    WarehouseDep,
)
from tillsight.api.downloads import DECIMALS, FILES, Format, download
from tillsight.api.workbook import Rounded
from tillsight.metrics import drill
from tillsight.metrics.catalogue import Unit
from tillsight.metrics.drill import COUNTED, Drill, Kind

SHOP_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$"

router = APIRouter(prefix="/api", tags=["Orders and lines"])

ShopTime = Annotated[datetime, WithJsonSchema({"type": "string", "pattern": SHOP_TIME})]
"""The shop's local time, without an offset: what OpenAPI calls a date-time has one."""


class OrderEntry(BaseModel):
    """The lines of an order that were asked for: their sum, and what the first of them names.

    `source` is the kind of file that `order_id` comes from; both are null for a row without one,
    which is an order of its own. `key` names it in the parameter `key`. `time` is that of the
    earliest line in shop time.
    """

    key: str
    source: str | None
    order_id: str | None
    time: ShopTime
    customer_id: str | None
    customer_name: str | None
    country: str | None
    channel: str | None
    lines: int
    units: float
    revenue: float
    returned: float


class Orders(BaseModel):
    """Orders, newest first; ask on with `after` = `next` until it is null."""

    orders: list[OrderEntry]
    count: int
    next: str | None
    data_version: int
    requested_by: str


class LineEntry(BaseModel):
    """One row of an imported file, or of a purchase entered by itself (`purchase_id`); `amount` is
    below zero for returns, `price` as in the file.
    """

    import_id: int | None
    purchase_id: int | None
    line: int
    kind: Kind
    source: str | None
    order_id: str | None
    time: ShopTime
    product_id: str | None
    product_name: str | None
    category: str | None
    customer_id: str | None
    customer_name: str | None
    country: str | None
    channel: str | None
    quantity: float
    price: float
    amount: float


class Lines(BaseModel):
    """Lines, newest first; ask on with `after` = `next` until it is null."""

    lines: list[LineEntry]
    count: int
    next: str | None
    data_version: int
    requested_by: str


def _drill(
    period: PeriodDep,
    filters: FiltersDep,
    order: Annotated[
        list[str],
        Query(default_factory=list, description="Only these order ids; repeat it for several."),
    ],
    key: Annotated[
        list[str],
        Query(default_factory=list, description="Only the orders of this `key`; repeat it."),
    ],
    after: Annotated[str, Query(description="The `next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Drill:
    return Drill(period, filters, after, limit, order, key)


DrillDep = Annotated[Drill, Depends(_drill)]


FormatQuery = Annotated[Format, Query(description="csv or xlsx: all of them as a download.")]


@router.get("/orders", response_model=Orders, responses=FILES)
def orders(
    request: Request,
    person: PersonDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
    asked: DrillDep,
    format: FormatQuery = Format.json,
) -> Orders | StreamingResponse:
    """The orders with a sale or a return among the lines asked for, newest hour first.

    Figures of an order are of the lines asked for, so that all pages sum to the number asked for.
    """
    if format is not Format.json:
        found = drill.all_orders(warehouse, asked)
        with database.writing() as session:
            details = {"asked": str(request.query_params)}
            record(session, Action.exported, person, "orders", details, origin)
        return download(format, ORDER_COLUMNS, _cells(found, ORDER_COLUMNS), "orders")
    page = drill.orders(warehouse, asked)
    answered = vars(page) | {"count": len(page.orders), "requested_by": person.login}
    return Orders.model_validate(answered, from_attributes=True)


@router.get("/lines", response_model=Lines, responses=FILES)
def lines(
    request: Request,
    person: PersonDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
    asked: DrillDep,
    kind: Annotated[
        list[Kind],
        Query(default_factory=list, description="Sales and returns unless given; repeat it."),
    ],
    format: FormatQuery = Format.json,
) -> Lines | StreamingResponse:
    """The lines that a number was counted from, newest first; adjustments count in none."""
    if format is not Format.json:
        found = drill.all_lines(warehouse, asked, kind or COUNTED)
        with database.writing() as session:
            details = {"asked": str(request.query_params)}
            record(session, Action.exported, person, "lines", details, origin)
        return download(format, LINE_COLUMNS, _cells(found, LINE_COLUMNS), "lines")
    page = drill.lines(warehouse, asked, kind or COUNTED)
    answered = vars(page) | {"count": len(page.lines), "requested_by": person.login}
    return Lines.model_validate(answered, from_attributes=True)


ORDER_COLUMNS = list(OrderEntry.model_fields)
LINE_COLUMNS = list(LineEntry.model_fields)
MONEY = frozenset({"revenue", "returned", "amount"})


def _cells(
    parts: Iterable[Iterable[drill.OrderEntry | drill.LineEntry]], columns: Sequence[str]
) -> Iterator[list[list[object]]]:
    for entries in parts:
        yield [[_cell(one, name) for name in columns] for one in entries]


def _cell(entry: drill.OrderEntry | drill.LineEntry, name: str) -> object:
    value = getattr(entry, name)
    return Rounded(value, DECIMALS[Unit.money]) if name in MONEY else value
