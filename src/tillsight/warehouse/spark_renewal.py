"""The part of a set of summaries that changed since another one, computed by Spark.

What is looked for first is which orders come, go or change: those of the imports and purchases that
came or went, and those that such an import hides. Of these follow the months that they were or are
in, and their customers. Then only the parts of changed orders are computed from lines; customers
and their links from what parts of orders say of these customers; months from lines of these months.
"""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from pathlib import Path

from tillsight.sales.journal import Entry
from tillsight.sales.layouts import FileKind
from tillsight.sales.purchases import SOURCE
from tillsight.sales.rows.kind import text
from tillsight.warehouse import definitions
from tillsight.warehouse.building import Change, Given, KeptFiles, Tell
from tillsight.warehouse.definitions import FIGURES, LINE, MONTH, PART
from tillsight.warehouse.spark_tables import (
    CUSTOMERS,
    HIDDEN,
    LABELS_BY_MONTH,
    PRODUCTS_OF_MONTHS,
    SALES,
    WORK,
    SparkTables,
    by_bucket,
    by_month,
)

LINKED = f"{PART}, {FIGURES}, last_seen, last_seen_here, first_day"
CHANGED_ORDERS = f"""
    SELECT order_key FROM (SELECT {LINE} FROM moved_rows)
    UNION
    SELECT source || ':' || order_id FROM moved_hidden
    JOIN sources ON sources.import_id = moved_hidden.import_id
    UNION
    SELECT order_key FROM moved_purchases
"""
OF_CHANGED_ORDERS = (
    "LEFT SEMI JOIN changed_orders AS changed ON changed.order_key = given.order_key"
)
CHANGED_BEFORE = f"""
    SELECT order_key, customer_id, {MONTH} AS month FROM earlier_parts AS given {OF_CHANGED_ORDERS}
"""
MONTHS_NOW = f"SELECT DISTINCT {MONTH} AS month FROM sales AS given {OF_CHANGED_ORDERS}"
CHANGED_SALES = f"SELECT * FROM sales AS given {OF_CHANGED_ORDERS}"
CHANGED_CUSTOMERS = """
    SELECT customer_id FROM changed_before WHERE customer_id IS NOT NULL
    UNION SELECT customer_id FROM changed_parts WHERE customer_id IS NOT NULL
    UNION SELECT customer_id FROM moved_customers
"""
# All parts that changed customers had, with whether their order changed too.
KNOWN_PARTS = """
    SELECT known.*, changed.order_key IS NOT NULL AS changed
    FROM (
        SELECT * FROM earlier_parts AS given
        LEFT SEMI JOIN changed_customers AS some ON some.customer_id = given.customer_id
    ) AS known
    LEFT JOIN changed_orders AS changed ON changed.order_key = known.order_key
"""
CUSTOMER_PARTS = f"""
    SELECT {PART}, {FIGURES} FROM known_parts WHERE NOT changed
    UNION ALL
    SELECT {PART}, {FIGURES} FROM changed_parts WHERE customer_id IS NOT NULL
"""
PARTS_TO_LINK = f"""
    SELECT * FROM customer_parts
    UNION ALL
    SELECT {PART}, {FIGURES} FROM changed_parts WHERE customer_id IS NULL
"""


def _links(parts: str) -> str:
    """What parts say of those before, whichever of a day comes first."""
    return f"""
        SELECT DISTINCT customer_id, country, day, first_day,
               min(last_seen) OVER (PARTITION BY customer_id, day) AS seen,
               min(last_seen_here) OVER (PARTITION BY customer_id, country, day) AS seen_here
        FROM {parts} WHERE customer_id IS NOT NULL AND lines > 0
    """


MONTHS_OF_LINKS = f"""
    SELECT DISTINCT {MONTH} AS month FROM (
        (({_links("known_parts")}) EXCEPT ({_links("linked_parts")}))
        UNION ALL
        (({_links("linked_parts")}) EXCEPT ({_links("known_parts")}))
    )
"""


