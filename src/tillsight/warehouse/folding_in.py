"""Folding the write-ahead log of a warehouse into its file, when nobody has to wait for it."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import duckdb

from tillsight.warehouse.in_use import InUse

FOLD_IN_AFTER = 10.0
"""Seconds without new sales after which the write-ahead log is folded into the file."""
FOLD_IN_WITHIN = 60.0
"""Seconds after which it is folded in although sales keep coming: until then the engine holds in
memory what is in it.
"""
FOLD_IN_AGAIN_AFTER = 1.0
"""Seconds until the next try, where questions that are under way did not let it."""
FOLD_IN_ABOVE = 16 * 2**20
"""Bytes of write-ahead log that are worth folding into the file."""
ROOM_TO_FOLD_IN = 3
"""Times the log's own size that has to be free on the disk before it is folded in."""


class FoldingIn:
    """When the log of the file in use is folded in next; `worker` does it, between entries."""

    def __init__(self, in_use: InUse, worker: ThreadPoolExecutor) -> None:
        self._in_use = in_use
        self._worker = worker
        self._next: threading.Timer | None = None
        self._unfolded_since: float | None = None
        self._lock = threading.Lock()

    def later(self) -> None:
        """Fold it in once no sales have come for a while: they would have to wait for it. In a
        shop where they never cease it is folded in amid them.
        """
        now = time.monotonic()
        with self._lock:
            if self._unfolded_since is None:
                self._unfolded_since = now
            left = max(self._unfolded_since + FOLD_IN_WITHIN - now, 0)
            self._begin_in(min(FOLD_IN_AFTER, left))

    def stop(self) -> None:
        """Leave it as it is: closing the file folds its log in as well."""
        with self._lock:
            if self._next:
                self._next.cancel()

    def fold_in(self) -> None:
        """Fold it in now, if it is worth that, and there is room."""
        file = self._in_use.file
        try:
            log_bytes = file.log.stat().st_size
            # The engine stops for good where the disk gets full meanwhile.
            has_room = shutil.disk_usage(file.path.parent).free > ROOM_TO_FOLD_IN * log_bytes
            if log_bytes > FOLD_IN_ABOVE and has_room:
                file.duck.execute("CHECKPOINT")
        except FileNotFoundError:
            pass
        except duckdb.TransactionException:  # somebody reads what was there before the last entry
            with self._lock:
                self._begin_in(FOLD_IN_AGAIN_AFTER)
            return
        with self._lock:
            self._unfolded_since = None

    def _begin_in(self, seconds: float) -> None:
        if self._next:
            self._next.cancel()
        self._next = threading.Timer(seconds, self._have_it_folded_in)
        self._next.daemon = True
        self._next.start()

    def _have_it_folded_in(self) -> None:
        with suppress(RuntimeError):  # the worker takes nothing more: the warehouse is closed
            self._worker.submit(self.fold_in)
