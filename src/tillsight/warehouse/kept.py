"""Answers of one version of the data: kept, and worked out once however many ask at once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Any, TypeVar

from tillsight.measured import KEPT_ANSWERS
from tillsight.warehouse.askers import asker

BYTES_OF_ROW = 200

Answer = TypeVar("Answer")
_Question = tuple[int, Hashable]
"""The version of the data it is asked of, and its key."""


@dataclass
class _UnderWay:
    """An answer that somebody is working out. It has `ended` without an `answer` where they left,
    or were refused: that is theirs alone.
    """

    ended: bool = False
    answer: tuple[Any, ...] = ()


class KeptAnswers:
    """Answers of one version of the data, the latest asked last; a new version forgets them.

    Together they hold `most_rows` at the most.
    """

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._rows = 0
        self._version = -1
        self._answers: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._under_way: dict[_Question, _UnderWay] = {}
        self._changed = threading.Condition()

    def once(
        self, version: int, key: Hashable, compute: Callable[[], Answer], deadline: float = inf
    ) -> Answer:
        """The kept answer, that which somebody is working out, or what `compute` gives, which is
        then kept.

        Another's work is waited for until `deadline` (of `time.monotonic`) and no longer; where
        nothing comes of it, one of those who wait works it out.

        Raises:
            Cancelled: whoever asked has left while they waited for another.
        """
        question = version, key
        while True:
            with self._changed:
                if version == self._version and key in self._answers:
                    self._answers.move_to_end(key)
                    KEPT_ANSWERS.add("yes")
                    return self._answers[key][0]  # type: ignore[no-any-return]
                under_way = self._under_way.get(question)
                if under_way is None or time.monotonic() >= deadline:
                    mine = self._under_way[question] = _UnderWay()
                    break
            self._wait_for(under_way, deadline)
            if under_way.answer:
                KEPT_ANSWERS.add("yes")
                return under_way.answer[0]  # type: ignore[no-any-return]
        KEPT_ANSWERS.add("no")
        try:
            answer = compute()
            mine.answer = (answer,)
        finally:
            self._end(question, mine)
        return answer

    def forget(self) -> None:
        """Let go of all answers, and of those under way: customers in them have other ids now."""
        with self._changed:
            self._answers.clear()
            self._under_way.clear()
            self._rows = 0

    def _wait_for(self, under_way: _UnderWay, deadline: float) -> None:
        waiting = asker.get()
        with waiting.waiting(self._wake), self._changed:
            self._changed.wait_for(
                lambda: under_way.ended or waiting.has_left,
                None if deadline == inf else max(deadline - time.monotonic(), 0),
            )
        waiting.go_on()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _end(self, question: _Question, mine: _UnderWay) -> None:
        with self._changed:
            mine.ended = True
            if self._under_way.get(question) is mine:  # else it is of what was forgotten
                del self._under_way[question]
                if mine.answer:
                    self._keep(*question, mine.answer[0])
            self._changed.notify_all()

    def _keep(self, version: int, key: Hashable, answer: object) -> None:
        if version > self._version:
            self._version = version
            self._answers.clear()
            self._rows = 0
        if version == self._version and key not in self._answers:
            # What it weighs now: some answers work out more of themselves later.
            self._answers[key] = answer, _rows_in(answer)
            self._rows += self._answers[key][1]
            while self._rows > self._most_rows:
                self._rows -= self._answers.popitem(last=False)[1][1]


def _rows_in(answer: object) -> int:
    """About how many rows an answer holds, its own and those in its parts; one at the least."""
    if isinstance(answer, list | dict):
        return max(len(answer), 1)
    if isinstance(answer, Enum):
        return 1
    if (size := getattr(answer, "nbytes", None)) is not None:  # an array
        return 1 + int(size) // BYTES_OF_ROW
    return 1 + sum(map(_rows_in, getattr(answer, "__dict__", {}).values()))
