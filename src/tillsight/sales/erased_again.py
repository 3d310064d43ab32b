"""Customers who were erased, in a file that is loaded later: they get pseudonyms before it counts.

Each file gives them another one, as nobody can tell the earlier. Their orders are still known as
loaded, so that none counts twice.
"""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.sales import pseudonyms
from tillsight.sales.erasures import Standing, mark_of, pseudonyms_for, standing
from tillsight.sales.journal_files import JournalFiles
from tillsight.sales.layouts import FileKind


class ErasedMeanwhile(Exception):
    """Somebody was erased since a file was looked through."""


@dataclass(frozen=True)
class Again:
    """Who of the erased stands in one file, by the list as it was when that was looked through."""

    standing: Standing
    work: Path
    pseudonyms: dict[str, str] = field(default_factory=dict)

    def in_batch(self, batch: Path, kind: FileKind, layout: str) -> None:
        """Write a batch anew if it names one of them."""
        if not self.standing.hashes or kind not in pseudonyms.OF_PEOPLE:
            return
        with pseudonyms.reading_files(self.work) as duck:
            found = self.standing.among(pseudonyms.customers_in(duck, batch))
            if not found or self.standing.key is None:
                return
            self.pseudonyms.update(pseudonyms_for(found))
            orders = {}
            if pseudonyms.tells_customers(layout):
                theirs = pseudonyms.orders_of(duck, batch, found)
                orders = {order: self.standing.key.order(order) for order in theirs}
            new = batch.with_name(f"{batch.name}.anew")
            pseudonyms.write_batch(duck, batch, new, kind, self.pseudonyms, orders)
        new.replace(batch)

    def in_rejects(self, rejects: Path, layout: str) -> None:
        """Write rejected rows anew if they name one of them."""
        if not self.standing.hashes:
            return
        cells = pseudonyms.rejected_cells(rejects, layout)
        more = self.standing.among(cells - self.pseudonyms.keys())
        self.pseudonyms.update(pseudonyms_for(more))
        if self.pseudonyms.keys() & cells:
            new = rejects.with_name(f"{rejects.name}.anew")
            pseudonyms.write_rejects(rejects, new, layout, self.pseudonyms)
            new.replace(rejects)

    def refuse_others(self, session: Session) -> None:
        """Leave a transaction that holds the journal's lock if others were erased meanwhile.

        Raises:
            ErasedMeanwhile: they were.
        """
        if mark_of(session) != self.standing.mark:
            raise ErasedMeanwhile


def looking_for_erased(database: Database, kept: JournalFiles, work: Path) -> Again:
    """The list as it is now, for one file; `work` is a folder for what is not kept."""
    with database.reading() as session:
        return Again(standing(session, kept), work)
