"""What is valid in a file and still worth a look."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Caution:
    """Something suspicious in `count` rows; `lines` are up to five of them in the file."""

    code: str
    message: str
    count: int
    lines: Sequence[int]
