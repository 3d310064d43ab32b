"""Purchases that are entered one by one, the list of them, and taking them back."""

from asyncio import wrap_future
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from tillsight import data_version
from tillsight.accounts.audit import Action, record
from tillsight.accounts.sessions import Person
from tillsight.api.deps import (
    LARGEST_ID,
    DatabaseDep,
    Day,
    Id,
    OriginDep,
    PersonDep,
    PurchasesDep,
    SettingsDep,
    WarehouseDep,
)
from tillsight.api.downloads import FILES, Format, download
from tillsight.api.workbook import Rounded
from tillsight.database import Database
from tillsight.sales.journal import tell_head
from tillsight.sales.purchase_checks import MOST_LINES, Checked, Item, Typed, checked
from tillsight.sales.purchase_entering import Entered, Entering
from tillsight.sales.purchases import (
    Stored,
    Wanted,
    all_purchases,
    get_purchase,
    list_purchases,
    redo_purchase,
    undo_purchase,
)

router = APIRouter(prefix="/api/purchases", tags=["Purchases"])

LAID_OUT_WITHIN = 600.0
"""Seconds an undo waits for this server's warehouse, so that whoever undid sees it."""
COLUMNS = (
    *("id", "date", "time", "customer", "country", "amount", "lines", "state"),
    *("created_at", "created_by"),
)
_NUMBER = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": -(10**14), "exclusiveMaximum": 10**14},
        {"type": "string", "pattern": "^-?[0-9]{1,14}([.][0-9]{1,4})?$"},
    ],
    "examples": [12.5, "12.50"],
}
Number = Annotated[Decimal, Field(max_digits=20), WithJsonSchema(_NUMBER)]
"""An exact number: as JSON number or as text."""


