"""Erasing customers: the one thing that writes batches anew.

    new files, under new names ──► one commit: imports, purchases, list, journal ──► old files go

A crash before the commit leaves new files that nothing names; they hold nobody erased, and go after
a day. A crash after it leaves old files that are noted as dropped; the next start deletes them.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.errors import FileMissing, JournalAway, NotFound
from tillsight.sales import journal, pseudonyms, uploads
from tillsight.sales.as_loaded import are_as_loaded
from tillsight.sales.disk import full_disk_told
from tillsight.sales.dropped import drop, remove_dropped
from tillsight.sales.erasures import PSEUDONYM, Key, key_of, note_erased, pseudonyms_for
from tillsight.sales.folders import HIDDEN_ORDERS, Folders, durable, file_digest
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import IdempotencyKey, Import, ImportState, Purchase

Names = Mapping[str, str]
"""Ids and names of the erased, each with the pseudonym that takes its place."""
Also = Callable[[Session, Names, int], None]
"""Given what is renamed and the version of the entry, does in its transaction what else is due;
once more where the database let go of that one.
"""


@dataclass(frozen=True)
class Erasing:
    """Whom to erase, and on whose behalf. Of those with a moment, at which they were erased before,
    purchases entered after it are new ones, and stay.
    """

    customers: Mapping[str, datetime | None]
    also: Also
    user_id: int | None = None


@dataclass(frozen=True)
class Done:
    """The journal's version of an erasure, and how many imports and purchases it changed."""

    version: int
    imports: int
    purchases: int


@dataclass(frozen=True)
class ImportFiles:
    """The files of an import that was loaded, as its row names them."""

    id: int
    kind: str
    layout: str
    batch: str
    hidden: str | None
    rejects: str | None
    # Of one that an older release loaded a server may note them meanwhile: that changes nothing.
    batch_hash: str | None = field(compare=False)
    hidden_hash: str | None = field(compare=False)

    def rejected(self, folders: Folders) -> Path | None:
        """Its rejected rows, within `reading`. They are only for people to look at: an import does
        without.
        """
        rejects = folders.rejects / self.rejects if self.rejects else None
        return rejects if rejects and rejects.exists() else None

    def paths(self, folders: Folders) -> list[Path]:
        """All its files."""
        rejects = [folders.rejects / self.rejects] if self.rejects else []
        return [*(folders.batches / one for one in self.names), *rejects]

    @property
    def names(self) -> list[str]:
        """The files that questions depend on."""
        return [one for one in (self.batch, self.hidden) if one]


@dataclass(frozen=True)
class _New:
    """Those of an import's files that are written anew; the new batch has so many bytes."""

    old: ImportFiles
    batch: Path | None
    hidden: Path | None
    rejects: Path | None
    batch_bytes: int
    batch_hash: str | None
    hidden_hash: str | None

    @property
    def files(self) -> list[Path]:
        return [one for one in (self.batch, self.hidden, self.rejects) if one]


class _Moved(Exception):
    """Imports came, or changed, since their files were looked at."""


@dataclass
class _Work:
    """What is renamed, as far as it is known, and the files written anew so far."""

    folders: Folders
    duck: duckdb.DuckDBPyConnection
    key: Key
    pseudonyms: Names
    names: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    telling: set[int] = field(default_factory=set)
    done: dict[ImportFiles, _New] = field(default_factory=dict)

    @property
    def everything(self) -> Names:
        """Ids and names."""
        return {**self.names, **self.pseudonyms}


def erase(database: Database, folders: Folders, erasing: Erasing) -> Done:
    """Have customers be nobody: in every file, purchase and stored answer, by one commit.

    Raises:
        NotFound: nothing names any of them.
        FileMissing: the file of an import is missing, or not as it was when it was loaded.
        NoSpace: the disk is full.
    """
    key = key_of(database, folders.kept)
    with pseudonyms.reading_files(folders.incoming) as duck:
        work = _Work(folders, duck, key, pseudonyms_for(erasing.customers))
        done = _erased(database, work, erasing)
    remove_dropped(database, folders.kept)
    uploads.remove_kept(folders.incoming)
    return done


def files_of_imports(session: Session) -> list[ImportFiles]:
    """The files of every import that was loaded and is not purged, oldest first."""
    rows = session.execute(
        select(
            *(Import.id, Import.kind, Import.layout),
            *(Import.batch, Import.hidden, Import.rejects),
            *(Import.batch_hash, Import.hidden_hash),
        )
        .where(Import.state == ImportState.done, Import.purged_at.is_(None))
        .order_by(Import.id)
    )
    return [ImportFiles(*row) for row in rows]


