"""A checked file on its way into the journal: its batch is written, then it is committed."""

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.errors import Conflict, JournalAway, TillsightError
from tillsight.sales import journal
from tillsight.sales.as_loaded import are_as_loaded
from tillsight.sales.cautions import Caution
from tillsight.sales.choices import Overlap
from tillsight.sales.content import Content, copy_of, holding, undone_with
from tillsight.sales.erased_again import Again, ErasedMeanwhile, looking_for_erased
from tillsight.sales.folders import HIDDEN_ORDERS, Folders, durable, file_digest
from tillsight.sales.import_list import get_import
from tillsight.sales.journal_files import JournalFiles
from tillsight.sales.layouts import FileKind
from tillsight.sales.loading import Loading, Outcome
from tillsight.sales.models import EntryKind, Import
from tillsight.sales.overlap import OverlapSearch, Shared, overlap_search, refusal, similar_rows
from tillsight.sales.placing import values_in
from tillsight.sales.staging import Staged, Totals
from tillsight.sales.states import complete
from tillsight.sales.undo import redo
from tillsight.sales.watch import LeftUndone, Watch


@dataclass(frozen=True)
class Entering:
    """A checked file on its way into the journal; `work` is a folder for what is not kept, `again`
    knows who of those that were erased comes again with it.
    """

    database: Database
    folders: Folders
    loading: Loading
    checked: Staged
    content: Content
    work: Path
    cautions: Sequence[Caution]
    watch: Watch
    again: Again

    @property
    def source(self) -> str:
        return self.checked.source.layout.name

    @property
    def holds_values(self) -> bool:
        """Whether it holds values of KPIs, which are written when it is committed."""
        return self.checked.source.layout.kind is FileKind.kpi_values

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

    @property
    def files(self) -> list[Path]:
        return [one for one in (self.batch, self.rejects, self.hidden) if one]

    def remove(self, kept: JournalFiles) -> None:
        # What stays of it counts for nobody, and goes after a day.
        with suppress(JournalAway):
            for file in self.files:
                kept.remove(file)


class _Moved(Exception):
    """Another import of the source was committed since orders were looked for."""


def enter(entering: Entering) -> Outcome:
    """Write the batch and commit it; begins again where somebody was erased meanwhile."""
    while True:
        try:
            with entering.folders.kept.reading():
                return _enter(entering)
        except ErasedMeanwhile:
            database, kept = entering.database, entering.folders.kept
            again = looking_for_erased(database, kept, entering.work)
            entering = replace(entering, again=again)


def _enter(entering: Entering) -> Outcome:
    """Write the batch and commit it; looks for shared orders again where others came meanwhile."""
    whole = entering.work / "whole.parquet"
    entering.checked.write_batch(whole)
    entering.again.in_batch(whole, entering.checked.source.layout.kind, entering.source)
    if not entering.may_share_orders:
        return _redone(entering, None) or _commit(entering, _kept_whole(entering, whole))
    folders = entering.folders
    with overlap_search(folders, entering.source, whole, entering.work) as search:
        while True:
            shared = search.look(entering.database)
            with suppress(_Moved):
                return _resolved(entering, whole, search, shared)


def _resolved(entering: Entering, whole: Path, search: OverlapSearch, shared: Shared) -> Outcome:
    """Do with shared orders what was decided.

    Raises:
        OrdersLoadedBefore: nobody decided.
        _Moved: what was found is not so any more.
    """
    decided = entering.loading.choices.overlap
    if not shared.orders:
        redone = _redone(entering, shared.version)
        return redone or _commit(entering, _kept_whole(entering, whole, shared.version))
    if known := holding(entering.database, entering.content):  # somebody was first meanwhile
        if not entering.loading.choices.copy:
            return known
        again = replace(entering, content=copy_of(entering.content))
        return _commit(again, _kept_whole(again, whole))
    if decided is Overlap.ask:
        raise refusal(shared)
    if decided is Overlap.supersede:
        kept = _kept_whole(entering, whole, shared.version)
        hidden = kept.batch.with_suffix(HIDDEN_ORDERS)
        try:
            with durable(hidden) as target:
                search.write_hidden(target)
        except BaseException:  # a full disk, mostly
            kept.remove(entering.folders.kept)
            raise
        return _commit(entering, replace(kept, hidden=hidden))
    if shared.rows == entering.checked.totals().rows:
        with entering.database.reading() as session:
            holder = get_import(session, shared.holders[0].id)
            return Outcome(holder, added=False, version=shared.version)
    return _commit(entering, _kept_new(entering, search, shared))


