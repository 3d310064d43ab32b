"""How fast one person may ask, with every device, key and page they have; or one address."""

import time
from collections.abc import Hashable
from math import ceil
from typing import NamedTuple

from tillsight.errors import TooManyAttempts

MINUTE = 60.0  # seconds


class TooFast(TooManyAttempts):
    """One request too many of somebody."""

    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        """`seconds` is how long to wait."""
        super().__init__(f"Too many requests. Try again in {seconds} seconds.", seconds)


class _Count(NamedTuple):
    minute: int
    before: int
    now: int


class Pace:
    """Counts requests of the last minute by who asks, in this process alone.

    It guards the server against a program gone wild, so several servers may each allow the limit,
    and the minute before counts by the share of it that is less than 60 seconds ago.
    """

    def __init__(self, per_minute: int) -> None:
        """`per_minute` of 0 allows everything."""
        self._per_minute = per_minute
        self._counts: dict[Hashable, _Count] = {}
        self._minute = 0

    def seconds_to_wait(self, who: Hashable, now: float | None = None) -> int:
        """Count a request; says how long to wait if it is one too many, which is not counted."""
        if not self._per_minute:
            return 0
        now = time.monotonic() if now is None else now
        minute, passed = int(now // MINUTE), now % MINUTE
        if minute > self._minute:
            self._minute = minute
            # Those of earlier minutes are forgotten, so that this does not grow for ever.
            self._counts = {
                known: one for known, one in self._counts.items() if one.minute >= minute - 1
            }
        counted = self._counts.get(who, _Count(minute, 0, 0))
        if counted.minute < minute:
            counted = _Count(minute, counted.now, 0)
        if counted.before * (1 - passed / MINUTE) + counted.now >= self._per_minute:
            return ceil(MINUTE - passed)
        self._counts[who] = counted._replace(now=counted.now + 1)
        return 0
