"""A full disk, told as such wherever it is met."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from sqlalchemy.exc import OperationalError

from tillsight.errors import NoSpace

_REFUSAL = (
    "The server's disk is full, so nothing was changed. Ask the operator to free some space, then"
    " try again."
)
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FULL_IN_WORDS = (
    "no space left",
    "not enough space",
    "disk quota exceeded",
    "disk is full",
    "disk full",
    "failed to offload",
    "max_temp_directory_size",
)


def refuse_full_disk(error: BaseException) -> None:
    """Does nothing unless the error came of a full disk.

    Raises:
        NoSpace: it did.
    """
    if isinstance(error, OSError) and error.errno in _FULL:
        raise NoSpace(_REFUSAL) from None
    if isinstance(error, duckdb.Error | OperationalError):
        words = str(error).casefold()
        if any(full in words for full in _FULL_IN_WORDS):
            raise NoSpace(_REFUSAL) from None


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Whatever runs into a full disk in here is refused as that.

    Raises:
        NoSpace: the disk is full.
    """
    try:
        yield
    except (OSError, duckdb.Error, OperationalError) as error:
        refuse_full_disk(error)
        raise
