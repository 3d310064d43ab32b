"""Whether the server can do its work, in states: no paths, no numbers, for strangers see them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tillsight.database import Database
from tillsight.sales import journal
from tillsight.warehouse import Warehouse

LOW_DISK, FULL_DISK = 2 * 10**9, 10**8
"""Bytes free on the disk of the home folder, below which it is called low, and full."""
LOW_SHARE = 0.05
"""Share of a disk below which it is low, where that is less."""


class JournalState(StrEnum):
    """How far this process has laid out the sales for questions."""

    current = "current"
    behind = "behind"
    preparing = "preparing"
    unknown = "unknown"


class DiskState(StrEnum):
    """Room on the disk of the home folder."""

    enough = "enough"
    low = "low"
    full = "full"
    unknown = "unknown"


@dataclass(frozen=True)
class Health:
    """How the server is; `unknown` is what could not be found out.

    `laid_out_percent`: how much of all sales is laid out where that is done from nothing; none
    while it is not.
    """

    database: bool
    journal: JournalState
    disk: DiskState
    laid_out_percent: int | None = None

    @property
    def ready(self) -> bool:
        """Whether questions can be answered now."""
        return self.database and self.journal in {JournalState.current, JournalState.behind}

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is to be done about it."""
        return self.ready and self.disk is DiskState.enough


UNREACHABLE = Health(database=False, journal=JournalState.unknown, disk=DiskState.unknown)
"""Where nothing answers in time."""


def looker(database: Database, warehouse: Warehouse, home: Path) -> Callable[[], Health]:
    """What looks how the server is."""

    def look() -> Health:
        disk = _disk(home)
        try:
            with database.reading() as session:
                last = journal.head(session).version
        except SQLAlchemyError:
            return Health(database=False, journal=JournalState.unknown, disk=disk)
        return Health(True, _journal(warehouse, last), disk, _laid_out_percent(warehouse))

    return look


def _journal(warehouse: Warehouse, last: int) -> JournalState:
    if warehouse.version >= last:
        return JournalState.current
    return JournalState.preparing if warehouse.is_preparing else JournalState.behind


def _laid_out_percent(warehouse: Warehouse) -> int | None:
    now = warehouse.laying_out
    return None if now is None else now.percent


def _disk(home: Path) -> DiskState:
    try:
        room = shutil.disk_usage(home)
    except OSError:
        return DiskState.unknown
    if room.free < FULL_DISK:
        return DiskState.full
    low = room.free < min(LOW_DISK, room.total * LOW_SHARE)
    return DiskState.low if low else DiskState.enough
