"""Passwords: Argon2id with the parameters OWASP recommends (19 MiB, 2 passes, 1 lane)."""

import os
from functools import lru_cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tillsight.errors import InvalidInput

SHORTEST, LONGEST = 8, 128

# More at once would only take more memory, 19 MiB each, and time from everybody else.
_slots = BoundedSemaphore(os.cpu_count() or 1)
_hasher = PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),))


def check_new_password(password: str, *names: str | None) -> None:
    """Refuse a password that is too short, too long, or among the first that would be tried.

    Those are the common ones and `names`: the shop's, and the person's own username and e-mail.
    There are no composition rules.

    Raises:
        InvalidInput: with what is wrong.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"A password has {SHORTEST} to {LONGEST} characters.")
    plain = password.strip().casefold()
    own = {part.strip().casefold() for name in names if name for part in (name, _before_at(name))}
    if plain in own | {"tillsight"}:
        raise InvalidInput("A name or an address is no password. Choose another one.")
    if len(set(plain)) < 3 or plain in _common():
        raise InvalidInput("This password is among the common ones. Choose another one.")


def hash_password(password: str) -> str:
    """Hash for keeping; takes 50 to 70 ms by design."""
    with _slots:
        return _hasher.hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the right one; as slow for an unknown account as for a known one."""
    if len(password) > LONGEST:
        return False
    decoy = _decoy()  # before the slot is taken, for making it takes one
    with _slots:
        return _hasher.verify(password, password_hash or decoy) and bool(password_hash)


def _before_at(name: str) -> str:
    return name.split("@", maxsplit=1)[0]


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """The common passwords that are long enough, some 11,600, of zxcvbn's list (MIT)."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)


@lru_cache(maxsize=1)
def _decoy() -> str:
    return hash_password("nobody's password")
