"""Which warehouse a process has: one that it lays out itself, or one that Spark builds."""

from tillsight.database import Database
from tillsight.sales.folders import Folders
from tillsight.settings import Settings, Summaries, require_folder_for_spark
from tillsight.warehouse.built import BuiltWarehouse
from tillsight.warehouse.noted import NO_LIMIT
from tillsight.warehouse.store import Warehouse


def warehouse_of(
    settings: Settings, database: Database, slow_seconds: float = NO_LIMIT
) -> Warehouse:
    """The warehouse that the settings choose, open; whoever opened it closes it.

    Raises:
        SetupError: its file cannot be written, or Spark cannot build one of these settings.
        NoSpace: the disk is full.
    """
    kind = Warehouse
    if settings.summaries is Summaries.spark:
        require_folder_for_spark(settings)
        kind = BuiltWarehouse
    return kind(
        settings.home,
        database,
        settings.question_seconds,
        settings.warehouse_memory,
        slow_seconds,
        Folders.of(settings),
    )
