"""Purchases that come in at the same time are committed together.

A commit waits for the disk, and one wait serves all who wait: while one group is written, the next
one gathers. Everybody is answered after the commit that holds their purchase, and as it went for
them alone: neither a used key nor a purchase the database refuses is felt by the others.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.sessions import Origin, Person
from tillsight.database import Database
from tillsight.errors import InvalidInput
from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.models import (
    EntryKind,
    IdempotencyKey,
    JournalEntry,
    Purchase,
    PurchaseLine,
)
from tillsight.sales.purchases import SOURCE, Checked

MOST_AT_ONCE = 500
KEYS_KEPT = timedelta(hours=48)
TIDIED_EVERY = timedelta(hours=1)


class KeyReused(InvalidInput):
    """An idempotency key that came with another purchase before."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key came with another purchase before. Take a new key for a new"
            " purchase."
        )


@dataclass(frozen=True, eq=False)
class Entering:
    """A purchase that somebody enters; nobody known, where an older contract lets strangers in.

    The same `key` of the same person makes the same purchase once.
    """

    purchase: Checked
    person: Person | None
    origin: Origin = TERMINAL
    key: str | None = None
    source: str = SOURCE

    @cached_property
    def place(self) -> "Place | None":
        """By what its key is remembered; strangers have none."""
        if self.key is None or self.person is None:
            return None
        return self.person.id, _hash(self.key)

    @cached_property
    def request_hash(self) -> str:
        """The same for purchases that say the same."""
        one = self.purchase
        items = [(item.product, item.quantity, item.unit_price) for item in one.items]
        said = [one.customer, one.country, one.day, one.time, one.amount, items]
        return _hash(json.dumps(said, default=str))


@dataclass(frozen=True)
class Entered:
    """A purchase that is stored, and the journal's version that brought it; `replayed` is set where
    it had been stored under the same key before.
    """

    purchase_id: int
    version: int
    created_at: datetime
    replayed: bool = False


