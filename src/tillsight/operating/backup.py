"""Making a backup while everybody works.

The database is read as of one moment. Every file that its journal names then is in the home and
stays as it is, so that files are copied after it, one by one. Only what is new is copied; what is
there already is held against its hash.
"""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from tillsight import __version__
from tillsight.database import Database, revisions
from tillsight.errors import SetupError
from tillsight.operating.dumps import DumpedTable, Row, dump, revision_of, rows_of, tables_of
from tillsight.operating.manifests import Folder, KeptFile, Manifest
from tillsight.operating.stores import FolderStore, Store, writing_to
from tillsight.sales.disk import full_disk_told
from tillsight.sales.erasures import KEY_FILE
from tillsight.sales.folders import Folders, durable, file_digest
from tillsight.sales.journal_files import JournalFiles
from tillsight.settings import Settings, overview

TRIES = 3
NAMED = "%Y-%m-%dT%H-%M-%S.%fZ"
TICK = timedelta(microseconds=1)
"""What two backups are apart in name at the least."""
LAST_BACKUP = "last-backup.json"
KEYS = (KEY_FILE,)
"""Files of the home without which rows of the database cannot be told; they open no door."""
OF_IMPORTS = ((Folder.sales, "batch"), (Folder.sales, "hidden"), (Folder.rejects, "rejects"))
"""Where the files of an import lie, and the column of its row that names each."""
HASHES = {"batch": "batch_hash", "hidden": "hidden_hash"}
"""Columns that name files of an import, each with that of what the file was when it was loaded."""
NOT_KEPT = frozenset({"home", "database_url", "logo", "journal"})
"""Settings that say where things are on one machine."""

Show = Callable[[str, int, int], None]
"""Told of the step under way, how much of it is done, and how much there is to do."""


@dataclass(frozen=True)
class Made:
    """A backup that was made; of how many bytes, new ones and those of all its files."""

    manifest: Manifest
    seconds: float
    new_bytes: int
    all_bytes: int


@dataclass(frozen=True)
class LastBackup:
    """The last backup of a home that ended well; `at` is when it was begun."""

    at: datetime
    name: str
    to: str
    seconds: float


def make_backup(settings: Settings, database: Database, place: Path, show: Show) -> Made:
    """Back up a home and its database to a folder of backups, or into one `.tar` file.

    Raises:
        SetupError: there is no shop, the place cannot be used, or files of the home are missing.
        Conflict: another backup is being made there.
        NoSpace: the disk is full.
    """
    start = time.monotonic()
    with full_disk_told(), writing_to(place) as store:
        manifest = _at_a_whole_moment(settings, database, store, show)
        _refuse_lost(manifest)
        store.finish(manifest)
        added = store.added_bytes
    made = Made(manifest, time.monotonic() - start, added, sum(one.size for one in manifest.files))
    last = LastBackup(manifest.made_at, manifest.name, str(place.resolve()), made.seconds)
    with durable(settings.home / LAST_BACKUP) as target:
        target.write_text(json.dumps(asdict(last), default=str), encoding="utf-8")
    return made


def _name_of(store: Store, made_at: datetime) -> str:
    """A name after those of all earlier backups, also where the clock was set back since."""
    before = store.names()[-1:] if isinstance(store, FolderStore) else []
    after = [datetime.strptime(one, NAMED).replace(tzinfo=UTC) + TICK for one in before]
    return max([made_at, *after]).strftime(NAMED)


def keep_latest(place: Path, count: int) -> int:
    """Remove all backups of a folder but the latest, and what only they needed; how many went."""
    with writing_to(place) as store:
        if not isinstance(store, FolderStore):
            return 0
        old = store.names()[:-count]
        for name in old:
            store.forget(name)
        store.remove_unused()
    return len(old)


def keep_as_it_is(settings: Settings, database: Database, place: Path, show: Show) -> Manifest:
    """Back up a home to a folder on the same disk, as links where that is possible, before it is
    replaced. Files that are missing do not hold it up: the backup names them.
    """
    with full_disk_told(), writing_to(place, _link) as store:
        manifest = _at_a_whole_moment(settings, database, store, show)
        store.finish(manifest)
    return manifest


