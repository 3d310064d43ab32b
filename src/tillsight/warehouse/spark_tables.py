"""Tables that Spark reads and writes for summaries: files of the sales, and those of sets."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tillsight.sales.journal import Entry
from tillsight.sales.layouts import FileKind
from tillsight.warehouse import definitions
from tillsight.warehouse.ailments import held_up
from tillsight.warehouse.building import Given

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_COMMON = "product_name STRING, category STRING"
SALES = (
    "line BIGINT, kind STRING, order_id STRING, time TIMESTAMP_NTZ, hour BIGINT, product_id STRING,"
    f" {_COMMON}, customer_id STRING, customer_name STRING, country STRING, channel STRING,"
    " quantity DECIMAL(18, 4), price DECIMAL(18, 8), amount DECIMAL(18, 4)"
)
CUSTOMERS = "line BIGINT, customer_id STRING, gender STRING, age INT"
PRODUCTS = (
    f"line BIGINT, product_id STRING, {_COMMON}, price DECIMAL(18, 4), quantity_sold BIGINT,"
    " rating DECIMAL(18, 4), review_count BIGINT, deleted BOOLEAN"
)
HIDDEN = "import_id BIGINT, order_id STRING"
_IMPORTS = "file STRING, import_id BIGINT, version BIGINT, source STRING"
LINES = f"""
    {definitions.lines_in_force("imported_rows", "hidden_orders")}
    UNION ALL SELECT * FROM purchases
