"""A log file that is put aside when it is full; several processes may write to it at once."""

import os
import sys
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from tillsight.errors import SetupError

TURN_SECONDS = 1.0
"""Seconds a process waits for another one that is putting the file aside."""


class RotatedFile:
    """Lines at the end of `path`; at `largest` bytes the file becomes `path.1`, that one `path.2`
    and so on, and of those `kept` are kept.

    Each line is one write at the end of the file, so lines of several processes stay whole. Before
    each, the file is looked at: where another process has put it aside, the new one is opened.

    Raises:
        SetupError: the file cannot be written.
    """

    def __init__(self, path: Path, largest: int, kept: int) -> None:
        self._path = path
        self._largest = largest
        self._kept = kept
        self._turn = FileLock(f"{path}.lock")
        self._lock = Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = self._opened()
        except OSError as error:
            raise SetupError(
                f"TILLSIGHT_LOG_FILE cannot be written ({error.strerror}). Name a file in a folder"
                " that Tillsight may write to."
            ) from None

    def write(self, text: str) -> None:
        """Add a line. What cannot be written, such as on a full disk, goes to standard error."""
        line = text.encode("utf-8", "backslashreplace")
        with self._lock:
            try:
                self._follow(len(line))
                while line:
                    line = line[os.write(self._handle, line) :]
            except OSError:
                sys.stderr.write(line.decode("utf-8"))

    def flush(self) -> None:
        """Nothing waits: each line is written at once."""

    def isatty(self) -> bool:
        """Whether colours are seen."""
        return False

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        handle = os.open(self._path, flags, 0o640)
        opened = os.fstat(handle)
        self._which = opened.st_dev, opened.st_ino
        return handle

    def _follow(self, more: int) -> None:
        """Have the file open that is at the path now, with room for so many bytes."""
        size = self._size_there()
        if size and size + more > self._largest:
            self._put_aside(more)

    def _size_there(self) -> int:
        """Bytes in the file at the path, which is the open one from here on."""
        try:
            there = os.stat(self._path)  # noqa: PTH116  (with every line: twice as quick)
        except FileNotFoundError:
            self._open_anew()
            return 0
        if (there.st_dev, there.st_ino) != self._which:
            self._open_anew()
        return there.st_size

    def _open_anew(self) -> None:
        before = self._handle
        self._handle = self._opened()
        os.close(before)

    def _put_aside(self, more: int) -> None:
        try:
            with self._turn.acquire(timeout=TURN_SECONDS):
                if self._size_there() + more <= self._largest:
                    return  # somebody else has done it meanwhile
                for number in range(self._kept - 1, 0, -1):
                    if self._aside(number).exists():
                        self._aside(number).replace(self._aside(number + 1))
                self._path.replace(self._aside(1))
                self._open_anew()
        except (Timeout, PermissionError):
            return  # Windows moves no file that another process has open: this one grows on

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
