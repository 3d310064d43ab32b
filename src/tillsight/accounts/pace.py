"""How fast one person may ask, with every device, key and page they have; or one address."""

import time
from collections.abc import Iterable, Mapping
from math import ceil
from threading import Lock
from typing import NamedTuple

from tillsight.errors import TooManyAttempts

MINUTE = 60.0  # seconds
WORTH_TELLING = 0.05
"""Share of what is allowed from which on other servers are told of it."""


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


NOTHING = (0, 0)


class Pace:
    """Counts requests of the last minute by who asks: those of this process, and what others tell.

    It guards the servers against a program gone wild. The minute before counts by the share of it
    that is less than 60 seconds ago. Minutes are those of the clock, the same for all servers.
    """

    def __init__(self, per_minute: int) -> None:
        """`per_minute` of 0 allows everything."""
        self._per_minute = per_minute
        self._counts: dict[str, _Count] = {}
        self._elsewhere: Mapping[str, tuple[int, int]] = {}
        self._elsewhere_at = 0
        self._minute = 0
        self._lock = Lock()

    def seconds_to_wait(self, who: str, now: float | None = None) -> int:
        """Count a request; says how long to wait if it is one too many, which is not counted."""
        if not self._per_minute:
            return 0
        now = time.time() if now is None else now
        minute, passed = int(now // MINUTE), now % MINUTE
        with self._lock:
            counted = self._counted(who, minute)
            before, at_once = self._told_of(who, minute)
            asked = (counted.before + before) * (1 - passed / MINUTE) + counted.now + at_once
            if asked >= self._per_minute:
                return ceil(MINUTE - passed)
            self._counts[who] = counted._replace(now=counted.now + 1)
        return 0

    def worth_telling(self, minute: int) -> dict[str, int]:
        """Who asked so much in this minute that other servers should know, and how much."""
        least = self._per_minute * WORTH_TELLING
        with self._lock:
            here = {who: one.now for who, one in self._counts.items() if one.minute == minute}
        return {who: asked for who, asked in here.items() if asked > least}

    def hear(self, minute: int, told: Iterable[tuple[str, int, int]]) -> None:
        """Take up what others counted: who, in which minute, how many."""
        elsewhere: dict[str, tuple[int, int]] = {}
        for who, when, asked in told:
            before, now = elsewhere.get(who, NOTHING)
            elsewhere[who] = (before, now + asked) if when == minute else (before + asked, now)
        with self._lock:
            self._elsewhere, self._elsewhere_at = elsewhere, minute

    def _counted(self, who: str, minute: int) -> _Count:
        if minute > self._minute:
            self._minute = minute
            # Those of earlier minutes are forgotten, so that this does not grow for ever.
            self._counts = {
                known: one for known, one in self._counts.items() if one.minute >= minute - 1
            }
        counted = self._counts.get(who, _Count(minute, 0, 0))
        return _Count(minute, counted.now, 0) if counted.minute < minute else counted

    def _told_of(self, who: str, minute: int) -> tuple[int, int]:
        before, now = self._elsewhere.get(who, NOTHING)
        if self._elsewhere_at == minute:
            return before, now
        return (now, 0) if self._elsewhere_at == minute - 1 else NOTHING