def last_backup(home: Path) -> LastBackup | None:
    """The last backup of a home that ended well; none if there never was one."""
    try:
        found = json.loads((home / LAST_BACKUP).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(found["at"])
        return LastBackup(at, found["name"], found["to"], found["seconds"])
    except (OSError, ValueError, KeyError, TypeError):  # a note that cannot be read is none
        return None


def _refuse_lost(manifest: Manifest) -> None:
    if lost := _lost(manifest):
        raise SetupError(
            f"No backup was made, for this home is not whole: {'; '.join(lost[:5])}. Earlier"
            " backups stay as they are. Put the files back with tillsight restore BACKUP --files,"
            " then back up again."
        )


def _lost(manifest: Manifest) -> list[str]:
    """What is wrong with files of the sales, without which no warehouse can be laid out."""
    return [one for one in manifest.missing if one.startswith(Folder.sales)]


def _at_a_whole_moment(
    settings: Settings, database: Database, store: Store, show: Show
) -> Manifest:
    """Back up what there is at one moment, at which no file of the sales is lost, if there is one:
    what an erasure replaced in this moment is not named any more in the next.
    """
    for _ in range(TRIES):
        manifest = _at_one_moment(settings, database, store, show)
        if not _lost(manifest):
            break
    return manifest


def _at_one_moment(settings: Settings, database: Database, store: Store, show: Show) -> Manifest:
    """The manifest of what is in the store after it, which nobody knows of until it is finished."""
    made_at = datetime.now(UTC)
    with database.as_of_now() as connection:
        revision = revision_of(connection)
        if revision not in revisions():
            raise SetupError(
                "There is nothing to back up: the operational database has no tables, or those of a"
                " newer Tillsight."
            )
        tables = tables_of(connection)
        [head] = rows_of(connection, tables["journal_head"])
        imports = list(rows_of(connection, tables["imports"]))
        dumped: list[DumpedTable] = []
        for name, table in tables.items():
            show(f"Database: {name}", len(dumped), len(tables))
            dumped.append(dump(connection, table, store.put))
    files, problems = _files(settings, store, imports, show)
    return Manifest(
        name=_name_of(store, made_at),
        made_at=made_at,
        product_version=__version__,
        database=database.engine.dialect.name,
        revision=str(revision),
        journal=head["journal"],
        journal_version=head["version"],
        tables=dumped,
        files=files,
        settings=_kept_settings(settings),
        secrets=[
            one.variable for one in overview(settings) if one.is_secret and not one.is_default
        ],
        missing=problems,
    )


def _files(
    settings: Settings, store: Store, imports: list[Row], show: Show
) -> tuple[list[KeptFile], list[str]]:
    """The files that imports name, the logo and keys, kept; and what is wrong with any."""
    latest = store.latest
    earlier = {(one.folder, one.name): one for one in latest.files} if latest else {}
    kept: list[KeptFile] = []
    problems: list[str] = []
    place = Folders.of(settings).kept
    wanted = files_of(imports)
    loaded = _hashes(imports)
    for folder, name in wanted:
        show("Files", len(kept), len(wanted))
        try:
            file = _kept_file(place, place.root / folder / name, folder, store, earlier)
        except FileNotFoundError:
            problems.append(f"{folder}/{name} is missing")
        except _Changed:
            problems.append(f"{folder}/{name} is not as it was when it was backed up before")
        else:
            kept.append(file)
            if file.digest != loaded.get(name, file.digest):
                problems.append(f"{folder}/{name} is not as it was when it was loaded")
    if settings.logo and settings.logo.is_file():
        kept.append(_logo(settings.logo, store))
    for name in KEYS:
        with suppress(FileNotFoundError):
            kept.append(_kept_file(place, place.root / name, Folder.home, store, {}))
    return kept, problems


class _Changed(Exception):
    """A file that never changes has changed."""


def _kept_file(
    place: JournalFiles,
    path: Path,
    folder: Folder,
    store: Store,
    earlier: Mapping[tuple[Folder, str], KeptFile],
) -> KeptFile:
    """A file of the journal's place, which is read only if it is not known as it is."""
    found = place.seen(path)
    if found is None:
        raise FileNotFoundError
    before = earlier.get((folder, path.name))
    now = (found.size, found.changed_ns)
    if before and now == (before.size, before.changed_ns) and store.has(before.digest):
        return before
    with place.fresh(path) as there:  # a copy of it may be damaged
        if there is None:
            raise FileNotFoundError
        digest = file_digest(there)
        if before and before.digest != digest:
            raise _Changed
        store.put_file(there, digest)
    return KeptFile(folder, path.name, digest, *now)


def _logo(path: Path, store: Store) -> KeptFile:
    found = path.stat()
    digest = file_digest(path)
    store.put_file(path, digest)
    return KeptFile(Folder.logo, path.name, digest, found.st_size, found.st_mtime_ns)


def files_of(imports: list[Row]) -> list[tuple[Folder, str]]:
    """The files that rows of the table of imports name, in the order of the imports."""
    named = [(folder, one.get(column)) for one in imports for folder, column in OF_IMPORTS]
    return [(folder, name) for folder, name in named if name]


def _hashes(imports: list[Row]) -> dict[str, str]:
    """What files were when they were loaded, by their names; an older release noted none."""
    return {
        one[name]: one[digest]
        for one in imports
        for name, digest in HASHES.items()
        if one.get(name) and one.get(digest)
    }


def _kept_settings(settings: Settings) -> dict[str, str]:
    """The settings that are not the usual ones, as an environment has them; no secrets."""
    shown = {one.name: one for one in overview(settings)}
    return {
        shown[name].variable: _as_variable(getattr(settings, name), shown[name].value)
        for name in type(settings).model_fields
        if name not in NOT_KEPT and not shown[name].is_secret and not shown[name].is_default
    }


def _as_variable(value: object, shown: str | None) -> str:
    if isinstance(value, SecretStr):
        raise TypeError
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return ",".join(f"{name}={one}" for name, one in value.items())
    return str(int(value)) if isinstance(value, int) else shown or ""


def _link(file: Path, target: Path) -> None:
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, target)