class Renewal:
    """One renewal of a set; `run` does it."""

    def __init__(
        self, tables: SparkTables, given: Given, change: Change, out: Path, tell: Tell
    ) -> None:
        self._tables = tables
        self._given = given
        self._change = change
        self._out = out
        self._tell = tell
        self._kept: dict[str, list[Path]] = {}

    def run(self) -> KeptFiles:
        """Write what changed; returns the files of the rest, by table."""
        self._tell("files")
        self._tables.check(self._given, _sales(self._change.came))
        self._tables.see(self._given)
        self._find_orders()
        months = self._compute_parts()
        self._compute_customers()
        linked = self._link()
        self._write_facts()
        self._write_parts(months | linked)
        self._write_months(months)
        self._write_customers()
        self._write_small(bool(months))
        return self._kept

    def _find_orders(self) -> None:
        """Make `changed_orders`: all whose lines may count otherwise than before."""
        tables, change = self._tables, self._change
        moved = [*change.came, *change.gone]
        tables.view("moved_rows", tables.rows(self._given, _sales(moved), SALES))
        tables.view("moved_hidden", tables.files(self._hidden(moved), HIDDEN))
        sources = [*{**change.before.imports, **self._given.sources}.items()]
        tables.view("sources", tables.listed(sources, "import_id BIGINT, source STRING"))
        keys = [(f"{SOURCE}:{one}",) for one in change.purchases]
        tables.view("moved_purchases", tables.listed(keys, "order_key STRING"))
        customers = [one for one in moved if one.file_kind == FileKind.customers]
        tables.view("moved_customers", tables.rows(self._given, customers, CUSTOMERS))
        self._work("changed_orders", CHANGED_ORDERS)

    def _compute_parts(self) -> set[date]:
        """Make `changed_parts`, those of changed orders; returns months they were or are in."""
        tables = self._tables
        tables.view("earlier_parts", tables.of_sets(self._change.files["order_parts"]))
        self._work("changed_before", CHANGED_BEFORE)
        came = {one.import_id for one in self._change.came}
        tables.view("freed", tables.files(self._hidden(self._change.gone), HIDDEN))
        came |= tables.values("SELECT DISTINCT import_id FROM freed")
        sales = self._given.of_kind(FileKind.sales)
        tables.see_lines(self._given, [one for one in sales if one.import_id in came])
        months = tables.values(MONTHS_NOW)
        months |= tables.values("SELECT DISTINCT month FROM changed_before")
        self._see_lines_of(months)
        tables.view("changed_sales", CHANGED_SALES)
        self._work("changed_groups", definitions.parts_of_orders("changed_sales"))
        self._work("changed_parts", definitions.order_parts("changed_groups"))
        return months

    def _compute_customers(self) -> None:
        """Make `changed_customers`, and `customer_parts`, all that these have now."""
        self._work("changed_customers", CHANGED_CUSTOMERS)
        self._work("known_parts", KNOWN_PARTS)
        self._tables.view("customer_parts", CUSTOMER_PARTS)

    def _link(self) -> set[date]:
        """Make `linked_parts`, of changed orders and customers; returns months of new links."""
        self._tables.view("parts_to_link", PARTS_TO_LINK)
        self._work("linked_parts", definitions.linked_parts("parts_to_link"))
        return self._tables.values(MONTHS_OF_LINKS)

    def _write_facts(self) -> None:
        moved = {one.file_kind for one in (*self._change.came, *self._change.gone)}
        hid = self._hidden([*self._change.came, *self._change.gone])
        hidden = "SELECT import_id, order_id FROM hidden_orders"
        self._write_if(bool(hid), "hidden_orders", hidden)
        customers = definitions.customer_facts("customer_rows")
        self._write_if(FileKind.customers in moved, "customer_facts", customers)
        products = definitions.product_facts("product_rows")
        self._write_if(FileKind.products in moved, "product_facts", products)

    def _write_parts(self, months: set[date]) -> None:
        """Write the parts of orders of months again, of which changed ones are exchanged."""
        touched = f"{MONTH} IN ({_listed(months)})"
        select = f"""
            SELECT {LINKED} FROM earlier_parts AS given
            LEFT ANTI JOIN changed_customers AS some ON some.customer_id = given.customer_id
            LEFT ANTI JOIN changed_orders AS changed ON changed.order_key = given.order_key
            WHERE {touched}
            UNION ALL
            SELECT {LINKED} FROM linked_parts WHERE {touched}
        """
        self._keep("order_parts", "month", months)
        files = [one for one in self._change.files["order_parts"] if _has("month", months)(one)]
        if files:
            self._tables.view("earlier_parts", self._tables.of_sets(files))
        self._write_by("month", "order_parts", by_month(select))

    def _write_months(self, months: set[date]) -> None:
        """Write what adds up by month: all of an order that is also in others has to be seen."""
        among = f"IN ({_listed(months)})"
        with_others = f"""
            SELECT * FROM order_parts WHERE {MONTH} {among} OR split_order IN (
                SELECT split_order FROM order_parts
                WHERE {MONTH} {among} AND split_order IS NOT NULL
            )
        """
        self._tables.view("month_parts", with_others)
        others = f"""
            SELECT DISTINCT order_key, {MONTH} AS month FROM month_parts
            WHERE NOT {MONTH} {among}
        """
        self._work("others", others)
        self._see_lines_of(months | self._tables.values("SELECT DISTINCT month FROM others"))
        of_months = f"""
            SELECT * FROM sales
            WHERE {MONTH} {among} OR order_key IN (SELECT order_key FROM others)
        """
        self._tables.view("month_sales", of_months)
        statements = {
            "daily_sales": by_month(definitions.daily_sales("month_parts")),
            "product_months": by_month(definitions.product_months("month_sales")),
            "product_labels": LABELS_BY_MONTH,
        }
        for name, statement in statements.items():
            self._keep(name, "month", months)
            self._write_by("month", name, f"SELECT * FROM ({statement}) WHERE month {among}")

    def _write_customers(self) -> None:
        buckets = self._given.buckets
        bucket = f"SELECT DISTINCT pmod(xxhash64(customer_id), {buckets}) FROM changed_customers"
        touched = self._tables.values(bucket)
        statements = {
            "customers": definitions.customers("customer_parts", "customer_facts"),
            "customer_countries": definitions.customer_countries("customer_parts"),
        }
        for name, statement in statements.items():
            self._tables.view("changed_rows", statement)
            files = [one for one in self._change.files[name] if _has("bucket", touched)(one)]
            select = "SELECT * FROM changed_rows"
            if files:
                self._tables.view("earlier_rows", self._tables.of_sets(files))
                select += """
                    UNION ALL
                    SELECT * FROM earlier_rows AS given LEFT ANTI JOIN changed_customers AS some
                    ON some.customer_id = given.customer_id
                """
            self._keep(name, "bucket", touched)
            self._write_by("bucket", name, by_bucket(select, buckets))

    def _write_small(self, is_any_month: bool) -> None:
        """Write what has one row for each product, or one in all."""
        moved = {one.file_kind for one in (*self._change.came, *self._change.gone)}
        anonymous = definitions.anonymous_sales("order_parts")
        self._write_if(is_any_month, "anonymous_sales", anonymous)
        for name, statement in PRODUCTS_OF_MONTHS.items():
            is_touched = is_any_month or (name == "products" and FileKind.products in moved)
            self._write_if(is_touched, name, statement)

    def _see_lines_of(self, months: set[date]) -> None:
        sales = self._given.of_kind(FileKind.sales)
        self._tables.see_lines(self._given, [one for one in sales if _is_in(one, months)])

    def _hidden(self, entries: Iterable[Entry]) -> list[Path]:
        return [self._given.folder / one.hidden for one in entries if one.hidden]

    def _work(self, name: str, select: str) -> None:
        self._tell(name)
        self._tables.write(name, select, self._out / WORK / name)

    def _write_if(self, is_touched: bool, name: str, select: str) -> None:
        if is_touched:
            self._tell(name)
            self._tables.write(name, select, self._out / name)
        else:
            self._kept[name] = self._change.files[name]
            self._tables.view(name, self._tables.of_sets(self._kept[name]))

    def _write_by(self, column: str, name: str, select: str) -> None:
        self._tell(name)
        self._tables.write_by(column, name, select, self._out / name, self._kept[name])

    def _keep(self, name: str, column: str, touched: Collection[object]) -> None:
        is_touched = _has(column, touched)
        self._kept[name] = [one for one in self._change.files[name] if not is_touched(one)]


def _sales(entries: Iterable[Entry]) -> list[Entry]:
    return [one for one in entries if one.file_kind == FileKind.sales]


def _listed(months: Collection[date]) -> str:
    """Days of a list in SQL, which must not be empty."""
    return ", ".join(f"DATE {text(str(one))}" for one in sorted(months)) or "DATE '0001-01-01'"


def _has(column: str, values: Collection[object]) -> Callable[[Path], bool]:
    """Whether a file is of one of the values by which a table is divided."""
    wanted = {str(one) for one in values}
    pattern = re.compile(rf"/{column}=([^/]+)/")

    def is_wanted(path: Path) -> bool:
        found = pattern.search(path.as_posix())
        return found is not None and found[1] in wanted

    return is_wanted


def _is_in(entry: Entry, months: Collection[date]) -> bool:
    """Whether an import may have rows of one of the months."""
    if entry.first_day is None or entry.last_day is None:
        return True
    first, last = entry.first_day.replace(day=1), entry.last_day
    return any(first <= one <= last for one in months)
