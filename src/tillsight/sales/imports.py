"""Loading a file: all of it or nothing, and never the same content twice."""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.sessions import Origin
from tillsight.database import Database
from tillsight.errors import BadRows, Cancelled, Conflict, InvalidInput, NoSpace, NotFound
from tillsight.sales import journal
from tillsight.sales.choices import USUAL_CHOICES, Choices
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind, Import, ImportState, JournalEntry
from tillsight.sales.staging import Staged, staged
from tillsight.sales.states import (
    Order,
    begin,
    complete,
    end_as_known,
    end_by,
    finish,
    forget_known,
    unfinished,
)
from tillsight.sales.undo import redo
from tillsight.sales.unpack import Unpacked, unpack
from tillsight.sales.uploads import new_upload
from tillsight.sales.watch import Step, Watch

SHOWN_PROBLEMS = 20
ABANDONED_AFTER = 24 * 3600  # seconds


@dataclass(frozen=True)
class Folders:
    """Where the files of the sales live below the home folder."""

    home: Path

    @property
    def batches(self) -> Path:
        """Immutable Parquet files, one an import: the truth, together with the journal."""
        return self._made("sales")

    @property
    def rejects(self) -> Path:
        """Rows that were skipped, one CSV an import."""
        return self._made("rejects")

    @property
    def incoming(self) -> Path:
        """Files on their way in."""
        return self._made("incoming")

    def _made(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True)