def pseudonymous_purchases(session: Session) -> dict[int, str]:
    """The purchases whose customers were erased, with the pseudonyms."""
    theirs = Purchase.customer.startswith(PSEUDONYM, autoescape=True)
    rows = session.execute(select(Purchase.id, Purchase.customer).where(theirs))
    return {one: customer for one, customer in rows}  # noqa: C416  (rows are no pairs to mypy)


def _erased(database: Database, work: _Work, erasing: Erasing) -> Done:
    while True:
        with database.reading() as session:
            files = files_of_imports(session)
        with full_disk_told():
            _write_anew(work, files)
        try:
            return _commit(database, work, erasing, files)
        except _Moved:
            continue


def _write_anew(work: _Work, files: Sequence[ImportFiles]) -> None:
    """Write the files that name one of them; what was written before and is still right stays."""
    refuse_missing(work.folders, files)
    known = len(work.names), len(work.orders)
    for one in files:
        if one not in work.done and one.kind in pseudonyms.OF_PEOPLE:
            _look_into(work, one)
    if known != (len(work.names), len(work.orders)):
        _discard(work)
    try:
        for one in files:
            if one not in work.done:
                work.done[one] = _written(work, one)
    except BaseException:  # a full disk, mostly: nothing names these files yet
        _discard(work)
        raise


def _discard(work: _Work) -> None:
    _remove(work, [file for one in work.done.values() for file in one.files])
    work.done.clear()


def _remove(work: _Work, files: Iterable[Path]) -> None:
    """Remove files that nothing names yet; what stays of them goes after a day."""
    with suppress(JournalAway):
        for file in files:
            work.folders.kept.remove(file)


def refuse_missing(folders: Folders, files: Iterable[ImportFiles]) -> None:
    """Does nothing if every file that counts is there.

    Raises:
        FileMissing: one is missing.
    """
    for one in files:
        if not all(folders.kept.seen(folders.batches / name) for name in one.names):
            raise FileMissing(
                f"A file of import {one.id} is missing, so nobody can tell whom it names, and"
                " nothing was changed. Restore it from a backup first."
            )


def _look_into(work: _Work, one: ImportFiles) -> None:
    """Hold the files of an import against what was loaded before anything is believed of them: one
    that is another may leave a customer out who stands in the right one, and what is written anew
    from it has a hash that hides what happened.

    Raises:
        FileMissing: one is another.
    """
    if not are_as_loaded(work.folders, one):
        raise FileMissing(
            f"A file of import {one.id} is not as it was when it was loaded, and nothing was"
            " changed. Restore it from a backup first."
        )
    if one.kind == FileKind.sales:
        _learn(work, one)


def _learn(work: _Work, one: ImportFiles) -> None:
    """Learn from a batch of sales the customers' names, and orders whose ids tell who bought."""
    batch = work.folders.batches / one.batch
    with work.folders.kept.reading([batch]):
        found = pseudonyms.names_of(work.duck, batch, work.pseudonyms)
        work.names |= {name: work.pseudonyms[who] for name, who in found.items()}
        if pseudonyms.tells_customers(one.layout):
            work.telling.add(one.id)
            orders = pseudonyms.orders_of(work.duck, batch, work.pseudonyms)
            work.orders |= {order: work.key.order(order) for order in orders}


def _written(work: _Work, one: ImportFiles) -> _New:
    with work.folders.kept.reading(one.paths(work.folders)):
        return _written_from(work, one)


def _written_from(work: _Work, one: ImportFiles) -> _New:
    name = uuid4().hex
    batch = hidden = None
    try:
        batch = _new_batch(work, one, name)
        hidden = _new_hidden(work, one, name)
        rejects = _new_rejects(work, one, name)
        size = batch.stat().st_size if batch else 0
        batch_hash = file_digest(batch) if batch else None
        hidden_hash = file_digest(hidden) if hidden else None
        new = _New(one, batch, hidden, rejects, size, batch_hash, hidden_hash)
        for file in new.files:
            work.folders.kept.keep(file)
    except BaseException:
        _remove(work, filter(None, (batch, hidden)))
        raise
    return new


def _new_batch(work: _Work, one: ImportFiles, name: str) -> Path | None:
    batch = work.folders.batches / one.batch
    if one.kind not in pseudonyms.OF_PEOPLE:
        return None
    if not pseudonyms.names_one(work.duck, batch, work.pseudonyms):
        return None
    orders = work.orders if one.id in work.telling else {}
    new = work.folders.batches / f"{name}.parquet"
    with durable(new) as target:
        kind = FileKind(one.kind)
        pseudonyms.write_batch(work.duck, batch, target, kind, work.pseudonyms, orders)
    return new


