"""How far laying out from nothing is, as those see it who wait for it."""

import time
from dataclasses import dataclass
from threading import Lock

import duckdb

from tillsight.logs import log

TOLD_EVERY = 5.0
"""Seconds between two lines of the log."""
TAKES_LONG_FROM = 1_000_000
"""Lines from which on laying out takes so long that people are told how far it is."""
FORETOLD_FROM = 0.1
"""Share from which on the time left can be told: less says nothing of the rest."""
SHARES = (0.0, 0.3, 0.42, 0.7, 0.97, 1.0)
"""Where the stages of a step end, as measured: its lines are in, parts, booked, linked, named."""


@dataclass(frozen=True)
class LaidOut:
    """So many lines of so many are laid out, after so many seconds; about, while a step is on."""

    done: int
    whole: int
    seconds: float

    @property
    def percent(self) -> int:
        """Whole percent; 100 only once all is."""
        return self.done * 100 // self.whole if self.whole else 0

    @property
    def takes_long(self) -> bool:
        """Whether nobody should wait for it without a word."""
        return self.whole >= TAKES_LONG_FROM

    @property
    def seconds_left(self) -> int | None:
        """At the rate so far; none while too little is done to tell."""
        if self.done < self.whole * FORETOLD_FROM:
            return None
        return round(self.seconds * (self.whole - self.done) / max(self.done, 1))


class LayingOut:
    """What one thread lays out and others look at."""

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._begun = time.monotonic()
        self._told = self._begun
        self._before = 0
        self._lines = 0
        self._stage = 0
        self._most = 0
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._lock = Lock()

    def begin(self, engine: duckdb.DuckDBPyConnection, lines: int) -> None:
        """A step begins that lays out so many lines; until `end` its statements are looked at."""
        engine.execute("SET enable_progress_bar = true")  # or it does not count
        engine.execute("SET enable_progress_bar_print = false")
        with self._lock:
            self._engine, self._lines, self._stage = engine, lines, 0

    def passed(self) -> None:
        """A stage of the step is done."""
        with self._lock:
            self._stage = min(self._stage + 1, len(SHARES) - 1)
        if time.monotonic() - self._told >= TOLD_EVERY:
            self._told = time.monotonic()
            now = self.now()
            left = now.seconds_left
            log.info("laying out", lines=now.done, of=now.whole, seconds_left=left)

    def end(self) -> None:
        """The step is done, or has failed: its engine is about to be closed."""
        with self._lock:
            self._before += self._lines
            self._engine, self._lines, self._stage = None, 0, 0

    def now(self) -> LaidOut:
        """What is done by now; never less than it was told before."""
        with self._lock:
            done = self._before + int(self._lines * self._share())
            self._most = max(self._most, min(done, self._whole))
            return LaidOut(self._most, self._whole, time.monotonic() - self._begun)

    def _share(self) -> float:
        """How much of the step is done: the stages before, and what the engine says of this one."""
        begins = SHARES[self._stage]
        if self._engine is None or self._stage + 1 == len(SHARES):
            return begins
        try:
            percent = max(self._engine.query_progress(), 0.0)
        except duckdb.Error:
            return begins
        # A stage has several statements, and each begins at nothing: of a later one less is told.
        return begins + (SHARES[self._stage + 1] - begins) * min(percent, 100.0) / 100
