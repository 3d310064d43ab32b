"""Whether the server can do its work, in states: no paths, no numbers, for strangers see them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tillsight.database import Database
from tillsight.sales import journal
from tillsight.sales.folders import Folders
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


class FilesState(StrEnum):
    """Whether the place where the files of the sales are kept can be read and written."""

    reachable = "reachable"
    unreachable = "unreachable"


@dataclass(frozen=True)
class Health:
    """How the server is; `unknown` is what could not be found out.

    `laid_out_percent`: how much of all sales is laid out where that is done from nothing; none
    while it is not.
    """

    database: bool
    journal: JournalState
    disk: DiskState
    files: FilesState
    laid_out_percent: int | None = None

    @property
    def ready(self) -> bool:
        """Whether questions can be answered now."""
        return self.database and self.journal in {JournalState.current, JournalState.behind}

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is to be done about it."""
        in_reach = self.files is FilesState.reachable
        return self.ready and in_reach and self.disk is DiskState.enough


UNREACHABLE = Health(
    database=False,
    journal=JournalState.unknown,
    disk=DiskState.unknown,
    files=FilesState.unreachable,
)
"""Where nothing answers in time."""


def looker(database: Database, warehouse: Warehouse, folders: Folders) -> Callable[[], Health]:
    """What looks how the server is."""

    def look() -> Health:
        disk = _disk(folders.home)
        answers = folders.kept.answers()
        files = FilesState.reachable if answers else FilesState.unreachable
        try:
            with database.reading() as session:
                last = journal.head(session).version
        except SQLAlchemyError:
            return Health(database=False, journal=JournalState.unknown, disk=disk, files=files)
        return Health(True, _journal(warehouse, last), disk, files, _laid_out_percent(warehouse))

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
