"""Stopping a question that another server answers: it is asked to by a row of the database."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tillsight.accounts.models import QuestionStop
from tillsight.api.askers import Askers
from tillsight.database import Database
from tillsight.errors import NotFound
from tillsight.logs import log

LOOK_SECONDS = 0.5
"""Seconds between looks for such rows, while named questions are under way here."""
WITHIN = 1.5
"""Seconds in which whoever answers the question has to have found the row."""
KEPT = timedelta(minutes=10)
AT_ONCE = 4


class Stops:
    """Asks other servers, and does what they ask."""

    def __init__(self, database: Database, askers: Askers) -> None:
        self._database = database
        self._askers = askers
        # Their own: threads for requests may all be busy with questions.
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stops")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look, name="stops", daemon=True)

    def start(self) -> None:
        """Begin to look for what others ask."""
        self._thread.start()

    def stop(self) -> None:
        """Look for nothing more."""
        self._stopping.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def ask_others(self, person_id: int, name: str) -> "Future[bool]":
        """Have a question stopped wherever it is answered; whether it was found in time."""
        return self._threads.submit(self._ask, person_id, name)

    def _ask(self, person_id: int, name: str) -> bool:
        with suppress(IntegrityError), self._database.writing() as session:  # asked twice
            session.add(QuestionStop(user_id=person_id, name=name, asked_at=datetime.now(UTC)))
            session.flush()
        until = time.monotonic() + WITHIN
        while time.monotonic() < until and not self._stopping.wait(LOOK_SECONDS / 4):
            with self._database.reading() as session:
                if session.get(QuestionStop, (person_id, name)) is None:
                    return True
        return not self._take(person_id, name)

    def _take(self, person_id: int, name: str) -> bool:
        """Remove such a row; no if another did."""
        this = (QuestionStop.user_id == person_id, QuestionStop.name == name)
        with self._database.writing() as session:
            removed = session.execute(delete(QuestionStop).where(*this))
        return bool(removed.rowcount)  # type: ignore[attr-defined]  # of a DELETE it is there

    def _look(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            under_way = self._askers.waiting()
            if not under_way:
                continue
            try:
                self._stop_asked(under_way)
            except SQLAlchemyError as error:  # it ends by itself, or when its page is closed
                log.debug("no stops can be looked for", error=type(error).__name__)

    def _stop_asked(self, under_way: set[tuple[int, str]]) -> None:
        with self._database.reading() as session:
            rows = session.execute(
                select(QuestionStop.user_id, QuestionStop.name, QuestionStop.asked_at)
            ).all()
        for person_id, name, asked_at in rows:
            if (person_id, name) in under_way:
                with suppress(NotFound):  # answered just now
                    self._askers.stop(person_id, name)
                self._take(person_id, name)
            elif asked_at < datetime.now(UTC) - KEPT:
                self._take(person_id, name)  # of a server that is gone
