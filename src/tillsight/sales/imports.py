"""Loading a file: all of it or nothing, and never the same content twice."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.sessions import Origin
from tillsight.database import Database
from tillsight.errors import BadRows, Cancelled, Conflict, InvalidInput, NotFound
from tillsight.sales import journal
from tillsight.sales.cautions import Caution
from tillsight.sales.choices import USUAL_CHOICES, Choices, Locale, Overlap
from tillsight.sales.disk import full_disk_told
from tillsight.sales.formats.limits import USUAL_LIMITS, Limits
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind, Import, ImportState, JournalEntry
from tillsight.sales.overlap import (
    OverlapSearch,
    Shared,
    overlap_search,
    refusal,
    similar_rows,
)
from tillsight.sales.profiles import all_profiles
from tillsight.sales.staging import Rules, Staged, Totals, staged
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
from tillsight.sales.watch import LeftUndone, Step, Watch

SHOWN_PROBLEMS = 20
ABANDONED_AFTER = 24 * 3600  # seconds
HIDDEN_ORDERS = ".hidden.parquet"


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
    limits: Limits = USUAL_LIMITS
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
    locale: Locale,
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
            outcome = carry_out(database, folders, locale, begun, upload.work, watch or Watch())
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
    locale: Locale,
    loading: Loading,
    work: Path,
    watch: Watch,
) -> Outcome:
    """Check a file, write its batch and commit its journal entry with the import's row.

    What does not fit into memory goes to the folder `work`. Where the outcome is another import,
    the row becomes one that is known.

    Content that is in force already is answered with the import that brought it, unless a copy was
    asked for; content of an undone import is that import, redone. Of kinds whose latest file wins,
    both only if no other file came after it.

    Raises:
        InvalidInput: the file cannot be read, or no layout fits.
        BadRows: rows do not pass and were not to be skipped, or none passes.
        OrdersLoadedBefore: earlier imports hold orders of it, and nobody said what becomes of them.
        TooLarge: the file unpacks to more than its limits.
        Cancelled, LeftUndone: the watch had it stopped.
        NoSpace: the disk is full.
    """
    try:
        with full_disk_told():
            outcome = _load(database, folders, locale, loading, work, watch)
    except Exception:
        watch.go_on()  # a statement that was interrupted fails with any error
        raise
    if outcome.loaded.id != loading.import_id:
        end_as_known(database, loading.import_id, outcome.loaded.id)
    return outcome


def _load(
    database: Database,
    folders: Folders,
    locale: Locale,
    loading: Loading,
    work: Path,
    watch: Watch,
) -> Outcome:
    unpacked = unpack(loading.path, work, loading.limits, watch)
    watch(Step.checking, 0, unpacked.lines)
    rules = Rules(locale, loading.choices, all_profiles(database))
    with staged(unpacked.path, rules, work, unpacked.numbering, watch) as checked:
        content = _content(database, unpacked, checked)
        if known := _in_force(database, content):
            if not loading.choices.copy:
                return known
            content = _copied(content)
        _refuse_bad_rows(checked, loading.choices.skip_bad_rows)
        watch(Step.writing, 0, checked.totals().rows)
        cautions = unpacked.cautions
        return _enter(
            _Entering(database, folders, loading, checked, content, work, cautions, watch)
        )


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
            name
            for row in session.execute(select(Import.batch, Import.rejects, Import.hidden))
            for name in row
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
    latest_wins: bool = False
    is_copy: bool = False


def _content(database: Database, unpacked: Unpacked, checked: Staged) -> _Content:
    # The same bytes read as another layout would be other sales.
    layout = checked.source.layout
    content_hash = _hash(f"{layout.kind} {layout.name} {unpacked.content_hash}{checked.read_as}")
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
        return _Content(content_hash, content_hash, latest_wins=True)
    if latest.content_hash == content_hash:
        return _Content(content_hash, latest.in_force or content_hash, latest.id, latest_wins=True)
    held = session.scalar(select(Import.id).where(Import.in_force == content_hash))
    known_by = _hash(f"{content_hash} after import {latest.id}") if held else content_hash
    return _Content(content_hash, known_by, latest.id, latest_wins=True)


def _copied(content: _Content) -> _Content:
    """The same content once more, on purpose, beside the imports that hold it."""
    again = _hash(f"{content.hash} copy {uuid4().hex}")
    return replace(content, in_force=again, is_copy=True)


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
    holds = Import.in_force == content.in_force
    if not content.latest_wins:  # a copy may count where the first import of it is undone
        holds = and_(Import.content_hash == content.hash, Import.in_force.is_not(None))
    with database.reading() as session:
        first = session.scalar(select(Import).where(holds).order_by(Import.id).limit(1))
        if first is None:
            return None
        return Outcome(first, added=False, version=journal.head(session).version)


def _undone(database: Database, content: _Content) -> int | None:
    """The import that brought the whole of this content and was undone since.

    One that left out orders, or took the place of others, was made for how things stood then.
    """
    if content.is_copy:
        return None
    with database.reading() as session:
        return session.scalar(
            select(Import.id)
            .where(
                Import.content_hash == content.hash,
                Import.state == ImportState.done,
                Import.in_force.is_(None),
                Import.is_copy.is_(False),
                Import.skipped_rows == 0,
                Import.hidden.is_(None),
                Import.id > content.after_import,  # it would have its old place, before that one
            )
            .order_by(Import.id.desc())
            .limit(1)
        )


def _refuse_bad_rows(checked: Staged, skip: bool) -> None:
    bad = checked.bad_rows()
    good = checked.totals().rows
    if bad == 0 and good > 0:
        return
    if good == 0 and bad == 0:
        raise InvalidInput("The file has a header and no rows.")
    if skip and good > 0:
        return
    first_problems, groups = checked.problems(SHOWN_PROBLEMS)
    problems = [vars(problem) for problem in first_problems]
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
        groups=[vars(group) for group in groups],
    )


@dataclass(frozen=True)
class _Entering:
    """A checked file on its way into the journal; `work` is a folder for what is not kept."""

    database: Database
    folders: Folders
    loading: Loading
    checked: Staged
    content: _Content
    work: Path
    cautions: Sequence[Caution]
    watch: Watch

    @property
    def source(self) -> str:
        return self.checked.source.layout.name

    @property
    def may_share_orders(self) -> bool:
        """Whether orders of earlier imports have to be looked for."""
        answered = self.content.is_copy or self.loading.choices.overlap is Overlap.add
        return self.checked.source.names_orders and not answered


@dataclass(frozen=True)
class _Kept:
    """What becomes the import: its files, and what the rows of the batch add up to.

    `looked_at` is the journal's version at which no other import of the source held any of its
    orders but those that `skipped_rows` or `hidden` account for; empty where nobody looked.
    """

    batch: Path
    rejects: Path | None
    totals: Totals
    looked_at: int | None = None
    skipped_rows: int = 0
    hidden: Path | None = None

    def remove(self) -> None:
        for file in filter(None, (self.batch, self.rejects, self.hidden)):
            file.unlink(missing_ok=True)


class _Moved(Exception):
    """Another import of the source was committed since orders were looked for."""


def _enter(entering: _Entering) -> Outcome:
    """Write the batch and commit it; looks for shared orders again where others came meanwhile."""
    whole = entering.work / "whole.parquet"
    entering.checked.write_batch(whole)
    if not entering.may_share_orders:
        return _redone(entering, None) or _commit(entering, _kept_whole(entering, whole))
    folder = entering.folders.batches
    with overlap_search(folder, entering.source, whole, entering.work) as search:
        while True:
            shared = search.look(entering.database)
            with suppress(_Moved):
                return _resolved(entering, whole, search, shared)


def _resolved(entering: _Entering, whole: Path, search: OverlapSearch, shared: Shared) -> Outcome:
    """Do with shared orders what was decided.

    Raises:
        OrdersLoadedBefore: nobody decided.
        _Moved: what was found is not so any more.
    """
    decided = entering.loading.choices.overlap
    if not shared.orders:
        redone = _redone(entering, shared.version)
        return redone or _commit(entering, _kept_whole(entering, whole, shared.version))
    if known := _in_force(entering.database, entering.content):  # somebody was first meanwhile
        if not entering.loading.choices.copy:
            return known
        copied = replace(entering, content=_copied(entering.content))
        return _commit(copied, _kept_whole(copied, whole))
    if decided is Overlap.ask:
        raise refusal(shared)
    if decided is Overlap.supersede:
        kept = _kept_whole(entering, whole, shared.version)
        hidden = kept.batch.with_suffix(HIDDEN_ORDERS)
        try:
            with durable(hidden) as target:
                search.write_hidden(target)
        except BaseException:  # a full disk, mostly
            kept.remove()
            raise
        return _commit(entering, replace(kept, hidden=hidden))
    if shared.rows == entering.checked.totals().rows:
        with entering.database.reading() as session:
            holder = get_import(session, shared.holders[0].id)
            return Outcome(holder, added=False, version=shared.version)
    return _commit(entering, _kept_new(entering, search, shared))


def _redone(entering: _Entering, looked_at: int | None) -> Outcome | None:
    """The import of this content that was undone, now counting again."""
    database, loading = entering.database, entering.loading
    undone = _undone(database, entering.content)
    if undone is None:
        return None

    def check(session: Session) -> None:
        _refuse_moved(session, entering, looked_at)

    try:
        version = redo(database, undone, loading.user_id, loading.origin, check)
    except Conflict:  # somebody brought the content back at the same moment
        return _in_force(database, entering.content)
    with database.reading() as session:
        return Outcome(get_import(session, undone), added=True, version=version, redone=True)


def _kept_whole(entering: _Entering, whole: Path, looked_at: int | None = None) -> _Kept:
    batch = _new_batch(entering)
    with durable(batch) as target:
        _duplicate(whole, target)
    return _Kept(batch, _kept_rejects(entering, batch), entering.checked.totals(), looked_at)


def _kept_new(entering: _Entering, search: OverlapSearch, shared: Shared) -> _Kept:
    """Keep the orders that no earlier import holds."""
    batch = _new_batch(entering)
    with durable(batch) as target:
        search.write_new_orders(target)
    rejects = _kept_rejects(entering, batch)
    totals = replace(search.totals(batch), rounded=entering.checked.totals().rounded)
    return _Kept(batch, rejects, totals, shared.version, skipped_rows=shared.rows)


def _duplicate(file: Path, target: Path) -> None:
    try:
        target.hardlink_to(file)
    except OSError:  # another file system, or one without links
        shutil.copyfile(file, target)


def _new_batch(entering: _Entering) -> Path:
    return entering.folders.batches / f"{uuid4().hex}.parquet"


def _kept_rejects(entering: _Entering, batch: Path) -> Path | None:
    if not entering.checked.bad_rows():
        return None
    rejects = entering.folders.rejects / f"{batch.stem}.csv"
    try:
        with durable(rejects) as target:
            entering.checked.write_rejects(target)
    except BaseException:  # a full disk, mostly
        batch.unlink()
        raise
    return rejects


def _commit(entering: _Entering, kept: _Kept) -> Outcome:
    """Enter what was kept into the journal; what is not entered in the end is removed.

    Raises:
        _Moved: another import of the source came since shared orders were looked for.
    """
    loading = entering.loading
    loaded = _import_of(entering, kept)
    try:
        entering.watch.go_on()  # who wants it stopped may have said so between two statements
        with entering.database.writing() as session:
            journal.lock_head(session)  # first: what MariaDB reads before it stays as it was then
            loaded = complete(session, loaded)
            session.flush()
            version = journal.append(
                session, EntryKind.imported, loaded.id, loading.user_id, loading.origin
            )
            _refuse_moved(session, entering, kept.looked_at)
            session.expunge(loaded)
    except IntegrityError:
        if loading.choices.copy and not entering.content.is_copy:  # somebody was first meanwhile
            return _commit(replace(entering, content=_copied(entering.content)), kept)
        kept.remove()
        if first := _in_force(entering.database, entering.content):
            return first
        raise
    except (_Moved, Cancelled, LeftUndone):
        kept.remove()
        raise
    return Outcome(loaded, added=True, version=version, rounded=kept.totals.rounded)


def _refuse_moved(session: Session, entering: _Entering, looked_at: int | None) -> None:
    """Leave a transaction that holds the journal's lock if it could make orders count twice."""
    if looked_at is None:
        return
    # Its own entry is the head's version now, and does not speak against it.
    before = journal.head(session).version - 1
    if journal.has_moved(session, entering.source, looked_at, before):
        raise _Moved


