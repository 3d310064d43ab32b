"""Servers tell one another who asks much, so that a limit holds however many servers are asked.

Only who has asked a good part of what is allowed is told of, once a second: a program gone wild is
stopped everywhere within about a second, and nobody else costs a row.
"""

import threading
import time
from collections.abc import Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tillsight.accounts.models import RequestCount
from tillsight.accounts.pace import MINUTE, Pace
from tillsight.database import Database
from tillsight.jobs import this_process
from tillsight.logs import log

EVERY = 1.0
"""Seconds."""
KEPT_MINUTES = 10
"""After which what a server that is gone has told is removed."""


class SharedPace:
    """A thread that tells other servers what these paces count, and them what the others count."""

    def __init__(self, database: Database, paces: Mapping[str, Pace], server: str = "") -> None:
        """`paces` by the beginning of the names under which they are told of; `server` is this
        process unless named.
        """
        self._server = server or this_process()
        self._database = database
        self._paces = paces
        self._told: dict[tuple[str, int], int] = {}
        self._tidied = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="pace", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Tell nothing more."""
        self._stopping.set()

    def exchange(self, now: float) -> None:
        """Tell and hear once; `now` is the time in seconds since 1970."""
        minute = int(now // MINUTE)
        self._tell(minute)
        with self._database.reading() as session:
            rows = session.execute(
                select(RequestCount.who, RequestCount.minute, RequestCount.requests).where(
                    RequestCount.minute.in_((minute - 1, minute)),
                    RequestCount.server != self._server,
                )
            ).all()
        for kind, pace in self._paces.items():
            mine = [(who, when, asked) for who, when, asked in rows if who.startswith(kind)]
            pace.hear(minute, [(who.removeprefix(kind), when, asked) for who, when, asked in mine])

    def _tell(self, minute: int) -> None:
        worth = {
            (f"{kind}{who}"[:80], minute): asked
            for kind, pace in self._paces.items()
            for who, asked in pace.worth_telling(minute).items()
        }
        news = {key: asked for key, asked in worth.items() if self._told.get(key) != asked}
        tidies = minute > self._tidied and bool(self._told or not self._tidied)
        if news or tidies:
            with self._database.writing() as session:
                for (who, at), asked in sorted(news.items()):
                    self._write(session, who, at, asked)
                if tidies:
                    self._remove_old(session, minute)
                    self._tidied = minute
        self._told = {key: asked for key, asked in self._told.items() if key[1] >= minute} | news

    def _write(self, session: Session, who: str, minute: int, asked: int) -> None:
        mine = {"who": who, "server": self._server, "minute": minute}
        changed = session.execute(
            update(RequestCount)
            .filter_by(**mine)
            .values(requests=asked)
            .execution_options(synchronize_session=False)
        )
        if not changed.rowcount:  # type: ignore[attr-defined]  # of an UPDATE it is there
            session.add(RequestCount(**mine, requests=asked))

    def _remove_old(self, session: Session, minute: int) -> None:
        mine = (RequestCount.server == self._server, RequestCount.minute < minute - 1)
        for old in (mine, (RequestCount.minute < minute - KEPT_MINUTES,)):
            session.execute(delete(RequestCount).where(*old))

    def _go_on(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.exchange(time.time())
            except SQLAlchemyError as error:  # each server counts for itself meanwhile
                log.debug("requests are not counted together", error=type(error).__name__)
