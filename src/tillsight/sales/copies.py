"""Copies of files that are kept elsewhere, in a folder of the home that does not grow for ever."""

import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import IO
from uuid import uuid4

PART = ".part"
"""How the name of a copy ends until it is whole."""
UNFINISHED = (PART, ".tmp")
"""How names end of what was killed while it was written."""


class Copies:
    """A folder of copies, which all processes of a home share.

    Names are never used again, so a copy is right for as long as it is there. Beyond `most_bytes`
    those go that were not read for longest, once no process reads any.
    """

    def __init__(self, root: Path, most_bytes: int) -> None:
        self._root = root
        self._most_bytes = most_bytes
        self._has_more = False
        self._named: AbstractSet[str] | None = None

    @contextmanager
    def staying(self) -> Iterator[None]:
        """For as long as this is open every copy stays that is there."""
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / "lock").open("ab") as lock:
            _share(lock)
            try:
                yield
            finally:
                _let_go(lock)
        self._tidy()

    @contextmanager
    def part_of(self, file: Path) -> Iterator[Path]:
        """A name to write a copy under until it is whole; what has it still is gone afterwards."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{uuid4().hex}{PART}")
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)

    def missing(self, files: Iterable[Path]) -> list[Path]:
        """Those of these files of which there is no copy; the others are read now."""
        missing = []
        for file in dict.fromkeys(files):
            try:
                os.utime(file)
            except FileNotFoundError:
                missing.append(file)
        return missing

    def note_more(self) -> None:
        """There is a copy more: there may be too many now."""
        self._has_more = True

    def forget_others(self, named: AbstractSet[str]) -> None:
        """Let go of copies whose names are not among these."""
        self._named = named
        self._tidy()

    def _tidy(self) -> None:
        """Let go of what is too much, or of nobody any more, if no process reads just now.

        What was done before counts already, so nothing of this can fail it: a later one goes on.
        """
        if not self._has_more and self._named is None:
            return
        with suppress(OSError):
            self._root.mkdir(parents=True, exist_ok=True)
            with (self._root / "lock").open("ab") as lock:
                if not _have_alone(lock):
                    return  # whoever ends reading last looks again
                try:
                    self._has_more = False
                    self._remove()
                finally:
                    _let_go(lock)

    def _remove(self) -> None:
        known, self._named = self._named, None
        left = 0
        for file, found in sorted(self._found(), key=lambda one: one[1].st_mtime_ns, reverse=True):
            left += found.st_size
            unknown = known is not None and file.name not in known
            if left > self._most_bytes or unknown or file.name.endswith(UNFINISHED):
                with suppress(OSError):
                    file.unlink()

    def _found(self) -> Iterator[tuple[Path, os.stat_result]]:
        for file in self._root.glob("*/*"):
            with suppress(OSError):  # somebody let go of it meanwhile
                found = file.stat()
                if S_ISREG(found.st_mode):
                    yield file, found


try:
    import fcntl
except ImportError:  # Windows, which keeps a file for as long as it is open

    def _share(lock: IO[bytes]) -> None:
        del lock

    def _have_alone(lock: IO[bytes]) -> bool:
        del lock
        return True

    def _let_go(lock: IO[bytes]) -> None:
        del lock

else:

    def _share(lock: IO[bytes]) -> None:
        fcntl.flock(lock, fcntl.LOCK_SH)

    def _have_alone(lock: IO[bytes]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _let_go(lock: IO[bytes]) -> None:
        fcntl.flock(lock, fcntl.LOCK_UN)
