"""The time by which things are removed for good, which a clock that jumps ahead does not move."""

import time
from datetime import UTC, datetime, timedelta

# Where there is one, a clock that goes on while the machine sleeps.
_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class RemovalClock:
    """Goes with the clock of the machine, and never ahead of the time that has really passed since
    it was made. What is removed too late is removed later; what was removed too soon is gone.
    """

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._at = time.clock_gettime(_RUNNING)

    def now(self) -> datetime:
        """The time to count ages from."""
        passed = timedelta(seconds=time.clock_gettime(_RUNNING) - self._at)
        return min(datetime.now(UTC), self._began + passed)


removal_clock = RemovalClock()
"""That of this process."""
