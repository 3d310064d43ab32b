"""Purchases that are entered one by one: checking them, taking them back, reading them.

One purchase is one order, of whoever bought. It is a row of the operational database; an entry of
the journal says that it counts, another that it does not any more.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NoReturn
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import Role, User
from tillsight.accounts.sessions import Origin, Person
from tillsight.database import Database
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound
from tillsight.sales import journal
from tillsight.sales.journal import PurchaseEntry
from tillsight.sales.models import EntryKind, JournalEntry, Purchase, PurchaseLine
from tillsight.sales.rows.times import FIRST_YEAR

SOURCE = "purchase"
"""Where the order ids of these are from: no file has this as its layout."""
LONGEST_NAME, LONGEST_COUNTRY = 200, 100
MOST_LINES = 100
LARGEST_AMOUNT, LARGEST_QUANTITY = Decimal(10**10), Decimal(10**9)
EXACT, CENT = Decimal("0.0001"), Decimal("0.01")
CHUNK = 1000

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)


@dataclass(frozen=True)
class Item:
    """A product of a purchase: below zero pieces were brought back."""

    product: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """What the pieces cost together, with four decimals."""
        return (self.quantity * self.unit_price).quantize(EXACT)


@dataclass(frozen=True)
class Typed:
    """A purchase as somebody entered it; `when` is a day, or day and time, as text."""

    customer: str
    country: str | None
    when: str
    amount: Decimal | None
    items: Sequence[Item] = ()


@dataclass(frozen=True)
class Checked:
    """A purchase that can be stored: names trimmed, in shop time, with its exact amount.

    An amount below zero is a return.
    """

    customer: str
    country: str | None
    day: date
    time: time | None
    amount: Decimal
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Wanted:
    """Which purchases are asked for: of days from `start` and before `end`, of any of the countries
    and customers; an empty text is an unknown country. No values: all.
    """

    start: date | None = None
    end: date | None = None
    countries: Sequence[str] = ()
    customers: Sequence[str] = ()


@dataclass(frozen=True)
class Stored:
    """A purchase that was entered, with its products and whoever entered it."""

    purchase: Purchase
    items: list[PurchaseLine]
    by: str | None

    def may_undo(self, person: Person) -> bool:
        """Whether they may take it back: it is their own, or they are an admin."""
        own = self.purchase.created_by == person.id and person.role.includes(Role.editor)
        return own or person.role is Role.admin


def checked(typed: Typed, timezone: str) -> Checked:
    """What was entered, if it can be a purchase.

    Raises:
        InvalidInput: it cannot; `field` of its details tells which of the fields is wrong.
    """
    customer = _name(typed.customer, "customer", LONGEST_NAME)
    if not customer:
        raise _wrong("customer", "Say who bought: the customer is empty.")
    country = _name(typed.country or "", "country", LONGEST_COUNTRY) or None
    day, at = _when(typed.when.strip(), ZoneInfo(timezone))
    items = tuple(_checked_item(one, number) for number, one in enumerate(typed.items, 1))
    if len(items) > MOST_LINES:
        raise _wrong("lines", f"A purchase has {MOST_LINES} lines at the most.")
    return Checked(customer, country, day, at, _amount(typed.amount, items), items)


def _when(text: str, zone: ZoneInfo) -> tuple[date, time | None]:
    """Day and time in the shop; no time where only a day was given."""
    moment = None
    if _DAY.fullmatch(text) or _MOMENT.fullmatch(text):
        with suppress(ValueError, OverflowError):  # such as the 31st of April
            said = datetime.fromisoformat(text)
            moment = said.astimezone(zone) if said.tzinfo else said
    if moment is None:
        example = "Write 2024-05-01, or 2024-05-01T14:30 with the time."
        raise _wrong("date", f"“{text[:40]}” is no date. {example}")
    day = moment.date()
    at = None if _DAY.fullmatch(text) else moment.time().replace(microsecond=0)
    if day > datetime.now(zone).date() + timedelta(days=1):
        raise _wrong("date", f"{day} lies in the future. Enter a purchase once it was made.")
    if day.year < FIRST_YEAR:
        raise _wrong("date", f"{day} is before the year {FIRST_YEAR}.")
    return day, at


def _checked_item(item: Item, number: int) -> Item:
    where = f"Line {number}: "
    product = _name(item.product, "product", LONGEST_NAME, where)
    if not product:
        raise _wrong("lines", f"{where}the product is empty.")
    quantity = _number(item.quantity, "quantity", LARGEST_QUANTITY, where)
    price = _number(item.unit_price, "unit price", LARGEST_AMOUNT, where)
    if quantity == 0:
        raise _wrong("lines", f"{where}the quantity is 0. Leave the line out.")
    if price < 0:
        raise _wrong("lines", f"{where}the unit price is below 0. A return has a quantity below 0.")
    checked_item = Item(product, quantity, price)
    if abs(checked_item.amount) >= LARGEST_AMOUNT:
        raise _wrong("lines", f"{where}quantity × unit price is too large.")
    return checked_item


def _amount(given: Decimal | None, items: Sequence[Item]) -> Decimal:
    if given is None and not items:
        raise _wrong("amount", "Say what was paid: give an amount, or lines.")
    amount = sum((one.amount for one in items), Decimal(0))
    if given is not None:
        given = _number(given, "amount", LARGEST_AMOUNT)
        if items and given.quantize(CENT) != amount.quantize(CENT):
            raise _wrong(
                "amount",
                f"The lines sum to {amount.quantize(CENT)}, and the amount is {given}."
                " Correct one of them, or leave the amount out.",
            )
        amount = amount if items else given
    if abs(amount) >= LARGEST_AMOUNT:
        raise _wrong("amount", f"The amount is too large: {LARGEST_AMOUNT:,} or more.")
    if amount == 0:
        raise _wrong("amount", "The amount is 0. A purchase is above 0, a return below.")
    return amount


def _number(value: Decimal, what: str, limit: Decimal, where: str = "") -> Decimal:
    field = "lines" if where else "amount"
    said = f"{where}the {what}" if where else f"The {what}"
    if not value.is_finite():
        raise _wrong(field, f"{said} is not a number.")
    if abs(value) >= limit:
        raise _wrong(field, f"{said} is too large: {limit:,} or more.")
    if value != value.quantize(EXACT):
        raise _wrong(field, f"{said} has more than four decimals.")
    return value.quantize(EXACT)


def _name(text: str, what: str, longest: int, where: str = "") -> str:
    field = "lines" if where else what
    said = f"{where}the {what}" if where else f"The {what}"
    trimmed = text.strip()
    if len(trimmed) > longest:
        raise _wrong(field, f"{said} is longer than {longest} characters.")
    if not trimmed.isprintable():
        raise _wrong(field, f"{said} holds characters that cannot be shown. Type it again.")
    return trimmed


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, field=field)


def undo_purchase(
    database: Database, purchase_id: int, person: Person | None, origin: Origin = TERMINAL
) -> int:
    """Have a purchase not count any more; nobody is the terminal. Returns the journal's version.

    Raises:
        NotFound: there is no such purchase.
        Forbidden: somebody else entered it.
        Conflict: it is undone already.
    """
    return _change(database, purchase_id, person, origin, EntryKind.purchase_undo)


def redo_purchase(
    database: Database, purchase_id: int, person: Person | None, origin: Origin = TERMINAL
) -> int:
    """Have an undone purchase count again; nobody is the terminal. Returns the journal's version.

    Raises:
        NotFound: there is no such purchase.
        Forbidden: somebody else entered it.
        Conflict: it counts already.
    """
    return _change(database, purchase_id, person, origin, EntryKind.purchase)


def _change(
    database: Database, purchase_id: int, person: Person | None, origin: Origin, kind: EntryKind
) -> int:
    undoing = kind is EntryKind.purchase_undo
    with database.reading() as session:
        stored = get_purchase(session, purchase_id)
        if person is not None and not stored.may_undo(person):
            raise Forbidden(
                f"Purchase {purchase_id} was entered by somebody else. Only they or an admin may"
                " undo or redo it."
            )
    with database.writing() as session:
        counting = Purchase.undone_at.is_(None) if undoing else Purchase.undone_at.is_not(None)
        # One conditional UPDATE: of two who press undo at once, one is told that it is done.
        changed = session.connection().execute(
            update(Purchase)
            .where(Purchase.id == purchase_id, counting)
            .values(undone_at=datetime.now(UTC) if undoing else None)
        )
        if changed.rowcount == 0:
            _refuse(purchase_id, undoing)
        [version] = journal.next_versions(session, 1)
        session.add(
            JournalEntry(
                version=version,
                kind=kind,
                purchase_id=purchase_id,
                user_id=person and person.id,
                at=datetime.now(UTC),
            )
        )
        action = Action.purchase_undone if undoing else Action.purchase_redone
        details = {"version": version}
        record(session, action, person, f"purchase {purchase_id}", details, origin)
    return version


def _refuse(purchase_id: int, undoing: bool) -> NoReturn:
    reason = "is undone already" if undoing else "is not undone, so there is nothing to redo"
    raise Conflict(f"Purchase {purchase_id} {reason}.")


def get_purchase(session: Session, purchase_id: int) -> Stored:
    """One purchase.

    Raises:
        NotFound: there is none of this number.
    """
    found = _stored(session, _query().where(Purchase.id == purchase_id))
    if not found:
        raise NotFound(f"There is no purchase {purchase_id}.")
    return found[0]


def first_version(session: Session, purchase_id: int) -> int:
    """The journal's version that brought a purchase."""
    query = select(JournalEntry.version).where(JournalEntry.purchase_id == purchase_id)
    return session.scalars(query.order_by(JournalEntry.version).limit(1)).one()