Outcome = Entered | Exception


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

    `shown` waits until questions are answered from a version of the journal. It works on a group
    while the next one is committed.
    """

    def __init__(self, database: Database, shown: Callable[[int], object]) -> None:
        self._database = database
        self._shown = shown
        self._waiting: list[_Waiting] = []
        self._lock = threading.Lock()
        self._committing = ThreadPoolExecutor(1, thread_name_prefix="purchases")
        self._showing = ThreadPoolExecutor(1, thread_name_prefix="purchases-shown")
        self._tidied = datetime.min.replace(tzinfo=UTC)

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
                self._shown(max(stored))
        except Exception as error:  # noqa: BLE001
            # It is on disk, and is laid out with the next question: to refuse it now would only
            # have it sent again.
            log.error("purchases are stored but not laid out yet", exc_info=error)
        for one, outcome in zip(group, outcomes, strict=True):
            one.tell(outcome)

    def _tidy(self) -> None:
        if datetime.now(UTC) - self._tidied < TIDIED_EVERY:
            return
        self._tidied = datetime.now(UTC)
        try:
            forget_keys(self._database, self._tidied - KEYS_KEPT)
        except Exception as error:  # noqa: BLE001  (the next hour tries again)
            log.warning("could not tidy idempotency keys", error=type(error).__name__)


def enter_purchases(database: Database, entering: Sequence[Entering]) -> list[Outcome]:
    """Store purchases in one transaction; what became of each.

    One that the database refuses is left out, and the others are stored without it. A commit that
    fails is nobody's success.

    Raises:
        SQLAlchemyError: the database cannot be written to; nothing was stored.
    """
    try:
        return _entered(database, entering)
    except (DataError, IntegrityError) as error:
        if len(entering) == 1:
            return [error]
    return [outcome for one in entering for outcome in enter_purchases(database, [one])]


def forget_keys(database: Database, before: datetime) -> int:
    """Delete idempotency keys that were first used before then; how many there were."""
    with database.writing() as session:
        old = session.connection().execute(
            delete(IdempotencyKey).where(IdempotencyKey.created_at < before)
        )
        return old.rowcount


Place = tuple[int, str]
"""Whose key, and its hash."""
Used = Mapping[Place, tuple[str, Entered]]
"""What every key was used for: the hash of the purchase, and what came of it."""


def _entered(database: Database, entering: Sequence[Entering]) -> list[Outcome]:
    with database.writing() as session:
        # First of all the head: behind its lock nobody else can be entering with the same key.
        journal.lock_head(session)
        used = _used(session, {one.place for one in entering if one.place})
        new = _new(entering, used)
        stored = dict(zip(new, _store(session, new), strict=True))
    first = {one.place: (one.request_hash, made) for one, made in stored.items() if one.place}
    return [stored.get(one) or _as_before(one, {**used, **first}) for one in entering]


def _new(entering: Sequence[Entering], used: Used) -> list[Entering]:
    """Those that have to be stored: of several with one key the first, and none with a used one."""
    by_key = {one.place: one for one in reversed(entering) if one.place}
    return [
        one
        for one in entering
        if one.place is None or (one.place not in used and by_key[one.place] is one)
    ]


def _as_before(one: Entering, used: Used) -> Outcome:
    """The answer to somebody whose key was used already."""
    if one.place is None:
        raise AssertionError  # without a key everything is stored
    request_hash, made = used[one.place]
    return replace(made, replayed=True) if request_hash == one.request_hash else KeyReused()


def _used(session: Session, places: Collection[Place]) -> Used:
    if not places:
        return {}
    version = (
        select(func.min(JournalEntry.version))
        .where(JournalEntry.purchase_id == IdempotencyKey.purchase_id)
        .scalar_subquery()
    )
    found = session.execute(
        select(
            IdempotencyKey.user_id,
            IdempotencyKey.key_hash,
            IdempotencyKey.request_hash,
            Purchase.id,
            version,
            Purchase.created_at,
        )
        .join(Purchase, Purchase.id == IdempotencyKey.purchase_id)
        .where(tuple_(IdempotencyKey.user_id, IdempotencyKey.key_hash).in_(places))
    )
    return {(user, key): (request, Entered(*made)) for user, key, request, *made in found}


def _store(session: Session, new: Sequence[Entering]) -> list[Entered]:
    if not new:
        return []
    now = datetime.now(UTC)
    purchases = [_row(one, now) for one in new]
    session.add_all(purchases)
    session.flush()
    made = [
        Entered(purchase.id, version, now)
        for purchase, version in zip(
            purchases, journal.next_versions(session, len(new)), strict=True
        )
    ]
    for one, entered in zip(new, made, strict=True):
        _add_what_follows(session, one, entered)
    return made


def _row(one: Entering, now: datetime) -> Purchase:
    return Purchase(
        customer=one.purchase.customer,
        country=one.purchase.country,
        day=one.purchase.day,
        time=one.purchase.time,
        amount=one.purchase.amount,
        source=one.source,
        created_at=now,
        created_by=one.person and one.person.id,
    )


def _add_what_follows(session: Session, one: Entering, made: Entered) -> None:
    """Lines, journal entry, audit entry and key of a purchase."""
    session.add_all(
        PurchaseLine(
            purchase_id=made.purchase_id,
            line=number,
            product=item.product,
            quantity=item.quantity,
            unit_price=item.unit_price,
        )
        for number, item in enumerate(one.purchase.items, 1)
    )
    session.add(
        JournalEntry(
            version=made.version,
            kind=EntryKind.purchase,
            purchase_id=made.purchase_id,
            user_id=one.person and one.person.id,
            at=made.created_at,
        )
    )
    details = {"amount": str(one.purchase.amount), "version": made.version}
    subject = f"purchase {made.purchase_id}"
    record(session, Action.purchase_entered, one.person, subject, details, one.origin)
    if one.place:
        user_id, key_hash = one.place
        session.add(
            IdempotencyKey(
                user_id=user_id,
                key_hash=key_hash,
                request_hash=one.request_hash,
                purchase_id=made.purchase_id,
                created_at=made.created_at,
            )
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
