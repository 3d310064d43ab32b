"""What is shown while an answer is long in coming, and how the question is stopped.

A question is stopped by a button of the line that is shown then, which tells the server itself; and
when nobody waits any more, because the page was closed or asks for something else. That is known
whenever something is sent to the page, so while an answer is awaited a little nothing is.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any, TypeVar

import streamlit as st

from tillsight.dashboard import texts

EVERY = 0.25
"""Seconds until it is looked again whether somebody still waits."""
SLOW = 2.0
"""Seconds after which a line says how long it takes."""

Answer = TypeVar("Answer")
_Waited = Callable[[str, float], None]
_shown: ContextVar[tuple[int, _Waited] | None] = ContextVar("waiting_shown", default=None)


@contextmanager
def line(where: str) -> Iterator[None]:
    """Show here how long questions take that are asked inside, and a way to stop them.

    `where` tells this line from others of the page.
    """
    box = st.container(key=f"waiting_{where}")
    places: list[Any] = []  # most answers come before anything is to be shown
    asked = ""

    def waited(name: str, seconds: float) -> None:
        nonlocal asked
        if not places:
            places[:] = box.empty(), box.empty()
        place, nothing = places
        if seconds >= SLOW and name != asked:
            asked = name
            place.html(line_of(name, seconds))
        nothing.empty()  # ends what runs here if nobody waits for it

    before = _shown.set((threading.get_ident(), waited))
    try:
        yield
    finally:
        _shown.reset(before)
        if asked:
            places[0].empty()


def line_of(name: str, seconds: float) -> str:
    """The line about a question as HTML; the page counts the seconds on."""
    counted = f'<span data-seconds="{seconds:.0f}">{seconds:.0f}</span>'
    said = escape(texts.STILL_ASKING).replace("{seconds}", counted)
    return (
        f'<p class="asking" role="status"><span>{said}</span>'
        f'<button type="button" data-stop="{escape(name)}">{escape(texts.STOP_ASKING)}</button></p>'
    )


def outcome(asked: Future[Answer], name: str) -> Answer:
    """What comes of a question; it is given up where nobody waits any more."""
    began = time.monotonic()
    try:
        while True:
            try:
                return asked.result(timeout=EVERY)
            except TimeoutError:
                if asked.done():
                    raise
            _tell(name, time.monotonic() - began)
    except BaseException:
        asked.cancel()
        raise


def _tell(name: str, seconds: float) -> None:
    # A piece that is drawn beside the page may not write into what the page shows.
    shown = _shown.get()
    if shown and shown[0] == threading.get_ident():
        shown[1](name, seconds)
