"""Taking an import back, and bringing it back in: both are entries of the journal.

Nothing is deleted. An import counts while its `in_force` holds its content: undo empties it, redo
fills it again. Each is one conditional UPDATE, so of two people who undo the same import at once
one is told that it is done already, and the unique constraint keeps a content from counting twice.
"""

import json
from collections.abc import Callable, Sequence
from typing import NoReturn

from sqlalchemy import Case, and_, case, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.sessions import Origin
from tillsight.database import Database
from tillsight.errors import Conflict, FileMissing, InvalidInput, NotFound
from tillsight.sales import journal
from tillsight.sales.as_loaded import are_as_loaded
from tillsight.sales.folders import Folders
from tillsight.sales.kpi_files import FileValue, ValueFiles
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind, Import, ImportState
from tillsight.sales.placing import values_in

SHOWN_STAYS = 10
STAYED = "values_stayed"
"""Code of the warning that names values which an undo left as they are."""


def undo(
    database: Database,
    import_id: int,
    user_id: int | None,
    origin: Origin = TERMINAL,
    values: ValueFiles | None = None,
) -> int:
    """Take an import out of the sales; its batch stays. Returns the journal's version.

    KPIs get back the `values` they had, but for those that were changed since: a warning of the
    import names them.

    Raises:
        NotFound: there is no such import.
        Conflict: it is undone already.
        Forbidden: it holds values of a circle that the person does not belong to.
    """
    files = _values_of(database, import_id, values)
    touched = files.room.touched(import_id) if files else set()

    def do(session: Session) -> int:
        if files:
            files.room.lock(session, touched)
        # Nothing is read before: MariaDB refuses to change a row that changed since it was read.
        released = session.connection().execute(
            update(Import)
            .where(Import.id == import_id, Import.in_force.is_not(None))
            .values(in_force=None)
        )
        if released.rowcount == 0:
            _refuse(session, import_id, "is undone already")
        version = journal.append(session, EntryKind.undo, import_id, user_id, origin)
        if files:
            _note(session, import_id, files.room.take_back(session, files.loader, import_id))
        return version

    return database.changing(do)


def redo(
    database: Database,
    import_id: int,
    user_id: int | None,
    origin: Origin = TERMINAL,
    check: Callable[[Session], None] | None = None,
    values: ValueFiles | None = None,
) -> int:
    """Have an undone import count again. Returns the journal's version.

    `check` may refuse at the last moment, when nobody else can add to the journal; where the
    database let go of all that, it is asked again. `values` of KPIs are written again, over what is
    there now.

    Raises:
        NotFound: there is no such import.
        Conflict: it counts already, its rows were purged, or the same content was loaded again as
            another import.
        FileMissing: its file is missing or damaged; looked at only where `values` say where it is.
    """
    _refuse_purged(database, import_id)
    if values is not None:
        _refuse_lost(database, values.folders, import_id)
    files = _values_of(database, import_id, values)
    brought = _brought(database, import_id, files) if files else []

    def do(session: Session) -> int:
        if files:
            files.room.lock(session, {one.kpi_id for one in brought})
        taken = session.connection().execute(
            update(Import)
            .where(
                Import.id == import_id,
                Import.state == ImportState.done,
                Import.in_force.is_(None),
                Import.purged_at.is_(None),
            )
            .values(in_force=_in_force_as(import_id))
        )
        if taken.rowcount == 0:
            _refuse(session, import_id, "is not undone, so there is nothing to redo")
        version = journal.append(session, EntryKind.redo, import_id, user_id, origin)
        if check:
            check(session)
        if files:
            files.room.enter(session, files.loader, import_id, brought)
            _note(session, import_id, [])
        return version

    try:
        return database.changing(do)
    except IntegrityError:
        raise Conflict(
            f"Import {import_id} cannot be redone: the same content was loaded again as"
            f" {_other_name(database, import_id)}, and would count twice. Undo that one first."
        ) from None


def _values_of(database: Database, import_id: int, values: ValueFiles | None) -> ValueFiles | None:
    """How values of KPIs are changed, if the import holds some.

    Raises:
        InvalidInput: it does, and there is no way here.
    """
    with database.reading() as session:
        kind = session.scalar(select(Import.kind).where(Import.id == import_id))
    if kind != FileKind.kpi_values:
        return None
    if values is None:
        raise InvalidInput("An import of KPI values is undone and redone on the page Imports.")
    return values


def _brought(database: Database, import_id: int, files: ValueFiles) -> list[FileValue]:
    """The values of an import's batch."""
    with database.reading() as session:
        batch = files.folders.batches / session.get_one(Import, import_id).batch
    with files.folders.kept.reading([batch]):
        return values_in(batch)


def _note(session: Session, import_id: int, stays: Sequence[str]) -> None:
    """Have the import's warnings name values that an undo left as they are, or none any more."""
    found = session.get_one(Import, import_id)
    warnings = [one for one in json.loads(found.warnings or "[]") if one["code"] != STAYED]
    if stays:
        shown = ", ".join(stays[:SHOWN_STAYS])
        more = f" and {len(stays) - SHOWN_STAYS:,} more" if len(stays) > SHOWN_STAYS else ""
        message = f"Changed since, so the undo left them as they are: {shown}{more}."
        warnings.append({"code": STAYED, "message": message, "count": len(stays), "lines": []})
    found.warnings = json.dumps(warnings, ensure_ascii=False) if warnings else None


def _in_force_as(import_id: int) -> Case[str]:
    # A copy counts beside others on purpose; where the latest file wins, the same content may
    # count several times, others in between.
    again = f"import {import_id}, redone"
    counts_once = and_(Import.kind == FileKind.sales, Import.is_copy.is_(False))
    return case((counts_once, Import.content_hash), else_=again)


def _refuse(session: Session, import_id: int, reason: str) -> NoReturn:
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound(f"There is no import {import_id}.")
    if found.state is not ImportState.done:
        raise Conflict(f"Import {import_id} was not loaded, so there is nothing to undo or redo.")
    raise Conflict(f"Import {import_id} {reason}.")


def _refuse_purged(database: Database, import_id: int) -> None:
    with database.reading() as session:
        purged_at = session.scalar(select(Import.purged_at).where(Import.id == import_id))
    if purged_at is not None:
        raise Conflict(
            f"Import {import_id} cannot be redone: it was undone, and its rows were removed on"
            f" {purged_at:%Y-%m-%d}, as the shop does with undone imports. Load its file again."
        )


def _refuse_lost(database: Database, folders: Folders, import_id: int) -> None:
    """Leave an import undone without whose rows no question could be answered."""
    with database.reading() as session:
        found = session.get(Import, import_id)
        undone = found and found.state is ImportState.done and found.in_force is None
        if found and undone and not are_as_loaded(folders, found):
            raise FileMissing(
                f"The file of import {import_id} is missing or damaged on the server, so it cannot"
                " be redone. Restore it from a backup first, or load it again as a new file."
            )


def _other_name(database: Database, import_id: int) -> str:
    """The import that counts with the same content, in words."""
    wanted = select(Import.content_hash).where(Import.id == import_id).scalar_subquery()
    with database.reading() as session:
        other = session.scalar(select(Import.id).where(Import.in_force == wanted))
    return f"import {other}" if other else "another import"
