"""Reading modules in, which takes most of a start."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
