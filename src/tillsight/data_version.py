"""Which version of the data somebody has seen: told with answers, and named by the next request.

Each server lays the sales out for itself, so one may be a moment behind another. Whoever names what
they have seen is not answered from anything older, whichever server they ask.
"""

import re
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "Tillsight-Data-Version"
_WRITTEN = re.compile(r"([0-9a-f-]{36})\.([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True)
class Token:
    """A version of one journal: the number alone would mean something else after a restore."""

    journal: str
    version: int

    def __str__(self) -> str:
        return f"{self.journal}.{self.version}"

    def is_newer_than(self, other: "Token | None") -> bool:
        """Whether it tells more than another; of two journals the later told one counts."""
        return other is None or other.journal != self.journal or other.version < self.version


def read_token(text: str | None) -> Token | None:
    """The token a text is; none if it is none: whoever sends that is answered as without one."""
    found = _WRITTEN.fullmatch(text or "")
    return Token(found[1], int(found[2])) if found else None


class Exchange:
    """What one request has seen before it came, and what its answer tells; any thread may tell."""

    def __init__(self, seen: Sequence[Token] = ()) -> None:
        self._seen = seen
        self.told: int | None = None

    def seen(self, journal: str, last: int) -> int:
        """The newest version it has seen of a journal that ends at `last`; 0: none that can be.

        What is above that was never committed, or is gone with a database that was put back.
        """
        known = (one.version for one in self._seen if one.journal == journal)
        return max((version for version in known if version <= last), default=0)

    def tell(self, version: int) -> None:
        """Have the answer name this version, unless it names a newer one."""
        self.told = version if self.told is None else max(self.told, version)


exchange: ContextVar[Exchange] = ContextVar("exchange", default=Exchange())  # noqa: B039
"""That of the request which is answered here. Where there is none, nobody has seen or hears
anything.
"""


def seen(journal: str, last: int) -> int:
    """The newest version that whoever asks has seen of a journal that ends at `last`; 0: none."""
    return exchange.get().seen(journal, last)


def tell(version: int) -> None:
    """Tell whoever asked that the answer is from this version, or made it."""
    exchange.get().tell(version)