class Loading:
    """What is to be loaded, on whose behalf, what they decided about it, and as which import."""

    path: Path
    file_name: str
    user_id: int | None
    choices: Choices = USUAL_CHOICES
    origin: Origin = TERMINAL
    import_id: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a load ended: the import, whether its rows were added, and the journal version that
    holds it; `redone` is set where the import had been undone and now counts again.
    """

    loaded: Import
    added: bool
    version: int
    rounded: int = 0
    redone: bool = False


def load(
    database: Database,
    folders: Folders,
    timezone: str,
    loading: Loading,
    watch: Watch | None = None,
) -> Outcome:
    """Make an import of a file, here and now; `watch` sees how far it is, and can stop it.

    Raises:
        As `carry_out` does; the import's row tells why it failed.
    """
    upload = new_upload(folders.incoming)
    order = Order(upload.token, 0, loading.choices, loading.origin)
    state = ImportState.running
    try:
        import_id = begin(database, loading.file_name, loading.user_id, order, state)
        begun = replace(loading, import_id=import_id)
        try:
            outcome = carry_out(database, folders, timezone, begun, upload.work, watch or Watch())
        except BaseException as error:
            end_by(database, import_id, error)
            raise
        if outcome.loaded.id == import_id:
            finish(database, import_id)
        else:
            forget_known(database, import_id)
        return outcome
    finally:
        upload.end()


def carry_out(
    database: Database,
    folders: Folders,
    timezone: str,
    loading: Loading,
    work: Path,
    watch: Watch,
) -> Outcome:
    """Check a file, write its batch and commit its journal entry with the import's row.

    What does not fit into memory goes to the folder `work`. Where the outcome is another import,
    the row becomes one that is known.

    Content that is in force already is answered with the import that brought it; content of an
    undone import is that import, redone. Of customers, where the latest file wins, both only if no
    other file came after it.

    Raises:
        InvalidInput: the file cannot be read, or no layout fits.
        BadRows: rows do not pass and were not to be skipped, or none passes.
        Cancelled, LeftUndone: the watch had it stopped.
        NoSpace: the disk is full.
    """
    try:
        outcome = _load(database, folders, timezone, loading, work, watch)
    except Exception as error:
        watch.go_on()  # a statement that was interrupted fails with any error
        if _is_full(error):
            raise NoSpace("The server's disk is full. Nothing was loaded. Tell an admin.") from None
        raise
    if outcome.loaded.id != loading.import_id:
        end_as_known(database, loading.import_id, outcome.loaded.id)
    return outcome


def _load(
    database: Database,
    folders: Folders,
    timezone: str,
    loading: Loading,
    work: Path,
    watch: Watch,
) -> Outcome:
    unpacked = unpack(loading.path, work, watch)
    watch(Step.checking, 0, unpacked.lines)
    with staged(unpacked.path, timezone, work, watch) as checked:
        content = _content(database, unpacked, checked)
        if known := _in_force(database, content):
            return known
        _refuse_bad_rows(checked, loading.choices.skip_bad_rows)
        if redone := _redone(database, content, loading):
            return redone
        watch(Step.writing, 0, checked.totals().rows)
        return _commit(database, folders, loading, checked, content)


def _is_full(error: Exception) -> bool:
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    return full or (isinstance(error, duckdb.Error) and "No space left" in str(error))


@dataclass(frozen=True)
class Which:
    """Which imports to list: of these states, as `Import.shown_state` calls them, and this kind."""

    states: frozenset[str] = frozenset()
    kind: FileKind | None = None


EVERY_IMPORT = Which()


def list_imports(
    session: Session, before: int | None, limit: int, which: Which = EVERY_IMPORT
) -> list[Import]:
    """The imports, newest first; `before` is the id to go on from."""
    query = select(Import).order_by(Import.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Import.id < before)
    if which.states:
        query = query.where(or_(*(_shown_as(state) for state in which.states)))
    if which.kind is not None:
        query = query.where(Import.kind == which.kind)
    return list(session.scalars(query))


def _shown_as(state: str) -> ColumnElement[bool]:
    done, counts = Import.state == ImportState.done, Import.in_force.is_not(None)
    return {
        "undone": and_(done, ~counts),
        "done": and_(done, counts, Import.step.is_(None)),
        "running": or_(
            Import.state == ImportState.running, and_(done, counts, Import.step.is_not(None))
        ),
    }.get(state, Import.state == state)


def get_import(session: Session, import_id: int) -> Import:
    """One import.

    Raises:
        NotFound: there is none of this number.
    """
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound(f"There is no import {import_id}.")
    return found


def rejects_file(folders: Folders, loaded: Import) -> Path:
    """The rows of an import that were skipped.

    Raises:
        NotFound: every row was loaded.
    """
    if loaded.rejects is None:
        raise NotFound(f"Import {loaded.id} has no rejected rows.")
    return folders.rejects / loaded.rejects


def remove_abandoned(database: Database, folders: Folders) -> int:
    """Delete files that a crash left without a journal entry, once they are a day old."""
    with database.reading() as session:
        known = {
            name for row in session.execute(select(Import.batch, Import.rejects)) for name in row
        }
    known |= {one.order.upload for one in unfinished(database)}
    oldest = time.time() - ABANDONED_AFTER
    abandoned = [
        path
        for folder in (folders.batches, folders.rejects, folders.incoming)
        for path in folder.iterdir()
        if path.name not in known and path.stat().st_mtime < oldest
    ]
    for path in abandoned:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(abandoned)


@dataclass(frozen=True)
class _Content:
    """What a file says, as a hash, and by what it is known while it is in force.

    Where the latest file wins, it has to come after the import `after_import`.
    """

    hash: str
    in_force: str
    after_import: int = 0


def _content(database: Database, unpacked: Unpacked, checked: Staged) -> _Content:
    # The same bytes read as another layout would be other sales.
    layout = checked.source.layout
    content_hash = _hash(f"{layout.kind} {layout.name} {unpacked.content_hash}")
    if layout.kind is FileKind.sales:
        return _Content(content_hash, content_hash)
    with database.reading() as session:
        return _content_after_others(session, layout.kind, content_hash)


def _content_after_others(session: Session, kind: FileKind, content_hash: str) -> _Content:
    """The content of a file of a kind whose latest file wins.

    Content that was loaded before another file is new again: after A and B, A gives A's values.
    """
    latest = session.scalar(_latest_first(kind).limit(1))
    if latest is None:
        return _Content(content_hash, content_hash)
    if latest.content_hash == content_hash:
        return _Content(content_hash, latest.in_force or content_hash, latest.id)
    held = session.scalar(select(Import.id).where(Import.in_force == content_hash))
    known_by = _hash(f"{content_hash} after import {latest.id}") if held else content_hash
    return _Content(content_hash, known_by, latest.id)


def _latest_first(kind: FileKind) -> Select[Import]:
    return (
        select(Import)
        .join(JournalEntry, JournalEntry.import_id == Import.id)
        .where(
            Import.kind == kind,
            Import.in_force.is_not(None),
            JournalEntry.kind == EntryKind.imported,
        )
        .order_by(JournalEntry.version.desc())
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _in_force(database: Database, content: _Content) -> Outcome | None:
    with database.reading() as session:
        first = session.scalar(select(Import).where(Import.in_force == content.in_force))
        if first is None:
            return None
        return Outcome(first, added=False, version=journal.head(session).version)


def _redone(database: Database, content: _Content, loading: Loading) -> Outcome | None:
    """The import of this content that was undone, now counting again."""
    with database.reading() as session:
        undone = session.scalar(
            select(Import.id)
            .where(
                Import.content_hash == content.hash,
                Import.state == ImportState.done,
                Import.in_force.is_(None),
                Import.id > content.after_import,  # it would have its old place, before that one
            )
            .order_by(Import.id.desc())
            .limit(1)
        )
    if undone is None:
        return None
    try:
        version = redo(database, undone, loading.user_id, loading.origin)
    except Conflict:  # somebody brought the content back at the same moment
        return _in_force(database, content)
    with database.reading() as session:
        return Outcome(get_import(session, undone), added=True, version=version, redone=True)


def _refuse_bad_rows(checked: Staged, skip: bool) -> None:
    bad = checked.bad_rows()
    good = checked.totals().rows
    if bad == 0 and good > 0:
        return
    if good == 0 and bad == 0:
        raise InvalidInput("The file has a header and no rows.")
    if skip and good > 0:
        return
    problems = [vars(problem) for problem in checked.first_problems(SHOWN_PROBLEMS)]
    first = problems[0]
    where = f"line {first['line']}" + (f", column {first['column']}" if first["column"] else "")
    value = f" “{first['value']}”" if first["value"] else ""
    advice = f" Correct them, or load the {good:,} good rows and skip these." if good else ""
    raise BadRows(
        f"{bad:,} of {bad + good:,} rows cannot be loaded, so nothing was."
        f" The first: {where}:{value} {first['reason']}.{advice}",
        rows=bad + good,
        bad_rows=bad,
        problems=problems,
    )


def _commit(
    database: Database, folders: Folders, loading: Loading, checked: Staged, content: _Content
) -> Outcome:
    totals = checked.totals()
    bad = checked.bad_rows()
    name = uuid4().hex
    batch = folders.batches / f"{name}.parquet"
    rejects = folders.rejects / f"{name}.csv" if bad else None
    with _durable(batch) as target:
        checked.write_batch(target)
    if rejects:
        with _durable(rejects) as target:
            checked.write_rejects(target)
    loaded = Import(
        id=loading.import_id,
        kind=checked.source.layout.kind,
        layout=checked.source.layout.name,
        file_name=Path(loading.file_name).name[:255] or "file",
        content_hash=content.hash,
        in_force=content.in_force,
        rows=totals.rows,
        rejected_rows=bad,
        revenue=totals.revenue,
        first_day=totals.first_day,
        last_day=totals.last_day,
        batch=batch.name,
        batch_bytes=batch.stat().st_size,
        rejects=rejects.name if rejects else None,
        created_at=datetime.now(UTC),
        created_by=loading.user_id,
    )
    try:
        with database.writing() as session:
            loaded = complete(session, loaded)
            session.flush()
            version = journal.append(
                session, EntryKind.imported, loaded.id, loading.user_id, loading.origin
            )
            session.expunge(loaded)
    except (IntegrityError, Cancelled) as error:
        for file in filter(None, (batch, rejects)):
            file.unlink()
        if isinstance(error, Cancelled):
            raise
        if first := _in_force(database, content):
            return first
        raise
    return Outcome(loaded, added=True, version=version, rounded=totals.rounded)


@contextmanager
def _durable(final: Path) -> Iterator[Path]:
    """Write under a temporary name, then make it appear whole under its own and stay there."""
    temporary = final.with_name(f"{final.name}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened, and need not be
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
