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

LATEST = 3
"""Imports whose files are looked for in a place that is new to a journal."""


def require_place(database: Database, folders: Folders) -> None:
    """Does nothing if files can be kept where the settings say, and those of the journal are there.
    A place that is new to it is marked as its own.

    Raises:
        SetupError: the place cannot be used, or is not the one of this journal.
        JournalAway: it does not answer any more.
    """
    if not folders.journal:
        return
    _require_reachable(folders)
    with database.reading() as session:
        own = journal.head(session).journal
    found = marked(folders)
    if found == own:
        return
    if found is not None:
        raise SetupError(
            "TILLSIGHT_JOURNAL: another shop keeps its sales there. Name a folder or prefix of its"
            " own for each shop; if this shop's database was put back by other means than tillsight"
            " restore, remove the file journal.json there."
        )
    _require_copied(database, folders)
    mark(folders, own)


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


def _require_reachable(folders: Folders) -> None:
    if isinstance(folders.kept, BucketFiles):
        folders.kept.require()
    elif not Path(folders.journal).is_dir():
        raise SetupError(
            "TILLSIGHT_JOURNAL names a folder that is not there. Make it, or mount what holds it."
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
        " stopped copy the folders “sales” and “rejects” and the file erasures.key from where they"
        " were, then start again (docs/deploying.md, “Several servers”)."
    )
