"""Work that goes on outside of requests: a queue and leases, kept in the database.

A job is put in the transaction that wants it done, so that it exists exactly if that one commits.
It is done at least once: a server that dies after the work and before it could say so leaves the
job to be done again.
"""

import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakSet

from sqlalchemy import ColumnElement, String, Text, delete, event, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from tillsight.clock import removal_clock
from tillsight.database import Base, Database, UtcDateTime
from tillsight.logs import log
from tillsight.measured import JOBS

TRIES = 12
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=5), timedelta(hours=1)  # together about 7 hours
CLAIM = timedelta(seconds=90)
FARTHEST = timedelta(days=2)
"""How long before it is due nothing is put."""
LONGEST_LEASE = timedelta(hours=6)
SKEW = timedelta(minutes=1)
"""By how much the clocks of two servers may differ."""
KEPT = timedelta(days=7)
POLL_SECONDS = 2.0
ROUNDS_PER_LEASE = 3  # one that is late does not lose it
TIDY_SECONDS = 3600.0
STOP_SECONDS = 5.0

Payload = Mapping[str, object]
Handler = Callable[[Payload], None]

_THIS_PROGRAM = secrets.token_hex(8)
_sleepers: WeakSet[threading.Event] = WeakSet()


class Hopeless(Exception):
    """Raised by a handler whose work would fail again however often it is tried."""


class Job(Base):
    """Something to be done once, by whichever server claims it; `payload` is a JSON object.

    A claim runs out, so that work of a server that died is taken up by another.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(50))
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int]
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(500))


class Lease(Base):
    """Who does some recurring work for now, so that of several servers only one does it."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Claimed:
    """A job that this process has for itself until the claim runs out."""

    id: int
    kind: str
    payload: Payload
    attempts: int


def put(session: Session, kind: str, payload: Payload, run_at: datetime | None = None) -> None:
    """Have something done soon after this transaction commits, or at `run_at`.

    The payload is kept as it is for days: no secrets in it.
    """
    now = datetime.now(UTC)
    session.add(
        Job(
            kind=kind,
            payload=json.dumps(payload),
            created_at=now,
            run_at=run_at or now,
            attempts=0,
        )
    )
    event.listen(session, "after_commit", _wake, once=True)


def claim(database: Database, kinds: list[str]) -> Claimed | None:
    """The longest due job of these kinds that nobody else has, if there is one.

    The update is the decision: of several processes that see the same job, one changes its row.
    """
    now = datetime.now(UTC)
    free = or_(Job.claimed_until.is_(None), _is_over(Job.claimed_until, now, CLAIM))
    # One that was put, or put off, by a clock that was ahead does not wait until then.
    is_time = or_(Job.run_at <= now, Job.run_at > now + FARTHEST)
    due = (Job.kind.in_(kinds), Job.done_at.is_(None), Job.failed_at.is_(None), is_time)
    with database.reading() as session:
        found = session.execute(
            select(Job.id, Job.kind, Job.payload, Job.attempts)
            .where(*due, free)
            .order_by(Job.run_at, Job.id)
            .limit(10)
        ).all()
    for one in found:
        with database.writing() as session:
            taken = session.execute(
                update(Job)
                .where(Job.id == one.id, Job.attempts == one.attempts, *due, free)
                .values(attempts=one.attempts + 1, claimed_until=now + CLAIM)
                .execution_options(synchronize_session=False)
            )
        if taken.rowcount:  # type: ignore[attr-defined]  # of an UPDATE it is there
            return Claimed(one.id, one.kind, json.loads(one.payload), one.attempts + 1)
    return None


def done(database: Database, job: Claimed) -> None:
    """The work is done; the row is kept for a few days, without what it was about."""
    now = datetime.now(UTC)
    JOBS.add(job.kind, "done")
    _settle(database, job, done_at=now, claimed_until=None, error=None, payload="{}")


def retry(database: Database, job: Claimed, error: str) -> None:
    """Have it tried again after a delay that grows threefold, or give up after `TRIES`."""
    now = datetime.now(UTC)
    if job.attempts >= TRIES:
        give_up(database, job, error)
        return
    JOBS.add(job.kind, "retried")
    delay = min(FIRST_DELAY * 3 ** (job.attempts - 1), LONGEST_DELAY)
    log.warning("job failed, will be tried again", kind=job.kind, job=job.id, error=error)
    _settle(database, job, run_at=now + delay, claimed_until=None, error=error[:500])


