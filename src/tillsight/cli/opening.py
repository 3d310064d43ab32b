"""The shop's settings, database and warehouse, opened for a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tillsight.cli.terminal import progress
from tillsight.database import Database
from tillsight.logs import LogFile, configure_logging
from tillsight.operating.known_passwords import DEMO_FILE
from tillsight.settings import LogLevel, Settings, load_settings
from tillsight.warehouse import Warehouse
from tillsight.warehouse.opening import warehouse_of

if TYPE_CHECKING:
    from tillsight.sales.kpi_files import ValueFiles

A_DAY = 24 * 3600.0  # seconds; a terminal waits for its warehouse as long as it takes


def read_settings(**overrides: object) -> Settings:
    """The settings, with what was said to the command; from here on the log is kept by them."""
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = _of_the_shop(load_settings(**given))
    keep_log(settings, settings.log_level)
    return settings


def _of_the_shop(settings: Settings) -> Settings:
    """The same for every shop but the demo: its own are not written down where others have them."""
    if not (settings.home / DEMO_FILE).exists():
        return settings
    from tillsight.demo import as_of_the_demo

    return as_of_the_demo(settings)


def keep_log(settings: Settings, level: LogLevel) -> None:
    """Keep the log as the settings say, from this level on."""
    largest = settings.log_file_megabytes * 1_000_000
    path = settings.log_file
    file = None if path is None else LogFile(path, largest, settings.log_files_kept)
    configure_logging(level, settings.log_format, file)


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database, its tables brought to this version's layout."""
    from tillsight.sales.folders import Folders
    from tillsight.sales.journal_place import require_place

    with open_as_it_is(settings) as database:
        database.upgrade()
        require_place(database, Folders.of(settings))
        yield database


@contextmanager
def open_as_it_is(settings: Settings) -> Iterator[Database]:
    """The database with the tables it has, whatever they are."""
    database = Database(settings.resolved_database_url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_shop(settings: Settings) -> Iterator[tuple[Database, Warehouse]]:
    """The database, and this process's warehouse, filled up to the journal's last entry, with a
    progress bar.
    """
    with open_database(settings) as database:
        warehouse = warehouse_of(settings, database)
        try:
            with progress() as show:
                warehouse.catch_up(A_DAY, lambda done, whole: show("Laying out", done, whole))
            yield database, warehouse
        finally:
            warehouse.close()


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """As `open_shop`, for what asks the warehouse alone."""
    with open_shop(settings) as (_, warehouse):
        yield warehouse


def value_files(settings: Settings, database: Database) -> "ValueFiles":
    """What values of KPIs in files take, for somebody at the terminal."""
    from tillsight.kpis.spans import today_in
    from tillsight.kpis.value_files import kpi_room
    from tillsight.sales.folders import Folders
    from tillsight.sales.kpi_files import TERMINAL, ValueFiles

    room = kpi_room(database, lambda: today_in(settings.timezone))
    return ValueFiles(room, TERMINAL, Folders.of(settings))
