"""Answers are kept for one version of the data, and worked out once however many ask at once."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tillsight.errors import Cancelled, TooLarge
from tillsight.warehouse.askers import Asker, asker
from tillsight.warehouse.kept import KeptAnswers

SOON = 20.0  # seconds


def test_kept_answers_are_bounded_by_their_rows() -> None:
    kept = KeptAnswers(most_rows=6)
    for key in ("a", "b", "a", "c"):
        kept.once(1, key, lambda: ["first", "of", "three"])
    again = [kept.once(1, key, lambda: ["computed again"])[0] for key in ("a", "c", "b")]
    assert again == ["first", "first", "computed again"]
    assert kept.once(1, "longer than all", lambda: ["row"] * 7) == ["row"] * 7
    assert kept.once(1, "longer than all", lambda: ["not kept"]) == ["not kept"]
    assert kept.once(0, "older version", lambda: ["fresh"]) == ["fresh"]


class Work:
    """Something that is worked out while it `may_end` is not set, and how often it was begun."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        self.begun.release()
        assert self.may_end.wait(SOON)
        asker.get().go_on()
        return f"answer {self.times}"

    def is_begun(self) -> bool:
        return self.begun.acquire(timeout=SOON)


class Waiting(KeptAnswers):
    """Tells when somebody begins to wait for another's answer."""

    def __init__(self) -> None:
        super().__init__(most_rows=100)
        self.waits = threading.Semaphore(0)

    def _wait_for(self, *arguments: object) -> None:
        self.waits.release()
        super()._wait_for(*arguments)  # type: ignore[arg-type]

    def wait_until(self, number: int) -> None:
        for _ in range(number):
            assert self.waits.acquire(timeout=SOON)


@contextmanager
def people(
    number: int,
) -> Iterator[Callable[[KeptAnswers, Work, Asker], Future[str]]]:
    with ThreadPoolExecutor(number) as threads:

        def ask(kept: KeptAnswers, work: Work, one: Asker) -> Future[str]:
            def asked() -> str:
                asker.set(one)
                return kept.once(1, "question", work, time.monotonic() + SOON)

            return threads.submit(asked)

        yield ask


def test_what_many_ask_at_once_is_worked_out_once() -> None:
    kept, work = Waiting(), Work()
    with people(5) as ask:
        asked = [ask(kept, work, Asker())]
        assert work.is_begun()
        asked += [ask(kept, work, Asker()) for _ in range(4)]
        kept.wait_until(4)
        work.may_end.set()
        assert [one.result(SOON) for one in asked] == ["answer 1"] * 5
    assert kept.once(1, "question", work) == "answer 1"
    assert work.times == 1


def test_who_waits_gets_an_answer_although_another_has_left() -> None:
    """And leaves at once themselves, while the answer is worked out for the others."""
    kept, work, first, second = Waiting(), Work(), Asker(), Asker()
    with people(3) as ask:
        left = ask(kept, work, first)
        assert work.is_begun()
        gone, stayed = ask(kept, work, second), ask(kept, work, Asker())
        kept.wait_until(2)
        second.leave()
        with pytest.raises(Cancelled):
            gone.result(SOON)
        first.leave()
        work.may_end.set()
        with pytest.raises(Cancelled):
            left.result(SOON)
        assert stayed.result(SOON) == "answer 2"
    assert work.times == 2


def test_a_refusal_is_of_whoever_was_refused() -> None:
    kept, may_end, begun = Waiting(), threading.Event(), threading.Event()

    def refused() -> str:
        begun.set()
        assert may_end.wait(SOON)
        raise TooLarge("too many rows")

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(kept.once, 1, "question", refused)
        assert begun.wait(SOON)
        other = threads.submit(kept.once, 1, "question", lambda: "answer")
        kept.wait_until(1)
        may_end.set()
        with pytest.raises(TooLarge):
            one.result(SOON)
        assert other.result(SOON) == "answer"


@contextmanager
def under_way() -> Iterator[KeptAnswers]:
    """Somebody works the question out as long as what is inside goes on; they get their answer."""
    kept, work = KeptAnswers(most_rows=100), Work()
    with people(1) as ask:
        asked = ask(kept, work, Asker())
        assert work.is_begun()
        yield kept
        work.may_end.set()
        assert asked.result(SOON) == "answer 1"


def test_another_version_and_what_was_forgotten_are_not_waited_for() -> None:
    with under_way() as kept:
        assert kept.once(2, "question", lambda: "newer") == "newer"
        kept.forget()
        assert kept.once(1, "question", lambda: "after") == "after"
    assert kept.once(2, "question", lambda: "newest") == "newest"


def test_what_was_under_way_when_all_was_forgotten_is_not_kept() -> None:
    with under_way() as kept:
        kept.forget()
    assert kept.once(1, "question", lambda: "after") == "after"


def test_another_is_waited_for_no_longer_than_a_question_may_take() -> None:
    with under_way() as kept:
        soon = time.monotonic() + 0.05
        assert kept.once(1, "question", lambda: "own", soon) == "own"
    assert kept.once(1, "question", lambda: "again") == "own"
