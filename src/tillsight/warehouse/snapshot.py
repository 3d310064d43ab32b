"""What one question reads: the sales at one version."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from tillsight.errors import Ending, Unavailable
from tillsight.measured import QUESTIONS_STOPPED
from tillsight.warehouse.askers import asker
from tillsight.warehouse.fifths import COLUMNS, FIFTHS, MENTION, variable
from tillsight.warehouse.kept import KeptAnswers
from tillsight.warehouse.noted import Noted
from tillsight.warehouse.slot import version_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_ROWS = 10_000
"""Rows held at a time where an answer is read on while it is sent."""

Answer = TypeVar("Answer")


class Snapshot:
    """The sales at one version, for as long as the question takes."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        kept: KeptAnswers,
        seconds: float,
        noted: Noted,
        ending: threading.Event,
    ) -> None:
        """The question may take so many `seconds`, and ends with the server at `ending`."""
        self._ending = ending
        self.noted = noted
        self._cursor = cursor
        self._kept = kept
        self._deadline = time.monotonic() + seconds
        self._knows_fifths = False
        self.version = version_of(cursor)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT; `values` fill its question marks.

        Raises:
            Unavailable: the question has taken longer than it may; the server goes on.
            Cancelled: whoever asked has left.
        """
        self._know_fifths(statement)
        with self.noted.statement(statement), self._in_time():
            return self._cursor.execute(statement, list(values)).fetchall()

    def columns(self, statement: str, values: Sequence[object] = ()) -> dict[str, "NDArray[Any]"]:
        """The columns of a SELECT as arrays, for millions of rows; none may hold a null.

        Raises:
            Unavailable: the question has taken longer than it may.
        """
        self._know_fifths(statement)
        with self.noted.statement(statement), self._in_time():
            return self._cursor.execute(statement, list(values)).fetchnumpy()

    def chunks(
        self, statement: str, values: Sequence[object] = (), size: int = CHUNK_ROWS
    ) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a SELECT, up to `size` at a time; nothing else may be asked meanwhile.

        The time a question may take ends with the first rows: whoever takes the others may be slow.

        Raises:
            Unavailable: the first rows have taken longer than they may.
        """
        self._know_fifths(statement)
        with self.noted.statement(statement), self._in_time():
            self._cursor.execute(statement, list(values))
            rows = self._cursor.fetchmany(size)
        self.noted.end()
        while rows:
            yield rows
            rows = self._cursor.fetchmany(size)

    def _know_fifths(self, statement: str) -> None:
        """Set the fifths of customers for a statement that mentions them."""
        if self._knows_fifths or MENTION not in statement:
            return
        [cuts] = self.once("fifths", lambda: self.rows(FIFTHS))
        for column, values in zip(COLUMNS, cuts, strict=True):
            self._cursor.execute(f"SET VARIABLE {variable(column)} = ?", [values])
        self._knows_fifths = True

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Interrupts what runs inside when the time of the question is over, or nobody waits."""
        waiting = asker.get()
        self._go_on()
        left = max(self._deadline - time.monotonic(), 0)
        alarm = threading.Timer(left, self._cursor.interrupt)
        alarm.daemon = True
        alarm.start()
        try:
            with waiting.waiting(self._cursor.interrupt):
                yield
        except duckdb.InterruptException:
            self._go_on()
            QUESTIONS_STOPPED.add("left" if waiting.has_left else "time")
            waiting.go_on()
            raise Unavailable(
                "The question took too long and was stopped. Narrow the period, filter, or group"
                " by less."
            ) from None
        finally:
            alarm.cancel()

    def _go_on(self) -> None:
        if self._ending.is_set():
            raise Ending

    def once(self, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer to `key` at this version: kept from an earlier asking, or that which another
        question is working out, else computed.
        """
        return self._kept.once(self.version, key, compute, self._deadline)
