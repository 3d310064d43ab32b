"""Whether the files of imports are still what was loaded, before anything is believed of them."""

from typing import TYPE_CHECKING

from tillsight.logs import log
from tillsight.sales.folders import Folders, file_digest

if TYPE_CHECKING:
    from tillsight.sales.erasing import ImportFiles
    from tillsight.sales.models import Import


def are_as_loaded(folders: Folders, one: "Import | ImportFiles") -> bool:
    """Whether batch and hidden orders of an import are there as they were loaded. Copies of a
    bucket's files that are damaged are fetched again.

    Raises:
        JournalAway: the place of the files does not answer.
    """
    paths = [folders.batches / name for name in (one.batch, one.hidden) if name]
    with folders.kept.reading(paths):
        if _are_as_loaded(folders, one):
            return True
        if folders.kept.renew(paths) and _are_as_loaded(folders, one):
            log.warning("a damaged copy of a file was fetched again", import_id=one.id)
            return True
    return False


def _are_as_loaded(folders: Folders, one: "Import | ImportFiles") -> bool:
    for name, digest in ((one.batch, one.batch_hash), (one.hidden, one.hidden_hash)):
        try:
            if name and file_digest(folders.batches / name) != digest and digest:
                return False
        except OSError:
            return False
    return True  # of what an older release loaded the hash may not be known yet
