"""Who of the customers that were erased is named by what the shop holds."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, select

from tillsight.database import Database
from tillsight.sales import pseudonyms
from tillsight.sales.erasing import files_of_imports, refuse_missing
from tillsight.sales.erasures import Key
from tillsight.sales.folders import Folders
from tillsight.sales.models import Purchase


def named_customers(
    database: Database, folders: Folders, key: Key, days: Mapping[str, datetime]
) -> list[str]:
    """The ids of the customers erased on these days, by their hashes, that files still name, or
    purchases entered before that day.

    Raises:
        Unavailable: the file of an import is missing.
    """
    found = {one for one in _in_files(database, folders) if key.customer(one) in days}
    with database.reading() as session:
        first = select(Purchase.customer, func.min(Purchase.created_at))
        for customer, entered in session.execute(first.group_by(Purchase.customer)):
            erased = days.get(key.customer(customer))
            if erased is not None and entered < erased:
                found.add(customer)
    return sorted(found)


def _in_files(database: Database, folders: Folders) -> Iterator[str]:
    with database.reading() as session:
        files = files_of_imports(session)
    refuse_missing(folders, files)
    with pseudonyms.reading_files(folders.incoming) as duck:
        for one in files:
            with folders.kept.reading(one.paths(folders)):
                if one.kind in pseudonyms.OF_PEOPLE:
                    yield from pseudonyms.customers_in(duck, folders.batches / one.batch)
                if rejects := one.rejected(folders):
                    yield from pseudonyms.rejected_cells(rejects, one.layout)
