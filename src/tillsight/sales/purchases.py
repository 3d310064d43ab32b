"""Purchases that are entered one by one: reading them, and taking them back.

One purchase is one order, of whoever bought. It is a row of the operational database; an entry of
the journal says that it counts, another that it does not any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import Role, User
from tillsight.accounts.sessions import Origin, Person
from tillsight.database import Database
from tillsight.errors import Conflict, Forbidden, NotFound
from tillsight.sales import journal
from tillsight.sales.journal import PurchaseEntry
from tillsight.sales.models import EntryKind, JournalEntry, Purchase, PurchaseLine

SOURCE = "purchase"
"""Where the order ids of these are from: no file has this as its layout."""


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
    with database.reading() as session:
        stored = get_purchase(session, purchase_id)
        if person is not None and not stored.may_undo(person):
            raise Forbidden(
                f"Purchase {purchase_id} was entered by somebody else. Only they or an admin may"
                " undo or redo it."
            )
    return database.changing(lambda session: _turn(session, purchase_id, person, origin, kind))


def _turn(
    session: Session, purchase_id: int, person: Person | None, origin: Origin, kind: EntryKind
) -> int:
    undoing = kind is EntryKind.purchase_undo
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
    if undoing:
        raise Conflict(f"Purchase {purchase_id} is undone already.")
    raise Conflict(f"Purchase {purchase_id} is not undone, so there is nothing to redo.")


def get_purchase(session: Session, purchase_id: int) -> Stored:
    """One purchase.

    Raises:
        NotFound: there is none of this number.
    """
    found = _stored(session, _query().where(Purchase.id == purchase_id))
    if not found:
        raise NotFound(f"There is no purchase {purchase_id}.")
    return found[0]


def list_purchases(
    session: Session, wanted: Wanted, before: int | None, limit: int
) -> list[Stored]:
    """The purchases asked for, last entered first; `before` is the id to go on from."""
    query = _matching(wanted).order_by(Purchase.id.desc()).limit(limit)
    return _stored(session, query if before is None else query.where(Purchase.id < before))


def all_purchases(database: Database, wanted: Wanted) -> Iterator[list[Stored]]:
    """All purchases asked for, last entered first, in parts that fit in memory."""
    return database.in_parts(
        lambda session, before, limit: list_purchases(session, wanted, before, limit),
        lambda one: one.purchase.id,
    )


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
