"""Catching up: what the journal says goes into the file in use, or into one to take its place."""

import duckdb

from tillsight.database import Database
from tillsight.errors import Ending
from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.erasing import files_of_imports
from tillsight.sales.folders import Folders
from tillsight.sales.journal import AnyEntry, Head
from tillsight.warehouse.ailments import Ailment, HeldUp, ailment, held_up, in_words, without_lost
from tillsight.warehouse.in_use import InUse
from tillsight.warehouse.slot import File, Slot
from tillsight.warehouse.writing import RowsLoaded, Writer


class CatchingUp:
    """Brings the file in use up to date, or replaces it where it cannot be gone on with; to be
    done by one thread at a time.
    """

    def __init__(
        self, database: Database, folders: Folders, slot: Slot, in_use: InUse, writer: Writer
    ) -> None:
        self._database = database
        self._folders = folders
        self._slot = slot
        self._in_use = in_use
        self._writer = writer

    def apply_new(self, on_rows: RowsLoaded | None) -> None:
        """Have questions see all that the journal says now.

        Raises:
            HeldUp: the file of an import is missing, damaged, or another one.
            JournalAway: the place of these files does not answer.
            NoSpace: the disk is full.
            Unavailable: the warehouse's own file got damaged; the next time it is made anew.
            Ending: the writer was stopped.
        """
        try:
            file = self._up_to_date(on_rows)
        except duckdb.Error as error:
            if self._writer.is_stopped:
                raise Ending from None
            told = in_words(error)
            log.error("sales cannot be laid out", error=type(error).__name__)
            if told is None:
                raise
            raise told from None
        except HeldUp as error:
            log.error("sales cannot be laid out: a file of them is not as it was", **error.details)
            raise
        self._in_use.replace_by(file)

    def _up_to_date(self, on_rows: RowsLoaded | None) -> File:
        """The file that has all entries now: the one in use, or one to take its place."""
        file = self._in_use.file
        try:
            file, entries = self._found()
            while True:
                try:
                    self._writer.apply(file, entries, on_rows)
                except (duckdb.IOException, HeldUp) as error:
                    # An erasure or a purge may have let go of files that these entries name.
                    failed = entries
                    self._leave_new(file)
                    file, entries = self._found()
                    if entries == failed:
                        raise self._lost(error) or error from None
                else:
                    return file
        except BaseException as error:
            self._leave_new(file)
            if isinstance(error, duckdb.Error) and ailment(error):
                self._in_use.note_ailment(file, error)
            raise

    def _leave_new(self, file: File) -> None:
        """Close a file that was to take the place of the one in use: it cannot be opened twice."""
        if file is not self._in_use.file:
            file.duck.close()

    def _found(self) -> tuple[File, list[AnyEntry]]:
        """The file to bring up to date, and what it has not yet."""
        with self._database.reading() as session:
            head = journal.head(session)
        file = self._file_for(head)
        return file, self._entries_for(file)

    def _file_for(self, head: Head) -> File:
        """Where new entries go: the file in use, or a new one beside it where that cannot be gone
        on with.
        """
        if self._in_use.file.ailment is Ailment.dead:
            self._in_use.replace_dead(lambda: self._slot.open(head))
        file = self._in_use.file
        goes_on = not file.ailment and file.belongs_to(head) and 0 <= file.version() <= head.version
        return file if goes_on else self._slot.open(head, file.path)

    def _lost(self, error: Exception) -> HeldUp | None:
        """The refusal that names the import whose file an error is about, if it is about one."""
        with self._database.reading() as session:
            files = files_of_imports(session)
        named = (one.id for one in files if any(name in str(error) for name in one.names))
        found = next(named, None)
        return None if found is None else held_up(found)

    def _entries_for(self, file: File) -> list[AnyEntry]:
        """What this file has not yet."""
        with self._database.reading() as session:
            entries = journal.entries_after(session, file.version())
        return without_lost(entries, self._folders)
