"""People who do something over and over while something else is looked at."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

Work = Callable[[threading.Event], object]
"""Goes on until the event is set."""


@contextmanager
def meanwhile(*works: Work) -> Iterator[None]:
    """Each work goes on in a thread of its own until what is inside has ended; what one of them
    raised is raised then.
    """
    over = threading.Event()
    with ThreadPoolExecutor(len(works)) as threads:
        going_on = [threads.submit(one, over) for one in works]
        try:
            yield
        finally:
            over.set()
            for one in going_on:
                one.result()
