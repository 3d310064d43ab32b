"""How much may come out of a file, counted while it comes."""

from collections.abc import Callable
from dataclasses import dataclass

from tillsight.errors import TooLarge

CHUNK = 1 << 20
"""Bytes read at once."""
LONGEST_LINE = 10_000_000
"""Bytes of a line, its line end not counted."""
MOST_COLUMNS = 2_000

Report = Callable[[int, int], None]
"""Told how many bytes of a file were read, and how many it has."""


@dataclass(frozen=True)
class Limits:
    """The most a file may unpack to, in bytes: `unpacked` in any case, and `ratio` times its own
    size; small files, up to `floor` bytes unpacked, may be packed as tightly as they are.
    """

    unpacked: int = 10_000_000_000
    ratio: int = 200
    floor: int = 10_000_000


USUAL_LIMITS = Limits()


class Budget:
    """What is left of the limits for a file of `packed_bytes`."""

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        tight = max(limits.floor, limits.ratio * packed_bytes)
        self._allowed = min(limits.unpacked, tight)
        self._by_ratio = tight < limits.unpacked
        self._ratio = limits.ratio
        self._taken = 0

    def take(self, size: int) -> None:
        """Count bytes that came out.

        Raises:
            TooLarge: they are more than the file may unpack to.
        """
        self._taken += size
        if self._taken <= self._allowed:
            return
        if self._by_ratio:
            raise TooLarge(
                f"The file unpacks to more than {self._ratio} times its size, which files of sales"
                " do not. Nothing was loaded. If it is right, load it unpacked."
            )
        raise TooLarge(
            f"The file unpacks to more than {in_words(self._allowed)}, the most this server takes."
            " Nothing was loaded. Split it, or ask the operator to raise TILLSIGHT_MAX_UNPACKED."
        )


def in_words(size: int) -> str:
    """A number of bytes as people write it, such as 10 GB."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
