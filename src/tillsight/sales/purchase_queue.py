"""Purchases that come in at the same time are committed together.

A commit waits for the disk, and one wait serves all who wait: while one group is written, the next
one gathers. Everybody is answered after the commit that holds their purchase.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf

from tillsight.clock import removal_clock
from tillsight.database import Database
from tillsight.logs import log
from tillsight.sales.purchase_entering import (
    Entered,
    Entering,
    Outcome,
    enter_purchases,
    forget_keys,
)

MOST_AT_ONCE = 500
KEYS_KEPT = timedelta(hours=48)
TIDIED_EVERY = 3600.0  # seconds


@dataclass
class _Waiting:
    entering: Entering
    answer: Future[Entered] = field(default_factory=Future)

    def tell(self, outcome: Outcome) -> None:
        """Give the answer, unless whoever waited has gone."""
        if not self.answer.set_running_or_notify_cancel():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class PurchaseQueue:
    """Takes purchases from any number of threads and answers when they are stored and shown.

    `shown` waits until questions see the purchases of these versions of the journal. It works on a
    group while the next one is committed.
    """

    def __init__(self, database: Database, shown: Callable[[Sequence[int]], object]) -> None:
        self._database = database
        self._shown = shown
        self._waiting: list[_Waiting] = []
        self._lock = threading.Lock()
        self._committing = ThreadPoolExecutor(1, thread_name_prefix="purchases")
        self._showing = ThreadPoolExecutor(1, thread_name_prefix="purchases-shown")
        self._tidied = -inf

    def add(self, entering: Entering) -> Future[Entered]:
        """Store a purchase; the answer comes once it is on disk and seen by questions here.

        Its exception is KeyReused, or what the database said.
        """
        one = _Waiting(entering)
        with self._lock:
            self._waiting.append(one)
            if len(self._waiting) == 1:
                self._committing.submit(self._commit_waiting)
        return one.answer

    def waiting(self) -> int:
        """How many wait to be committed."""
        with self._lock:
            return len(self._waiting)

    def close(self) -> None:
        """Finish what is under way."""
        self._committing.shutdown()
        self._showing.shutdown()

    def _commit_waiting(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            if self._waiting:
                self._committing.submit(self._commit_waiting)
        try:
            outcomes = enter_purchases(self._database, [one.entering for one in group])
        except Exception as error:  # noqa: BLE001  (whatever it is, everybody has to hear of it)
            outcomes = [error] * len(group)
        self._showing.submit(self._show, group, outcomes)
        self._tidy()

    def _show(self, group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        stored = [one.version for one in outcomes if isinstance(one, Entered)]
        try:
            if stored:
                self._shown(stored)
        except Exception as error:  # noqa: BLE001
            # It is on disk, and is laid out with the next question: to refuse it now would only
            # have it sent again.
            log.error("purchases are stored but not laid out yet", exc_info=error)
        for one, outcome in zip(group, outcomes, strict=True):
            one.tell(outcome)

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied < TIDIED_EVERY:
            return
        self._tidied = time.monotonic()
        try:
            forget_keys(self._database, removal_clock.now() - KEYS_KEPT)
        except Exception as error:  # noqa: BLE001  (the next hour tries again)
            log.warning("could not tidy idempotency keys", error=type(error).__name__)
