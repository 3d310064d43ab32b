"""A server lays out by itself what others enter, so that whoever asks it next need not wait."""

import threading

from tillsight.logs import log
from tillsight.warehouse.store import Warehouse

LOOK_SECONDS = 2.0
"""Seconds until it is looked for something new again: one row read by its key."""
AFTER_FAILURE = 60.0
"""Seconds until it is tried again after it failed; questions try it meanwhile."""
PATIENCE = 3600.0
"""Seconds one round may take; the work goes on after them."""


class Following:
    """A thread that has a warehouse catch up with the journal, whoever writes to that."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="following", daemon=True)

    def start(self) -> None:
        """Begin with what is new."""
        self._thread.start()

    def stop(self) -> None:
        """Look for nothing more; what is being laid out ends with the warehouse."""
        self._stopping.set()

    def _follow(self) -> None:
        pause = LOOK_SECONDS
        while not self._stopping.wait(pause):
            try:
                self._warehouse.catch_up(PATIENCE)
                pause = LOOK_SECONDS
            except Exception as error:  # noqa: BLE001  (whoever asks is told; the thread goes on)
                pause = AFTER_FAILURE
                if not self._stopping.is_set():
                    log.warning("the warehouse could not follow", error=type(error).__name__)
