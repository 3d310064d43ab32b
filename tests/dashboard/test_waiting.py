"""The line about a question that takes long, and how the waiting ends."""

import threading
from concurrent.futures import Future

import pytest

from tillsight.dashboard import waiting


def test_the_line_counts_on_from_the_seconds_and_stops_its_question() -> None:
    html = waiting.line_of("ab<c", 2.26)
    assert '<span data-seconds="2">2</span> s' in html
    assert 'data-stop="ab&lt;c"' in html
    assert 'role="status"' in html


def test_the_outcome_is_that_of_the_question_however_long_it_takes() -> None:
    asked: Future[int] = Future()
    threading.Timer(2 * waiting.EVERY, asked.set_result, [7]).start()
    assert waiting.outcome(asked, "one") == 7
    failed: Future[int] = Future()
    failed.set_exception(TimeoutError("its own"))
    with pytest.raises(TimeoutError, match="its own"):
        waiting.outcome(failed, "two")


def test_a_question_is_given_up_when_nobody_waits() -> None:
    class Gone(BaseException):
        """As Streamlit ends what runs for a page that is not there any more."""

    def ends(_name: str, _seconds: float) -> None:
        raise Gone

    asked: Future[int] = Future()
    before = waiting._shown.set((threading.get_ident(), ends))
    try:
        with pytest.raises(Gone):
            waiting.outcome(asked, "one")
    finally:
        waiting._shown.reset(before)
    assert asked.cancelled()
