"""Whether the place where files are kept is the one of this journal."""

import json
from pathlib import Path

from sqlalchemy import select

from tillsight.database import Database
from tillsight.errors import SetupError
from tillsight.sales import journal
from tillsight.sales.erasures import KEY_FILE
from tillsight.sales.folders import Folders, durable
from tillsight.sales.journal_files import MARK, BucketFiles
from tillsight.sales.models import Import, ImportState

COPYING = "copying "
"""What a place is marked as, before the name of the journal, while files are copied there."""
COPIED = "copied "
"""The same once they are there, until the first server takes the place."""
LATEST = 3
"""Imports whose files are looked for in a place that is new to a journal."""


def require_place(database: Database, folders: Folders) -> None:
    """Does nothing if files can be kept where the settings say, and those of the journal are there.
    A place that is new to it is marked as its own; once it has one, a home folder that is not
    marked is none.

    Raises:
        SetupError: the place cannot be used, or is not the one of this journal.
        JournalAway: it does not answer any more.
    """
    if not look_at_place(database, folders):
        take_place(database, folders)


def look_at_place(database: Database, folders: Folders) -> bool:
    """Whether the files of the journal are kept where the settings say; no: they are there, and the
    place has to be taken before more are. For whoever reads, this is all that has to be known.

    Raises:
        SetupError, JournalAway: as `require_place`.
    """
    refuse_another_place(database, folders)
    own, has_place = _known(database)
    if not folders.journal and not has_place:
        return True
    if marked(folders) == own:
        return has_place
    _require_copied(database, folders)
    return False


def refuse_another_place(database: Database, folders: Folders) -> None:
    """Does nothing unless the settings name a place that is not the one of this journal, or not
    yet. Files may be missing there: that is for who puts them back.

    Raises:
        SetupError, JournalAway: as `require_place`.
    """
    if folders.journal:
        _require_reachable(folders, "TILLSIGHT_JOURNAL names")
    own, has_place = _known(database)
    if not folders.journal and not has_place:
        return
    found = marked(folders)
    if found == COPYING + own:
        raise SetupError(
            "TILLSIGHT_JOURNAL: the files of the sales are not all copied there yet. Run again:"
            " tillsight journal copy, with the settings of the place where they are."
        )
    if not folders.journal and found not in {own, COPIED + own}:
        raise SetupError(
            "TILLSIGHT_JOURNAL is not set, and the files of this shop's sales are not kept in the"
            " home folder. Set it as it is set for the other processes of this shop. To have the"
            " files in the home folder again, run tillsight journal copy with the settings of the"
            " place where they are (docs/deploying.md, “Several servers”)."
        )
    if found not in {None, own, COPIED + own}:
        raise _of_another()


def _known(database: Database) -> tuple[str, bool]:
    """The journal's name, and whether it has a place."""
    with database.reading() as session:
        return journal.head(session).journal, journal.has_place(session)


def take_place(database: Database, folders: Folders) -> None:
    """Have the files be kept where the settings say, and nowhere else."""
    with database.reading() as session:
        own = journal.head(session).journal
    if folders.journal:
        (folders.home / MARK).unlink(missing_ok=True)  # they may have been kept here before
    mark(folders, own)
    with database.writing() as session:
        journal.note_place(session, has_place=True)


def copies_begin(database: Database, source: Folders, target: Folders) -> None:
    """Mark a place as one that the files of `source` are being copied to: no server uses it.

    Raises:
        SetupError: it cannot be used, or is in use.
        JournalAway: it does not answer any more.
    """
    _require_reachable(target, "The place to copy to is")
    with database.reading() as session:
        own = journal.head(session).journal
    found = marked(target)
    if found == own or _is_same(source, target):
        raise SetupError(
            "This shop keeps its sales there already. If no server does, as they went elsewhere"
            " since, remove the file journal.json there, then copy again."
        )
    if found not in {None, COPYING + own, COPIED + own}:
        raise _of_another()
    mark(target, COPYING + own)


def copies_end(database: Database, target: Folders) -> None:
    """Have the first server that starts there look whether all is there, and take the place."""
    with database.reading() as session:
        own = journal.head(session).journal
    mark(target, COPIED + own)


def _is_same(one: Folders, other: Folders) -> bool:
    return one.journal == other.journal or (
        "://" not in one.journal + other.journal
        and one.kept.root.resolve() == other.kept.root.resolve()
    )


def _of_another() -> SetupError:
    return SetupError(
        "TILLSIGHT_JOURNAL: another shop keeps its sales there. Name a folder or prefix of its"
        " own for each shop; if this shop's database was put back by other means than tillsight"
        " restore, remove the file journal.json there."
    )


def marked(folders: Folders) -> str | None:
    """Whose journal a place is marked as."""
    with folders.kept.fresh(folders.kept.root / MARK) as file:
        return json.loads(file.read_text(encoding="utf-8"))["journal"] if file else None


def mark(folders: Folders, own: str) -> None:
    """Mark a place as that of a journal."""
    file = folders.kept.root / MARK
    with folders.kept.reading():
        with durable(file) as target:
            target.write_text(json.dumps({"journal": own}), encoding="utf-8")
        folders.kept.keep(file)


def _require_reachable(folders: Folders, who_names_it: str) -> None:
    if isinstance(folders.kept, BucketFiles):
        folders.kept.require()
    elif not Path(folders.journal).is_dir():
        raise SetupError(
            f"{who_names_it} a folder that is not there. Make it, or mount what holds it."
        )


def _require_copied(database: Database, folders: Folders) -> None:
    """Leave a place alone that is not marked and lacks files of the journal, or has others'."""
    with database.reading() as session:
        named = select(Import.batch).where(Import.state == ImportState.done, Import.batch != "")
        latest = session.scalars(named.order_by(Import.id.desc()).limit(LATEST)).all()
    if not latest and folders.kept.listed(folders.batches):
        raise SetupError(
            "TILLSIGHT_JOURNAL: there are files of sales already, and this shop has none. Name an"
            " empty folder or prefix, or the database that these files belong to."
        )
    if not all(folders.kept.seen(folders.batches / name) for name in latest):
        raise _not_copied("files of the sales")
    here = folders.home / KEY_FILE
    if here.exists() and not folders.kept.seen(folders.kept.root / KEY_FILE):
        raise _not_copied("key of erasures")


def _not_copied(what: str) -> SetupError:
    return SetupError(
        f"TILLSIGHT_JOURNAL: the {what} of this shop cannot be found there. With every server"
        " stopped run tillsight journal copy, with the settings of the place where they are, then"
        " start again (docs/deploying.md, “Several servers”)."
    )
