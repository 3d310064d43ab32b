"""Keeping given forecasts behind the back of those who asked."""

import threading
from collections import OrderedDict, deque

from sqlalchemy.exc import SQLAlchemyError

from tillsight.database import Database
from tillsight.forecasting.given import Given, Key, keep
from tillsight.logs import log

MOST_WAITING = 100
"""Forecasts that wait to be written; more are not kept."""
MOST_REMEMBERED = 2_000
"""Forecasts that are known to be kept already, and cost nothing when they are given again."""
STOP_SECONDS = 5.0


def keep_if_possible(database: Database, given: Given) -> bool:
    """Keep a forecast unless one like it is; no, with a line in the log, where that fails."""
    try:
        keep(database, given)
    except Exception as error:  # noqa: BLE001  (whatever it is, the forecast was told)
        away = isinstance(error, SQLAlchemyError)
        details = {"error": type(error).__name__} if away else {"exc_info": error}
        log.warning("a forecast was not kept", measure=given.asked.measure, **details)
        return False
    return True


class Keeping:
    """Keeps what is given in a thread: an answer never waits, and never fails.

    What cannot be written, because the database is away or too many wait, is lost, with a line in
    the log.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Given] = deque()
        self._known: OrderedDict[Key, None] = OrderedDict()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, given: Given) -> None:
        """Have a forecast kept soon."""
        with self._lock:
            if given.key in self._known:
                self._known.move_to_end(given.key)
                return
            if len(self._waiting) >= MOST_WAITING:
                log.warning("a forecast was not kept: too many wait", waiting=MOST_WAITING)
                return
            self._remember(given)
            self._waiting.append(given)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="forecasts", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End when all is written; what takes too long is left."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(STOP_SECONDS)

    def _remember(self, given: Given) -> None:
        self._known[given.key] = None
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def _work(self) -> None:
        """Write what waits, then end: a server that is not asked needs no thread."""
        while given := self._next():
            if not keep_if_possible(self._database, given):
                with self._lock:
                    self._known.pop(given.key, None)

    def _next(self) -> Given | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._thread = None
            return None
