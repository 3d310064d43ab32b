"""Counting the rows of batches again, from their files alone: what backups and homes are held to.

Nothing here is what loads or lays out sales, so that a mistake there is found here.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from tillsight.sales.layouts import FileKind

NOTHING = Decimal(0)
_DAYS = {
    FileKind.sales: ("min(CAST(time AS DATE))", "max(CAST(time AS DATE))"),
    FileKind.kpi_values: ("min(first_day)", "max(last_day)"),
}


class Unreadable(Exception):
    """A file that is no batch, or is damaged."""


@dataclass(frozen=True)
class Counted:
    """What is in a batch: rows, revenue (0 unless it holds sales), first and last day if any."""

    rows: int
    revenue: Decimal
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class Sums:
    """What lines of one kind add up to."""

    lines: int
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class InForce:
    """A batch of sales that counts, and the file of the orders it hides, if it hides any."""

    import_id: int
    batch: Path
    hidden: Path | None


def count_batch(batch: Path, kind: FileKind) -> Counted:
    """Read every cell of a batch, and say what is in it.

    Raises:
        Unreadable: the file is damaged.
    """
    first, last = _DAYS.get(kind, ("NULL", "NULL"))
    sold = "coalesce(sum(amount) FILTER (kind = 'sale'), 0)" if kind is FileKind.sales else "0"
    cells = "bit_xor(hash(cells))"  # of all columns, so that each is read
    query = f"SELECT count(*), {sold}, {first}, {last}, {cells} FROM read_parquet(?) AS cells"
    try:
        with closing(_engine()) as duck:
            [(rows, revenue, *days, _)] = duck.execute(query, [str(batch)]).fetchall()
    except duckdb.Error:
        raise Unreadable from None
    return Counted(rows, Decimal(revenue), *days)


def count_hidden(file: Path) -> int:
    """How many orders a file hides.

    Raises:
        Unreadable: the file is damaged.
    """
    query = "SELECT count(DISTINCT (import_id, order_id)) FROM read_parquet(?)"
    try:
        with closing(_engine()) as duck:
            [(orders,)] = duck.execute(query, [str(file)]).fetchall()
    except duckdb.Error:
        raise Unreadable from None
    return int(orders)


def count_in_force(
    counting: Sequence[InForce], reading: Callable[[Iterable[Path]], AbstractContextManager[None]]
) -> dict[str, Sums]:
    """What the sales of these imports add up to, by the kind of line, without hidden orders.
    `reading` has files be there for a while.

    Raises:
        Unreadable: a file is damaged.
    """
    sums: dict[str, Sums] = {}
    try:
        with closing(_engine()) as duck:
            duck.execute("CREATE TABLE hidden (import_id BIGINT, order_id VARCHAR)")
            for one in counting:
                if one.hidden:
                    query = "INSERT INTO hidden SELECT import_id, order_id FROM read_parquet(?)"
                    with reading([one.hidden]):
                        duck.execute(query, [str(one.hidden)])
            for one in counting:
                with reading([one.batch]):
                    found = duck.execute(_COUNTING, [str(one.batch), one.import_id]).fetchall()
                for kind, *numbers in found:
                    sums[kind] = added(sums.get(kind), Sums(*numbers))
    except duckdb.Error:
        raise Unreadable from None
    return sums


def added(one: Sums | None, other: Sums) -> Sums:
    """Both together."""
    if one is None:
        return other
    return Sums(one.lines + other.lines, one.quantity + other.quantity, one.amount + other.amount)


def _engine() -> duckdb.DuckDBPyConnection:
    duck = duckdb.connect()
    duck.execute("SET enable_progress_bar = false")
    return duck


_COUNTING = """
    SELECT kind, count(*), sum(quantity), sum(amount) FROM read_parquet(?)
    WHERE order_id IS NULL
       OR order_id NOT IN (SELECT order_id FROM hidden WHERE import_id = ?)
    GROUP BY kind
"""
