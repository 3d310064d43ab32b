"""The sales of sales-analytics: rows that are loaded as a file is, so that they are an import.

Which rows a run brought is remembered as the last of their keys, with the number of the import.
That key is written down before they are loaded. A run that breaks off in between finds them again:
by the name of the file, if they were loaded still, else to be loaded now.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from tillsight.errors import Conflict
from tillsight.migrating.loading import Load
from tillsight.migrating.models import MovedRow
from tillsight.migrating.moving import Count, Opening
from tillsight.migrating.older import Older, OlderRow
from tillsight.sales.choices import Mapping
from tillsight.sales.layouts import Field, FileKind
from tillsight.sales.models import Import

SALES, AMOUNT = "sales_transactions", "total_amount"
COLUMNS = {
    "invoice_no": Field.order_id,
    "stock_code": Field.product_id,
    "description": Field.product_name,
    "quantity": Field.quantity,
    "invoice_date": Field.time,
    "unit_price": Field.price,
    "customer_id": Field.customer_id,
    "country": Field.country,
    AMOUNT: Field.amount,
}
UP_TO = "sales_up_to"
UNDER_WAY = 0
"""Stands for the number of the import while there is none."""
BUSY = "Somebody else moves the same at this moment. Run it again when they are done."
COPY = "It says exactly what a row before it says."


class Copies(StrEnum):
    """What becomes of rows that say exactly what a row before them says."""

    bring = "bring"
    leave = "leave"


@dataclass(frozen=True)
class _Held:
    """An import in force: its rows, those it rejected, and its revenue."""

    id: int
    rows: int
    rejected: int
    revenue: Decimal


@dataclass(frozen=True)
class _Part:
    """Rows whose keys come after one, up to another; and the import they are, while it counts."""

    after: int
    up_to: int
    held: _Held | None = None

    @property
    def file_name(self) -> str:
        return _file_name(self.after, self.up_to)


@dataclass
class SalesMove:
    """Moves the sales of one older database, and tells what became of them."""

    opening: Opening
    load: Load
    older: Older
    source: str
    copies: Copies
    count: Count = field(default_factory=lambda: Count("Sales lines"))
    notes: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Bring the rows that no import in force holds.

        Raises:
            SetupError: the older database cannot be read to its end.
            Conflict: somebody moves the same at this moment.
        """
        copied = self.older.copies(SALES)
        with self.opening() as session:
            parts = _parts(session, self.source)
        last = parts[-1].up_to if parts else 0
        found, _, up_to = self.older.totals(SALES, AMOUNT, last)
        if found:
            parts.append(_Part(last, up_to))
            _announce(self.opening, self.source, parts[-1])
        for part in parts:
            rows, amount, _ = self.older.totals(SALES, AMOUNT, part.after, part.up_to)
            self.count.found += rows
            copies = _within(copied, part)
            if part.held:
                self._compare(part.held, rows, amount, copies)
            elif rows:
                self._bring(part, rows, amount, copies)

    def _compare(self, held: _Held, rows: int, amount: Decimal, copies: Sequence[int]) -> None:
        """Count rows that are here, and tell if the older ones are not what they were."""
        moved = held.rows + held.rejected
        were_left = moved == rows - len(copies)
        for key in copies if were_left else ():
            self.count.leave_out(key, COPY)
        for _ in range(held.rejected):
            self.count.leave_out(f"import {held.id}", "It was left out by that import.")
        self.count.there += held.rows
        is_same_amount = held.rejected > 0 or held.revenue == amount
        if (were_left and copies) or (moved == rows and is_same_amount):
            return
        self.notes.append(
            f"Import {held.id} brought {held.rows:,} sales lines, {held.revenue:,.2f} in all."
            f" The older database has {rows:,} in their place now, {amount:,.2f} in all. To have"
            " them as they are there now, undo that import and run this again."
        )

    def _bring(self, part: _Part, rows: int, amount: Decimal, copies: Sequence[int]) -> None:
        left = frozenset(copies if self.copies is Copies.leave else ())
        for key in sorted(left):
            self.count.leave_out(key, COPY)
        if len(left) == rows:
            return
        mapping = Mapping(FileKind.sales, COLUMNS, self.source)
        loaded = self.load(part.file_name, mapping, _rows(self.older, part, left))
        self.count.added += loaded.rows
        self.count.left_out += loaded.left_out
        if copies and not left:
            self._warn_of(copies)
        if not loaded.import_id:
            return
        with self.opening() as session:
            session.execute(_of(self.source, part.up_to).values(our_id=loaded.import_id))
        with_copies = ", its copies among it" if left else ""
        self.notes.append(
            f"Import {loaded.import_id}: {loaded.rows:,} sales lines, revenue"
            f" {loaded.revenue:,.2f}; the older database says {amount:,.2f}{with_copies}. To take"
            f" them back: tillsight undo {loaded.import_id}"
        )

    def _warn_of(self, copies: Sequence[int]) -> None:
        self.notes.append(
            f"{len(copies):,} of these sales lines say exactly what one before them says. They"
            " count, as they did there. That product doubled its sales where it loaded a file"
            " twice; to leave the copies out, undo the import and run this with --copies leave."
        )


def _parts(session: Session, source: str) -> list[_Part]:
    """What was brought before, in the order of the keys, each with its import if that counts."""
    query = select(MovedRow.older_id, MovedRow.our_id)
    query = query.where(MovedRow.source == source, MovedRow.kind == UP_TO)
    parts, last = [], 0
    for up_to, import_id in session.execute(query.order_by(MovedRow.older_id)):
        parts.append(_Part(last, up_to, _held(session, source, import_id, last, up_to)))
        last = up_to
    return parts


def _held(session: Session, source: str, import_id: int, after: int, up_to: int) -> _Held | None:
    """The import of a part; one that was not noted any more is known by its file's name."""
    query = select(Import).where(Import.in_force.is_not(None))
    by_name = (Import.layout == source, Import.file_name == _file_name(after, up_to))
    found = session.scalar(
        query.where(Import.id == import_id) if import_id else query.where(*by_name).limit(1)
    )
    return _Held(found.id, found.rows, found.rejected_rows, found.revenue) if found else None


def _announce(opening: Opening, source: str, part: _Part) -> None:
    """Write down what is about to be loaded.

    Raises:
        Conflict: somebody else just did.
    """
    with opening() as session:
        row = MovedRow(source=source, kind=UP_TO, older_id=part.up_to, our_id=UNDER_WAY)
        session.add(row)
        session.flush()
        others = select(MovedRow.id).where(
            MovedRow.source == source, MovedRow.kind == UP_TO, MovedRow.older_id > part.after
        )
        if session.scalars(others).all() != [row.id]:
            raise Conflict(BUSY)


def _of(source: str, up_to: int) -> Update:
    mine = (MovedRow.source == source, MovedRow.kind == UP_TO, MovedRow.older_id == up_to)
    return update(MovedRow).where(*mine)


def _file_name(after: int, up_to: int) -> str:
    return f"{SALES} {after + 1} to {up_to}.csv"


def _within(keys: Sequence[int], part: _Part) -> Sequence[int]:
    return keys[bisect_right(keys, part.after) : bisect_right(keys, part.up_to)]


def _rows(older: Older, part: _Part, left: Collection[int]) -> Iterator[OlderRow]:
    """The rows of a part but those that are left out."""
    for row in older.rows(SALES, (part.after,)):
        if row[0] > part.up_to:
            return
        if row[0] not in left:
            yield row