def _import_of(entering: _Entering, kept: _Kept) -> Import:
    content, totals, overlap = entering.content, kept.totals, entering.loading.choices.overlap
    return Import(
        id=entering.loading.import_id,
        kind=entering.checked.source.layout.kind,
        layout=entering.source,
        file_name=Path(entering.loading.file_name).name[:255] or "file",
        content_hash=content.hash,
        in_force=content.in_force,
        rows=totals.rows,
        rejected_rows=entering.checked.bad_rows(),
        revenue=totals.revenue,
        first_day=totals.first_day,
        last_day=totals.last_day,
        batch=kept.batch.name,
        batch_bytes=kept.batch.stat().st_size,
        rejects=kept.rejects.name if kept.rejects else None,
        created_at=datetime.now(UTC),
        created_by=entering.loading.user_id,
        is_copy=content.is_copy,
        overlap=overlap if kept.skipped_rows or kept.hidden else None,
        skipped_rows=kept.skipped_rows,
        hidden=kept.hidden.name if kept.hidden else None,
        warnings=_warnings(entering, kept),
    )


def _warnings(entering: _Entering, kept: _Kept) -> str | None:
    """What is valid in the file and still worth a look, as JSON."""
    found = [*entering.cautions, *entering.checked.cautions()]
    source = entering.checked.source
    if source.layout.kind is FileKind.sales and not source.names_orders:
        folder = entering.folders.batches
        similar = similar_rows(
            entering.database, folder, entering.source, kept.batch, entering.work
        )
        found += [similar] if similar else []
    return json.dumps([asdict(one) for one in found], ensure_ascii=False) if found else None


@contextmanager
def durable(final: Path) -> Iterator[Path]:
    """A name to write under; what was written then appears whole as `final`, and stays there."""
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