class LineTyped(BaseModel):
    """One product of a purchase; below zero pieces were brought back."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(max_length=1000)
    quantity: Number
    unit_price: Number


class PurchaseTyped(BaseModel):
    """A purchase: an amount, or lines whose sum it is.

    `date` is a day such as 2024-05-01, or day and time such as 2024-05-01T14:30: in shop time, or
    with an offset. An amount below 0 is a return.
    """

    model_config = ConfigDict(extra="forbid")

    customer: str = Field(max_length=1000)
    country: str | None = Field(None, max_length=1000)
    date: str = Field(max_length=100)
    amount: Number | None = None
    lines: list[LineTyped] = Field(default_factory=list, max_length=MOST_LINES)

    def typed(self) -> Typed:
        """For the room."""
        items = [Item(one.product, one.quantity, one.unit_price) for one in self.lines]
        return Typed(self.customer, self.country, self.date, self.amount, items)


class LineEntry(BaseModel):
    """One product of a purchase."""

    product: str
    quantity: float
    unit_price: float
    amount: float


class PurchaseEntry(BaseModel):
    """One purchase, one order: its id is the `order_id`, of the source `purchase`.

    It counts while its state is `done`; `time` is null where only the day is known. `may_undo`
    tells whether the person asking may undo and redo it.
    """

    id: int
    state: Literal["done", "undone"]
    customer: str
    country: str | None
    date: date
    time: str | None
    amount: float
    lines: list[LineEntry]
    created_at: datetime
    created_by: str | None
    may_undo: bool


class PurchaseMade(PurchaseEntry):
    """What was stored; `version` is the version of the data from which on it counts."""

    version: int


class Purchases(BaseModel):
    """Last entered first; `next` is the `before` of the next page."""

    purchases: list[PurchaseEntry]
    next: int | None


@router.post("", status_code=201)
async def enter(
    typed: PurchaseTyped,
    response: Response,
    person: PersonDep,
    settings: SettingsDep,
    purchases: PurchasesDep,
    origin: OriginDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            pattern="^[ -~]+$",
            description="Of your choice, for a purchase that may be sent again: it is made once.",
        ),
    ] = None,
) -> PurchaseMade:
    """Enter a purchase. It is on disk before the answer, and in every figure asked for after it;
    with `TILLSIGHT_SUMMARIES=spark`, after the next build.

    The same `Idempotency-Key` with the same purchase of the same person answers as the first time,
    with the header `Idempotent-Replayed: true`; with another purchase it is 422. Keys are
    remembered for a day at the least.
    """
    purchase = checked(typed.typed(), settings.timezone)
    entering = Entering(purchase, person, origin, idempotency_key)
    entered = await wrap_future(purchases.add(entering))
    data_version.tell(entered.version)
    if entered.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return _made(purchase, entered, person)


@router.get("", response_model=Purchases, responses=FILES)
def purchases(
    person: PersonDep,
    database: DatabaseDep,
    origin: OriginDep,
    country: Annotated[
        list[str],
        Query(default_factory=list, description="Only these; repeat it, empty for unknown."),
    ],
    customer: Annotated[
        list[str], Query(default_factory=list, description="Only these; repeat it for several.")
    ],
    start: Annotated[
        Day | None, Query(alias="from", description="First day, such as 2024-05-01.")
    ] = None,
    end: Annotated[
        Day | None, Query(alias="to", description="Day after the last day, such as 2024-06-01.")
    ] = None,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this id.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> Purchases | StreamingResponse:
    """The purchases that were entered one by one, last entered first, undone ones too."""
    wanted = Wanted(start, end, country, customer)
    if format is not Format.json:
        with database.writing() as session:
            record(session, Action.exported, person, "purchases", None, origin)
        return download(format, COLUMNS, _rows(database, wanted), "purchases")
    with database.reading() as session:
        tell_head(session)
        found = [_entry(one, person) for one in list_purchases(session, wanted, before, limit + 1)]
    following = found[limit - 1].id if len(found) > limit else None
    return Purchases(purchases=found[:limit], next=following)


@router.get("/{purchase_id}")
def one_purchase(purchase_id: Id, person: PersonDep, database: DatabaseDep) -> PurchaseEntry:
    """One purchase."""
    return _told(database, purchase_id, person)


@router.delete("/{purchase_id}")
def undo(
    purchase_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> PurchaseEntry:
    """Undo a purchase: it counts no more, in no figure. Nothing is deleted, so it can be redone.

    Editors undo what they entered themselves, an admin everything. 409 when it is undone already.
    """
    undo_purchase(database, purchase_id, person, origin)
    warehouse.show_soon(LAID_OUT_WITHIN)
    return _told(database, purchase_id, person)


@router.post("/{purchase_id}/redo")
def redo(
    purchase_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> PurchaseEntry:
    """Have an undone purchase count again.

    For those who may undo it; 409 when it counts already.
    """
    redo_purchase(database, purchase_id, person, origin)
    warehouse.show_soon(LAID_OUT_WITHIN)
    return _told(database, purchase_id, person)


def _told(database: Database, purchase_id: int, person: Person) -> PurchaseEntry:
    with database.reading() as session:
        tell_head(session)
        return _entry(get_purchase(session, purchase_id), person)


def _entry(stored: Stored, person: Person) -> PurchaseEntry:
    one = stored.purchase
    items = [Item(item.product, item.quantity, item.unit_price) for item in stored.items]
    return PurchaseEntry(
        id=one.id,
        state="done" if one.undone_at is None else "undone",
        customer=one.customer,
        country=one.country,
        date=one.day,
        time=_time(one.time),
        amount=_money(one.amount),
        lines=[_line(item) for item in items],
        created_at=one.created_at,
        created_by=stored.by,
        may_undo=stored.may_undo(person),
    )


def _made(purchase: Checked, entered: Entered, person: Person) -> PurchaseMade:
    return PurchaseMade(
        id=entered.purchase_id,
        state="done",
        customer=purchase.customer,
        country=purchase.country,
        date=purchase.day,
        time=_time(purchase.time),
        amount=_money(purchase.amount),
        lines=[_line(item) for item in purchase.items],
        created_at=entered.created_at,
        created_by=person.name,
        may_undo=True,
        version=entered.version,
    )


def _line(item: Item) -> LineEntry:
    return LineEntry(
        product=item.product,
        quantity=float(item.quantity),
        unit_price=float(item.unit_price),
        amount=_money(item.amount),
    )


def _time(value: time | None) -> str | None:
    return None if value is None else value.isoformat("seconds")


def _money(value: Decimal) -> float:
    return float(round(value, 2))


def _rows(database: Database, wanted: Wanted) -> Iterator[list[list[object]]]:
    for part in all_purchases(database, wanted):
        yield [_cells(one) for one in part]


def _cells(stored: Stored) -> list[object]:
    one = stored.purchase
    items = "; ".join(f"{item.quantity.normalize():f} × {item.product}" for item in stored.items)
    return [
        one.id,
        one.day,
        _time(one.time),
        one.customer,
        one.country,
        Rounded(one.amount, 2),
        items,
        "done" if one.undone_at is None else "undone",
        one.created_at,
        stored.by,
    ]
