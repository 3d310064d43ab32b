"""Finding out who is asking, for many requests at once.

A look-up costs little; the way to a thread and into the database costs more. So the tokens that
wait while the threads are busy are looked up together, and a token that several requests wait with
is looked up once. Every look-up begins after the request came: a session that has ended lets nobody
in any more.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from tillsight.accounts.sessions import Person, identify
from tillsight.database import Database
from tillsight.settings import Settings

LOOK_UPS_AT_ONCE = 3  # a look-up is mostly Python: more threads only wait for one another
MOST_TOGETHER = 8
"""Tokens: with a database that is far away, those of one thread wait for one another."""

Answers = list[Future[Person | None]]


class LookUps:
    """Says who stands behind tokens, to any number of requests."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._waiting: dict[str, Answers] = {}
        self._lock = threading.Lock()
        self._busy = 0
        # Their own, so that many slow requests at once do not keep others from being let in.
        self._threads = ThreadPoolExecutor(LOOK_UPS_AT_ONCE, thread_name_prefix="look-ups")

    def person(self, token: str) -> Future[Person | None]:
        """Whoever the token speaks for, if anybody; its exception is what the database said."""
        answer: Future[Person | None] = Future()
        with self._lock:
            self._waiting.setdefault(token, []).append(answer)
            starts = self._busy < LOOK_UPS_AT_ONCE
            self._busy += starts
        if starts:
            self._threads.submit(self._look_up_waiting)
        return answer

    def _look_up_waiting(self) -> None:
        while some := self._take():
            try:
                with self._database.reading() as session:
                    for token, answers in some.items():
                        _tell(answers, identify(self._settings, session, token))
            except Exception as error:  # noqa: BLE001  (whatever it is, they have to hear of it)
                for answers in some.values():
                    _fail(answers, error)

    def _take(self) -> dict[str, Answers]:
        """The tokens that have waited longest; whoever finds none is not busy any more."""
        with self._lock:
            tokens = [token for token, _ in zip(self._waiting, range(MOST_TOGETHER), strict=False)]
            if not tokens:
                self._busy -= 1
            return {token: self._waiting.pop(token) for token in tokens}


def _tell(answers: Answers, person: Person | None) -> None:
    for one in answers:
        if one.set_running_or_notify_cancel():
            one.set_result(person)


def _fail(answers: Answers, error: Exception) -> None:
    for one in answers:
        if not one.done() and one.set_running_or_notify_cancel():
            one.set_exception(error)
