"""What is counted while the server works, by every room; `/metrics` shows it.

Labels are names of ours (routes, summaries, kinds), never what people send: each combination is
kept for as long as the process lives.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

Kind = Literal["counter", "gauge"]
Labels = tuple[str, ...]

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper limits in seconds of the classes that durations are counted in."""


@dataclass(frozen=True)
class Counted:
    """A number for each combination of labels; a `counter` only grows.

    `known` are the values of its one label that are shown before anything was counted, so that the
    first one is seen as growth.
    """

    name: str
    help: str
    labels: Labels = ()
    kind: Kind = "counter"
    known: Sequence[str] = ()
    _values: dict[Labels, float] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Count one more, or `by` more; any thread may."""
        with self._lock:
            self._values[labels] = self._values.get(labels, 0.0) + by

    def values(self) -> Mapping[Labels, float]:
        """The numbers as they are now."""
        begun = dict.fromkeys([(one,) for one in self.known] if self.labels else [()], 0.0)
        with self._lock:
            return begun | self._values


@dataclass(frozen=True)
class Durations:
    """How many took how long, for each combination of labels."""

    name: str
    help: str
    labels: Labels = ()
    limits: Sequence[float] = QUICK
    _classes: dict[Labels, list[int]] = field(default_factory=dict, repr=False)
    _seconds: dict[Labels, float] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, seconds: float, *labels: str) -> None:
        """Count one that took so long; any thread may."""
        place = bisect_left(self.limits, seconds)
        with self._lock:
            classes = self._classes.get(labels)
            if classes is None:
                classes = self._classes[labels] = [0] * (len(self.limits) + 1)
            classes[place] += 1
            self._seconds[labels] = self._seconds.get(labels, 0.0) + seconds

    def values(self) -> Mapping[Labels, tuple[list[int], float]]:
        """By labels: how many in each class, the last without a limit, and all seconds together."""
        with self._lock:
            return {one: ([*found], self._seconds[one]) for one, found in self._classes.items()}


REQUESTS = Counted(
    "tillsight_requests_total", "Requests that were answered.", ("method", "route", "status")
)
REQUEST_SECONDS = Durations(
    "tillsight_request_seconds", "Seconds until an answer was sent.", ("method", "route")
)
CONNECTIONS = Counted(
    "tillsight_dashboard_connections", "Open pages of the dashboard (WebSockets).", kind="gauge"
)
QUESTION_SECONDS = Durations(
    "tillsight_question_seconds",
    "Seconds a question of the sales took, by the largest summary it read; kept: answered before,"
    " or by another.",
    ("summary",),
)
QUESTIONS_STOPPED = Counted(
    "tillsight_questions_stopped_total",
    "Questions that were stopped: they took too long (time), or nobody waited any more (left).",
    ("why",),
    known=("time", "left"),
)
KEPT_ANSWERS = Counted(
    "tillsight_kept_answers_total",
    "Answers looked for among those kept of this version of the data.",
    ("found",),
    known=("yes", "no"),
)
JOBS = Counted(
    "tillsight_jobs_total", "Jobs that were tried: done, retried or failed.", ("kind", "outcome")
)
LOGGED = Counted(
    "tillsight_logged_total",
    "Lines of the log from warning on.",
    ("level",),
    known=("warning", "error", "critical"),
)

ALL: Sequence[Counted | Durations] = (
    REQUESTS,
    REQUEST_SECONDS,
    CONNECTIONS,
    QUESTION_SECONDS,
    QUESTIONS_STOPPED,
    KEPT_ANSWERS,
    JOBS,
    LOGGED,
)
"""All of them, as they are shown."""
