"""Files of imports written anew with pseudonyms in place of customers; nothing else changes.

Rows, their order and all amounts stay. Of a customers file the row stays and tells nothing more; of
rejected rows stays where they were and what was wrong with them.
"""

import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from tillsight.sales.layouts import LAYOUTS, Field, FileKind
from tillsight.sales.rows.kind import text

MEMORY = "400 MB"
"""What writing a file anew may hold; what does not fit goes to a folder."""
OF_PEOPLE = frozenset({FileKind.sales, FileKind.customers})
"""Kinds of files that name customers."""
OWN_COLUMNS = 2
"""Columns of ours at the end of a file of rejected rows: line and reason."""
SHORTEST_WORD = 4
"""Letters of an id or name from which on it is looked for in texts: “12” is most often a number."""
_TELLING = frozenset(
    one.name for one in LAYOUTS if Field.customer_id in one.order_of
)  # layouts whose order ids are made from the customer's

Pseudonyms = Mapping[str, str]


@contextmanager
def reading_files(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for batches; what does not fit into memory goes to a folder in `folder`, which goes
    with it.
    """
    with TemporaryDirectory(prefix="spill-", dir=folder) as spill, duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(f"SET memory_limit = '{MEMORY}'")
        duck.execute(f"SET temp_directory = {text(spill)}")
        yield duck


def tells_customers(layout: str) -> bool:
    """Whether the order ids of a layout are made from the customer's id."""
    return layout in _TELLING


def customers_in(duck: duckdb.DuckDBPyConnection, batch: Path) -> Iterator[str]:
    """Everybody a batch names."""
    duck.execute(f"SELECT DISTINCT customer_id FROM {_read(batch)} WHERE customer_id IS NOT NULL")
    while rows := duck.fetchmany(10_000):
        yield from (one for (one,) in rows)


def names_one(duck: duckdb.DuckDBPyConnection, batch: Path, customers: Collection[str]) -> bool:
    """Whether a batch names one of these customers."""
    found = f"SELECT 1 FROM {_read(batch)} WHERE customer_id IN ({_listed(customers)}) LIMIT 1"
    return bool(duck.execute(found).fetchall())


def names_of(
    duck: duckdb.DuckDBPyConnection, batch: Path, customers: Collection[str]
) -> dict[str, str]:
    """Every name a batch of sales has for these customers, and whose it is."""
    rows = duck.execute(
        f"""
        SELECT DISTINCT customer_name, customer_id FROM {_read(batch)}
        WHERE customer_id IN ({_listed(customers)}) AND customer_name IS NOT NULL
        """
    ).fetchall()
    return dict(rows)


def orders_of(
    duck: duckdb.DuckDBPyConnection, batch: Path, customers: Collection[str]
) -> list[str]:
    """The orders that a batch of sales has of these customers."""
    rows = duck.execute(
        f"""
        SELECT DISTINCT order_id FROM {_read(batch)}
        WHERE customer_id IN ({_listed(customers)}) AND order_id IS NOT NULL
        """
    ).fetchall()
    return [one for (one,) in rows]


def rows_of(duck: duckdb.DuckDBPyConnection, batch: Path, customer_id: str) -> list[dict[str, Any]]:
    """The rows of a batch that name a customer, by their columns."""
    found = duck.execute(f"SELECT * FROM {_read(batch)} WHERE customer_id = ?", [customer_id])
    names = [name for name, *_ in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def pairs_of(
    duck: duckdb.DuckDBPyConnection, hidden: Path, orders: Collection[str]
) -> set[tuple[int, str]]:
    """Import and order of a file of hidden orders, as far as it has one of these orders."""
    found = f"SELECT * FROM {_read(hidden)} WHERE list_contains(?::VARCHAR[], order_id)"
    return {(one, order) for one, order in duck.execute(found, [list(orders)]).fetchall()}


def write_batch(
    duck: duckdb.DuckDBPyConnection,
    batch: Path,
    target: Path,
    kind: FileKind,
    pseudonyms: Pseudonyms,
    orders: Mapping[str, str],
) -> None:
    """Write a batch with pseudonyms; `orders` says what takes the place of which order ids of these
    customers.
    """
    them = f"customer_id IN ({_listed(pseudonyms)})"
    cases = " ".join(f"WHEN {text(one)} THEN {text(to)}" for one, to in pseudonyms.items())
    pseudonym = f"CASE customer_id {cases} ELSE customer_id END"
    changed = [f"{pseudonym} AS customer_id"]
    if kind is FileKind.customers:
        changed += [f"CASE WHEN NOT {them} THEN {one} END AS {one}" for one in ("gender", "age")]
    else:
        changed.append(
            f"CASE WHEN {them} AND customer_name IS NOT NULL THEN {pseudonym}"
            " ELSE customer_name END AS customer_name"
        )
    if orders:
        changed.append(
            f"CASE WHEN {them} THEN {_new_order(duck, orders)} ELSE order_id END AS order_id"
        )
    _write(duck, f"SELECT * REPLACE ({', '.join(changed)}) FROM {_read(batch)}", target)


def hides_one(
    duck: duckdb.DuckDBPyConnection, hidden: Path, imports: Collection[int], orders: Collection[str]
) -> bool:
    """Whether a file of hidden orders has one of these orders of these imports."""
    if not imports or not orders:
        return False
    found = f"""
        SELECT 1 FROM {_read(hidden)}
        WHERE {_of_imports(imports)} AND list_contains(?::VARCHAR[], order_id) LIMIT 1
        """
    return bool(duck.execute(found, [list(orders)]).fetchall())


def write_hidden(
    duck: duckdb.DuckDBPyConnection,
    hidden: Path,
    target: Path,
    imports: Collection[int],
    orders: Mapping[str, str],
) -> None:
    """Write a file of hidden orders with other ids of these orders of these imports."""
    new = f"CASE WHEN {_of_imports(imports)} THEN {_new_order(duck, orders)} END"
    _write(
        duck,
        f"SELECT * REPLACE (coalesce({new}, order_id) AS order_id) FROM {_read(hidden)}",
        target,
    )


def _of_imports(imports: Collection[int]) -> str:
    return f"import_id IN ({', '.join(str(int(one)) for one in imports)})"


def _new_order(duck: duckdb.DuckDBPyConnection, orders: Mapping[str, str]) -> str:
    """What takes the place of an order's id, to be read by the statement that comes next."""
    duck.execute(
        "SET VARIABLE new_orders = map_from_entries(list_zip(?::VARCHAR[], ?::VARCHAR[]))",
        [list(orders), list(orders.values())],
    )
    return "getvariable('new_orders')[order_id]"


def rejected_cells(rejects: Path, layout: str) -> set[str]:
    """What rejected rows have where a customer may be named."""
    with rejects.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        columns = _customer_columns(next(rows, []), layout)
        return {
            cell.strip()
            for row in rows
            for place, cell in enumerate(row[:-OWN_COLUMNS])
            if _may_name(place, cell, columns)
        } - {""}


def write_rejects(rejects: Path, target: Path, layout: str, pseudonyms: Pseudonyms) -> None:
    """Write rejected rows; of those that name one of these customers only the pseudonym, the line
    and the reason stay.
    """
    with (
        rejects.open(encoding="utf-8", newline="") as file,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        writer = csv.writer(new, lineterminator="\n")
        rows = csv.reader(file)
        header = next(rows, [])
        writer.writerow(header)
        columns = _customer_columns(header, layout)
        for row in rows:
            writer.writerow(_pseudonymous(row, columns, pseudonyms))


def is_named(row: Sequence[str], header: Sequence[str], layout: str, names: Pseudonyms) -> bool:
    """Whether a rejected row names one of these customers."""
    return _pseudonymous(row, _customer_columns(header, layout), names) is not row


def _pseudonymous(
    row: Sequence[str], columns: Collection[int], pseudonyms: Pseudonyms
) -> Sequence[str]:
    cells, ours = row[:-OWN_COLUMNS], row[-OWN_COLUMNS:]
    new = [
        pseudonyms.get(cell.strip(), "") if _may_name(place, cell, columns) else ""
        for place, cell in enumerate(cells)
    ]
    return [*new, *ours] if any(new) else row


def _customer_columns(header: Sequence[str], layout: str) -> Collection[int]:
    """Where a customer's id and name stand; anywhere, if the layout is not one of ours."""
    columns = header[:-OWN_COLUMNS]
    for one in LAYOUTS:
        if one.name == layout:
            places = one.columns_in(list(columns))
            wanted = (Field.customer_id, Field.customer_name)
            return {places[field] for field in wanted if field in places}
    return range(len(columns))


def _may_name(place: int, cell: str, columns: Collection[int]) -> bool:
    # A name or an address is one wherever it stands; a number may be anything.
    return place in columns or any(letter.isalpha() for letter in cell)


def renamed_in_words(written: str, names: Pseudonyms) -> str:
    """A text in which ids and names that are whole words of it are others."""
    for name in _words_among(names):
        written = _word(name).sub(names[name], written)
    return written


def has_words_of(written: str, names: Iterable[str]) -> bool:
    """Whether ids or names are whole words of a text."""
    return any(_word(name).search(written) for name in _words_among(names))


def _words_among(names: Iterable[str]) -> list[str]:
    """Those that are looked for in texts, longest first."""
    return sorted((one for one in names if len(one) >= SHORTEST_WORD), key=len, reverse=True)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def renamed_in_json(written: str, names: Pseudonyms) -> str:
    """JSON whose texts name others where they are one of these names, or have it among their words;
    unchanged if none does.
    """
    found = json.loads(written)
    renamed = _renamed(found, names)
    return written if renamed == found else json.dumps(renamed, ensure_ascii=False)


def _renamed(value: Any, names: Pseudonyms) -> Any:  # noqa: ANN401  (whatever JSON holds)
    if isinstance(value, str):
        return names.get(value) or renamed_in_words(value, names)
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    return value


def _listed(customers: Collection[str]) -> str:
    return ", ".join(map(text, customers))


def _read(file: Path) -> str:
    return f"read_parquet({text(str(file))})"


def _write(duck: duckdb.DuckDBPyConnection, statement: str, target: Path) -> None:
    duck.execute(
        f"COPY ({statement}) TO {text(str(target))} (FORMAT parquet, COMPRESSION zstd,"
        " COMPRESSION_LEVEL 1, PARQUET_VERSION V2)"
    )
