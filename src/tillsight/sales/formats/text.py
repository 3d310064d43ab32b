"""Text files: their encoding, and one kind of line end."""

import codecs
import hashlib
import io
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from tillsight.errors import InvalidInput
from tillsight.sales.formats.limits import CHUNK, LONGEST_LINE
from tillsight.sales.formats.recognise import not_text
from tillsight.sales.formats.table import too_long

SNIFFED = 4096
_UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CONTROLS = bytes(set(range(1, 32)) - set(b"\t\n\v\f\r\x1a\x1b"))


def utf16_of(head: bytes) -> str | None:
    """The kind of UTF-16 that begins like this, if it is one: by its mark, or because every other
    byte of plain letters is zero.
    """
    if head[:2] in _UTF16_BOMS:
        return _UTF16_BOMS[head[:2]]
    sample = head[:SNIFFED]
    if _is_binary(sample.translate(None, b"\0")):
        return None
    pairs = len(sample) // 2
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if pairs and second > 0.4 * pairs and first == 0:
        return "utf-16-le"
    if pairs and first > 0.4 * pairs and second == 0:
        return "utf-16-be"
    return None


def _is_binary(sample: bytes) -> bool:
    """Whether bytes that are not zero are no text in any encoding."""
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls > 0.05 * len(sample)


class Findings:
    """What one pass over the bytes of a text tells: hash, whether it is UTF-8, how lines end."""

    def __init__(self) -> None:
        self.is_utf8 = True
        self._digest = hashlib.sha256()
        self._lines = Lines()
        self._pairs = 0
        self._crs = 0
        self._ended_in_cr = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, chunk: bytes) -> None:
        """Look at the next bytes.

        Raises:
            InvalidInput: they are no text, or a line is too long.
        """
        self._digest.update(chunk)
        self._note_crs(chunk)
        self._lines.add(chunk)
        if self.is_utf8:
            self._decode(chunk)

    def end(self) -> None:
        """No more bytes come; a character that was cut off makes the text something else."""
        if self.is_utf8:
            self._decode(b"", final=True)

    @property
    def content_hash(self) -> str:
        """SHA-256 of the bytes."""
        return self._digest.hexdigest()

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self._lines.lfs

    @property
    def has_one_line_end(self) -> bool:
        """Whether all lines end in LF, or all in CR and LF."""
        return self._crs == self._pairs and self._pairs in {0, self._lines.lfs}

    def _decode(self, chunk: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.is_utf8 = False

    def _note_crs(self, chunk: bytes) -> None:
        self._pairs += int(self._ended_in_cr and chunk.startswith(b"\n"))
        if b"\r" in chunk:  # to look for it costs much less than to count, and most have none
            self._pairs += chunk.count(b"\r\n")
            self._crs += chunk.count(b"\r")
        self._ended_in_cr = chunk.endswith(b"\r")


class Lines:
    """Counts the lines of a text, and refuses what no line has."""

    def __init__(self) -> None:
        self.lfs = 0
        self._open = 0  # bytes since the last line end
        self._head = b""

    def add(self, chunk: bytes) -> None:
        """Look at the next bytes.

        Raises:
            InvalidInput: a zero byte, or a line that is too long.
        """
        self._head = self._head or chunk[:SNIFFED]
        if b"\0" in chunk:
            raise self._zero_byte(chunk)
        end = b"\n" if b"\n" in chunk else b"\r"
        first = chunk.find(end)
        if self._open + (first if first >= 0 else len(chunk)) > LONGEST_LINE:
            raise too_long(self.lfs + 1)
        self._open = len(chunk) - chunk.rfind(end) - 1 if first >= 0 else self._open + len(chunk)
        self.lfs += chunk.count(b"\n")

    def _zero_byte(self, chunk: bytes) -> InvalidInput:
        letters = self._head.translate(None, b"\0")
        if _is_binary(letters) or len(letters) < 0.7 * len(self._head):
            return not_text()
        line = self.lfs + chunk.count(b"\n", 0, chunk.index(b"\0")) + 1
        return InvalidInput(
            f"Line {line} holds a zero byte, which text never has. Save the file again as CSV."
        )


def rewritten(source: Path, target: Path, encodings: Sequence[str]) -> str:
    """Write the text of `source` into `target` as UTF-8 with LF; returns the encoding it had: the
    first of those given that has all its bytes.
    """
    for encoding in encodings:
        try:
            with closing(_chunks(source)) as chunks:
                _write(target, _decoded(chunks, encoding))
        except UnicodeDecodeError:
            continue
        return encoding
    raise not_text()


def decode_utf16(chunks: Iterable[bytes], encoding: str, target: Path) -> str:
    """Write UTF-16 into `target` as UTF-8 with LF; returns the SHA-256 of the bytes it was.

    Raises:
        InvalidInput: it is no text, or was cut off.
    """
    digest = hashlib.sha256()

    def seen() -> Iterator[bytes]:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    try:
        _write(target, _decoded(seen(), encoding))
    except UnicodeError:
        raise InvalidInput(
            "The file looks like UTF-16 text, and is damaged or was cut off. Save it as UTF-8."
        ) from None
    return digest.hexdigest()


def _write(target: Path, texts: Iterable[str]) -> None:
    lines = Lines()
    with target.open("wb") as file:
        for number, text in enumerate(texts):
            raw = (text.removeprefix("\ufeff") if number == 0 else text).encode()
            lines.add(raw)
            file.write(raw)


def _decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _chunks(source: Path) -> Generator[bytes]:
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
