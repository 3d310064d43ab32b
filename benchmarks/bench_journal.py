"""What a shop's sales add up to by its journal: worked out anew, by SQL of its own over the files
of its imports and the rows of its database. Nothing of the program that is looked at is used.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
from sqlalchemy import Connection, create_engine, text

NOTHING = Decimal(0)
LAST_ENTRIES = """
    SELECT import_id, purchase_id, kind FROM journal AS one
    WHERE kind <> 'erase' AND version = (
        SELECT max(version) FROM journal AS other
        WHERE other.kind <> 'erase' AND (
            other.import_id = one.import_id OR other.purchase_id = one.purchase_id))
"""
COUNTS = {"import", "redo", "purchase"}


@dataclass(frozen=True)
class Totals:
    """What counts: revenue and returns in the shop's money, orders and lines with a sale."""

    revenue: Decimal = NOTHING
    returns: Decimal = NOTHING
    orders: int = 0
    lines: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.revenue + other.revenue,
            self.returns + other.returns,
            self.orders + other.orders,
            self.lines + other.lines,
        )


def recount(home: Path, url: str) -> Totals:
    """The totals of everything that counts by the last entry about it.

    Raises:
        AssertionError: the journal has a gap, or its head is not its last entry.
    """
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            versions = connection.scalars(text("SELECT version FROM journal ORDER BY version"))
            head = connection.scalar(text("SELECT version FROM journal_head"))
            assert [*versions] == [*range(1, (head or 0) + 1)], "the journal has a gap"
            last = connection.execute(text(LAST_ENTRIES)).all()
            imports = {one.import_id for one in last if one.import_id and one.kind in COUNTS}
            bought = {one.purchase_id for one in last if one.purchase_id and one.kind in COUNTS}
            return _of_imports(connection, home, imports) + _of_purchases(connection, bought)
    finally:
        engine.dispose()


def _of_imports(connection: Connection, home: Path, counting: set[int]) -> Totals:
    rows = connection.execute(
        text("SELECT id, layout, batch, hidden FROM imports WHERE kind = 'sales' AND batch <> ''")
    ).all()
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute("CREATE TABLE hidden (import_id BIGINT, order_id VARCHAR)")
        duck.execute(
            "CREATE TABLE sold (import_id BIGINT, source VARCHAR, order_id VARCHAR, line BIGINT,"
            " kind VARCHAR, amount DECIMAL(18, 4))"
        )
        for one in rows:
            if one.id not in counting:
                continue
            duck.execute(
                "INSERT INTO sold SELECT ?, ?, order_id, line, kind, amount FROM read_parquet(?)",
                [one.id, one.layout, str(home / "sales" / one.batch)],
            )
            if one.hidden:
                file = str(home / "sales" / one.hidden)
                duck.execute(
                    "INSERT INTO hidden SELECT import_id, order_id FROM read_parquet(?)", [file]
                )
        [found] = duck.execute(
            """
            SELECT coalesce(sum(amount) FILTER (kind = 'sale'), 0),
                   coalesce(-sum(amount) FILTER (kind = 'return'), 0),
                   count(DISTINCT (source, order_id, CASE WHEN order_id IS NULL
                         THEN (import_id, line) END)) FILTER (kind = 'sale'),
                   count(*) FILTER (kind = 'sale')
            FROM sold ANTI JOIN hidden USING (import_id, order_id)
            """
        ).fetchall()
    return Totals(*found)


def _of_purchases(connection: Connection, counting: set[int]) -> Totals:
    lines: dict[int, list[tuple[Decimal, Decimal]]] = {}
    for one in connection.execute(
        text("SELECT purchase_id, quantity, unit_price FROM purchase_lines")
    ):
        item = Decimal(str(one.quantity)), Decimal(str(one.unit_price))
        lines.setdefault(one.purchase_id, []).append(item)
    totals = Totals()
    for one in connection.execute(text("SELECT id, amount, undone_at FROM purchases")):
        assert (one.undone_at is None) == (one.id in counting), f"purchase {one.id}"
        if one.id not in counting:
            continue
        amount = Decimal(str(one.amount))
        items = lines.get(one.id) or [(Decimal(1 if amount > 0 else -1), abs(amount))]
        sold = [quantity * price for quantity, price in items if quantity > 0 and price > 0]
        back = [-quantity * price for quantity, price in items if quantity < 0 and price > 0]
        totals += Totals(sum(sold, NOTHING), sum(back, NOTHING), bool(sold) * 1, len(sold))
    return totals