"""
COUNTED = """
    SELECT import_id, count(*) AS found,
           sum(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS revenue
    FROM counted_rows GROUP BY import_id
"""
WORK = "work"
"""Folder in a set of what is only needed while it is built."""
# What is laid down by month, so that a question about some days opens few files, and a build writes
# few of them again.
LABELS_BY_MONTH = definitions.product_labels(
    "(SELECT *, CAST(date_trunc('month', time) AS DATE) AS month FROM lines)", of="month"
)

# What is made of these, by table.
PRODUCTS_OF_MONTHS = {
    "product_sales": definitions.product_sales("product_months"),
    "products": definitions.products("product_labels", "product_facts"),
}


def by_month(select: str) -> str:
    """A table with a `day`, divided into months."""
    return f"SELECT /*+ REBALANCE(month) */ *, {definitions.MONTH} AS month FROM ({select})"


def by_bucket(select: str, buckets: int) -> str:
    """A table of customers, divided into so many parts that are about alike."""
    bucket = f"pmod(xxhash64(customer_id), {buckets}) AS bucket"
    return f"SELECT /*+ REBALANCE(bucket) */ *, {bucket} FROM ({select})"


class SparkTables:
    """The views of a session, by their names, and the files that they are of."""

    def __init__(self, session: "SparkSession") -> None:
        self._session = session

    def sql(self, statement: str) -> "DataFrame":
        """What a SELECT gives."""
        return self._session.sql(statement)

    def view(self, name: str, table: "DataFrame | str") -> None:
        """Have `name` be a table, or a SELECT."""
        found = self._session.sql(table) if isinstance(table, str) else table
        found.createOrReplaceTempView(name)

    def see(self, given: Given) -> None:
        """Make views of what is given but the lines of imports: purchases, orders that do not
        count, and rows of customers and products files.
        """
        self.view("hidden_orders", self.files(given.hidden, HIDDEN))
        self.view("purchases", self._session.read.parquet(_read_from(given.purchases)))
        for name, kind, schema in (
            ("customer_rows", FileKind.customers, CUSTOMERS),
            ("product_rows", FileKind.products, PRODUCTS),
        ):
            self.view(name, self.rows(given, given.of_kind(kind), schema))

    def see_lines(self, given: Given, imports: Sequence[Entry]) -> None:
        """Make views of the lines that count, of some imports and of all purchases."""
        self.view("imported_rows", self.rows(given, imports, SALES))
        self.view("lines", LINES)
        self.view("sales", definitions.sales("lines"))

    def check(self, given: Given, imports: Sequence[Entry]) -> None:
        """Hold the files of imports of sales against what the journal says of them.

        Raises:
            HeldUp: one is another, or damaged.
        """
        self.view("counted_rows", self.rows(given, imports, SALES))
        found = {one.import_id: (one.found, one.revenue) for one in self.sql(COUNTED).collect()}
        for one in imports:
            if found.get(one.import_id, (0, 0)) != (one.rows, one.revenue):
                raise held_up(one.import_id)

    def rows(self, given: Given, imports: Sequence[Entry], schema: str) -> "DataFrame":
        """The rows of imports of one kind, with `import_id`, `version` and `source`."""
        rows = self.files([given.folder / one.batch for one in imports], schema, "file STRING")
        self.view("rows_of_files", rows)
        columns = ", ".join(one for one in rows.columns if one != "file")
        self.view("known_imports", self._session.createDataFrame(_told_of(imports), _IMPORTS))
        return self.sql(
            f"""
            SELECT /*+ BROADCAST(known_imports) */ import_id, version, source, {columns}
            FROM rows_of_files JOIN known_imports ON known_imports.file = rows_of_files.file
            """
        )

    def files(self, paths: Sequence[Path], schema: str, file: str = "") -> "DataFrame":
        """The rows of files, of which there may be none; with their names where `file` is one."""
        if not paths:
            return self.listed([], f"{schema}{', ' if file else ''}{file}")
        rows = self._session.read.schema(schema).parquet(*map(_read_from, paths))
        return rows.selectExpr("*", "_metadata.file_name AS file") if file else rows

    def listed(self, rows: Sequence[tuple[object, ...]], schema: str) -> "DataFrame":
        """Some rows that this process knows."""
        return self._session.createDataFrame(rows, schema)

    def values(self, statement: str) -> set[Any]:
        """The values of the one column of a SELECT."""
        return {value for (value,) in self.sql(statement).collect()}

    def of_sets(self, paths: Collection[Path]) -> "DataFrame":
        """The rows of files of sets, of which there is one at least, without what divides them."""
        found = [_read_from(one) for one in sorted(paths)]
        return self._session.read.option("recursiveFileLookup", "true").parquet(*found)

    def write(self, name: str, select: str, folder: Path) -> None:
        """Write what a SELECT gives into a folder, and have `name` be that."""
        _typed(self.sql(select)).write.parquet(_written(folder))
        self.view(name, self._session.read.parquet(_read_from(folder)))

    def write_by(
        self, column: str, name: str, select: str, folder: Path, kept: Collection[Path] = ()
    ) -> None:
        """Write what a SELECT gives into a folder, divided by a column of it, and have `name` be
        that and files that were kept, without the column.
        """
        table = _typed(self.sql(select))
        order = [column, *(one for one in ("day", "customer_id") if one in table.columns)]
        table.sortWithinPartitions(*order).write.partitionBy(column).parquet(_written(folder))
        paths = [*folder.rglob("*.parquet"), *kept]
        self.view(name, self.of_sets(paths) if paths else table.drop(column))


def _told_of(imports: Sequence[Entry]) -> list[tuple[str, int, int, str]]:
    return [(one.batch, one.import_id, one.import_version, one.layout) for one in imports]


def _typed(table: "DataFrame") -> "DataFrame":
    """Sums of money as wide as the warehouse has them."""
    sums = {"revenue", "returned", "units"} & {*table.columns}
    return table.withColumns({one: table[one].cast("DECIMAL(38, 4)") for one in sorted(sums)})


def _read_from(path: Path) -> str:
    """A path as Spark reads it: what means something in patterns of names means nothing."""
    return "file://" + "".join(f"\\{one}" if one in "{}[]*?\\" else one for one in str(path))


def _written(path: Path) -> str:
    return f"file://{path}"
