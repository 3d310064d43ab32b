"""Waiting for a state, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 90  # seconds
Found = TypeVar("Found")


def until(happened: Callable[[], Found]) -> Found:
    """What `happened` gives, once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := happened()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found
