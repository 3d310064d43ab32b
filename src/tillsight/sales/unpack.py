"""From an uploaded file to plain UTF-8 text and the hash of its content."""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tillsight.errors import InvalidInput

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"

Progress = Callable[[str, int, int], None]
"""Called with a step's name, what is done of it, and its whole (0: not known)."""


def silent(_step: str, _done: int, _whole: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Unpacked:
    """A text file ready for the checker; `content_hash` is the SHA-256 of the unpacked bytes.

    `lines` is about how many rows it has: line breaks in cells count too.
    """

    path: Path
    content_hash: str
    lines: int = 0


class _Findings:
    """What one pass over the bytes tells: their hash, whether they are text, how lines end."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self.lines = 0
        self.is_utf8 = True
        self._has_crlf = False
        self._has_bare_lf = False
        self._ended_in_cr = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, chunk: bytes) -> None:
        if b"\0" in chunk:
            raise InvalidInput(
                "This is not a text file. Upload sales as CSV, plain or packed as .gz."
            )
        self.digest.update(chunk)
        self.size += len(chunk)
        self._note_line_ends(chunk)
        self._decode(chunk)

    def end(self) -> None:
        """No more chunks come; a character that was cut off makes the text something else."""
        self._decode(b"", final=True)

    @property
    def must_be_rewritten(self) -> bool:
        return not self.is_utf8 or (self._has_crlf and self._has_bare_lf)

    def _decode(self, chunk: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.is_utf8 = False

    def _note_line_ends(self, chunk: bytes) -> None:
        pairs = int(self._ended_in_cr and chunk.startswith(b"\n"))
        if b"\r" in chunk:  # to look for it costs much less than to count, and most have none
            pairs += chunk.count(b"\r\n")
        self._has_crlf = self._has_crlf or pairs > 0
        breaks = chunk.count(b"\n")
        self.lines += breaks
        self._has_bare_lf = self._has_bare_lf or breaks > pairs
        self._ended_in_cr = chunk.endswith(b"\r")


def unpack(source: Path, folder: Path, on_progress: Progress = silent) -> Unpacked:
    """Unpack `source` (plain or gzip) into `folder`, as UTF-8 with one kind of line end.

    Text that is not UTF-8 is read as cp1252, or Latin-1 where cp1252 has no such byte.

    Raises:
        InvalidInput: empty, binary, or a damaged gzip file.
    """
    with source.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    target = folder / "unpacked.csv" if packed else source
    findings = _Findings()
    with _sink(target if packed else None) as keep:
        for chunk in _chunks(source, packed, on_progress):
            findings.add(chunk)
            keep(chunk)
    findings.end()
    if findings.size == 0:
        raise InvalidInput("The file is empty.")
    if findings.must_be_rewritten:
        target = _rewrite(target, folder / "text.csv", findings.is_utf8)
    return Unpacked(target, findings.digest.hexdigest(), findings.lines)


@contextmanager
def _sink(target: Path | None) -> Iterator[Callable[[bytes], object]]:
    if target is None:
        yield lambda _chunk: None
        return
    with target.open("wb") as file:
        yield file.write


def _chunks(source: Path, packed: bool, on_progress: Progress) -> Iterator[bytes]:
    whole = source.stat().st_size
    with source.open("rb") as raw:
        file: BinaryIO = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
        while True:
            try:
                chunk = file.read(CHUNK)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                raise InvalidInput(
                    "The .gz file is damaged or was cut off. Upload it again, or unpacked."
                ) from None
            if not chunk:
                return
            on_progress("reading", raw.tell(), whole)
            yield chunk


def _rewrite(path: Path, target: Path, is_utf8: bool) -> Path:
    raw = path.read_bytes()
    if is_utf8:
        text = raw.decode("utf-8")
    else:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
    target.write_text(text.replace("\r\n", "\n"), encoding="utf-8", newline="\n")
    return target
