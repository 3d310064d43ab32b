"""Passwords: Argon2id with the parameters OWASP recommends (19 MiB, 2 passes, 1 lane).

People who came over from an older product have a bcrypt hash until they sign in; no other is made.
"""

import os
import re
from functools import lru_cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from tillsight.errors import InvalidInput

SHORTEST, LONGEST = 8, 128
BCRYPT_READS = 72
"""Bytes of a password that bcrypt looks at; older products cut off the others unseen."""
BCRYPT_COST = range(4, 16)
"""What is worked out, some 2 s at most: each step takes twice as long, and 31 would take hours."""

# More at once would only take more memory, 19 MiB each, and time from everybody else.
_slots = BoundedSemaphore(os.cpu_count() or 1)
_argon2 = Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
_hasher = PasswordHash((_argon2, BcryptHasher()))
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")


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
    """Whether it is the right one; as slow for an unknown account as for a known one.

    A bcrypt hash takes the time its cost says. One that cannot be read fits no password.
    """
    if len(password) > LONGEST:
        return False
    decoy = _decoy()  # before the slot is taken, for making it takes one
    known = password_hash if password_hash and is_hash(password_hash) else ""
    secret: str | bytes = password
    with _slots:
        try:
            if _BCRYPT.fullmatch(known):
                secret = password.encode()[:BCRYPT_READS]
            return _hasher.verify(secret, known or decoy) and bool(known)
        except ValueError:  # a salt that is none, or half a character
            return False


def is_hash(text: str) -> bool:
    """Whether a text is a hash that a password can be checked against."""
    bcrypt = _BCRYPT.fullmatch(text)
    return int(bcrypt[1]) in BCRYPT_COST if bcrypt else Argon2Hasher.identify(text)


def is_outdated(password_hash: str) -> bool:
    """Whether the password should be hashed anew, now that it is known."""
    return not Argon2Hasher.identify(password_hash) or _argon2.check_needs_rehash(password_hash)


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
