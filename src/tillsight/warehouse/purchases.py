"""Laying out purchases that were entered one by one: many of them at once.

A purchase stands among the lines under its number below zero, where imports stand above. All else
is what imports do: the same statements add its lines and take them out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from itertools import groupby

import duckdb

from tillsight.sales.journal import AnyEntry, Entry, ErasureEntry, PurchaseEntry
from tillsight.sales.models import EntryKind
from tillsight.sales.purchase_checks import Item
from tillsight.sales.purchases import SOURCE, Stored
from tillsight.warehouse.summaries import add_batch, exchange_lines

MOST_TOGETHER = 5000

Change = Entry | ErasureEntry | list[PurchaseEntry]
"""What is applied in one transaction: an import, or purchases without an import between them."""

# As in `lines`, in the order of `_line`. Numbers come as text, so that nothing is rounded.
COLUMNS = {
    "import_id": "BIGINT",
    "line": "BIGINT",
    "kind": "VARCHAR",
    "order_key": "VARCHAR",
    "time": "TIMESTAMP",
    "hour": "TINYINT",
    "product_id": "VARCHAR",
    "product_name": "VARCHAR",
    "category": "VARCHAR",
    "customer_id": "VARCHAR",
    "customer_name": "VARCHAR",
    "country": "VARCHAR",
    "channel": "VARCHAR",
    "quantity": "DECIMAL(18, 4)",
    "price": "DECIMAL(18, 8)",
    "amount": "DECIMAL(18, 4)",
}
# Without an order id, which says that the order is new: none of these goes on elsewhere.
BATCH = f"""
    CREATE TEMP TABLE batch AS
    SELECT {", ".join(f"unnest(CAST(? AS {kind}[])) AS {name}" for name, kind in COLUMNS.items())},
           CAST(NULL AS VARCHAR) AS order_id
"""


def grouped(entries: Sequence[AnyEntry]) -> Iterator[Change]:
    """The entries in order, those of purchases put together."""
    for _, some in groupby(entries, lambda entry: isinstance(entry, PurchaseEntry)):
        together: list[PurchaseEntry] = []
        for entry in some:
            if isinstance(entry, PurchaseEntry):
                together.append(entry)
            else:
                yield entry
        for start in range(0, len(together), MOST_TOGETHER):
            yield together[start : start + MOST_TOGETHER]


def apply_purchases(
    duck: duckdb.DuckDBPyConnection, entries: Sequence[PurchaseEntry], stored: Sequence[Stored]
) -> None:
    """Do what the entries say; `stored` are the purchases they speak of."""
    first: dict[int, EntryKind] = {}
    last: dict[int, EntryKind] = {}
    for entry in entries:
        first.setdefault(entry.purchase_id, entry.kind)
        last[entry.purchase_id] = entry.kind
    # The first entry tells whether a purchase is there now: one that is there can only be undone.
    changed = {one: kind for one, kind in last.items() if first[one] is kind}
    gone = [one for one, kind in changed.items() if kind is EntryKind.purchase_undo]
    come = [one for one in stored if changed.get(one.purchase.id) is EntryKind.purchase]
    make_batch(duck, come)
    if gone:
        exchange_lines(duck, _among(gone))
    elif come:
        add_batch(duck, _among([one.purchase.id for one in come]))
    duck.execute("DROP TABLE batch")


def make_batch(duck: duckdb.DuckDBPyConnection, purchases: Sequence[Stored]) -> None:
    """Make the table `batch` of the lines of purchases."""
    lines = [line for one in purchases for line in _lines(one)]
    duck.execute(BATCH, [[line[place] for line in lines] for place in range(len(COLUMNS))])


def _among(purchases: Sequence[int]) -> str:
    """SQL for the lines of these purchases; thanks to the bounds most lines are skipped unread."""
    ids = ", ".join(str(-one) for one in purchases)
    return f"import_id BETWEEN {-max(purchases)} AND {-min(purchases)} AND import_id IN ({ids})"


def _lines(stored: Stored) -> Iterator[tuple[object, ...]]:
    items = [Item(one.product, one.quantity, one.unit_price) for one in stored.items]
    if not items:
        amount = stored.purchase.amount
        items = [Item("", Decimal(1) if amount > 0 else Decimal(-1), abs(amount))]
    for number, item in enumerate(items, 1):
        yield _line(stored, number, item)


def _line(stored: Stored, number: int, item: Item) -> tuple[object, ...]:
    one = stored.purchase
    product = item.product or None
    return (
        *(-one.id, number, _kind(item), f"{SOURCE}:{one.id}"),
        *(datetime.combine(one.day, one.time or time()), one.time and one.time.hour),
        *(product, product, None, one.customer, one.customer, one.country, None),
        *(str(item.quantity), str(item.unit_price), str(item.amount)),
    )


def _kind(item: Item) -> str:
    if item.unit_price == 0:
        return "adjustment"
    return "sale" if item.quantity > 0 else "return"