def list_purchases(
    session: Session, wanted: Wanted, before: int | None, limit: int
) -> list[Stored]:
    """The purchases asked for, last entered first; `before` is the id to go on from."""
    query = _matching(wanted).order_by(Purchase.id.desc()).limit(limit)
    return _stored(session, query if before is None else query.where(Purchase.id < before))


def all_purchases(database: Database, wanted: Wanted) -> Iterator[list[Stored]]:
    """All purchases asked for, last entered first, in parts that fit in memory."""
    before = None
    while True:
        with database.reading() as session:
            part = list_purchases(session, wanted, before, CHUNK)
        if not part:
            return
        yield part
        before = part[-1].purchase.id


def _query() -> Select[Purchase, User]:
    return select(Purchase, User).outerjoin(User, User.id == Purchase.created_by)


def _matching(wanted: Wanted) -> Select[Purchase, User]:
    query = _query()
    if wanted.start is not None:
        query = query.where(Purchase.day >= wanted.start)
    if wanted.end is not None:
        query = query.where(Purchase.day < wanted.end)
    if wanted.countries:
        among = Purchase.country.in_([one for one in wanted.countries if one])
        unknown = Purchase.country.is_(None)
        query = query.where(among | unknown if "" in wanted.countries else among)
    if wanted.customers:
        query = query.where(Purchase.customer.in_(wanted.customers))
    return query