def _redone(entering: Entering, looked_at: int | None) -> Outcome | None:
    """The import of this content that was undone, now counting again; none if its file is lost, so
    that the content is loaded anew.
    """
    database, loading = entering.database, entering.loading
    if entering.holds_values:  # its batch has the KPIs that its names meant then
        return None
    undone = undone_with(database, entering.content)
    if undone is None:
        return None
    with database.reading() as session:
        if not are_as_loaded(entering.folders, get_import(session, undone)):
            return None

    def check(session: Session) -> None:
        _refuse_moved(session, entering, looked_at)

    try:
        version = redo(database, undone, loading.user_id, loading.origin, check)
    except Conflict:  # somebody brought the content back at the same moment
        return holding(database, entering.content)
    with database.reading() as session:
        return Outcome(get_import(session, undone), added=True, version=version, redone=True)


def _kept_whole(entering: Entering, whole: Path, looked_at: int | None = None) -> _Kept:
    batch = _new_batch(entering)
    with durable(batch) as target:
        _duplicate(whole, target)
    return _Kept(batch, _kept_rejects(entering, batch), entering.checked.totals(), looked_at)


def _kept_new(entering: Entering, search: OverlapSearch, shared: Shared) -> _Kept:
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


def _new_batch(entering: Entering) -> Path:
    return entering.folders.batches / f"{uuid4().hex}.parquet"


def _kept_rejects(entering: Entering, batch: Path) -> Path | None:
    if not entering.checked.bad_rows():
        return None
    rejects = entering.folders.rejects / f"{batch.stem}.csv"
    try:
        with durable(rejects) as target:
            entering.checked.write_rejects(target)
            entering.again.in_rejects(target, entering.source)
    except BaseException:  # a full disk, mostly
        batch.unlink()
        raise
    return rejects


def _commit(entering: Entering, kept: _Kept) -> Outcome:
    """Enter what was kept into the journal; what is not entered in the end is removed.

    Raises:
        _Moved: another import of the source came since shared orders were looked for.
        Conflict: a KPI is not as it was when the file was checked.
        FileMissing: the file of an earlier import, which may hold the same sales, is lost.
    """
    loading, place = entering.loading, entering.folders.kept
    values = values_in(kept.batch) if entering.holds_values else []
    room = loading.kpis if values else None
    try:
        loaded = _import_of(entering, kept)
        entering.watch.go_on()  # who wants it stopped may have said so between two statements
        for file in kept.files:
            place.keep(file)
        with entering.database.writing() as session:
            # Locks come first: what MariaDB reads before them stays as it was then.
            if room:
                room.lock(session, {one.kpi_id for one in values})
            journal.lock_head(session)
            entering.again.refuse_others(session)
            loaded = complete(session, loaded)
            session.flush()
            version = journal.append(
                session, EntryKind.imported, loaded.id, loading.user_id, loading.origin
            )
            _refuse_moved(session, entering, kept.looked_at)
            if room:
                room.enter(session, loading.loader, loaded.id, values)
            session.expunge(loaded)
    except IntegrityError:
        if loading.choices.copy and not entering.content.is_copy:  # somebody was first meanwhile
            return _commit(replace(entering, content=copy_of(entering.content)), kept)
        kept.remove(place)
        if first := holding(entering.database, entering.content):
            return first
        raise
    except (_Moved, ErasedMeanwhile, TillsightError, LeftUndone):
        kept.remove(place)
        raise
    return Outcome(loaded, added=True, version=version, rounded=kept.totals.rounded)


def _refuse_moved(session: Session, entering: Entering, looked_at: int | None) -> None:
    """Leave a transaction that holds the journal's lock if it could make orders count twice."""
    if looked_at is None:
        return
    # Its own entry is the head's version now, and does not speak against it.
    before = journal.head(session).version - 1
    if journal.has_moved(session, entering.source, looked_at, before):
        raise _Moved


def _import_of(entering: Entering, kept: _Kept) -> Import:
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
        batch_hash=file_digest(kept.batch),
        rejects=kept.rejects.name if kept.rejects else None,
        created_at=datetime.now(UTC),
        created_by=entering.loading.user_id,
        is_copy=content.is_copy,
        overlap=overlap if kept.skipped_rows or kept.hidden else None,
        skipped_rows=kept.skipped_rows,
        hidden=kept.hidden.name if kept.hidden else None,
        hidden_hash=file_digest(kept.hidden) if kept.hidden else None,
        warnings=_warnings(entering, kept),
    )


def _warnings(entering: Entering, kept: _Kept) -> str | None:
    """What is valid in the file and still worth a look, as JSON."""
    found = [*entering.cautions, *entering.checked.cautions()]
    source = entering.checked.source
    if source.layout.kind is FileKind.sales and not source.names_orders:
        similar = similar_rows(
            entering.database, entering.folders, entering.source, kept.batch, entering.work
        )
        found += [similar] if similar else []
    return json.dumps([asdict(one) for one in found], ensure_ascii=False) if found else None
