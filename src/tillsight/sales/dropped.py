"""Files that no import names any more: noted in the transaction that lets go of them, then deleted.

Whoever let go of files deletes them at once. What a crash or an open file kept is deleted by the
next server that starts, and by the daily round.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.errors import JournalAway
from tillsight.logs import log
from tillsight.sales.journal_files import JournalFiles
from tillsight.sales.models import DroppedFile

TOGETHER = 500
"""Notes that are removed in one statement."""


def drop(session: Session, kept: JournalFiles, files: Iterable[Path]) -> None:
    """Have files go once this transaction is committed."""
    now = datetime.now(UTC)
    for file in files:
        session.merge(DroppedFile(path=file.relative_to(kept.root).as_posix(), dropped_at=now))


def remove_dropped(database: Database, kept: JournalFiles) -> int:
    """Delete the files that have to go; says how many are gone."""
    with database.reading() as session:
        noted = list(session.scalars(select(DroppedFile.path)))
    gone = [path for path in noted if _removed(kept, kept.root / path)]
    for start in range(0, len(gone), TOGETHER):
        part = gone[start : start + TOGETHER]
        with database.writing() as session:
            session.connection().execute(delete(DroppedFile).where(DroppedFile.path.in_(part)))
    return len(gone)


def _removed(kept: JournalFiles, file: Path) -> bool:
    try:
        kept.remove(file)
    except (
        OSError,
        JournalAway,
    ) as error:
        # Somebody reads it, on Windows, or the place is away: the next round tries again.
        log.warning("a file could not be removed yet", error=type(error).__name__)
        return False
    return True
