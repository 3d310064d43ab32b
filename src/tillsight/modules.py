"""Reading modules in, and how often what they and requests leave is looked through."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

SEARCHED_AFTER = 7_000
"""Objects that came and did not go after which rubbish is looked for among the newest; among all of
them after about a hundred times as many. Python's own choice is 700.
"""


@contextmanager
def reading_in() -> Iterator[None]:
    """What is read in here stays, and is never looked through for what may go away: that would be
    a fifth of the time now, and later hold up everybody for a fifth of a second each time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        # What is frozen is not let go of at the end either, which DuckDB's module takes for leaks,
        # and complains of on every command's standard error.
        atexit.register(gc.unfreeze)


def search_seldom() -> None:
    """Look through all objects for what may go away a tenth as often.

    The many that modules brought are left out, so that Python takes what a few pages leave for
    much: with 25 people it looked everything through every two seconds, and nobody is served then.
    """
    gc.set_threshold(SEARCHED_AFTER, *gc.get_threshold()[1:])
