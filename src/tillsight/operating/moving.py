"""Copying the files of the sales to another place, to have them kept there from then on.

What was copied is held against the hash of what it was copied from, and that against what the
journal says of it. Files are written once under names of their own, so a copy that was cut short,
or that was made while servers ran, is made whole by another run. Nothing is removed where they are.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from tillsight.database import Database
from tillsight.errors import JournalAway, SetupError
from tillsight.operating.backup import Show
from tillsight.operating.manifests import Folder
from tillsight.sales.erasures import KEY_FILE
from tillsight.sales.folders import Folders, digest_at, durable, file_digest
from tillsight.sales.journal_files import JournalFiles
from tillsight.sales.journal_place import copies_begin, copies_end
from tillsight.sales.models import Import, ImportState


@dataclass(frozen=True)
class Copied:
    """What became of the files: copied now, there before, and missing where nothing needs them
    (rejected rows, files of imports that are undone).
    """

    copied: int
    before: int
    missing: int


@dataclass(frozen=True)
class _Wanted:
    """A file that is to be copied, by its path below a place; of an import, or the key: none."""

    path: Path
    import_id: int | None
    digest: str | None = None
    is_needed: bool = True


def copy_files(database: Database, source: Folders, target: Folders, show: Show) -> Copied:
    """Copy all files that the journal names, and the key of erasures, to where `target` keeps them.

    Raises:
        SetupError: the place cannot be used, or is in use; or a file is missing or damaged.
        JournalAway: one of the places does not answer.
        NoSpace: there is no room.
    """
    wanted = list(_wanted(database, source))
    folders = (source.batches, source.rejects)
    there = {seen.path for folder in folders for seen in source.kept.listed(folder)}
    present = []
    for one in wanted:
        if one.import_id is None or source.kept.root / one.path in there:
            present.append(one)
        elif one.is_needed:
            raise _not_whole(one)
    copies_begin(database, source, target)
    copied = 0
    for number, one in enumerate(present):
        show("Copying", number, len(present))
        copied += _copy(one, source.kept, target.kept)
    copies_end(database, target)
    return Copied(copied, len(present) - copied, len(wanted) - len(present))


def _wanted(database: Database, source: Folders) -> Iterator[_Wanted]:
    with database.reading() as session:
        loaded = select(Import).where(
            Import.state == ImportState.done, Import.purged_at.is_(None), Import.batch != ""
        )
        for one in session.scalars(loaded.order_by(Import.id)):
            counts = not one.is_undone
            yield _Wanted(Path(Folder.sales, one.batch), one.id, one.batch_hash, counts)
            if one.hidden:
                yield _Wanted(Path(Folder.sales, one.hidden), one.id, one.hidden_hash, counts)
            if one.rejects:
                yield _Wanted(Path(Folder.rejects, one.rejects), one.id, is_needed=False)
    if source.kept.seen(source.kept.root / KEY_FILE):
        yield _Wanted(Path(KEY_FILE), None)


def _copy(one: _Wanted, source: JournalFiles, target: JournalFiles) -> bool:
    """Copy a file, unless the same is there already; whether there was something to do."""
    file = target.root / one.path
    with source.fresh(source.root / one.path) as found:
        if found is None:
            raise _not_whole(one)
        digest = file_digest(found)
        if one.digest not in {None, digest}:
            raise _not_whole(one)
        if digest_at(target, file) == digest:
            return False
        with target.reading():
            file.parent.mkdir(parents=True, exist_ok=True)
            with durable(file) as temporary:
                shutil.copyfile(found, temporary)
                changed = found.stat().st_mtime_ns
                os.utime(temporary, ns=(changed, changed))  # the next backup knows it again
            target.keep(file)
    if digest_at(target, file) != digest:
        target.remove(file)
        raise JournalAway
    return True


def _not_whole(one: _Wanted) -> SetupError:
    what = f"A file of import {one.import_id}" if one.import_id else "The key of erasures"
    return SetupError(
        f"{what} is missing or damaged where it is, so the copy would not"
        " be whole. Put it back from a backup (tillsight restore BACKUP --files), then copy again:"
        " what is copied already stays."
    )
