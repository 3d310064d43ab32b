"""Brakes on guessing: who tried what how often, from where, shared by all servers of a shop.

A try is counted twice: for an account as seen from one address, so that a stranger elsewhere locks
nobody out, and for the address, so that nobody walks through many accounts. What is counted is the
name as it was typed, whether or not there is such an account. Tries that were made by a clock far
ahead do not count: they would lock people out until then.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil

from sqlalchemy import delete, func, not_, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Attempt
from tillsight.database import Database
from tillsight.errors import TooManyAttempts

WINDOW = timedelta(minutes=5)
PER_ACCOUNT, PER_ADDRESS = 10, 100
PURGE_EVERY = 100  # tries
PURGED_AT_ONCE = 1000  # rows

Noted = list[int]
"""Numbers of the rows that count one try."""


def check(session: Session, what: str, account: str, address: str | None) -> None:
    """Refuse if `what` was tried too often for the account from this address, or by the address.

    Without an address only the account counts.

    Raises:
        TooManyAttempts: saying how long to wait.
    """
    limits = _limits(what, account, address)
    now = datetime.now(UTC)
    counted = session.execute(
        select(Attempt.key_hash, func.count(), func.min(Attempt.at))
        .where(Attempt.key_hash.in_(limits), Attempt.at.between(now - WINDOW, now + WINDOW))
        .group_by(Attempt.key_hash)
    )
    waits = [oldest + WINDOW - now for key, tries, oldest in counted if tries >= limits[key]]
    if waits:
        seconds = max(1, ceil(max(waits).total_seconds()))
        raise TooManyAttempts(f"Too many attempts. Try again in {seconds} seconds.", seconds)


def attempt(session: Session, what: str, account: str, address: str | None) -> Noted:
    """Refuse or count, and commit: the first thing to do in a session. `forgive` uncounts it.

    Counting before the outcome is known keeps many guesses at once from all passing the check.

    Raises:
        TooManyAttempts: saying how long to wait.
    """
    check(session, what, account, address)
    return _note(session, what, account, address)


def brake(database: Database, what: str, account: str, address: str | None) -> None:
    """Count a try of what nobody has to be signed in for, or refuse it.

    Raises:
        TooManyAttempts: saying how long to wait.
    """
    with database.writing() as session:
        attempt(session, what, account, address)


def forgive(session: Session, noted: Noted) -> None:
    """Uncount a try that turned out well."""
    session.execute(delete(Attempt).where(Attempt.id.in_(noted)))


def purge(session: Session) -> None:
    """Drop what no longer counts, by number: MySQL would lock a range of times against others."""
    now = datetime.now(UTC)
    outside = not_(Attempt.at.between(now - WINDOW, now + WINDOW))
    old = select(Attempt.id).where(outside)
    numbers = session.scalars(old.limit(PURGED_AT_ONCE)).all()
    session.rollback()
    session.execute(delete(Attempt).where(Attempt.id.in_(numbers)))


def _note(session: Session, what: str, account: str, address: str | None) -> Noted:
    now = datetime.now(UTC)
    rows = [Attempt(key_hash=key, at=now) for key in _limits(what, account, address)]
    session.add_all(rows)
    session.flush()
    noted = [row.id for row in rows]
    session.commit()
    if any(number % PURGE_EVERY < len(noted) for number in noted):
        purge(session)
        session.commit()
    return noted


def _limits(what: str, account: str, address: str | None) -> dict[str, int]:
    """How many tries each key may have."""
    network = network_of(address)
    limits = {_key(what, account.strip().lower(), network): PER_ACCOUNT}
    if network:
        limits[_key(what, "", network)] = PER_ADDRESS
    return limits


def network_of(address: str | None) -> str:
    """The address; of IPv6 the network that one customer has to himself."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return address or ""
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