def give_up(database: Database, job: Claimed, error: str) -> None:
    """Leave it undone; the row tells why for a few days."""
    JOBS.add(job.kind, "failed")
    log.error("job given up", kind=job.kind, job=job.id, attempts=job.attempts, error=error)
    _settle(database, job, failed_at=datetime.now(UTC), claimed_until=None, error=error[:500])


def run_due(database: Database, handlers: Mapping[str, Handler]) -> bool:
    """Do the next due job, if there is one; says whether there was."""
    job = claim(database, [*handlers])
    if job is None:
        return False
    try:
        handlers[job.kind](job.payload)
    except Hopeless as error:
        give_up(database, job, str(error))
    except Exception as error:  # noqa: BLE001  (whatever it is, the queue goes on)
        # Not the error's text, which may hold an address or a password that a server refused.
        retry(database, job, type(error).__name__)
    else:
        done(database, job)
    return True


def this_process() -> str:
    """A name that no other process of any server has."""
    # Asked each time: workers that are forked have what their parent had.
    return f"{os.getpid()}-{_THIS_PROGRAM}"


def lease(database: Database, name: str, span: timedelta, holder: str = "") -> bool:
    """Take or renew the right to do some recurring work for `span`; no if another has it. Unless
    named, the holder is this process.
    """
    holder = holder or this_process()
    now = datetime.now(UTC)
    mine = or_(Lease.holder == holder, _is_over(Lease.until, now, LONGEST_LEASE))
    with database.writing() as session:
        taken = session.execute(
            update(Lease)
            .where(Lease.name == name, mine)
            .values(holder=holder, until=now + span)
            .execution_options(synchronize_session=False)
        )
    if taken.rowcount:  # type: ignore[attr-defined]  # of an UPDATE it is there
        return True
    try:
        with database.writing() as session:
            session.add(Lease(name=name, holder=holder, until=now + span))
            session.flush()
    except IntegrityError:
        return False
    return True


def _is_over(
    until: InstrumentedAttribute[Any], now: datetime, longest: timedelta
) -> ColumnElement[bool]:
    """Whether a right that is given for `longest` has run out: its end has passed, or is further
    away than any can be, because the clock of whoever took it was ahead.
    """
    return or_(until < now, until > now + longest + SKEW)


def remove_old(database: Database) -> None:
    """Remove jobs that were done or given up a few days ago."""
    before = removal_clock.now() - KEPT
    with database.writing() as session:
        session.execute(delete(Job).where(or_(Job.done_at < before, Job.failed_at < before)))


class Worker:
    """A thread that does due jobs, soon after they are put; several servers may have one each."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler]) -> None:
        self._database = database
        self._handlers = handlers
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin with what is due."""
        _sleepers.add(self._awake)
        self._thread.start()

    def stop(self) -> None:
        """End after the job under way; one that takes too long is left, and done again later."""
        self._stopping.set()
        self._awake.set()
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        tidy_in = 0.0
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                while not self._stopping.is_set() and run_due(self._database, self._handlers):
                    pass
                if tidy_in <= 0 and lease(self._database, "tidy", timedelta(seconds=TIDY_SECONDS)):
                    remove_old(self._database)
                tidy_in = tidy_in - POLL_SECONDS if tidy_in > 0 else TIDY_SECONDS
            except SQLAlchemyError as error:  # the database is away for a while; jobs wait in it
                log.warning("jobs wait for the database", error=type(error).__name__)
            self._awake.wait(POLL_SECONDS)


class Recurring:
    """A thread that does some work again and again, while this server holds the lease `name`.

    What fails is tried again with the next round. A server that dies is followed by another when
    its lease runs out, so two may be at the same work for a moment: a row has to decide what is
    done once.
    """

    def __init__(
        self, database: Database, name: str, every: timedelta, work: Callable[[], object]
    ) -> None:
        self._database = database
        self._name = name
        self._every = every
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go_round, name=name, daemon=True)

    def start(self) -> None:
        """Begin with a round at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way; one that takes too long is left."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _go_round(self) -> None:
        while not self._stopping.is_set():
            try:
                if lease(self._database, self._name, self._every * ROUNDS_PER_LEASE):
                    self._work()
            except Exception as error:  # noqa: BLE001  (whatever it is, the next round may do it)
                log.warning("recurring work failed", name=self._name, error=type(error).__name__)
            self._stopping.wait(self._every.total_seconds())


def _settle(database: Database, job: Claimed, **values: object) -> None:
    # Only while the claim is ours: a job that outlived it may be in other hands by now.
    with database.writing() as session:
        session.execute(
            update(Job)
            .where(Job.id == job.id, Job.attempts == job.attempts)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _wake(_session: Session) -> None:
    for sleeper in list(_sleepers):
        sleeper.set()
