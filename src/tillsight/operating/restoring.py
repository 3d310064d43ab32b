"""Bringing back what a backup holds.

Files go first: no journal names them yet. Then the database becomes that of the backup, at once
where it can: a SQLite file takes the place of another, PostgreSQL does it in one transaction. So
whatever a crash interrupts, there is the shop of before or the one of the backup. MariaDB cannot;
there the database says that it is unfinished until it is done, and nobody takes it for a shop.

The restored journal is another one from now on, under a new name: both may go on, and no warehouse
of the old one is right for it.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from sqlalchemy import Connection, func, make_url, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import SessionKind, User, UserSession
from tillsight.database import Base, Database, revisions
from tillsight.errors import Conflict, NotFound, SetupError
from tillsight.operating.backup import Show, files_of, keep_as_it_is
from tillsight.operating.customer_data import Applied, apply_erasures
from tillsight.operating.dumps import Row, count_on, dumped_rows, fill, rows_of, tables_of
from tillsight.operating.manifests import Folder, KeptFile, Manifest
from tillsight.operating.stores import Kept
from tillsight.sales import journal
from tillsight.sales.disk import full_disk_told
from tillsight.sales.erasures import KEY_FILE, Erased, all_erased
from tillsight.sales.folders import Folders, digest_at, durable, file_digest
from tillsight.sales.journal_files import MARK, JournalFiles
from tillsight.sales.journal_place import take_place
from tillsight.sales.models import Erasure
from tillsight.settings import PREFIX, Settings

BEFORE = "before-restore"
UNKNOWN = "files-without-a-journal"
SHOWN = 5
SETTINGS = "restored-settings.env"
SPARE_SESSIONS = 1_000_000
"""Numbers of sessions that are passed over: tokens made after the backup may name them."""


@dataclass(frozen=True)
class Restored:
    """What came of it: `before` is a folder with a backup of what was there, if anything was;
    `erased` are the customers who had been erased since and are erased again.
    """

    manifest: Manifest
    before: Path | None
    settings: Path
    erased: Applied


def choose(kept: Kept, name: str | None) -> Manifest:
    """The backup of this name, or the latest.

    Raises:
        NotFound: there is none.
        SetupError: what it holds is damaged.
    """
    names = kept.names()
    if not names:
        raise NotFound("No backup was ever finished here.")
    chosen = name or names[-1]
    if chosen not in names:
        known = ", ".join(names[-SHOWN:])
        raise NotFound(f"There is no such backup here; there are: {known}.")
    try:
        return kept.manifest(chosen)
    except SetupError as error:
        raise SetupError(
            f"{error.message} Take another backup than {chosen}: --backup NAME."
        ) from None


def what_is_there(settings: Settings, database: Database) -> list[str]:
    """What a restore would replace, in words; nothing where home and database are empty.

    Raises:
        SetupError: a database server cannot be reached.
    """
    folders = Folders.of(settings)
    found = [
        f"files in {folder.name}"
        for folder in (folders.batches, folders.rejects)
        if folders.kept.listed(folder)
    ]
    file = _sqlite_file(settings)
    if file and not file.exists():
        return found
    try:
        holds = _holds_rows(database)
    except SetupError:
        if file is None:
            raise
        return [*found, "a database that cannot be read"]
    return [*found, "rows in the database"] if holds else found


def restore(
    settings: Settings, database: Database, kept: Kept, manifest: Manifest, show: Show
) -> Restored:
    """Make home and database those of a backup; what is there is kept in a folder of the home.

    Raises:
        SetupError: the backup is of a newer Tillsight, or damaged; nothing was changed.
        Conflict: a server, or another command, is at work on this home.
        NoSpace: the disk is full.
    """
    if manifest.revision not in revisions():
        raise SetupError("The backup was made by a newer Tillsight. Install that one first.")
    with full_disk_told(), _alone_at(settings.home):
        before = _keep_what_is_there(settings, database, show)
        erased = _erased_here(settings, database)
        folders = Folders.of(settings)
        _put_files(folders.kept, kept, manifest, show)
        erased += _erased_in_latest(folders.kept, kept)
        _put_database(settings, database, kept, manifest, show)
        _take_place(database, folders)
        _remove_replaced(folders, before, manifest)
        written = _write_settings(settings.home, kept, manifest)
        applied = apply_erasures(database, folders, erased)
    return Restored(manifest, settings.home / BEFORE if before else None, written, applied)


def _erased_here(settings: Settings, database: Database) -> list[Erased]:
    """Whom the shop that is replaced erased, as far as it can be read."""
    file = _sqlite_file(settings)
    if file and not file.exists():
        return []
    try:
        with database.reading() as session:
            return all_erased(session)
    except SQLAlchemyError:  # it cannot be read, or has no such table yet
        return []


def _take_place(database: Database, folders: Folders) -> None:
    """Have the place of the files be that of the restored journal, which has a new name; without
    one they are in the home folder, wherever those of the backup were.
    """
    if folders.journal:
        take_place(database, folders)
        return
    (folders.home / MARK).unlink(missing_ok=True)
    with database.writing() as session:
        journal.note_place(session, has_place=False)


def _erased_in_latest(place: JournalFiles, kept: Kept) -> list[Erased]:
    """Whom the latest backup knows to be erased, as an older one may be restored; with the key that
    tells them, where the home has none.
    """
    with suppress(SetupError):  # the one to be restored is whole, and that counts
        latest = kept.manifest(kept.names()[-1])
        for one in latest.files:
            if one.name == KEY_FILE and not place.seen(place.root / KEY_FILE):
                _put_back(place, place.root / KEY_FILE, kept, one)
        if table := latest.table(Erasure.__tablename__):
            return [_erased(row) for row in dumped_rows(table, kept.read)]
    return []


def _erased(row: Row) -> Erased:
    at = datetime.fromisoformat(row["erased_at"])
    at = at if at.tzinfo else at.replace(tzinfo=UTC)  # a database may keep it without the zone
    return Erased(row["customer_hash"], row["key_check"], at)


def named_files(database: Database) -> set[tuple[Folder, str]]:
    """The files that the journal of a database names.

    Raises:
        SetupError: the database cannot be reached, or has no tables.
    """
    with database.as_of_now() as connection:
        tables = tables_of(connection)
        if "imports" not in tables:
            raise SetupError("The operational database has no tables.")
        return set(files_of(list(rows_of(connection, tables["imports"]))))


def put_back_files(
    place: JournalFiles, wanted: set[tuple[Folder, str]], kept: Kept, show: Show
) -> dict[str, str]:
    """Put back files that are missing or not as any backup has them, and fetch copies again that
    are damaged; which files were put back, with their hashes.

    The files of batches never change, so that those of any backup are right.

    Raises:
        Damaged: a backup has one that is damaged.
    """
    put = {}
    files: dict[tuple[Folder, str], KeptFile] = {}
    for name in kept.names():
        with suppress(SetupError):  # another backup may have them, too
            files |= {(one.folder, one.name): one for one in kept.manifest(name).files}
    there = [one for where, one in files.items() if where in wanted]
    for number, one in enumerate(there):
        show("Files", number, len(there))
        target = place.root / one.folder / one.name
        if digest_at(place, target) != one.digest:
            _put_back(place, target, kept, one)
            put[one.name] = one.digest
        elif target.exists() and file_digest(target) != one.digest:
            with place.reading():
                place.renew([target])
    return put


def _holds_rows(database: Database) -> bool:
    if database.is_unfinished():
        return True
    with database.as_of_now() as connection:
        tables = tables_of(connection)
        counts = {
            name: connection.scalar(select(func.count()).select_from(table))
            for name, table in tables.items()
            if name not in {"journal_head", "attempts", "jobs"}
        }
    return any(counts.values())


@contextmanager
def _alone_at(home: Path) -> Iterator[None]:
    """Hold every slot of a warehouse that was ever taken at this home.

    Raises:
        Conflict: somebody has one.
    """
    with ExitStack() as held:
        for slot in (home / "warehouse").glob("*/lock"):
            lock = FileLock(slot)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise Conflict(
                    "A server, or another command, is at work on this home. Stop it, then restore."
                ) from None
            held.callback(lock.release)
        yield


def _keep_what_is_there(settings: Settings, database: Database, show: Show) -> Manifest | None:
    """A backup of what is about to be replaced; none where there is nothing, or nothing whole."""
    file = _sqlite_file(settings)
    if file and not file.exists():
        return None
    try:
        if database.is_unfinished() or not _holds_rows(database):
            return None
        _refuse_unknown(database)
        return keep_as_it_is(settings, database, settings.home / BEFORE, show)
    except SetupError:  # damaged, or of a newer Tillsight
        if file is None:
            raise
        _set_aside(file, settings.home / BEFORE)
        return None


def _refuse_unknown(database: Database) -> None:
    """Refuse tables that cannot be kept, as nobody here knows what they hold."""
    if database.revision() not in revisions():
        raise SetupError(
            "The database holds tables of a newer Tillsight, or of another program, which this one"
            " cannot keep. Make an empty database, name it in TILLSIGHT_DATABASE_URL, and restore"
            " again. Nothing was changed."
        )


def _set_aside(file: Path, folder: Path) -> None:
    """Keep the files of a SQLite database that cannot be read, as they are."""
    kept = folder / f"unreadable-{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}"
    kept.mkdir(parents=True)
    for one in _with_logs(file):
        if one.exists():
            shutil.copyfile(one, kept / one.name)


def _put_files(place: JournalFiles, kept: Kept, manifest: Manifest, show: Show) -> None:
    files = [one for one in manifest.files if one.folder is not Folder.logo]
    for number, one in enumerate(files):
        show("Files", number, len(files))
        target = place.root / one.folder / one.name
        if digest_at(place, target) != one.digest:
            _put_back(place, target, kept, one)


def _put_back(place: JournalFiles, target: Path, kept: Kept, one: KeptFile) -> None:
    with place.reading():
        _put_file(target, kept, one.digest, one.changed_ns)
        place.keep(target)


def _put_file(target: Path, kept: Kept, digest: str, changed_ns: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with durable(target) as temporary:
        kept.take_out(digest, temporary)
        os.utime(temporary, ns=(changed_ns, changed_ns))  # the next backup knows it again


def _put_database(
    settings: Settings, database: Database, kept: Kept, manifest: Manifest, show: Show
) -> None:
    file = _sqlite_file(settings)
    if file is None:
        _fill_database(database, kept, manifest, show)
        return
    database.close()
    new = file.with_name(f"{file.name}.restoring")
    for left in _with_logs(new):
        left.unlink(missing_ok=True)
    filled = Database(f"sqlite:///{new}")
    try:
        _fill_database(filled, kept, manifest, show)
    finally:
        filled.close()
    _fold_in_log(new)
    _exchange(new, file)


def _fill_database(database: Database, kept: Kept, manifest: Manifest, show: Show) -> None:
    whole = sum(table.rows for table in manifest.tables)
    done = 0

    def on_rows(count: int) -> None:
        nonlocal done
        done += count
        show("Database", done, whole)

    def rows_in(connection: Connection) -> None:
        fill(connection, manifest.tables, kept.read, on_rows)
        _rename_journal(connection, manifest.journal)

    def finish(session: Session) -> None:
        _pass_over_sessions(session)
        details = {"backup": manifest.name, "version": manifest.journal_version}
        record(session, Action.restored, None, "backup", details)

    database.rebuild(manifest.revision, rows_in, finish)


def _rename_journal(connection: Connection, old: str) -> None:
    """Give the journal a name of its own, wherever the old one stands."""
    new = str(uuid4())
    for table in tables_of(connection).values():
        if "journal" in table.columns:
            column = table.columns["journal"]
            connection.execute(update(table).where(column == old).values({column: new}))


def _pass_over_sessions(session: Session) -> None:
    """Have new sessions get numbers that none had before: an access token names its session."""
    person = session.scalar(select(func.min(User.id)))
    if person is None:
        return
    last = session.scalar(select(func.max(UserSession.id))) or 0
    now = datetime.now(UTC)
    session.add(
        UserSession(
            id=last + SPARE_SESSIONS,
            token_hash=secrets.token_hex(32),
            kind=SessionKind.api,
            user_id=person,
            created_at=now,
            expires_at=now,
            ended_at=now,
        )
    )
    session.flush()
    count_on(session.connection(), [Base.metadata.tables[UserSession.__tablename__]])


def _exchange(new: Path, file: Path) -> None:
    """Have a database file take the place of another, of which no log may stay.

    Raises:
        Conflict: somebody has the other one open.
    """
    if file.exists():
        try:
            _fold_in_log(file)
        except sqlite3.OperationalError:
            raise Conflict(
                "Somebody has the database open. Stop every server, then restore."
            ) from None
        except sqlite3.DatabaseError:  # it cannot be read, and was set aside
            for one in _with_logs(file)[1:]:
                one.unlink(missing_ok=True)
    with durable(file) as target:
        new.replace(target)


def _fold_in_log(file: Path) -> None:
    """Have a SQLite file hold all that belongs to it."""
    connection = sqlite3.connect(file, timeout=5)
    try:
        [mode] = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    finally:
        connection.close()
    if mode != "delete":
        raise sqlite3.OperationalError


def _remove_replaced(folders: Folders, before: Manifest | None, manifest: Manifest) -> None:
    """Have files of sales go that the restored journal does not name, and all warehouses.

    Those of the shop of before are in its backup. Others, which no journal named, are set aside.
    """
    stay = {(one.folder, one.name) for one in manifest.files}
    kept = {(one.folder, one.name) for one in before.files} if before else set()
    place = folders.kept
    for folder, path in ((Folder.sales, folders.batches), (Folder.rejects, folders.rejects)):
        for file in [one.path for one in place.listed(path)]:
            if (folder, file.name) in stay:
                continue
            if (folder, file.name) not in kept:
                aside = folders.home / BEFORE / UNKNOWN
                aside.mkdir(parents=True, exist_ok=True)
                with place.reading([file]):
                    shutil.copy2(file, aside / file.name)
            place.remove(file)
    for file in (folders.home / "warehouse").glob("*/epoch-*"):
        file.unlink()


def _write_settings(home: Path, kept: Kept, manifest: Manifest) -> Path:
    """Write the settings of the backup and its logo beside what was restored."""
    lines = [f"# Settings of the backup {manifest.name} that are not the usual ones."]
    lines += [f"{name}={value}" for name, value in manifest.settings.items()]
    lines += [f"# {name} was set; secrets are not in a backup." for name in manifest.secrets]
    for one in manifest.files:
        if one.folder is Folder.logo:
            logo = home / f"logo{Path(one.name).suffix}"
            _put_file(logo, kept, one.digest, one.changed_ns)
            lines.append(f"{PREFIX}LOGO={logo}")
    path = home / SETTINGS
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def _sqlite_file(settings: Settings) -> Path | None:
    """The file of the operational database; none where it is on a server."""
    url = make_url(settings.resolved_database_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _with_logs(file: Path) -> list[Path]:
    return [file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm", "-journal"))]