def _new_hidden(work: _Work, one: ImportFiles, name: str) -> Path | None:
    if one.hidden is None:
        return None
    hidden = work.folders.batches / one.hidden
    if not pseudonyms.hides_one(work.duck, hidden, work.telling, work.orders):
        return None
    new = work.folders.batches / f"{name}{HIDDEN_ORDERS}"
    with durable(new) as target:
        pseudonyms.write_hidden(work.duck, hidden, target, work.telling, work.orders)
    return new


def _new_rejects(work: _Work, one: ImportFiles, name: str) -> Path | None:
    rejects = one.rejected(work.folders)
    if rejects is None:
        return None
    if work.everything.keys().isdisjoint(pseudonyms.rejected_cells(rejects, one.layout)):
        return None
    new = work.folders.rejects / f"{name}.csv"
    with durable(new) as target:
        pseudonyms.write_rejects(rejects, target, one.layout, work.everything)
    return new


def _commit(
    database: Database, work: _Work, erasing: Erasing, looked_at: Sequence[ImportFiles]
) -> Done:
    """Have imports name their new files, and all else that is due.

    Raises:
        _Moved: the imports are not those that were looked at.
        NotFound: nothing names any of them.
    """
    changed = [one for one in map(work.done.__getitem__, looked_at) if one.files]

    def do(session: Session) -> Done:
        journal.lock_head(session)  # from here on nobody else changes the sales
        if files_of_imports(session) != list(looked_at):
            raise _Moved
        purchases = _rename_purchases(session, work, erasing.customers)
        if not changed and not purchases:
            raise NotFound("Nothing names this customer: no import, no purchase, no rejected row.")
        version = journal.append_erasure(session, erasing.user_id)
        for one in changed:
            _point_to_new(session, work.folders, one)
        _rename_in_messages(session, work.everything)
        new = [one for one, before in erasing.customers.items() if before is None]
        note_erased(session, work.key, new)
        erasing.also(session, work.everything, version)
        return Done(version, len(changed), purchases)

    return database.changing(do)


def _point_to_new(session: Session, folders: Folders, new: _New) -> None:
    row = session.get_one(Import, new.old.id)
    dropped = []
    if new.batch:
        dropped.append(folders.batches / row.batch)
        row.batch, row.batch_bytes = new.batch.name, new.batch_bytes
        row.batch_hash = new.batch_hash
    if new.hidden and row.hidden:
        dropped.append(folders.batches / row.hidden)
        row.hidden, row.hidden_hash = new.hidden.name, new.hidden_hash
    if new.rejects and row.rejects:
        dropped.append(folders.rejects / row.rejects)
        row.rejects = new.rejects.name
    drop(session, folders.kept, dropped)


def _rename_purchases(session: Session, work: _Work, before: Mapping[str, datetime | None]) -> int:
    """Give the purchases of the erased their pseudonyms; how many there were.

    What is kept of the requests that made them is a hash of what they said: it goes, so that
    sending one again is refused, and makes no second purchase.
    """
    connection = session.connection()
    changed = 0
    for customer, pseudonym in work.pseudonyms.items():
        moment = before[customer]
        theirs = [Purchase.customer == customer]
        if moment is not None:
            theirs.append(Purchase.created_at < moment)
        requests = select(IdempotencyKey.user_id, IdempotencyKey.key_hash).join(
            Purchase, Purchase.id == IdempotencyKey.purchase_id
        )
        for user_id, key_hash in connection.execute(requests.where(*theirs)).all():
            connection.execute(
                update(IdempotencyKey)
                .where(IdempotencyKey.user_id == user_id, IdempotencyKey.key_hash == key_hash)
                .values(request_hash=secrets.token_hex(32))
            )
        renamed = connection.execute(update(Purchase).where(*theirs).values(customer=pseudonym))
        changed += renamed.rowcount
    return changed


def _rename_in_messages(session: Session, names: Names) -> None:
    """What was told of files that were refused quotes cells of theirs."""
    told = select(Import).where(Import.error.is_not(None) | Import.warnings.is_not(None))
    for one in session.scalars(told).unique():
        if one.error:
            one.error = pseudonyms.renamed_in_json(one.error, names)
        if one.warnings:
            one.warnings = pseudonyms.renamed_in_json(one.warnings, names)
