"""A full disk, told as such wherever it is met."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from sqlalchemy.exc import OperationalError

from tillsight.database import says_full
from tillsight.errors import NoSpace

_FULL = {errno.ENOSPC, errno.EDQUOT}


def refuse_full_disk(error: BaseException) -> None:
    """Does nothing unless the error came of a full disk.

    Raises:
        NoSpace: it did.
    """
    if isinstance(error, OSError) and error.errno in _FULL:
        raise NoSpace from None
    if isinstance(error, duckdb.Error | OperationalError) and says_full(error):
        raise NoSpace from None


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
