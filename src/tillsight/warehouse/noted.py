"""What is noted of each question: how long it took, which table it read, what it was about."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from tillsight import tracing
from tillsight.logs import log
from tillsight.measured import QUESTION_SECONDS

BY_SIZE = (
    "sales",
    "lines",
    "order_parts",
    "product_months",
    "daily_sales",
    "customers",
    "customer_countries",
    "product_sales",
    "anonymous_sales",
    "products",
    "customer_facts",
    "product_facts",
)
"""Tables that questions read, those with most rows first."""
KEPT = "kept"
"""In place of a table, where the answer was at hand."""
OTHER = "other"
NO_LIMIT = 0.0

_READ = re.compile(r"\b(?:FROM|JOIN)\s+\(*\s*(\w+)", re.IGNORECASE)


class Noted:
    """What is known of one question while it is answered; ended once."""

    def __init__(self, slow_seconds: float) -> None:
        self._slow_seconds = slow_seconds
        self._began = time.perf_counter()
        self._waited = 0.0
        self._table: str | None = None
        self._about: dict[str, list[str]] = {}
        self._ended = False
        self._span = tracing.current().part("question")

    def begins(self) -> None:
        """The newest sales are waited for no longer: from here on it is answered."""
        self._waited = time.perf_counter() - self._began

    def about(self, **names: Sequence[str]) -> None:
        """Say what is asked, in names of the catalogue; never values."""
        self._about = {what: [*found] for what, found in names.items() if found}

    @contextmanager
    def statement(self, sql: str) -> Iterator[None]:
        """Note a statement that runs inside."""
        table = largest_of(sql)
        if self._table is None or _size(table) < _size(self._table):
            self._table = table
        span = self._span.part(
            f"statement {table}", db__system__name="duckdb", db__collection__name=table
        )
        failed = True
        try:
            yield
            failed = False
        finally:
            span.end(failed=failed)

    def end(self, *, failed: bool = False) -> None:
        """It is answered, or its first rows are; what comes after is not its time."""
        if self._ended:
            return
        self._ended = True
        seconds, summary = time.perf_counter() - self._began, self._table or KEPT
        about = {f"tillsight__{what}": names for what, names in self._about.items()}
        self._span.note(tillsight__summary=summary, **about)
        self._span.end(failed=failed)
        if failed and self._table is None:
            return  # refused before anything was read
        QUESTION_SECONDS.add(seconds, summary)
        if NO_LIMIT < self._slow_seconds <= seconds:
            self._tell(summary, seconds)

    def _tell(self, summary: str, seconds: float) -> None:
        names = {what: ",".join(found) for what, found in self._about.items()}
        waited = round(self._waited, 3)
        log.warning(
            "slow question", summary=summary, seconds=round(seconds, 3), waited=waited, **names
        )


@lru_cache(1000)
def largest_of(sql: str) -> str:
    """The table with most rows that a statement reads."""
    read = {found.lower() for found in _READ.findall(sql)}
    return next((table for table in BY_SIZE if table in read), OTHER)


def _size(table: str) -> int:
    return BY_SIZE.index(table) if table in BY_SIZE else len(BY_SIZE)