def _stored(session: Session, query: Select[Purchase, User]) -> list[Stored]:
    found = session.execute(query).all()
    items = _items_of(session, [purchase.id for purchase, _ in found])
    return [
        Stored(
            purchase,
            items.get(purchase.id, []),
            (user.full_name or user.username) if user else None,
        )
        for purchase, user in found
    ]


def _items_of(session: Session, ids: Sequence[int]) -> dict[int, list[PurchaseLine]]:
    query = select(PurchaseLine).where(PurchaseLine.purchase_id.in_(ids))
    items: dict[int, list[PurchaseLine]] = {}
    for item in session.scalars(query.order_by(PurchaseLine.purchase_id, PurchaseLine.line)):
        items.setdefault(item.purchase_id, []).append(item)
    return items


def purchases_of(session: Session, entries: Sequence[PurchaseEntry]) -> list[Stored]:
    """The purchases that journal entries without others between them speak of, each once."""
    versions = JournalEntry.version.between(entries[0].version, entries[-1].version)
    told = select(JournalEntry.purchase_id).where(versions, JournalEntry.purchase_id.is_not(None))
    purchases = session.scalars(select(Purchase).where(Purchase.id.in_(told))).all()
    items: dict[int, list[PurchaseLine]] = {}
    for item in session.scalars(select(PurchaseLine).where(PurchaseLine.purchase_id.in_(told))):
        items.setdefault(item.purchase_id, []).append(item)
    return [Stored(one, items.get(one.id, []), None) for one in purchases]
